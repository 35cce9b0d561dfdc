"""Two reports side by side. Looking at both is reading both, and is written down."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reporting import casework, staffview
from reporting.casework import OpenedPart
from reporting.models import Report, SealedPart
from reporting.shown import Told

# "Officer 1: Who was it?" beside "Who was it?" of a report that names one officer only.
_FIRST = re.compile(r"^[^:]{1,30} 1: ")
_FROM_REPORTER = {SealedPart.Kind.REPORT, SealedPart.Kind.ADDITION}


@dataclass(frozen=True)
class Line:
    """One question and what each of the two reports answers to it.

    same: whether both say the same. upsetting: whether the texts are folded.
    """

    heading: str
    one: str
    other: str
    same: bool
    upsetting: bool = False


def lines_of(one: list[Told], other: list[Told]) -> list[Line]:
    """Return the lines of two reports beside each other, in the order of the first."""
    texts = [_joined(lines) for lines in (one, other)]
    upsetting = {_heading(line) for line in (*one, *other) if line.upsetting}
    headings = [*texts[0], *(heading for heading in texts[1] if heading not in texts[0])]
    return [
        Line(heading, first, second, bool(first) and first == second, heading in upsetting)
        for heading in headings
        for first, second in [(texts[0].get(heading, ""), texts[1].get(heading, ""))]
    ]


def _heading(line: Told) -> str:
    return _FIRST.sub("", line.heading)


def _joined(lines: list[Told]) -> dict[str, str]:
    """Return heading to text; a heading that comes again, as of a second officer, gets all its texts."""
    texts: dict[str, str] = {}
    for line in lines:
        heading = _heading(line)
        texts[heading] = f"{texts[heading]}\n\n{line.text}" if heading in texts else line.text
    return texts


@staffview.needs("reporting.view_report")
def compare(request: HttpRequest) -> HttpResponse:
    """Show what the reporters of two reports told, question by question."""
    room = staffview.open_case_room(request)
    user: Any = request.user
    reports = [staffview.visible_report(request, request.GET.get(name, "")) for name in ("one", "other")]
    if reports[0].pk == reports[1].pk:
        raise Http404
    opened = [casework.open_parts(report=report, room=room, by=user) for report in reports]
    return staffview.page(
        request,
        "compare",
        _("Two reports side by side"),
        reports=reports,
        facts=_facts(*reports),
        lines=lines_of(*(_told(parts) for parts in opened)),
        is_damaged=any(part.is_damaged for parts in opened for part in parts),
    )


def _told(parts: list[OpenedPart]) -> list[Told]:
    return [line for opened in parts if opened.part.kind in _FROM_REPORTER for line in opened.lines]


def _facts(one: Report, other: Report) -> list[Line]:
    def words(report: Report) -> list[str]:
        return [
            report.get_status_display(),
            report.get_priority_display(),
            report.get_kind_display(),
            report.get_division_display(),
            date_format(report.week, "M j, Y"),
            str(report.assigned_to or "–"),
        ]

    headings = [_("Status"), _("Priority"), _("Kind"), _("Where"), _("Week of"), _("Who works on it")]
    return [
        Line(heading, first, second, same=first == second)
        for heading, first, second in zip(headings, words(one), words(other), strict=True)
    ]
