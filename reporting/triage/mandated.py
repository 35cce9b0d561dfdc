"""The duty to report child abuse: who may be told, what was decided, and that closing waits for it.

Everyone in Tennessee who knows of such harm must report it at once (37-1-403, 37-1-605). So any reviewer may
decide, alone and at any time: nothing here asks who the report is assigned to, or for a second person. A
decision names who was told, and never the accused officer's own agency. A report may be closed only with one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from reporting.models import Report, SealedPart
from reporting.shown import Told
from reporting.triage import agencies
from reporting.triage.agencies import Agency

DCS, JUDGE, SHERIFF, POLICE, TBI, FBI = "dcs", "judge", "sheriff", "police", "tbi", "fbi"
# Those whom the law names (37-1-403). The others can only be told besides.
LAWFUL = frozenset({DCS, JUDGE, SHERIFF, POLICE})


class Outcome(models.TextChoices):
    """What was decided."""

    REPORTED = "reported", _("I reported it")
    ALREADY = "already", _("Somebody has reported it already")
    NOT_REQUIRED = "not_required", _("The duty does not apply")


class DecisionMissing(Exception):
    """The report cannot be closed: nobody has decided on the duty to report."""


class AccusedAgency(ValueError):
    """This receiver is, or may be, the accused officer's own agency."""


class UnclearAgency(ValueError):
    """It cannot be told from the name which kind of agency is meant."""


@dataclass(frozen=True)
class Receiver:
    """Who may be told. how: number or note, "" when none is known to us."""

    slug: str
    label: Any
    how: Any = ""


_RECEIVERS = (
    Receiver(DCS, _("Department of Children’s Services (DCS)"), _("877-237-0004, day and night")),
    Receiver(JUDGE, _("Juvenile judge")),
    Receiver(SHERIFF, _("Sheriff")),
    Receiver(POLICE, _("Chief of a police department")),
    Receiver(TBI, _("Tennessee Bureau of Investigation"), _("besides one of the above")),
    Receiver(FBI, _("FBI"), _("besides one of the above")),
)
_KIND_OF = {
    SHERIFF: agencies.SHERIFF,
    POLICE: agencies.POLICE,
    TBI: agencies.STATE,
    FBI: agencies.FEDERAL,
}


def receivers(accused: Iterable[Agency], not_of: Iterable[str] = ()) -> list[Receiver]:
    """Return who may be told: DCS and the juvenile judge always, never a kind of agency an officer may be of.

    accused: `agencies.accused` of the report's officers. not_of: kinds a reviewer knows they are not of.
    """
    closed = agencies.excluded(accused, not_of)
    return [each for each in _RECEIVERS if _KIND_OF.get(each.slug) not in closed]


def is_unclear(accused: Iterable[Agency]) -> bool:
    """Return whether a reviewer who knows more of the officers' agencies could add receivers."""
    return any(each.possible - each.certain for each in accused)


def check_receivers(
    to: Iterable[str], name: str, accused: Iterable[Agency], not_of: Iterable[str] = ()
) -> None:
    """Check who was told. to: slugs of receivers; name: the police department or sheriff, as typed.

    Raise AccusedAgency when one may be the accused officer's own, UnclearAgency when the name does not show
    whether the police or a sheriff is meant.
    """
    accused, not_of = list(accused), list(not_of)
    to = set(to)
    if to - {each.slug for each in receivers(accused, not_of)}:
        raise AccusedAgency
    if not name:
        return
    named = agencies.agency(name)
    if named.kinds & agencies.excluded(accused, not_of):
        raise AccusedAgency
    if not named.certain & {_KIND_OF[slug] for slug in to if slug in _KIND_OF}:
        raise UnclearAgency


def decided(reports: Iterable[Report]) -> set[uuid.UUID]:
    """Return the ids of those `reports` on whose duty to report somebody has decided. One query."""
    kept = SealedPart.objects.filter(report__in=list(reports), kind=SealedPart.Kind.DECISION)
    return set(kept.values_list("report_id", flat=True))


def may_close(report: Report) -> bool:
    """Return whether somebody has decided on the duty to report. Marking as spam asks for no decision."""
    return bool(decided([report]))


def require_decision(report: Report) -> None:
    """Raise DecisionMissing while nobody has decided."""
    if not may_close(report):
        raise DecisionMissing(report.reference)


def lines(content: Mapping[str, Any]) -> list[Told]:
    """Return the lines of a kept decision."""
    labels = {each.slug: str(each.label) for each in _RECEIVERS}
    outcome = str(content.get("outcome", ""))
    words = dict(Outcome.choices)
    told = " ".join(str(content.get(name) or "") for name in ("told_on", "told_time")).strip()
    pairs = [
        (_("Decided"), str(words.get(outcome, outcome))),
        (_("By"), f"{content.get('by', '')}, {str(content.get('at', ''))[:16].replace('T', ' ')}"),
        (_("Told"), "; ".join(labels.get(slug, slug) for slug in content.get("to") or [])),
        (_("Which agency"), str(content.get("agency") or "")),
        (_("When they were told"), told),
        (_("Reference number"), str(content.get("reference") or "")),
        (_("Reason"), str(content.get("reason") or "")),
    ]
    return [Told(str(heading), text) for heading, text in pairs if text]
