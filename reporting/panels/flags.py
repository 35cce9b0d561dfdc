"""What to see first in a report, and the deadlines that may run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from reporting import answers as told
from reporting.models import Report
from reporting.panels.base import Case, Panel
from reporting.triage import clocks, flags
from reporting.triage.clocks import Clock

# "yes" to an open charge is about the student; whether the officer was charged is not asked by the form.
_SPECIAL_FIRST = ("iep", "evaluating", "unsure", "504", "no")
_AGE_FIRST = ("15-17", "12-14", "9-11", "0-8", "unsure", "18")


@dataclass(frozen=True)
class Running:
    """The clocks of one incident. when: the reporter's own words."""

    number: int
    when: str
    certainty: str
    clocks: list[Clock]


def _first_of(answers: dict[str, Any], name: str, order: tuple[str, ...]) -> str:
    """Return the answer of all students that makes the earliest deadline, "" when nobody said."""
    said = {str(each.get(name) or "") for each in told.students(answers)}
    return next((slug for slug in order if slug in said), "")


def running(case: Case) -> list[Running]:
    """Return the deadlines that may run, one list an incident; at least one, of an unknown day."""
    today = timezone.localdate()
    age = _first_of(case.answers, "age", _AGE_FIRST)
    plan = _first_of(case.answers, "disability", _SPECIAL_FIRST)
    found = []
    for number, each in enumerate(told.occurrences(case.answers) or [{}], start=1):
        span = clocks.span_told(each, today=today, reported=case.report.week)
        ends = clocks.clocks(span, today=today, age=age, special_education=plan)
        found.append(Running(number, str(each.get("when") or ""), span.certainty, ends))
    return found


def next_day(incidents: list[Running], today: dt.date) -> dt.date | None:
    """Return the first day by which something may have to be done, None when none ahead is known."""
    days = [clock.earliest for each in incidents for clock in each.clocks if clock.earliest]
    return min((day for day in days if day >= today), default=None)


class FlagsPanel(Panel):
    """Flags, the suggested priority, clocks."""

    template = "admin/reporting/panels/flags.html"
    place = "top"
    permission = "reporting.view_report"

    def context(self) -> dict[str, Any]:
        """Return flags, suggestion and clocks."""
        found = flags.flags(self.case.answers)
        suggested = flags.suggested_priority(found)
        order = [Report.Priority.NORMAL, Report.Priority.HIGH, Report.Priority.URGENT]
        now = Report.Priority(self.case.report.priority)
        incidents = running(self.case)
        return {
            "flags": found,
            "suggested": suggested if order.index(suggested) > order.index(now) else None,
            "running": incidents,
            "first_day": next_day(incidents, timezone.localdate()),
            "standing": clocks.standing_clocks(),
        }
