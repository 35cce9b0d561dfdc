"""The staff queue: a page of reports, the same cost at a thousand and at a million.

Pages are found by key (week, id), never by counting or skipping. Filters stand on clear columns, each with an
index. One sealed part a row is opened for its title line.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.db.models import Q, QuerySet
from django.utils.text import Truncator

from reporting import keys, services
from reporting.keys import KeySwapped, NotGranted, RoomKey
from reporting.models import CASE, Report, ReportQuerySet, SealedPart

PAGE_SIZE = 50
TITLE_LENGTH = 90
_CHOICES = {
    "status": Report.Status,
    "priority": Report.Priority,
    "kind": Report.Kind,
    "division": Report.Division,
}
OPEN = "open"
MINE = "mine"
NOBODY = "nobody"
FILTER_NAMES = (*_CHOICES, "assigned")


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: the next page begins below it."""

    week: dt.date
    id: uuid.UUID

    def text(self) -> str:
        """Return the cursor as it stands in an address. Ids are random and say nothing."""
        return f"{self.week.isoformat()}.{self.id.hex}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Return the cursor in `text`, None when there is none in it."""
        week, _dot, row = text.partition(".")
        try:
            return cls(dt.date.fromisoformat(week), uuid.UUID(row))
        except ValueError:
            return None


@dataclass(frozen=True)
class Row:
    """One report in the queue. title: first words of the story, None when it is damaged or locked."""

    report: Report
    title: str | None
    is_damaged: bool = False


@dataclass(frozen=True)
class Page:
    """One page of the queue. following: cursor of the next page, empty on the last one."""

    rows: list[Row]
    following: str


def filtered(chosen: Mapping[str, str], user: AbstractUser) -> ReportQuerySet:
    """Return the reports that fit `chosen` (filter name to value); what is not a known value changes nothing.

    `status=open` is everything that is neither closed nor spam. `assigned` is "mine" or "nobody".
    """
    reports = Report.objects.visible_to(user).select_related("assigned_to")
    for name, choices in _CHOICES.items():
        value = chosen.get(name, "")
        if value in choices.values:
            reports = reports.filter(**{name: value})
    if chosen.get("status") == OPEN:
        reports = reports.open()
    if chosen.get("assigned") == MINE:
        reports = reports.filter(assigned_to_id=user.pk)
    elif chosen.get("assigned") == NOBODY:
        reports = reports.filter(assigned_to__isnull=True)
    return reports


def case_room(user: AbstractUser, staff_key: bytes | None) -> RoomKey | None:
    """Return the opened case room of `user`, None when the vault is locked for them."""
    if staff_key is None:
        return None
    try:
        return keys.open_room(staff_private_key=staff_key, user=user, room=CASE)
    except (NotGranted, KeySwapped):
        return None


def page_of(reports: QuerySet[Report], after: str, room: RoomKey | None, size: int = PAGE_SIZE) -> Page:
    """Return the page of `reports` below the cursor `after` (empty: the first), titles opened with `room`."""
    cursor = Cursor.parse(after)
    if cursor:
        # The first condition alone lets the index begin at the right place.
        reports = reports.filter(week__lte=cursor.week).filter(Q(week__lt=cursor.week) | Q(id__lt=cursor.id))
    found = list(reports.order_by("-week", "-id")[: size + 1])
    rows = _with_titles(found[:size], room)
    following = Cursor(found[size - 1].week, found[size - 1].pk).text() if len(found) > size else ""
    return Page(rows, following)


def _with_titles(reports: list[Report], room: RoomKey | None) -> list[Row]:
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
    return Row(report, Truncator(story).chars(TITLE_LENGTH))
