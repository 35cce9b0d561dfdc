"""The staff queue: a page of reports, the same cost at a thousand and at a million.

Pages are found by key (week, id), or by (priority, week, id), never by counting or skipping. Filters stand on
clear columns, each with an index, and on tokens of facets. One sealed part a row is opened for its title.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.text import Truncator

from reporting import services
from reporting.filters import Filters
from reporting.keys import RoomKey
from reporting.models import Facet, Report, ReportLink, SealedPart

PAGE_SIZE = 50
TITLE_LENGTH = 90
# The urgent first; the words themselves do not sort.
RANKS = [Report.Priority.URGENT.value, Report.Priority.HIGH.value, Report.Priority.NORMAL.value]
# Asked with the reports themselves: most have no confirmed link, and then nothing more is asked.
_LINKED = Exists(ReportLink.objects.filter(verdict=ReportLink.Verdict.SAME, one=OuterRef("pk"))) | Exists(
    ReportLink.objects.filter(verdict=ReportLink.Verdict.SAME, other=OuterRef("pk"))
)


@dataclass(frozen=True)
class Cursor:
    """A place in the queue: the rows after it begin below it."""

    priority: str
    week: dt.date
    id: uuid.UUID

    @classmethod
    def of(cls, report: Report) -> Cursor:
        """Return the place of `report`."""
        return cls(report.priority, report.week, report.pk)

    def text(self) -> str:
        """Return the cursor as it stands in an address. Ids are random and say nothing."""
        return f"{self.priority}.{self.week.isoformat()}.{self.id.hex}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Return the cursor in `text`, None when there is none in it."""
        priority, _dot, rest = text.partition(".")
        week, _dot, row = rest.partition(".")
        try:
            return cls(Report.Priority(priority).value, dt.date.fromisoformat(week), uuid.UUID(row))
        except ValueError:
            return None


@dataclass(frozen=True)
class Row:
    """One report in the queue. title: first words of the story, None when it is damaged or locked.

    content: the opened first part. tokens: of its tags.
    """

    report: Report
    title: str | None
    is_damaged: bool = False
    content: dict[str, object] = field(default_factory=dict, repr=False)
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """One page of the queue. following: cursor of the next page, empty on the last one."""

    rows: list[Row]
    following: str


def below(reports: QuerySet[Report], cursor: Cursor) -> QuerySet[Report]:
    """Return the reports after `cursor` in the order newest first."""
    # The first condition alone lets the index begin at the right place.
    return reports.filter(week__lte=cursor.week).filter(Q(week__lt=cursor.week) | Q(id__lt=cursor.id))


def above(reports: QuerySet[Report], cursor: Cursor) -> QuerySet[Report]:
    """Return the reports before `cursor` in the order newest first."""
    return reports.filter(week__gte=cursor.week).filter(Q(week__gt=cursor.week) | Q(id__gt=cursor.id))


def following(filters: Filters, user: AbstractUser, cursor: Cursor | None, count: int) -> list[Report]:
    """Return up to `count` reports after `cursor` (None: from the first) in the order of `filters`."""
    found: list[Report] = []
    for walk in _walks(filters, user, cursor, forward=True):
        reports = walk.select_related("assigned_to").annotate(is_linked=_LINKED)
        found += reports[: count - len(found)]
        if len(found) == count:
            break
    return found


def neighbours(filters: Filters, user: AbstractUser, report: Report) -> tuple[Report | None, Report | None]:
    """Return the reports before and after `report` in the view of `filters`, also when it left the view.

    One query. Each step is a look-up of one row in the index.
    """
    place = Cursor.of(report)
    walks = [walk for way in (False, True) for walk in _walks(filters, user, place, forward=way)]
    steps: Any = [Subquery(walk.values("pk")[:1]) for walk in walks]

    def height(each: Report) -> tuple[int, dt.date, uuid.UUID]:
        return (-RANKS.index(each.priority) if filters.by_priority else 0, each.week, each.pk)

    # By priority there may be several on a side: the nearest counts.
    found = sorted(Report.objects.filter(pk__in=steps).only("priority", "week"), key=height)
    above_it = (each for each in found if height(each) > height(report))
    below_it = (each for each in reversed(found) if height(each) < height(report))
    return next(above_it, None), next(below_it, None)


def _walks(
    filters: Filters, user: AbstractUser, cursor: Cursor | None, *, forward: bool
) -> list[QuerySet[Report]]:
    """Return the reports beyond `cursor`, each query in order, one query after the other.

    By priority one for each: the index of (priority, week, id) gives each in order.
    """
    reports: QuerySet[Report] = filters.narrow(user)
    order = ("-week", "-id") if forward else ("week", "id")
    beyond = below if forward else above
    if not filters.by_priority:
        return [(beyond(reports, cursor) if cursor else reports).order_by(*order)]
    ranks = RANKS if forward else RANKS[::-1]
    walks = []
    for priority in ranks[ranks.index(cursor.priority) if cursor else 0 :]:
        here = reports.filter(priority=priority)
        walks.append(
            (beyond(here, cursor) if cursor and priority == cursor.priority else here).order_by(*order)
        )
    return walks


def page_of(
    filters: Filters, user: AbstractUser, after: str, room: RoomKey | None, size: int = PAGE_SIZE
) -> Page:
    """Return the page of the view below the cursor `after` (empty: the first), titles opened with `room`."""
    found = following(filters, user, Cursor.parse(after), size + 1)
    rows = _with_tags(with_titles(found[:size], room))
    return Page(rows, Cursor.of(found[size - 1]).text() if len(found) > size else "")


def with_titles(reports: list[Report], room: RoomKey | None) -> list[Row]:
    """Return a row for each report, its first part opened with `room`. One query."""
    if room is None:
        return [Row(report, None) for report in reports]
    first_parts = {part.report_id: part for part in SealedPart.objects.filter(report__in=reports, number=1)}
    return [_row(report, first_parts.get(report.pk), room) for report in reports]


def _row(report: Report, part: SealedPart | None, room: RoomKey) -> Row:
    if part is None:
        return Row(report, None, is_damaged=True)
    part.report = report
    try:
        content = services.unseal_part(part=part, room=room)
    except services.Damaged:
        return Row(report, None, is_damaged=True)
    story = " ".join(str((content.get("answers") or {}).get("story", "")).split())
    return Row(report, Truncator(story).chars(TITLE_LENGTH), content=content)


def _with_tags(rows: list[Row]) -> list[Row]:
    tokens = tags_of(row.report for row in rows)
    return [replace(row, tokens=tuple(tokens.get(row.report.pk, ()))) for row in rows]


def tags_of(reports: Iterable[Report]) -> dict[uuid.UUID, list[str]]:
    """Return the tokens of the tags of each report that has any. One query."""
    found: dict[uuid.UUID, list[str]] = {}
    tags = Facet.objects.filter(kind=Facet.Kind.TAG, report__in=list(reports)).order_by("token")
    for report_id, token in tags.values_list("report_id", "token"):
        found.setdefault(report_id, []).append(token)
    return found
