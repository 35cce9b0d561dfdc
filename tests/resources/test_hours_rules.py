"""Honest hours against an oracle that counts minutes, over random timetables. No database."""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.hours.spans import AHEAD, Hours, Kind, OnHolidays, Span, joined, runs_of, without
from resources.hours.status import status_of
from resources.hours.table import table_of

ZONES = {"America/Chicago": 6, "America/New_York": 5}
# Around both changes of the clock, New Year, the leap day, and weeks with nothing of note.
ANCHORS = ["2026-03-08", "2026-11-01", "2026-12-31", "2028-02-29", "2026-07-04", "2026-11-26"]
HOLIDAYS = {dt.date(2026, 7, 4), dt.date(2026, 11, 26), dt.date(2027, 1, 1)}
OPENABLE = (Kind.OPEN, Kind.APPOINTMENT)


def _is_holiday(day):
    return day in HOLIDAYS


times = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
near = st.builds(
    lambda anchor, days: dt.date.fromisoformat(anchor) + dt.timedelta(days=days),
    st.sampled_from(ANCHORS),
    st.integers(-20, 20),
)
some_weekdays = st.frozensets(st.integers(0, 6), min_size=1)
some_weeks = st.just(frozenset()) | st.frozensets(
    st.sampled_from([1, 2, 3, 4, 5, -1]), min_size=1, max_size=2
)
kinds = st.sampled_from([Kind.OPEN, Kind.OPEN, Kind.APPOINTMENT, Kind.CLOSED])


@st.composite
def spans(draw):
    day = draw(st.none() | st.none() | near)
    whole = draw(st.integers(0, 5)) == 0
    every_year = draw(st.booleans())
    ends = sorted([draw(near), draw(near)]) if every_year or draw(st.booleans()) else [None, None]
    if every_year and draw(st.booleans()):
        ends.reverse()
    return Span(
        kind=draw(kinds),
        weekdays=frozenset() if day else draw(some_weekdays),
        weeks=frozenset() if day else draw(some_weeks),
        day=day,
        opens_at=None if whole else draw(times),
        closes_at=None if whole else draw(times),
        valid_from=ends[0],
        valid_to=ends[1],
        every_year=every_year,
    )


timetables = st.builds(
    Hours,
    spans=st.lists(spans(), min_size=1, max_size=6).map(tuple),
    zone=st.sampled_from(list(ZONES)),
    always_open=st.integers(0, 9).map(lambda number: number == 0),
    by_appointment=st.integers(0, 4).map(lambda number: number == 0),
    on_holidays=st.sampled_from(OnHolidays),
)
moments = st.builds(
    lambda day, hour, minute: dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=dt.UTC),
    near,
    st.integers(0, 23),
    st.integers(0, 59),
)


# --- The oracle: minutes since 1970, offsets by the law of daylight time, no time zone library ---
@cache
def _sunday(year, month, number):
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))


def _minute(day, time, zone):
    """The minute of a time on the clock of the zone: summer time between 2:00 and 2:00, the first of two."""
    here = dt.datetime.combine(day, time)
    spring = dt.datetime.combine(_sunday(day.year, 3, 2), dt.time(2, 59, 59, 999999))
    autumn = dt.datetime.combine(_sunday(day.year, 11, 1), dt.time(2))
    is_summer = spring < here < autumn
    return (here - dt.datetime.combine(dt.date(1970, 1, 1), dt.time(0))) // dt.timedelta(minutes=1) + 60 * (
        ZONES[zone] - is_summer
    )


def _holds(span, day):
    """Whether a span of weekdays starts on `day`, by counting through its month."""
    if day.weekday() not in span.weekdays:
        return False
    same = [day + dt.timedelta(days=7 * number) for number in range(-4, 5)]
    same = [each for each in same if (each.year, each.month) == (day.year, day.month)]
    if span.weeks and not any(same[number - 1 if number > 0 else -1 :][:1] == [day] for number in span.weeks):
        return False
    if not span.valid_from:
        return True
    if not span.every_year:
        return span.valid_from <= day <= span.valid_to
    first, last, now = (each.month * 100 + each.day for each in (span.valid_from, span.valid_to, day))
    return (now >= first and now <= last) if first <= last else not (last < now < first)


def _spans_of(hours, day):
    """The (kind, first minute, minute after the last) of spans that start on `day`."""
    own = [span for span in hours.spans if span.day == day]
    weekly = [span for span in hours.spans if not span.day and _holds(span, day)]
    if hours.always_open:
        weekly.append(Span(weekdays=frozenset(range(7))))
    replaces = [span for span in own if span.kind in OPENABLE or not span.opens_at]
    chosen = own if replaces else own + weekly
    turn = {}
    if not replaces and _is_holiday(day):
        if hours.on_holidays == "closed":
            return
        if hours.on_holidays == "not_known" and not hours.always_open:
            turn = dict.fromkeys(OPENABLE, Kind.HOLIDAY_UNKNOWN)
    elif hours.by_appointment:
        turn = {Kind.OPEN: Kind.APPOINTMENT}
    if hours.by_appointment:
        turn = {Kind.OPEN: Kind.APPOINTMENT, **turn}
    if any(span.kind is Kind.CLOSED and not span.opens_at for span in chosen):
        return
    for span in chosen:
        opens, closes = span.opens_at or dt.time(0), span.closes_at or dt.time(0)
        end = day if closes > opens else day + dt.timedelta(days=1)
        yield (
            turn.get(span.kind, span.kind),
            _minute(day, opens, hours.zone),
            _minute(end, closes, hours.zone),
        )


