"""What stands on the queue page: rows, filters, chips of facets, saved views, the form for many reports."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from reporting import bulk, facets, filters, links, queue, savedviews
from reporting.filters import Filters
from reporting.keys import RoomKey
from reporting.models import BulkAct, Facet, Report, SavedView
from reporting.queue import Row
from reporting.triage import flags
from reporting.triage.running import next_day, running

# A deadline this near is marked: time to find a lawyer and to write.
_SOON = dt.timedelta(days=30)
# What stands in a row for a flag of `reporting.triage.flags`; the case page has the whole sentence.
_SHORT = {
    "danger": _lazy("danger now"),
    "abuse": _lazy("may be abuse"),
    "sexual": _lazy("sexual"),
    "weapon": _lazy("weapon"),
    "injury": _lazy("injury"),
    "alone": _lazy("alone"),
    "retaliation": _lazy("retaliation"),
    "agency-knows": _lazy("agency knows"),
    "charge": _lazy("charge or court"),
    "federal": _lazy("federal"),
    "safetn": _lazy("SafeTN"),
    "special-education": _lazy("special education"),
    "video": _lazy("video"),
}


@dataclass(frozen=True)
class Chip:
    """A facet the queue is narrowed by. words: None when they do not open. without: query that drops it."""

    kind: str
    words: str | None
    without: str


@dataclass(frozen=True)
class Line:
    """One row of the page.

    tags: (token, words) pairs. flags: short sentences about it. act_before: the nearest deadline that
    may run. is_soon: whether it is near.
    """

    row: Row
    tags: list[tuple[str, str]]
    flags: list[str]
    act_before: dt.date | None = None
    is_soon: bool = False


def chips(chosen: Filters, room: RoomKey | None) -> list[Chip]:
    """Return the facets in `chosen` with their words. One query, none without facets."""
    words = (
        facets.labels_of([token for _kind, token in chosen.facets], room) if room and chosen.facets else {}
    )
    return _chips(chosen, words)


def _chips(chosen: Filters, words: dict[tuple[str, str], str]) -> list[Chip]:
    return [
        Chip(str(Facet.Kind(kind).label), words.get((kind, token)), chosen.query(**{kind: ""}))
        for kind, token in chosen.facets
    ]


def context(
    request: HttpRequest, chosen: Filters, room: RoomKey | None, rows: list[SavedView]
) -> dict[str, Any]:
    """Return what the template of the queue needs. rows: the saved views of the member."""
    user: Any = request.user
    after = request.GET.get("after", "")
    page = queue.page_of(chosen, user, after, room)
    tokens = {token for row in page.rows for token in row.tokens}
    words = facets.labels_of([*tokens, *(token for _kind, token in chosen.facets)], room) if room else {}
    views = savedviews.opened(rows, room, user) if room else []
    members = _seen(page.rows, user)
    return {
        "lines": _lines(page.rows, words, user),
        "room": room,
        "chosen": chosen.chosen,
        "query": chosen.query(),
        "filters": choices(members),
        "chips": _chips(chosen, words),
        "facets": chosen.facets,
        "views": views,
        "acts": _acts(members),
        "next_query": chosen.query(after=page.following) if page.following else "",
        "first_query": chosen.query(),
        "is_later_page": bool(after),
    }


def _lines(rows: list[Row], words: dict[tuple[str, str], str], user: AbstractUser) -> list[Line]:
    linked: list[Any] = [row.report for row in rows]
    alerts = links.alerts_for(reports=[report for report in linked if report.is_linked], user=user)
    patterns = {
        pk: [_("%(n)d reports about one officer") % {"n": alert.reports}] for pk, alert in alerts.items()
    }
    today = timezone.localdate()
    return [_line(row, words, patterns.get(row.report.pk, []), today) for row in rows]


def _line(row: Row, words: dict[tuple[str, str], str], patterns: list[str], today: dt.date) -> Line:
    tags = [(token, words[Facet.Kind.TAG, token]) for token in row.tokens if (Facet.Kind.TAG, token) in words]
    answers = row.content.get("answers")
    if not isinstance(answers, dict):
        return Line(row, tags, patterns)
    # What is closed or spam asks for nothing more.
    is_over = row.report.status in {Report.Status.CLOSED, Report.Status.SPAM}
    day = None if is_over else next_day(running(answers, week=row.report.week, today=today), today)
    return Line(
        row, tags, [*patterns, *_flags(answers)], day, is_soon=day is not None and day - today <= _SOON
    )


def _seen(rows: list[Row], user: Any) -> list[Any]:
    """Return the members at work on this page, but `user`: the others are chosen on a page of its own."""
    members = {row.report.assigned_to for row in rows if row.report.assigned_to} - {user}
    return sorted(members, key=lambda member: str(member.get_username()))


def _flags(answers: dict[str, Any]) -> list[str]:
    """Return the gravest flags of what the reporter answered first."""
    return [str(_SHORT.get(flag.slug, flag.slug)) for flag in flags.flags(answers)]


def choices(members: list[Any]) -> list[dict[str, Any]]:
    """Return the drop-down filters: name, label, (value, words) pairs, and whether "all" is one of them."""
    people = [(str(member.pk), member.get_username()) for member in members]
    everything = _("All")
    return [
        {
            "name": "status",
            "label": _("Status"),
            "choices": [
                (filters.OPEN, _("Everything open")),
                (filters.ALL, everything),
                *Report.Status.choices,
            ],
        },
        {"name": "priority", "label": _("Priority"), "choices": [("", everything), *Report.Priority.choices]},
        {"name": "kind", "label": _("Kind"), "choices": [("", everything), *Report.Kind.choices]},
        {
            "name": "division",
            "label": _("Part of Tennessee"),
            "choices": [("", everything), *Report.Division.choices],
        },
        {
            "name": "assigned",
            "label": _("Who works on it"),
            "choices": [
                ("", everything),
                (filters.MINE, _("Me")),
                (filters.NOBODY, _("Nobody")),
                *people,
            ],
        },
        {
            "name": "order",
            "label": _("Order"),
            "choices": [("", _("Newest first")), (filters.URGENT_FIRST, _("Urgent first"))],
        },
    ]


def _acts(members: list[Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what can be done to many reports: heading, ("act:value", words) pairs."""
    act = BulkAct.Act
    people = [(str(member.pk), member.get_username()) for member in members]
    return [
        (_("Set the status"), [(f"{act.STATUS}:{v}", str(words)) for v, words in Report.Status.choices]),
        (
            _("Set the priority"),
            [(f"{act.PRIORITY}:{v}", str(words)) for v, words in Report.Priority.choices],
        ),
        (
            _("Assign"),
            [
                (f"{act.ASSIGN}:{bulk.ME}", _("Me")),
                *((f"{act.ASSIGN}:{v}", words) for v, words in people),
                (f"{act.ASSIGN}:{bulk.NOBODY}", _("Nobody")),
                (f"{act.ASSIGN}:{bulk.OTHER}", _("Somebody else: asked next")),
            ],
        ),
        (
            _("Tags"),
            [(act.TAG.value, _("Add the tag written here")), (act.UNTAG.value, _("Remove that tag"))],
        ),
    ]


def address() -> str:
    """Return the address of the queue."""
    return reverse("admin:reporting_report_changelist")
