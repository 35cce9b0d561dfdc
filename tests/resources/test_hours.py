"""Honest hours: a table of moments, and what is said at each. No database."""

from __future__ import annotations

import datetime as dt

import pytest

from resources.hours.spans import Hours, Kind, OnHolidays, Span
from resources.hours.status import status_of

CENTRAL, EASTERN = "America/Chicago", "America/New_York"
NAMES = {CENTRAL: "Central", EASTERN: "Eastern"}
WORKDAYS, DAILY = "MO TU WE TH FR", "MO TU WE TH FR SA SU"
CODES = DAILY.split()
FORTNIGHT_SHUT = "Closed now. It does not open in the next two weeks"
HOLIDAY = "Public holiday: hours may differ, so call first"
APPOINTMENT = "By appointment: call first"
CANNOT_TELL = "We cannot tell if it is open now"


def span(days="", times="", *, kind=Kind.OPEN, **fields):
    """Return a span. days: codes of weekdays. times: such as "09:00-17:00", empty for the whole day."""
    opens, closes = times.split("-") if times else ("", "")
    return Span(
        kind=kind,
        weekdays=frozenset(CODES.index(code) for code in days.split()),
        weeks=frozenset(fields.pop("weeks", ())),
        opens_at=dt.time.fromisoformat(opens) if opens else None,
        closes_at=dt.time.fromisoformat(closes) if closes else None,
        **{name: dt.date.fromisoformat(day) if isinstance(day, str) else day for name, day in fields.items()},
    )


def closed(days="", times="", **fields):
    return span(days, times, kind=Kind.CLOSED, **fields)


def visit(days="", times="", **fields):
    return span(days, times, kind=Kind.APPOINTMENT, **fields)


def at(*spans, zone=CENTRAL, on_holidays="open", **known):
    return Hours(tuple(spans), zone, on_holidays=OnHolidays(on_holidays), **known)


def until(time, zone=CENTRAL):
    return f"Open now, until {time} {NAMES[zone]} time"


def opens(when, zone=CENTRAL):
    return f"Closed now. Opens {when} {NAMES[zone]} time"


