"""Deadlines from days that are known, roughly known or not known, over leap years and clock changes."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.triage import clocks
from reporting.triage.clocks import ABOUT, EXACT, ONGOING, RANGE, UNSURE

TODAY = dt.date(2026, 11, 22)
DAYS = st.dates(dt.date(1990, 1, 1), TODAY)


def day(text):
    return dt.date.fromisoformat(text) if text else None


def found(span, today=TODAY, **more):
    return {clock.slug: clock for clock in clocks.clocks(span, today=today, **more)}


def exact(text):
    return clocks.span_of(EXACT, day(text), None, today=TODAY)


# (day it happened, end of 180 days, end of 1 year, end of 2 years)
EXACT_ROWS = [
    ("2026-01-01", "2026-06-30", "2027-01-01", "2028-01-01"),
    ("2026-01-31", "2026-07-30", "2027-01-31", "2028-01-31"),
    ("2026-02-28", "2026-08-27", "2027-02-28", "2028-02-28"),
    ("2026-03-01", "2026-08-28", "2027-03-01", "2028-03-01"),
    # The clock went forward on 8 March 2026 and back on 1 November 2026: days are days.
    ("2026-03-07", "2026-09-03", "2027-03-07", "2028-03-07"),
    ("2026-03-08", "2026-09-04", "2027-03-08", "2028-03-08"),
    ("2026-03-09", "2026-09-05", "2027-03-09", "2028-03-09"),
    ("2026-10-31", "2027-04-29", "2027-10-31", "2028-10-31"),
    ("2026-11-01", "2027-04-30", "2027-11-01", "2028-11-01"),
    ("2026-11-02", "2027-05-01", "2027-11-02", "2028-11-02"),
    ("2026-11-22", "2027-05-21", "2027-11-22", "2028-11-22"),
    # Leap days: 2024 had one, 2028 will have one.
    ("2024-02-28", "2024-08-26", "2025-02-28", "2026-02-28"),
    ("2024-02-29", "2024-08-27", "2025-02-28", "2026-02-28"),
    ("2024-03-01", "2024-08-28", "2025-03-01", "2026-03-01"),
    ("2023-09-01", "2024-02-28", "2024-09-01", "2025-09-01"),
    ("2023-09-02", "2024-02-29", "2024-09-02", "2025-09-02"),
    ("2023-09-03", "2024-03-01", "2024-09-03", "2025-09-03"),
    ("2023-02-28", "2023-08-27", "2024-02-28", "2025-02-28"),
    ("2023-03-01", "2023-08-28", "2024-03-01", "2025-03-01"),
    ("2022-02-28", "2022-08-27", "2023-02-28", "2024-02-28"),
    ("2020-02-29", "2020-08-27", "2021-02-28", "2022-02-28"),
    ("2000-02-29", "2000-08-27", "2001-02-28", "2002-02-28"),
    # Ends of months and years.
    ("2025-03-31", "2025-09-27", "2026-03-31", "2027-03-31"),
    ("2025-04-30", "2025-10-27", "2026-04-30", "2027-04-30"),
    ("2025-05-31", "2025-11-27", "2026-05-31", "2027-05-31"),
    ("2025-06-30", "2025-12-27", "2026-06-30", "2027-06-30"),
    ("2025-07-04", "2025-12-31", "2026-07-04", "2027-07-04"),
    ("2025-07-05", "2026-01-01", "2026-07-05", "2027-07-05"),
    ("2025-08-31", "2026-02-27", "2026-08-31", "2027-08-31"),
    ("2025-12-31", "2026-06-29", "2026-12-31", "2027-12-31"),
    # Ends on a Saturday, a Sunday and Christmas: not moved.
    ("2026-02-16", "2026-08-15", "2027-02-16", "2028-02-16"),
    ("2026-02-17", "2026-08-16", "2027-02-17", "2028-02-17"),
    ("2025-06-28", "2025-12-25", "2026-06-28", "2027-06-28"),
]


@pytest.mark.parametrize(("happened", "days180", "year", "two_years"), EXACT_ROWS)
def test_a_known_day_gives_one_day_for_each_rule(happened, days180, year, two_years):
    plain = found(exact(happened), special_education="iep")
    charged = found(exact(happened), charged=True)

    assert plain["ocr"].earliest == plain["ocr"].latest == day(days180)
    assert plain["cred"].earliest == day(days180)
    for slug in ("lawsuit", "tort-claim", "special-education"):
        assert plain[slug].earliest == plain[slug].latest == day(year), slug
    assert charged["lawsuit"].earliest == day(two_years)
    assert charged["tort-claim"].earliest == day(year)
    assert {clock.certainty for clock in plain.values() if clock.slug != "own-claim"} == {"known"}


# (kind, from, to, week of the report, earliest and latest end of 180 days, earliest and latest end of 1 year)
SPAN_ROWS = [
    (ABOUT, "2026-05-10", "", "", "2026-10-06", "2026-12-07", "2027-04-09", "2027-06-10"),
    (ABOUT, "2024-02-29", "", "", "2024-07-27", "2024-09-27", "2025-01-29", "2025-03-31"),
    (ABOUT, "2024-03-31", "", "", "2024-08-27", "2024-10-28", "2025-02-28", "2025-05-01"),
    (ABOUT, "2026-11-20", "", "", "2027-04-18", "2027-05-21", "2027-10-20", "2027-11-22"),
    (ABOUT, "2026-11-20", "", "2026-11-16", "2027-04-18", "2027-05-21", "2027-10-20", "2027-11-22"),
    (ABOUT, "2026-05-10", "", "2026-05-04", "2026-10-06", "2026-11-06", "2027-04-09", "2027-05-10"),
    (ABOUT, "2026-05-10", "2026-05-20", "", "2026-11-06", "2026-11-16", "2027-05-10", "2027-05-20"),
    (RANGE, "2026-01-01", "2026-06-30", "", "2026-06-30", "2026-12-27", "2027-01-01", "2027-06-30"),
    (RANGE, "2024-02-28", "2024-02-29", "", "2024-08-26", "2024-08-27", "2025-02-28", "2025-02-28"),
    (RANGE, "2023-12-31", "2024-01-01", "", "2024-06-28", "2024-06-29", "2024-12-31", "2025-01-01"),
    (RANGE, "2026-03-01", "2026-03-01", "", "2026-08-28", "2026-08-28", "2027-03-01", "2027-03-01"),
    (RANGE, "2026-03-01", "", "2026-05-04", "2026-08-28", "2026-11-06", "2027-03-01", "2027-05-10"),
    (RANGE, "2026-03-01", "", "", "2026-08-28", "2027-05-21", "2027-03-01", "2027-11-22"),
    (RANGE, "", "2026-06-30", "", "", "2026-12-27", "", "2027-06-30"),
    (ONGOING, "2026-01-01", "", "", "2026-06-30", "", "2027-01-01", ""),
    (ONGOING, "2024-02-29", "", "", "2024-08-27", "", "2025-02-28", ""),
    (ONGOING, "2026-01-01", "2026-02-01", "", "2026-06-30", "", "2027-01-01", ""),
    (ONGOING, "", "", "", "", "", "", ""),
    (ONGOING, "", "", "2026-11-16", "", "", "", ""),
    (UNSURE, "", "", "2026-11-16", "", "2027-05-21", "", "2027-11-22"),
    (UNSURE, "", "", "2026-05-04", "", "2026-11-06", "", "2027-05-10"),
    (UNSURE, "", "", "2024-02-26", "", "2024-08-30", "", "2025-03-03"),
    (UNSURE, "2026-01-01", "", "2026-05-04", "", "2026-11-06", "", "2027-05-10"),
    (UNSURE, "", "", "", "", "2027-05-21", "", "2027-11-22"),
    ("", "", "", "2026-05-04", "", "2026-11-06", "", "2027-05-10"),
    (EXACT, "", "", "2026-05-04", "", "2026-11-06", "", "2027-05-10"),
    (EXACT, "", "2026-06-30", "", "", "2026-12-27", "", "2027-06-30"),
    (EXACT, "2026-05-10", "", "2026-05-04", "2026-11-06", "2026-11-06", "2027-05-10", "2027-05-10"),
]


@pytest.mark.parametrize(
    ("kind", "first", "last", "week", "days_from", "days_to", "year_from", "year_to"), SPAN_ROWS
)
def test_what_is_not_known_gives_a_span_or_no_day(
    kind, first, last, week, days_from, days_to, year_from, year_to
):
    span = clocks.span_of(kind, day(first), day(last), today=TODAY, reported=day(week))
    ends = found(span)

    assert (ends["ocr"].earliest, ends["ocr"].latest) == (day(days_from), day(days_to))
    assert (ends["lawsuit"].earliest, ends["lawsuit"].latest) == (day(year_from), day(year_to))
    assert (ends["lawsuit"].certainty == "unknown") == (not year_from)


# (happened, band, first and last year of "one year after turning 18")
AGE_ROWS = [
    ("2026-05-10", "0-8", (2036, 2045)),
    ("2026-05-10", "9-11", (2033, 2036)),
    ("2026-05-10", "12-14", (2030, 2033)),
    ("2026-05-10", "15-17", (2027, 2030)),
    ("2024-02-29", "15-17", (2025, 2030)),
    ("2020-12-31", "15-17", (2021, 2030)),
    ("2026-05-10", "unsure", None),
    ("2026-05-10", "", None),
    ("2026-05-10", "5", None),
]


@pytest.mark.parametrize(("happened", "band", "years"), AGE_ROWS)
def test_an_age_band_gives_years_and_never_a_day(happened, band, years):
    own = found(exact(happened), age=band)["own-claim"]

    assert own.years == years
    assert (own.earliest, own.latest) == (None, None)
    assert own.certainty == ("approximate" if years else "unknown")


def test_a_band_without_a_day_gives_no_year():
    unknown = clocks.span_of(UNSURE, None, None, today=TODAY)

    assert found(unknown, age="12-14")["own-claim"].years is None


def test_grown_ups_have_no_clock_for_children():
    assert "own-claim" not in found(exact("2026-05-10"), age="18")


@pytest.mark.parametrize(
    ("plan", "shown"),
    [("iep", True), ("evaluating", True), ("unsure", True), ("504", False), ("no", False), ("", False)],
)
def test_the_special_education_complaint_is_for_special_education(plan, shown):
    assert ("special-education" in found(exact("2026-05-10"), special_education=plan)) == shown


@pytest.mark.parametrize(
    ("ended", "last"),
    [
        ("2026-09-24", "2026-11-23"),
        ("2023-12-31", "2024-02-29"),
        ("2024-12-31", "2025-03-01"),
        ("2026-11-22", "2027-01-21"),
    ],
)
def test_a_grievance_gives_sixty_days_beside_the_180(ended, last):
    ends = found(exact("2024-01-01"), grievance_ended=day(ended))

    assert ends["ocr-grievance"].latest == day(last)
    assert ends["ocr"].latest == day("2024-06-29")


def test_no_grievance_no_clock_for_it():
    assert "ocr-grievance" not in found(exact("2026-05-10"))


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        (EXACT, "2026-11-23", ""),
        (ABOUT, "2027-01-01", ""),
        (RANGE, "2026-11-01", "2026-11-23"),
        (ONGOING, "2026-11-23", ""),
        (UNSURE, "2030-01-01", ""),
    ],
)
def test_a_day_to_come_is_refused(kind, first, last):
    with pytest.raises(clocks.FutureDay):
        clocks.span_of(kind, day(first), day(last), today=TODAY)


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(clocks.BackwardRange):
        clocks.span_of(RANGE, day("2026-05-10"), day("2026-05-09"), today=TODAY)


def test_a_grievance_to_come_is_refused():
    with pytest.raises(clocks.FutureDay):
        found(exact("2026-05-10"), grievance_ended=day("2026-11-23"))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"date_kind": "exact", "date_from": "2030-01-01"},
        {"date_kind": "exact", "date_from": "0001-01-01x"},
        {"date_kind": "about", "date_from": "0001-01-01"},
        {"date_kind": "range", "date_from": "2026-02-02", "date_to": "2026-02-01"},
        {"date_kind": "exact", "date_from": ["2026-02-02"]},
        {"date_kind": "strange"},
    ],
)
def test_a_told_day_that_makes_no_sense_counts_as_not_known(told):
    span = clocks.span_told(told, today=TODAY, reported=day("2026-05-04"))

    assert span == clocks.Span(None, day("2026-05-10"), "unknown")


@pytest.mark.parametrize(
    ("today", "is_over", "may_be_over"),
    [("2026-06-30", False, False), ("2026-07-01", False, True), ("2026-12-28", True, True)],
)
def test_a_clock_says_whether_it_is_over_or_may_be(today, is_over, may_be_over):
    span = clocks.span_of(RANGE, day("2026-01-01"), day("2026-06-30"), today=day("2026-06-30"))
    ocr = found(span, day(today))["ocr"]

    assert (ocr.is_over, ocr.may_be_over) == (is_over, may_be_over)


def test_what_is_not_known_may_be_over_and_is_never_said_to_be():
    ends = found(clocks.span_of(ONGOING, None, None, today=TODAY))

    assert all(clock.may_be_over and not clock.is_over for clock in ends.values())


def test_video_and_bodies_without_a_limit_get_no_number():
    for clock in clocks.standing_clocks():
        assert (clock.earliest, clock.latest, clock.years) == (None, None, None)
        assert not any(letter.isdigit() for letter in str(clock.may))


def test_the_soonest_is_the_first_that_is_not_over():
    ends = clocks.clocks(exact("2026-05-10"), today=TODAY)

    assert clocks.soonest(ends).slug == "lawsuit"
    assert clocks.soonest(clocks.clocks(exact("2020-05-10"), today=TODAY)) is None


def test_every_sentence_is_cautious():
    ends = found(exact("2026-05-10"), special_education="iep", age="12-14", grievance_ended=TODAY)

    assert all(" may " in f" {clock.may} ".lower() for clock in ends.values())


@given(DAYS, DAYS, st.booleans(), st.sampled_from(["0-8", "9-11", "12-14", "15-17", "unsure"]))
def test_what_happened_later_never_ends_earlier(one, other, charged, age):
    first, second = sorted([one, other])
    before = clocks.clocks(exact(first.isoformat()), today=TODAY, charged=charged, age=age)
    after = clocks.clocks(exact(second.isoformat()), today=TODAY, charged=charged, age=age)

    for early, late in zip(before, after, strict=True):
        if early.earliest:
            assert early.earliest <= late.earliest
        if early.years:
            assert early.years <= late.years


@given(DAYS, st.integers(0, 400), st.integers(0, 400), st.sampled_from([ABOUT, RANGE, ONGOING]))
def test_what_is_roughly_known_never_ends_later_than_its_worst_case(first, length, inside, kind):
    last = min(first + dt.timedelta(days=length), TODAY)
    truly = min(first + dt.timedelta(days=min(inside, length)), last)
    rough = clocks.span_of(kind, first, last if kind == RANGE else None, today=TODAY)
    worst = clocks.clocks(exact(first.isoformat()), today=TODAY, special_education="iep")
    real = clocks.clocks(exact(truly.isoformat()), today=TODAY, special_education="iep")

    roughly = clocks.clocks(rough, today=TODAY, special_education="iep")
    for said, bound, true in zip(roughly, worst, real, strict=True):
        if said.earliest:
            assert said.earliest <= bound.earliest <= true.earliest


@given(DAYS, st.integers(0, 60), st.dates(dt.date(1990, 1, 1), TODAY))
def test_no_span_is_empty(first, length, week):
    last = min(first + dt.timedelta(days=length), TODAY)
    for kind in (EXACT, ABOUT, RANGE, ONGOING, UNSURE):
        span = clocks.span_of(kind, first, last, today=TODAY, reported=week)
        assert span.first is None or span.last is None or span.first <= span.last
