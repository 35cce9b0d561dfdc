"""How fresh each fact of a service is: what readers are told, when staff look again, and who checked.

A fact is due again after 90 days, one of a crisis line after 30 (`due_after`). The number of a crisis line
counts as checked only when two people have called it. A row of FactCheck without `how` is a fact that nobody
has checked since it was written down; it is due at once.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext

from resources.models import (
    CHECK_CRISIS_EVERY,
    Fact,
    FactCheck,
    How,
    Location,
    Service,
    checked_label,
    due_after,
)

# What a person did, in contrast to what a program read or what is said in general.
BY_A_PERSON = (How.CALLED, How.SITE, How.PARTNER)
# How staff may check each fact: a number is checked by calling it, whatever its website says.
WAYS: dict[str, tuple[str, ...]] = {
    Fact.PHONE: (How.CALLED,),
    Fact.HOURS: (How.CALLED, How.SITE),
    Fact.ADDRESS: (How.CALLED, How.SITE),
    Fact.ELIGIBILITY: (How.CALLED, How.SITE),
}
# Which fact is another one when a field of a service, or of its place, was changed.
_FACT_OF = {
    "phones": Fact.PHONE,
    "schedules": Fact.HOURS,
    "hours": Fact.HOURS,
    "always_open": Fact.HOURS,
    "by_appointment": Fact.HOURS,
    "on_holidays": Fact.HOURS,
    "locations": Fact.ADDRESS,
    "street": Fact.ADDRESS,
    "city": Fact.ADDRESS,
    "postal_code": Fact.ADDRESS,
    "eligibility": Fact.ELIGIBILITY,
}


class Refused(Exception):
    """A check does not count; the message is a sentence for the member of staff."""


@dataclass(frozen=True)
class FactLabel:
    """What readers are told of one fact. is_due: its day has passed, or nobody has checked it."""

    fact: Fact
    text: str
    is_due: bool

    @property
    def name(self) -> str:
        """The fact in the language of the page."""
        return str(self.fact.label)


def labels(service: Service, today: datetime.date) -> list[FactLabel]:
    """Return one label for each fact that the page of `service`, a listed row, shows.

    What the page keeps to itself, such as the address of a confidential place, has no label. One query
    unless `fact_checks` are prefetched.
    """
    shown = _given(
        service,
        has_phone=bool(service.listed_phones),
        has_schedule=bool(service.listed_schedules),
        has_address=any(place.shown_street for place in service.listed_places),
    )
    known = {check.fact: check for check in service.fact_checks.all()}
    return [_label(service, fact, known.get(fact), today) for fact in shown]


def _label(service: Service, fact: Fact, check: FactCheck | None, today: datetime.date) -> FactLabel:
    if check is None or not check.how:
        return FactLabel(fact, checked_label("", None, has_phone=False), is_due=True)
    needs_second = needs_two(service, fact) and check.confirmed_on is None
    # A number that waits for the second person is due at once, and has not therefore changed.
    last_day = due_after(service, check.checked_on) if needs_second else check.next_due
    text = [checked_label(check.how, check.checked_on, has_phone=fact == Fact.PHONE)]
    if needs_second and check.how in BY_A_PERSON:
        text.append(gettext("One person has checked this. A second check is due."))
    if today > last_day:
        text.append(gettext("It may have changed since."))
    return FactLabel(fact, " ".join(text), is_due=today > last_day)


def needs_two(service: Service, fact: str) -> bool:
    """Return whether `fact` counts as checked only after a second person: the number of a crisis line."""
    return service.crisis_order is not None and fact == Fact.PHONE


def due_on(
    service: Service, fact: str, *, checked_on: datetime.date, how: str, confirmed_on: datetime.date | None
) -> datetime.date:
    """Return the day on which `fact` of `service` is due after the check told.

    At once, so on `checked_on`, when nobody checked it or the second person is missing. The days count from
    the first of two checks, so that neither is ever older than it may be.
    """
    if not how or (needs_two(service, fact) and confirmed_on is None):
        return checked_on
    return due_after(service, checked_on)


def _given(service: Service, *, has_phone: bool, has_schedule: bool, has_address: bool) -> list[Fact]:
    facts = {
        Fact.PHONE: has_phone,
        Fact.HOURS: service.always_open or bool(service.hours) or has_schedule,
        Fact.ADDRESS: has_address,
        Fact.ELIGIBILITY: bool(service.eligibility),
    }
    return [fact for fact, is_given in facts.items() if is_given]


def given(service: Service) -> list[Fact]:
    """Return the facts that `service` gives in the database, those of confidential places too: for staff."""
    return _given(
        service,
        has_phone=service.phones.filter(is_published=True).exists(),
        has_schedule=service.schedules.exists(),
        has_address=service.locations.exclude(street="").exists(),
    )


def facts_of(fields: Iterable[str]) -> set[Fact]:
    """Return the facts that are others when these fields of a service or a place were changed.

    fields: names of fields, "phones", "schedules" and "locations" for whole lists.
    """
    return {_FACT_OF[name] for name in fields if name in _FACT_OF}


@transaction.atomic
def keep_up(*, service: Service, today: datetime.date, changed: Iterable[Fact] = ()) -> None:
    """Let the checks of `service` fit what it gives now. Every writer of a service calls this afterwards.

    A fact that is new, or among `changed`, has not been checked by anybody and is due on `today`; the check
    of one that is no longer given goes. Safe to repeat.
    """
    facts = given(service)
    service.fact_checks.exclude(fact__in=facts).delete()
    service.fact_checks.filter(fact__in=list(changed)).update(
        checked_on=today, how="", next_due=today, checked_by=None, confirmed_on=None, confirmed_by=None
    )
    known = list(service.fact_checks.all())
    missing = [fact for fact in facts if fact not in {check.fact for check in known}]
    FactCheck.objects.bulk_create(
        FactCheck(service=service, fact=fact, checked_on=today, how="", next_due=today) for fact in missing
    )
    for check in known:
        due = _due(service, check)
        if check.next_due != due:
            check.next_due = due
            check.save(update_fields=["next_due"])


def first_checks(service: Service) -> list[FactCheck]:
    """Return unsaved checks of what `service` gives, as its content file was checked."""
    if not service.is_published or service.checked_on is None:
        return []
    checks = [
        FactCheck(service=service, fact=fact, checked_on=service.checked_on, how=service.checked_how)
        for fact in given(service)
    ]
    for check in checks:
        check.next_due = _due(service, check)
    return checks


def _due(service: Service, check: FactCheck) -> datetime.date:
    return due_on(
        service, check.fact, checked_on=check.checked_on, how=check.how, confirmed_on=check.confirmed_on
    )


@transaction.atomic
def check_fact(*, check: FactCheck, by: AbstractBaseUser, how: str, today: datetime.date) -> FactCheck:
    """Write down that `by` checked this fact on `today` and found it right; return the saved row.

    how: a value of How that WAYS allows. For the number of a crisis line the first person's check waits; the
    second person's makes it count. A first check that is as old as crisis numbers may get counts no more, so
    the next one is a first one again. Raise Refused for a way that does not fit the fact, for the same
    person a second time, and for a number that two people have called on this day already.
    """
    row = FactCheck.objects.select_for_update(of=("self",)).select_related("service").get(pk=check.pk)
    service = row.service
    if how not in WAYS[row.fact]:
        raise Refused("This fact is not checked in this way. A number is checked by calling it.")
    if waits_for_second(row) and today - row.checked_on < CHECK_CRISIS_EVERY:
        if row.checked_by_id == by.pk:
            raise Refused("You made the first check. A second person must confirm it.")
        row.confirmed_on, row.confirmed_by_id = today, by.pk
    elif needs_two(service, row.fact) and row.confirmed_on == today:
        raise Refused("Two people have called this number today. Nothing is left to do.")
    else:
        row.checked_on, row.how, row.checked_by_id = today, how, by.pk
        row.confirmed_on = row.confirmed_by_id = None
    row.next_due = _due(service, row)
    row.save()
    service.checked_on, service.checked_how = today, how
    service.save(update_fields=["checked_on", "checked_how"])
    return row


def waits_for_second(check: FactCheck) -> bool:
    """Return whether one person has called this crisis number and the second has not."""
    return (
        needs_two(check.service, check.fact)
        and check.confirmed_on is None
        and check.checked_by_id is not None
    )


WAITS_FOR_SECOND = Q(
    service__crisis_order__isnull=False, fact=Fact.PHONE, confirmed_on=None, checked_by__isnull=False
)


def to_check() -> QuerySet[FactCheck]:
    """Return the facts of published services with what staff need to check them.

    Beside all places of a service stand its listed ones, for `resources.hours`, which tells what readers see.
    """
    return (
        FactCheck.objects.filter(service__is_published=True)
        .select_related("service", "checked_by", "confirmed_by")
        .prefetch_related(
            "service__phones",
            "service__locations",
            Prefetch("service__locations", Location.objects.listed(), to_attr="listed_places"),
            Prefetch("service__schedules", to_attr="listed_schedules"),
        )
    )


def due_words(due: datetime.date, today: datetime.date) -> str:
    """Return in words, for staff, how far away the day `due` is."""
    days = (due - today).days
    if days == 0:
        return "Due today"
    told = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    return f"Overdue by {told}" if days < 0 else f"Due in {told}"