OFFICE = span(WORKDAYS, "09:00-17:00")
LATE = span("FR SA", "23:30-02:00")
SUMMER = span(WORKDAYS, "09:00-17:00", valid_from="2026-06-01", valid_to="2026-08-31")
WINTER = span(DAILY, "18:00-08:00", valid_from="2020-11-15", valid_to="2020-03-15", every_year=True)
CHRISTMAS_EVE = "2026-12-24"
# Monday is November 23, 2026; Thanksgiving is Thursday, November 26.
TABLE = [
    # --- A plain week, and the clock of the place ---
    (
        at(OFFICE),
        [
            ("in the middle", "2026-11-24T12:00-06:00", until("5 p.m.")),
            ("at the first minute", "2026-11-24T09:00-06:00", until("5 p.m.")),
            ("a minute before", "2026-11-24T08:59-06:00", opens("today at 9 a.m.")),
            ("in the last minute", "2026-11-24T16:59-06:00", until("5 p.m.")),
            ("at the closing", "2026-11-24T17:00-06:00", opens("tomorrow at 9 a.m.")),
            ("on Friday evening", "2026-11-20T18:00-06:00", opens("on Monday at 9 a.m.")),
            ("after midnight before it opens", "2026-11-24T00:30-06:00", opens("today at 9 a.m.")),
            ("the reader's clock does not count", "2026-11-25T07:30+09:00", until("5 p.m.")),
            ("Marion is still closed", "2026-11-24T14:30+00:00", opens("today at 9 a.m.")),
        ],
    ),
    (
        at(OFFICE, zone=EASTERN),
        [("Hamilton is open already", "2026-11-24T14:30+00:00", until("5 p.m.", EASTERN))],
    ),
    (at(OFFICE), [("Marion is still open", "2026-11-24T22:30+00:00", until("5 p.m."))]),
    (
        at(OFFICE, zone=EASTERN),
        [("Hamilton is closed already", "2026-11-24T22:30+00:00", opens("tomorrow at 9 a.m.", EASTERN))],
    ),
    (
        at(OFFICE),
        [("today in Hamilton is tomorrow in Marion", "2026-11-24T05:30+00:00", opens("tomorrow at 9 a.m."))],
    ),
    (
        at(OFFICE, zone=EASTERN),
        [("today in Hamilton", "2026-11-24T05:30+00:00", opens("today at 9 a.m.", EASTERN))],
    ),
    # --- Past midnight ---
    (
        at(LATE),
        [
            ("late, before midnight", "2026-11-20T23:45-06:00", until("2 a.m.")),
            ("late, after midnight", "2026-11-21T01:59-06:00", until("2 a.m.")),
            ("late, closed at two", "2026-11-21T02:00-06:00", opens("today at 11:30 p.m.")),
            ("the night to Sunday belongs to Saturday", "2026-11-22T00:10-06:00", until("2 a.m.")),
            ("no night to Friday", "2026-11-20T01:00-06:00", opens("today at 11:30 p.m.")),
        ],
    ),
    (at(span("MO", "18:00-00:00")), [("until midnight", "2026-11-23T23:59-06:00", until("midnight"))]),
    (
        at(span("TH", "20:00-04:00")),
        [("over New Year's midnight", "2027-01-01T03:00-06:00", until("4 a.m."))],
    ),
    # --- Several spans a day; spans that touch or overlap ---
    (
        at(span("MO", "09:00-12:00"), span("MO", "13:00-17:00")),
        [
            ("before the break", "2026-11-23T11:00-06:00", until("noon")),
            ("in the break", "2026-11-23T12:30-06:00", opens("today at 1 p.m.")),
        ],
    ),
    (
        at(span("MO", "09:00-12:00"), span("MO", "12:00-17:00")),
        [("spans that touch", "2026-11-23T10:00-06:00", until("5 p.m."))],
    ),
    (
        at(span("MO", "11:00-17:30"), span("MO", "09:00-12:00")),
        [("spans that overlap", "2026-11-23T10:00-06:00", until("5:30 p.m."))],
    ),
    (
        at(span("MO", "09:00-17:00"), span("MO", "10:00-11:00")),
        [("a span inside another", "2026-11-23T10:30-06:00", until("5 p.m."))],
    ),
    (
        at(span("MO", "20:00-06:00"), span("TU", "06:00-12:00")),
        [("a night joins the morning", "2026-11-23T22:00-06:00", until("noon"))],
    ),
    (
        at(OFFICE, closed(WORKDAYS, "12:00-13:00")),
        [
            ("closed at lunch", "2026-11-24T12:15-06:00", opens("today at 1 p.m.")),
            ("open until lunch", "2026-11-24T11:15-06:00", until("noon")),
        ],
    ),
    # --- Whole days, and day and night ---
    (at(span("MO")), [("a whole day", "2026-11-23T12:00-06:00", until("midnight"))]),
    (at(span("MO TU")), [("whole days join", "2026-11-23T12:00-06:00", until("Tuesday at midnight"))]),
    (at(span("MO", "09:00-09:00")), [("a day from nine to nine", "2026-11-24T08:00-06:00", until("9 a.m."))]),
    (at(span(DAILY)), [("seven whole days", "2026-11-23T12:00-06:00", "Open day and night")]),
    (at(always_open=True), [("day and night", "2026-11-23T03:00-06:00", "Open day and night")]),
    (
        at(zone="", always_open=True),
        [("day and night, of no county", "2026-11-23T03:00-06:00", "Open day and night")],
    ),
    (
        at(always_open=True, on_holidays="not_known"),
        [("day and night on a holiday nobody asked about", "2026-11-26T12:00-06:00", "Open day and night")],
    ),
    (
        at(always_open=True, on_holidays="closed"),
        [("day and night but not on holidays", "2026-11-26T12:00-06:00", "Closed now. Opens on Friday")],
    ),
    (
        at(closed(day=CHRISTMAS_EVE), always_open=True),
        [("day and night but for one day", "2026-12-23T12:00-06:00", until("midnight"))],
    ),
    (
        at(closed(day=CHRISTMAS_EVE), zone="", always_open=True),
        [("day and night with an exception nobody can place", "2026-11-23T12:00-06:00", CANNOT_TELL)],
    ),
    # --- Which of the weekdays of a month ---
    (
        at(span("MO", "09:00-12:00", weeks=[1])),
        [
            ("the first Monday", "2026-12-07T10:00-06:00", until("noon")),
            ("the second is not the first", "2026-12-14T10:00-06:00", FORTNIGHT_SHUT),
            ("the first after two weeks", "2026-11-23T10:00-06:00", opens("on December 7 at 9 a.m.")),
        ],
    ),
    (
        at(span("MO", "09:00-12:00", weeks=[-1])),
        [
            ("the last Monday of five", "2026-11-30T10:00-06:00", until("noon")),
            (
                "the fourth of five is not the last",
                "2026-11-23T10:00-06:00",
                opens("on November 30 at 9 a.m."),
            ),
            ("the last Monday of four", "2026-12-28T10:00-06:00", until("noon")),
        ],
    ),
    (
        at(span("MO", "09:00-12:00", weeks=[5])),
        [
            ("the fifth Monday", "2026-11-30T10:00-06:00", until("noon")),
            ("no fifth Monday in this month", "2026-12-28T10:00-06:00", FORTNIGHT_SHUT),
        ],
    ),
    (
        at(span("TU", "09:00-12:00", weeks=[2, 4])),
        [("the second and the fourth", "2026-11-11T10:00-06:00", opens("on November 24 at 9 a.m."))],
    ),
    (
        at(OFFICE, closed("TU", weeks=[1])),
        [("closed on the first Tuesday", "2026-12-01T10:00-06:00", opens("tomorrow at 9 a.m."))],
    ),
    # --- By appointment ---
    (at(by_appointment=True), [("by appointment at all hours", "2026-11-24T12:00-06:00", APPOINTMENT)]),
    (
        at(OFFICE, by_appointment=True),
        [
            ("by appointment in its hours", "2026-11-24T12:00-06:00", APPOINTMENT),
            ("by appointment after its hours", "2026-11-24T18:00-06:00", f"Closed now. {APPOINTMENT}"),
        ],
    ),
    (
        at(OFFICE, visit("SA", "10:00-14:00")),
        [
            ("one span by appointment", "2026-11-21T11:00-06:00", APPOINTMENT),
            ("before a span by appointment", "2026-11-21T09:00-06:00", f"Closed now. {APPOINTMENT}"),
        ],
    ),
    (
        at(span("MO", "12:00-13:00"), visit("MO", "09:00-17:00")),
        [("open to all within appointments", "2026-11-23T12:30-06:00", until("1 p.m."))],
    ),
    (
        at(OFFICE, zone="", by_appointment=True),
        [("by appointment, of no county", "2026-11-24T12:00-06:00", APPOINTMENT)],
    ),
    # --- Public holidays ---
    (at(OFFICE, on_holidays="open"), [("open on holidays", "2026-11-26T12:00-06:00", until("5 p.m."))]),
    (
        at(OFFICE, on_holidays="closed"),
        [
            ("closed on holidays", "2026-11-26T12:00-06:00", opens("tomorrow at 9 a.m.")),
            ("the day before a holiday", "2026-11-25T18:00-06:00", opens("on Friday at 9 a.m.")),
        ],
    ),
    (
        at(OFFICE, on_holidays="not_known"),
        [
            ("a holiday of which nothing is known", "2026-11-26T12:00-06:00", HOLIDAY),
            ("early on such a holiday", "2026-11-26T07:00-06:00", HOLIDAY),
            ("late on such a holiday", "2026-11-26T18:00-06:00", opens("tomorrow at 9 a.m.")),
            (
                "before such a holiday only what is sure",
                "2026-11-25T18:00-06:00",
                opens("on Friday at 9 a.m."),
            ),
            ("closed on Saturday, holiday or not", "2026-07-04T12:00-05:00", opens("on Monday at 9 a.m.")),
        ],
    ),
    (
        at(OFFICE, on_holidays="closed"),
        [
            (
                "the Friday on which that holiday is made up for",
                "2026-07-03T12:00-05:00",
                opens("on Monday at 9 a.m."),
            )
        ],
    ),
    (
        at(span("WE TH", "22:00-06:00"), on_holidays="closed"),
        [
            ("a night that began before the holiday", "2026-11-26T03:00-06:00", until("6 a.m.")),
            ("the night of the holiday", "2026-11-27T03:00-06:00", opens("on Wednesday at 10 p.m.")),
        ],
    ),
    (
        at(on_holidays="closed", words="Mornings"),
        [
            ("closed on holidays, hours told in words", "2026-11-26T12:00-06:00", "Closed now."),
            ("the day after, hours told in words", "2026-11-27T12:00-06:00", "Mornings"),
        ],
    ),
    # --- Seasons ---
    (
        at(SUMMER),
        [
            ("the day before the season", "2026-05-31T12:00-05:00", opens("tomorrow at 9 a.m.")),
            ("the first day of the season", "2026-06-01T12:00-05:00", until("5 p.m.")),
            ("the last day of the season", "2026-08-31T12:00-05:00", until("5 p.m.")),
            ("a season that is over tells nothing more", "2026-09-01T12:00-05:00", CANNOT_TELL),
            ("long before the season", "2026-04-01T12:00-05:00", FORTNIGHT_SHUT),
        ],
    ),
    (
        at(WINTER),
        [
            ("a winter over New Year, before", "2026-11-14T20:00-06:00", opens("tomorrow at 6 p.m.")),
            ("a winter over New Year, its first night", "2026-11-15T20:00-06:00", until("8 a.m.")),
            ("a winter over New Year, after it", "2027-01-02T20:00-06:00", until("8 a.m.")),
            ("a winter over New Year, its last night", "2027-03-16T07:00-05:00", until("8 a.m.")),
            ("a winter over New Year, over", "2027-03-16T20:00-05:00", FORTNIGHT_SHUT),
        ],
    ),
    (
        at(OFFICE, closed(DAILY, valid_from="2020-12-20", valid_to="2020-01-03", every_year=True)),
        [("closed for a season each year", "2026-12-21T12:00-06:00", opens("on January 4 at 9 a.m."))],
    ),
    (
        at(span(DAILY, "09:00-17:00", valid_from="2028-01-01", valid_to="2028-02-29", every_year=True)),
        [("a season to the leap day, in a year without", "2027-02-28T12:00-06:00", until("5 p.m."))],
    ),
    (
        at(span(DAILY, "09:00-17:00", valid_from="2026-11-25")),
        [("from a day on", "2026-11-24T12:00-06:00", opens("tomorrow at 9 a.m."))],
    ),
    # --- Single dates ---
    (
        at(OFFICE, closed(day=CHRISTMAS_EVE)),
        [("closed on one date", "2026-12-24T12:00-06:00", opens("tomorrow at 9 a.m."))],
    ),
    (
        at(OFFICE, span(day=CHRISTMAS_EVE, times="10:00-12:00")),
        [
            ("special hours on one date", "2026-12-24T11:00-06:00", until("noon")),
            ("special hours replace the others", "2026-12-24T15:00-06:00", opens("tomorrow at 9 a.m.")),
        ],
    ),
    (
        at(OFFICE, span(day="2026-11-26", times="10:00-12:00"), on_holidays="closed"),
        [("a date comes before the rule for holidays", "2026-11-26T11:00-06:00", until("noon"))],
    ),
    (
        at(OFFICE, closed(day="2026-11-24", times="13:00-17:00")),
        [
            ("an afternoon off on one date", "2026-11-24T14:00-06:00", opens("tomorrow at 9 a.m.")),
            ("the morning of that date stays", "2026-11-24T10:00-06:00", until("1 p.m.")),
        ],
    ),
    (
        at(LATE, closed(day="2026-11-21")),
        [("closed on a date, the night before lasts", "2026-11-21T01:00-06:00", until("2 a.m."))],
    ),
    (
        at(span(day="2026-11-24", times="10:00-12:00")),
        [
            ("only one date is told, and it is today", "2026-11-24T11:00-06:00", until("noon")),
            ("only one date is told, on another day", "2026-11-23T11:00-06:00", CANNOT_TELL),
        ],
    ),
    (
        at(closed(day="2026-11-24"), words="Mornings"),
        [("closed on the only date that is told", "2026-11-24T11:00-06:00", "Closed now.")],
    ),
    # --- The clock goes forward: March 8, 2026, 2 a.m. ---
    (
        at(span("SA", "23:30-02:00")),
        [
            ("23:30 to 2:00 in the night that has no 2:00", "2026-03-08T01:59-06:00", until("3 a.m.")),
            ("and is closed a minute later", "2026-03-08T03:00-05:00", opens("on Saturday at 11:30 p.m.")),
        ],
    ),
    (
        at(span("SA", "20:00-06:00"), zone=EASTERN),
        [
            ("a closing next day across the change", "2026-03-08T05:59-04:00", until("6 a.m.", EASTERN)),
            (
                "that is closed an hour early in the sun's time",
                "2026-03-08T10:00+00:00",
                opens("on Saturday at 8 p.m.", EASTERN),
            ),
        ],
    ),
    (
        at(span("SU", "02:15-02:45")),
        [("a span inside the missing hour", "2026-03-08T03:20-05:00", until("3:45 a.m."))],
    ),
    (at(span("SU")), [("the whole day has 23 hours", "2026-03-08T23:59-05:00", until("midnight"))]),
    (
        at(span("SU", "03:00-12:00"), zone=EASTERN),
        [("Eastern changes an hour before Central", "2026-03-08T07:30+00:00", until("noon", EASTERN))],
    ),
    (
        at(span("SU", "03:00-12:00")),
        [("while Central waits", "2026-03-08T07:30+00:00", opens("today at 3 a.m."))],
    ),
    # --- The clock goes back: November 1, 2026, 2 a.m. ---
    (
        at(span("SU", "01:00-01:45")),
        [
            ("1:30 the first time", "2026-11-01T01:30-05:00", until("1:45 a.m.")),
            ("1:30 the second time", "2026-11-01T01:30-06:00", opens("on November 8 at 1 a.m.")),
        ],
    ),
    (
        at(span("SA", "23:30-02:00")),
        [
            ("23:30 to 2:00 in the night with two 1:30s", "2026-11-01T01:30-06:00", until("2 a.m.")),
            ("and is closed at 2:00", "2026-11-01T02:00-06:00", opens("on Saturday at 11:30 p.m.")),
        ],
    ),
    (
        at(span("SA", "20:00-06:00")),
        [("a closing next day across that change", "2026-11-01T05:59-06:00", until("6 a.m."))],
    ),
    (at(span("SU")), [("the whole day has 25 hours", "2026-11-01T23:59-06:00", until("midnight"))]),
    (at(OFFICE), [("the week after", "2026-11-02T08:30-06:00", opens("today at 9 a.m."))]),
    # --- Nothing known, nothing soon ---
    (at(), [("nothing known", "2026-11-24T12:00-06:00", "Hours not known")]),
    (at(words="Mornings"), [("words alone", "2026-11-24T12:00-06:00", "Mornings")]),
    (at(OFFICE, zone=""), [("hours of no county", "2026-11-24T12:00-06:00", CANNOT_TELL)]),
    (
        at(span("MO", "09:00-12:00", valid_from="2026-12-14")),
        [("nothing within a fortnight", "2026-11-24T12:00-06:00", FORTNIGHT_SHUT)],
    ),
    (
        at(span("MO", "09:00-12:00", valid_from="2026-12-07")),
        [("at the end of the fortnight", "2026-11-23T09:00-06:00", opens("on December 7 at 9 a.m."))],
    ),
    (at(closed(DAILY)), [("closed each day", "2026-11-24T12:00-06:00", "Closed now.")]),
]


MOMENTS = {name: (known, moment, said) for known, rows in TABLE for name, moment, said in rows}


@pytest.mark.parametrize("name", MOMENTS)
def test_what_is_said_at_a_moment(name):
    known, moment, said = MOMENTS[name]

    assert status_of(known, dt.datetime.fromisoformat(moment)).label == said


def test_the_table_is_long_and_names_each_moment_once():
    assert len(MOMENTS) == sum(len(rows) for _known, rows in TABLE) >= 60
