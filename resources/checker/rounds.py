"""One round of the checker: ask what was not asked today, and write down what came.

A website that fails once may be resting. It counts as broken after failures on three days; one good answer
makes it fine again. Nothing but AddressCheck is written, and nothing is hidden: staff decide.
"""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from resources.checker import addresses, numbers
from resources.checker.addresses import WEB, Use, Uses, scheme_of
from resources.checker.judging import Kind, Verdict
from resources.models import AddressCheck

State = AddressCheck.State
BROKEN_AFTER = 3  # days with a failure
# So many sites that all give no answer at all tell of our own network.
_OUR_NETWORK = 3
_NO_ANSWER = frozenset({Kind.AWAY, Kind.NO_HOST, Kind.NO_CONNECTION, Kind.TIMEOUT})
_LONGEST_LINK: int = AddressCheck._meta.get_field("leads_to").max_length or 0


@dataclass
class Round:
    """What a round did. asked: addresses; states: how they stand now. is_away: our network gave no answer."""

    asked: int = 0
    states: Counter[str] = field(default_factory=Counter)
    is_away: bool = False


def to_ask(uses: Uses, today: datetime.date, schemes: frozenset[str], limit: int | None) -> list[str]:
    """Return the addresses of `schemes` that were not asked `today`, those that waited longest first."""
    asked = dict(AddressCheck.objects.values_list("address", "tried_on"))
    waiting = [address for address in uses if scheme_of(address) in schemes and asked.get(address) != today]
    waiting.sort(key=lambda address: (asked.get(address) or datetime.date.min, address))
    return waiting[:limit]


def make_round(*, today: datetime.date, schemes: frozenset[str], limit: int | None = None) -> Round:
    """Ask what waits and write down what came; safe to repeat.

    today: the day under which it is written. schemes: such as {"https", "http"}. limit: the most that are
    asked. Rows of addresses that stand nowhere any more are deleted.
    """
    uses = addresses.collect()
    waiting = to_ask(uses, today, schemes, limit)
    web = [address for address in waiting if scheme_of(address) in WEB]
    verdicts = _of_websites(web) if web else {}
    is_away = _is_away(verdicts)
    if is_away:
        verdicts = {}
    local = {
        address: _locally(address, uses[address]) for address in waiting if scheme_of(address) not in WEB
    }
    done = Round(is_away=is_away)
    with transaction.atomic():
        known = AddressCheck.objects.select_for_update().in_bulk(field_name="address")
        over = [check.pk for address, check in known.items() if address not in uses]
        AddressCheck.objects.filter(pk__in=over).delete()
        for address, verdict in (verdicts | local).items():
            check = known.get(address) or AddressCheck(address=address)
            if check.tried_on == today:
                continue  # another round was first
            write_down(check, verdict, today)
            check.save()
            done.asked += 1
            done.states[str(State(check.state).label)] += 1
    return done


def write_down(check: AddressCheck, verdict: Verdict, today: datetime.date) -> None:
    """Set in `check`, which is not saved, what `verdict` of `today` means for it.

    What cannot be told changes neither state nor count: a site that refuses programs is not broken, and one
    that was broken is not fine.
    """
    check.tried_on = today
    if verdict.works:
        check.state = State.MOVED if verdict.kind == Kind.MOVED else State.FINE
        check.tries, check.first_failed_on, check.fine_on = 0, None, today
    elif verdict.fails:
        is_certain = scheme_of(check.address) not in WEB
        check.tries = check.tries + 1
        check.first_failed_on = check.first_failed_on or today
        check.state = State.BROKEN if is_certain or check.tries >= BROKEN_AFTER else State.SUSPECT
    elif check.state in {State.SUSPECT, State.BROKEN}:
        return
    check.answer = verdict.answer
    check.leads_to = verdict.leads_to if len(verdict.leads_to) <= _LONGEST_LINK else ""


def agent() -> str:
    """Return who asks, for the header User-Agent: this portal, and how to reach the people behind it."""
    who = "; ".join(part for part in (f"+{settings.SITE_URL}", settings.SITE_CONTACT) if part)
    return f"HarmReductionPortal link check ({' '.join(who.encode('ascii', 'ignore').decode().split())})"


def _of_websites(urls: list[str]) -> dict[str, Verdict]:
    from resources.checker import asking  # heavy

    return asking.ask_all(urls, agent=agent())


def _is_away(verdicts: dict[str, Verdict]) -> bool:
    """Return whether nothing that was asked gave any answer, so that the fault is ours."""
    sites = {urlsplit(url).netloc.lower() for url in verdicts}
    return len(sites) >= _OUR_NETWORK and all(verdict.kind in _NO_ANSWER for verdict in verdicts.values())


def _locally(address: str, uses: list[Use]) -> Verdict:
    """Return what can be told of a number or an e-mail address without calling or writing to anybody."""
    scheme, _colon, rest = address.partition(":")
    if scheme == "mailto":
        try:
            validate_email(rest)
        except ValidationError:
            return Verdict(Kind.NOT_AN_ADDRESS, "not an e-mail address")
        return Verdict(Kind.FINE, "written as an address is; no mail was sent")
    fault = numbers.fault(rest, frozenset(use.printed for use in uses))
    if fault:
        return Verdict(Kind.NOT_AN_ADDRESS, str(fault))
    return Verdict(Kind.FINE, "can exist; nobody was called")
