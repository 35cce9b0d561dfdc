"""The deadlines that may run in one report, worked out from its answers. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from reporting import answers as told
from reporting.answers import Answers
from reporting.triage import clocks
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


def _first_of(answers: Answers, name: str, order: tuple[str, ...]) -> str:
    """Return the answer of all students that makes the earliest deadline, "" when nobody said."""
    said = {str(each.get(name) or "") for each in told.students(answers)}
    return next((slug for slug in order if slug in said), "")


def running(answers: Answers, *, week: dt.date, today: dt.date) -> list[Running]:
    """Return the deadlines that may run, one list an incident; at least one, of an unknown day.

    week: Monday of the week in which the report came.
    """
    age = _first_of(answers, "age", _AGE_FIRST)
    plan = _first_of(answers, "disability", _SPECIAL_FIRST)
    found = []
    for number, each in enumerate(told.occurrences(answers) or [{}], start=1):
        span = clocks.span_told(each, today=today, reported=week)
        ends = clocks.clocks(span, today=today, age=age, special_education=plan)
        found.append(Running(number, str(each.get("when") or ""), span.certainty, ends))
    return found


def next_day(incidents: Iterable[Running], today: dt.date) -> dt.date | None:
    """Return the first day by which something may have to be done, None when none ahead is known."""
    days = [clock.earliest for each in incidents for clock in each.clocks if clock.earliest]
    return min((day for day in days if day >= today), default=None)
