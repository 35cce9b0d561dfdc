"""Public figures: counted by an unlocked member, published as a snapshot, one period after the other.

A report is counted in one period and never again, and a period that was published is never counted again: two
releases differ by whole periods, so nothing can be learned from the difference. Who takes the yes back later
is out of what is counted later, not out of what was published.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reporting import events, services
from reporting.answers import consents_in_force, students
from reporting.keys import RoomKey
from reporting.models import (
    CASE,
    Conflict,
    FigureRelease,
    Report,
    ReportBlock,
    ReportEvent,
    SealedPart,
    VaultSite,
)
from reporting.suppression import LEAST, Axis, Cross, Group, cross, groups_of, rounded

CONSENT = "figures"
FORMAT = 1
# The youngest report in a period is at least this old when it is counted.
AGE = dt.timedelta(days=30)
_FROM_REPORTER = (SealedPart.Kind.REPORT, SealedPart.Kind.ADDITION)
_WEEK = dt.timedelta(days=7)
_BATCH = 500

AGES = {
    "0-8": _("8 or younger"),
    "9-11": _("9 to 11"),
    "12-14": _("12 to 14"),
    "15-17": _("15 to 17"),
    "18": _("18 or older"),
    "several": _("Several students of different ages"),
    "unsure": _("Not said"),
}
KIND = Axis("kind", tuple(Report.Kind.values))
DIVISION = Axis("division", tuple(Report.Division.values))
AGE_BAND = Axis("age", tuple(AGES), ordered=True)
AXES = (KIND, DIVISION, AGE_BAND)
# They meet in one axis only: see reporting.suppression.
CROSSED = ((KIND, DIVISION), (KIND, AGE_BAND))


class Counted(NamedTuple):
    """What is counted of one report. Slugs of the three axes."""

    kind: str
    division: str
    age: str


@dataclass(frozen=True)
class Period:
    """Reports of the weeks that begin on or after `start` (None: since ever) and before `end`."""

    start: dt.date | None
    end: dt.date


@dataclass(frozen=True)
class Plan:
    """What would be published. tables: as a period stands in the snapshot, None when it is too few.

    total: reports with a yes, exact. damaged: reports that could not be opened and are not counted.
    left_out: names of the two axes of tables that cannot be shown.
    """

    period: Period
    total: int
    damaged: int
    tables: dict[str, Any] | None
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """Return what tells whether a second count came to the same."""
        return hashlib.blake2b(json.dumps(self.tables).encode(), digest_size=16).hexdigest()


class Tied(Exception):
    """The member is tied to reports: the figures would differ from what they may see."""


class Changed(Exception):
    """A second count came to something else than what was looked at. The argument is the new Plan."""


def next_period(today: dt.date, last: FigureRelease | None) -> Period | None:
    """Return what may be counted next, up to the last half-year that is old enough; None when all is out."""
    start = dt.date.fromisoformat(last.tables["periods"][-1]["to"]) if last else None
    ends = [dt.date(year, month, 1) for year in (today.year - 1, today.year) for month in (1, 7)]
    old = [end for end in ends if _last_monday_before(end) + _WEEK + AGE <= today]
    end = max(old)
    return None if start and end <= start else Period(start, end)


def _last_monday_before(day: dt.date) -> dt.date:
    before = day - dt.timedelta(days=1)
    return before - dt.timedelta(days=before.weekday())


# --- Counting ---


def counted_reports(period: Period, room: RoomKey) -> Iterator[Counted | None]:
    """Yield what is counted of each report with a yes in force, None for one that could not be opened.

    Spam, duplicates and erased reports are left out. A few hundred reports are in memory at a time.
    """
    reports = Report.objects.filter(week__lt=period.end, duplicate_of=None, part_count__gt=0)
    reports = reports.exclude(status=Report.Status.SPAM)
    if period.start:
        reports = reports.filter(week__gte=period.start)
    ids = list(reports.values_list("pk", flat=True))
    for begin in range(0, len(ids), _BATCH):
        batch = {report.pk: report for report in Report.objects.filter(pk__in=ids[begin : begin + _BATCH])}
        told: dict[Any, list[SealedPart]] = {pk: [] for pk in batch}
        parts = SealedPart.objects.filter(report__in=batch, room=CASE, kind__in=_FROM_REPORTER)
        for part in parts.order_by("number").iterator():
            part.report = batch[part.report_id]
            told[part.report_id].append(part)
        for pk, report in batch.items():
            counts, counted = _counted(report, told[pk], room)
            if counts:
                yield counted


def _counted(report: Report, parts: list[SealedPart], room: RoomKey) -> tuple[bool, Counted | None]:
    """Return whether the report is counted or damaged, and what is counted of it."""
    contents: list[dict[str, Any] | None] = []
    for part in parts:
        try:
            contents.append(services.unseal_part(part=part, room=room))
        except services.Damaged:
            contents.append(None)
    if not contents or None in contents:
        return True, None
    if CONSENT not in consents_in_force(contents):
        return False, None
    answers: dict[str, Any] = {}
    for content in contents:
        answers |= (content or {}).get("answers") or {}
    ages = {str(each.get("age") or "unsure") for each in students(answers)} or {"unsure"}
    age = ages.pop() if len(ages) == 1 else "several"
    return True, Counted(report.kind, report.division, age if age in AGES else "unsure")


# --- What is published ---


def plan(period: Period, room: RoomKey) -> Plan:
    """Return what would be published of `period`. Opens every report of it. room: the opened case room."""
    tally: Counter[Counted] = Counter()
    damaged = 0
    for counted in counted_reports(period, room):
        if counted is None:
            damaged += 1
        else:
            tally[counted] += 1
    return plan_of(period, tally, damaged)


def plan_of(period: Period, tally: Counter[Counted], damaged: int = 0) -> Plan:
    """Return what would be published when `tally` was counted."""
    total = sum(tally.values())
    if total < LEAST:
        return Plan(period, total, damaged, None)
    crossed, left_out = [], []
    for rows, columns in CROSSED:
        table = cross(rows, columns, _margin(tally, rows, columns))
        if table:
            crossed.append(_shown_cross(table))
        else:
            left_out.append((rows.name, columns.name))
    tables = {
        "from": period.start.isoformat() if period.start else "",
        "to": period.end.isoformat(),
        "total": rounded(total),
        "one": {axis.name: _shown_groups(axis, tally) for axis in AXES},
        "two": crossed,
    }
    return Plan(period, total, damaged, tables, tuple(left_out))


def _margin(tally: Counter[Counted], rows: Axis, columns: Axis) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for counted, count in tally.items():
        found[getattr(counted, rows.name), getattr(counted, columns.name)] += count
    return found


def _shown_groups(axis: Axis, tally: Counter[Counted]) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    for counted, count in tally.items():
        counts[getattr(counted, axis.name)] += count
    groups = groups_of(axis, counts)
    if len(groups) == 1:
        return []
    return [_shown_group(group, sum(counts[slug] for slug in group)) for group in groups]


def _shown_group(group: Group, count: int) -> dict[str, Any]:
    return {"of": list(group), "count": rounded(count)}


def _shown_cross(table: Cross) -> dict[str, Any]:
    return {
        "rows": table.rows,
        "columns": table.columns,
        "cells": [
            {"row": list(row), "column": list(column), "count": rounded(count)}
            for (row, column), count in table.counts.items()
        ],
    }


def may_publish(user: AbstractUser) -> bool:
    """Return whether `user` is tied to no report: figures count what is kept from a tied member, too."""
    return not (
        Conflict.objects.filter(member_id=user.pk).exists()
        or ReportBlock.objects.filter(member_id=user.pk).exists()
    )


def newest() -> FigureRelease | None:
    """Return the release that is public, None before the first."""
    return FigureRelease.objects.first()


@transaction.atomic
def publish(*, by: AbstractUser, room: RoomKey, looked_at: str) -> FigureRelease:
    """Publish the next period beside those before it, which stay as they are.

    looked_at: `Plan.digest` of what `by` saw. Raise Tied; Changed when a count now comes to something else,
    and when there is nothing to publish.
    """
    if not may_publish(by):
        raise Tied
    VaultSite.objects.select_for_update().get()  # one at a time
    last = newest()
    period = next_period(timezone.localdate(), last)
    if period is None:
        raise Changed(None)
    found = plan(period, room)
    if found.tables is None or found.digest != looked_at:
        raise Changed(found)
    periods = [*(last.tables["periods"] if last else []), found.tables]
    release = FigureRelease.objects.create(
        published_on=timezone.localdate(), by_id=by.pk, tables={"v": FORMAT, "periods": periods}
    )
    detail = f"{found.tables['from'] or 'the beginning'} to {found.tables['to']}"
    events.record(kind=ReportEvent.Kind.PUBLISHED, by=by, detail=detail)
    return release
