"""The public page of figures with its CSV, and the page on which a member counts and publishes them."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.lib.caching import public_page
from reporting import figures as counting
from reporting.models import Report
from reporting.staffview import needs, open_case_room, page

_LABELS = {
    "kind": dict(Report.Kind.choices),
    "division": dict(Report.Division.choices),
    "age": counting.AGES,
}


@dataclass(frozen=True)
class Row:
    """One number. width: of its bar, in hundredths of the longest."""

    label: str
    count: int
    width: int


@dataclass(frozen=True)
class Grid:
    """A table by two things. lines: (label, the numbers of its columns)."""

    heading: str
    corner: str
    columns: list[str]
    lines: list[tuple[str, list[int]]]


@dataclass(frozen=True)
class Shown:
    """One published period in words. bars: (heading, rows); the numbers are rounded."""

    name: str
    total: int
    bars: list[tuple[str, list[Row]]]
    grids: list[Grid]


def _headings() -> dict[str, str]:
    return {"kind": _("What happened"), "division": _("Where"), "age": _("Age of the student")}


def _label(axis: str, slugs: list[str]) -> str:
    words = [str(_LABELS[axis].get(slug, slug)) for slug in slugs]
    return " + ".join(words)


def _shown(period: dict[str, Any]) -> Shown:
    headings = _headings()
    bars = []
    for axis in counting.AXES:
        rows = period["one"][axis.name]
        longest = max((row["count"] for row in rows), default=1)
        shown = [
            Row(_label(axis.name, row["of"]), row["count"], row["count"] * 100 // longest) for row in rows
        ]
        if shown:
            bars.append((headings[axis.name], shown))
    return Shown(
        name=_name(period), total=period["total"], bars=bars, grids=[_grid(two) for two in period["two"]]
    )


def _grid(two: dict[str, Any]) -> Grid:
    headings = _headings()
    down: dict[str, dict[str, int]] = {}
    for cell in two["cells"]:
        row, column = _label(two["rows"], cell["row"]), _label(two["columns"], cell["column"])
        down.setdefault(row, {})[column] = cell["count"]
    columns = list(next(iter(down.values())))
    return Grid(
        heading=_("%(rows)s, by: %(columns)s")
        % {"rows": headings[two["rows"]], "columns": headings[two["columns"]].lower()},
        corner=headings[two["rows"]],
        columns=columns,
        lines=[(row, [cells[column] for column in columns]) for row, cells in down.items()],
    )


def _name(period: dict[str, Any]) -> str:
    last = dt.date.fromisoformat(period["to"]) - dt.timedelta(days=1)
    until = date_format(last, "F Y")
    if not period["from"]:
        return _("Until the end of %(month)s") % {"month": until}
    first = date_format(dt.date.fromisoformat(period["from"]), "F Y")
    return _("%(first)s to %(last)s") % {"first": first, "last": until}


def _periods() -> list[dict[str, Any]]:
    """Return the published periods as they stand in the newest snapshot, the latest first. One query."""
    release = counting.newest()
    return list(reversed(release.tables["periods"])) if release else []


@public_page
def figures(request: HttpRequest) -> HttpResponse:
    """Show the published figures, or under which rule they will be."""
    return render(request, "reporting/figures.html", {"periods": [_shown(each) for each in _periods()]})


@public_page
def as_csv(request: HttpRequest) -> HttpResponse:
    """Return the published figures as a table for programs. Slugs, not words; groups are joined by "+"."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="figures.csv"'
    lines = csv.writer(response)
    lines.writerow(["from", "before", "by", "group", "and_by", "and_group", "reports_rounded_to_5"])
    for period in _periods():
        head = [period["from"], period["to"]]
        lines.writerow([*head, "", "", "", "", period["total"]])
        for axis in counting.AXES:
            for row in period["one"][axis.name]:
                lines.writerow([*head, axis.name, "+".join(row["of"]), "", "", row["count"]])
        for two in period["two"]:
            for cell in two["cells"]:
                groups = [two["rows"], "+".join(cell["row"]), two["columns"], "+".join(cell["column"])]
                lines.writerow([*head, *groups, cell["count"]])
    return response


# --- Publishing ---


@needs("reporting.change_report")
def publishing(request: HttpRequest) -> HttpResponse:
    """Count on request, show what would be published and what not, and publish what was looked at."""
    room = open_case_room(request)
    by: Any = request.user
    if request.method == "POST" and not counting.may_publish(by):
        raise PermissionDenied
    found = None
    if request.POST.get("do") == "publish":
        try:
            counting.publish(by=by, room=room, looked_at=request.POST.get("looked_at", ""))
        except counting.Changed as changed:
            messages.warning(request, _("The count has changed since you looked. Please look again."))
            (found,) = changed.args
        else:
            messages.success(request, _("Published."))
            return HttpResponseRedirect(request.path)
    period = counting.next_period(timezone.localdate(), counting.newest())
    if request.POST.get("do") == "count" and period:
        found = counting.plan(period, room)
    return page(
        request,
        "publish",
        _("Public figures"),
        may_publish=counting.may_publish(by),
        period=_name({"from": period.start and period.start.isoformat(), "to": period.end.isoformat()})
        if period
        else "",
        plan=found,
        shown=_shown(found.tables) if found and found.tables else None,
        left_out=[_left_out(names) for names in found.left_out] if found else [],
    )


def _left_out(names: tuple[str, str]) -> str:
    headings = _headings()
    return " × ".join(headings[name] for name in names)
