"""Opening hours as spans of time: on which days they hold, and when that is on the clock of the world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

# How far ahead the next opening is looked for.
AHEAD = dt.timedelta(days=14)
ONE_DAY = dt.timedelta(days=1)
ALL_WEEK = frozenset(range(7))

# Start and end, the end not included: moments in UTC, or minutes of a day.
Stretch = tuple[Any, Any]


class Kind(StrEnum):
    """What may be said of a moment. Spans are open, by appointment or closed."""

    OPEN = "open"
    APPOINTMENT = "appointment"
    HOLIDAY_UNKNOWN = "holiday_unknown"
    NOT_KNOWN = "not_known"
    CLOSED = "closed"


class OnHolidays(StrEnum):
    """What happens on a public holiday."""

    OPEN = "open"
    CLOSED = "closed"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True)
class Span:
    """One line of a timetable; `resources.models.Schedule` tells what its fields mean.

    weekdays: 0 for Monday to 6 for Sunday. A span belongs to the day on which it starts.
    """

    kind: Kind = Kind.OPEN
    weekdays: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    day: dt.date | None = None
    opens_at: dt.time | None = None
    closes_at: dt.time | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    every_year: bool = False

    @property
    def is_whole_day(self) -> bool:
        """Whether it names no times."""
        return self.opens_at is None or self.closes_at is None

    def is_on(self, day: dt.date) -> bool:
        """Return whether it starts on `day`."""
        if self.day:
            return self.day == day
        return day.weekday() in self.weekdays and self._is_in_week(day) and self._is_in_season(day)

    def is_over(self, today: dt.date) -> bool:
        """Return whether it says nothing about `today` and later days."""
        if self.day:
            return self.day < today
        return bool(self.valid_to and self.valid_to < today and not self.every_year)

    def _is_in_week(self, day: dt.date) -> bool:
        number = (day.day + 6) // 7
        is_last = (day + dt.timedelta(days=7)).month != day.month
        return not self.weeks or number in self.weeks or (is_last and -1 in self.weeks)

    def _is_in_season(self, day: dt.date) -> bool:
        first, last = self.valid_from or dt.date.min, self.valid_to or dt.date.max
        if not self.every_year:
            return first <= day <= last
        start, end, now = ((each.month, each.day) for each in (first, last, day))
        return start <= now <= end if start <= end else now >= start or now <= end

    def stretch(self, day: dt.date, zone: ZoneInfo) -> Stretch:
        """Return when it starts and ends in UTC if it starts on `day`.

        A time that the clock shows twice is the first of the two; one that it skips counts from the time
        before the change: 2:30 is what is then called 3:30 (RFC 5545, 3.3.5).
        """
        start, end = self.opens_at or dt.time.min, self.closes_at or dt.time.min
        ends_on = day if start < end else day + ONE_DAY
        return _in_utc(day, start, zone), _in_utc(ends_on, end, zone)


def _in_utc(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)


DAY_AND_NIGHT = Span(weekdays=ALL_WEEK)


@dataclass(frozen=True)
class Hours:
    """All that is known of the hours of one place.

    zone: IANA name, empty when not known. words: hours in words, for readers.
    """

    spans: tuple[Span, ...] = ()
    zone: str = ""
    always_open: bool = False
    by_appointment: bool = False
    on_holidays: OnHolidays = OnHolidays.NOT_KNOWN
    words: str = ""

    @cached_property
    def weekly(self) -> tuple[Span, ...]:
        """The spans that come back week after week."""
        own = tuple(span for span in self.spans if not span.day)
        return (*own, DAY_AND_NIGHT) if self.always_open else own

    def tells_weeks_from(self, today: dt.date) -> bool:
        """Return whether it tells of `today` and later on which weekdays it is open, and so when not."""
        return any(span.kind is not Kind.CLOSED and not span.is_over(today) for span in self.weekly)


@dataclass
class Day:
    """What one day adds. runs: kind to stretches; cuts: when it is closed all the same.

    is_told: whether it is known when it is closed on that day.
    """

    is_told: bool
    runs: dict[Kind, list[Stretch]] = field(default_factory=dict)
    cuts: list[Stretch] = field(default_factory=list)


def day_of(hours: Hours, day: dt.date, zone: ZoneInfo, is_holiday: Callable[[dt.date], bool]) -> Day:
    """Return what `hours` say of the spans that start on `day`.

    What is told of that one date comes before the rule for holidays, and both before the weekdays. On a
    holiday of which nothing is known, all that would be open is HOLIDAY_UNKNOWN.
    """
    own = [span for span in hours.spans if span.day == day]
    is_replaced = any(span.kind is not Kind.CLOSED or span.is_whole_day for span in own)
    on = own if is_replaced else [*own, *(span for span in hours.weekly if span.is_on(day))]
    rule = OnHolidays.OPEN if is_replaced else hours.on_holidays
    has_rule = rule is OnHolidays.CLOSED or (rule is OnHolidays.NOT_KNOWN and on and not hours.always_open)
    is_free = has_rule and is_holiday(day)
    if is_free and rule is OnHolidays.CLOSED:
        return Day(is_told=True)
    if any(span.kind is Kind.CLOSED and span.is_whole_day for span in on):
        return Day(is_told=True)
    found = Day(is_told=is_replaced or hours.tells_weeks_from(day))
    for span in on:
        if span.kind is Kind.CLOSED:
            found.cuts.append(span.stretch(day, zone))
            continue
        kind = Kind.HOLIDAY_UNKNOWN if is_free else Kind.APPOINTMENT if hours.by_appointment else span.kind
        found.runs.setdefault(kind, []).append(span.stretch(day, zone))
    return found


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return `stretches` in order, those that touch or overlap as one, empty ones left out."""
    found: list[Stretch] = []
    for start, end in sorted(each for each in stretches if each[0] < each[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def without(stretches: Iterable[Stretch], cuts: Iterable[Stretch]) -> list[Stretch]:
    """Return what `cuts` leave of `stretches`, joined."""
    kept = joined(stretches)
    for cut_start, cut_end in joined(cuts):
        pieces = [[(start, min(end, cut_start)), (max(start, cut_end), end)] for start, end in kept]
        kept = [piece for pair in pieces for piece in pair if piece[0] < piece[1]]
    return kept


def runs_of(values: Iterable[int]) -> list[list[int]]:
    """Return numbers in order as lists of those that follow on each other: [[0, 1, 2], [5]]."""
    ordered = sorted(values)
    found = [ordered[:1]] if ordered else []
    for before, value in pairwise(ordered):
        if value == before + 1:
            found[-1].append(value)
        else:
            found.append([value])
    return found
