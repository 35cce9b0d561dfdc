"""What staff keep about a case: the decision on the duty to report, letters. Sealed, each with its trace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone

from reporting import answers as told_answers
from reporting import events, keys, services
from reporting.keys import RoomKey
from reporting.models import CASE, Report, ReportEvent, SealedPart
from reporting.parts import seal_part
from reporting.triage import agencies, mandated, told
from reporting.triage.mandated import Outcome

_VERSION = 1


class NoConsent(Exception):
    """The reporter has not allowed it, or has taken it back."""


@dataclass(frozen=True)
class Decision:
    """A decision on the duty to report.

    to: slugs of `mandated.receivers`; agency: name of the police department or sheriff, as typed. told_on,
    told_time: when they were told. not_of: kinds the reviewer knows the officers are not of.
    """

    outcome: str
    to: Sequence[str] = ()
    agency: str = ""
    told_on: dt.date | None = None
    told_time: str = ""
    reference: str = ""
    reason: str = ""
    not_of: Sequence[str] = ()


@transaction.atomic
def decide(*, report: Report, by: AbstractUser, key: RoomKey, decision: Decision) -> SealedPart:
    """Keep a decision on the duty to report. Any reviewer may, at any time; the newest counts.

    Raise ValueError for an outcome that does not exist, AccusedAgency, UnclearAgency, Damaged.
    """
    outcome = Outcome(decision.outcome)
    if outcome != Outcome.NOT_REQUIRED:
        found = told.contents(report=report, room=key)
        accused = agencies.accused(told.officers_of(found))
        mandated.check_receivers(decision.to, decision.agency, accused, decision.not_of)
    content = {
        "outcome": outcome.value,
        "to": list(decision.to),
        "agency": decision.agency,
        "told_on": decision.told_on.isoformat() if decision.told_on else "",
        "told_time": decision.told_time,
        "reference": decision.reference,
        "reason": decision.reason,
        "not_of": list(decision.not_of),
    }
    return _keep(report, by, key, SealedPart.Kind.DECISION, ReportEvent.Kind.MANDATED, content)


@dataclass(frozen=True)
class Letter:
    """A letter as it leaves. receiver: slug of `letters.RECEIVERS`; to: name and place of the receiver."""

    template: str
    language: str
    receiver: str
    to: str
    text: str


@transaction.atomic
def keep_letter(*, report: Report, by: AbstractUser, key: RoomKey, letter: Letter) -> SealedPart:
    """Keep a letter. Nothing is sent: staff print it. Raise NoConsent, AccusedAgency, Damaged."""
    check_letter(report=report, key=key, receiver=letter.receiver, to=letter.to)
    content = {
        "template": letter.template,
        "language": letter.language,
        "receiver": letter.receiver,
        "to": letter.to,
        "text": letter.text,
    }
    return _keep(report, by, key, SealedPart.Kind.REFERRAL, ReportEvent.Kind.REFERRED, content)


# Who gets a report only when the reporter ticked so.
CONSENT_NEEDED = {"lawyer": "lawyer", "partner": "partner"}


def check_letter(*, report: Report, key: RoomKey, receiver: str, to: str) -> None:
    """Check that a letter may go to this receiver.

    Raise NoConsent when the reporter has not allowed it, AccusedAgency when `to` speaks of a kind of agency
    that an accused officer may be of.
    """
    found = told.contents(report=report, room=key)
    needed = CONSENT_NEEDED.get(receiver)
    if needed and needed not in told_answers.consents_in_force(found):
        raise NoConsent(needed)
    accused = agencies.accused(told.officers_of(found))
    # A letter to a school may go out although a security officer works for the district; it names nobody.
    if agencies.mentioned(to) & (agencies.excluded(accused) - {agencies.SCHOOL}):
        raise mandated.AccusedAgency


def _keep(
    report: Report, by: AbstractUser, key: RoomKey, kind: str, event: str, content: dict[str, Any]
) -> SealedPart:
    report = Report.objects.select_for_update().get(pk=report.pk)
    first = report.parts.select_related("report").order_by("number").first()
    if first is None or key.room != CASE:
        raise services.Damaged
    # Deciding and writing are for those who can read the report.
    services.unseal_part(part=first, room=key)
    stamp = {"v": _VERSION, "at": timezone.localtime().isoformat(), "by": by.get_username()}
    part = seal_part(
        report=report, kind=kind, queue_key=keys.current_queue_key(CASE), content={**stamp, **content}
    )
    report.save(update_fields=["part_count"])
    events.record(kind=event, by=by, report=report, detail=f"part {part.number}")
    return part