def _kinds_by_minute(hours, at, days):
    """Return minute to kind for what is not closed, from the day before `at` on."""
    today = (at - dt.timedelta(hours=ZONES[hours.zone])).date()
    around = [today + dt.timedelta(days=number) for number in range(-2, days)]
    told = [each for day in around for each in _spans_of(hours, day)]
    minutes = {}
    for kind in (Kind.HOLIDAY_UNKNOWN, Kind.APPOINTMENT, Kind.OPEN):
        minutes |= {now: kind for of, start, end in told if of is kind for now in range(start, end)}
    for of, start, end in told:
        if of is Kind.CLOSED:
            for now in range(start, end):
                minutes.pop(now, None)
    return minutes


def _minute_of(moment):
    return int(moment.timestamp()) // 60


@settings(max_examples=250, deadline=None)
@given(hours=timetables, at=moments)
def test_it_is_open_when_a_count_of_minutes_says_so(hours, at):
    counted = _kinds_by_minute(hours, at, days=3).get(_minute_of(at))

    said = status_of(hours, at, _is_holiday)

    assert (said.kind is Kind.OPEN) == (counted is Kind.OPEN)
    if counted:
        assert said.kind is counted


@settings(max_examples=150, deadline=None)
@given(hours=timetables, at=moments)
def test_the_time_of_closing_lies_ahead_and_is_the_first_closed_minute(hours, at):
    said = status_of(hours, at, _is_holiday)
    if said.until is None:
        return

    minutes = _kinds_by_minute(hours, at, days=17)
    end = _minute_of(said.until)
    assert at < said.until <= at + AHEAD
    assert {minutes.get(now) for now in range(_minute_of(at), end)} <= {said.kind, Kind.OPEN}
    assert minutes.get(end) is not said.kind


@settings(max_examples=150, deadline=None)
@given(hours=timetables, at=moments)
def test_the_next_opening_is_the_first_minute_that_is_not_closed(hours, at):
    said = status_of(hours, at, _is_holiday)
    if said.kind is not Kind.CLOSED:
        return

    minutes = _kinds_by_minute(hours, at, days=17)
    last = _minute_of(at + AHEAD)
    coming = [now for now in range(_minute_of(at), last + 1) if minutes.get(now) in OPENABLE]
    assert (_minute_of(said.opens) if said.opens else None) == min(coming, default=None)


@settings(max_examples=100, deadline=None)
@given(hours=timetables, at=moments)
def test_there_is_always_a_sentence_and_never_a_broken_one(hours, at):
    said = status_of(hours, at, _is_holiday)

    assert said.label
    assert "%" not in said.label
    assert "None" not in said.label
    assert all(days and text and "%(" not in days + text for days, text in table_of(hours, at.date()))


@settings(max_examples=100, deadline=None)
@given(hours=timetables, at=moments, eastern=st.booleans())
def test_the_clock_of_the_reader_changes_nothing(hours, at, eastern):
    there = at.astimezone(dt.timezone(dt.timedelta(hours=-5 if eastern else 9)))

    assert status_of(hours, there, _is_holiday).label == status_of(hours, at, _is_holiday).label


@settings(max_examples=150, deadline=None)
@given(hours=timetables, at=moments)
def test_the_quick_look_for_lists_finds_the_same_kind(hours, at):
    quick = status_of(hours, at, _is_holiday, days_ahead=0)

    assert quick.kind is status_of(hours, at, _is_holiday).kind


stretches = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def _numbers(found):
    return {number for start, end in found for number in range(start, end)}


@given(some=stretches)
def test_joining_loses_no_minute_and_adds_none(some):
    found = joined(some)

    assert _numbers(found) == _numbers(some)
    assert all(before[1] < after[0] for before, after in pairwise(found))


@given(some=stretches, cuts=stretches)
def test_cutting_takes_the_cuts_and_nothing_else(some, cuts):
    assert _numbers(without(some, cuts)) == _numbers(some) - _numbers(cuts)


@given(numbers=st.sets(st.integers(0, 6)))
def test_runs_hold_each_number_once_in_order(numbers):
    found = runs_of(numbers)

    assert [number for run in found for number in run] == sorted(numbers)
    assert all(run == list(range(run[0], run[-1] + 1)) for run in found)
    assert all(before[-1] + 1 < after[0] for before, after in pairwise(found))


@pytest.mark.parametrize("zone", ZONES)
def test_the_oracle_agrees_with_the_law_on_both_nights(zone):
    spring, autumn = dt.date(2026, 3, 8), dt.date(2026, 11, 1)

    assert _minute(spring, dt.time(3), zone) - _minute(spring, dt.time(1), zone) == 60
    assert _minute(autumn, dt.time(3), zone) - _minute(autumn, dt.time(1), zone) == 180
