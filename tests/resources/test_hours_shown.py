"""What pages and paper say of the hours of a listed service. No database."""

from __future__ import annotations

import datetime as dt

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from portal.lib.translated import Translations
from resources import hours
from resources.hours import holidays
from resources.models import Location, Schedule, Service

TUESDAY = dt.datetime(2026, 11, 24, 22, 30, tzinfo=dt.UTC)  # 4:30 p.m. Central, 5:30 p.m. Eastern
THANKSGIVING = dt.datetime(2026, 11, 26, 18, tzinfo=dt.UTC)
WORKDAYS = ["MO", "TU", "WE", "TH", "FR"]


def row(weekdays=None, times="", *, day=None, **fields):
    opens, closes = (dt.time.fromisoformat(time) for time in times.split("-")) if times else (None, None)
    if day is None:
        fields["weekdays"] = WORKDAYS if weekdays is None else weekdays.split()
    else:
        fields["day"] = dt.date.fromisoformat(day)
    for end in ("valid_from", "valid_to"):
        fields[end] = dt.date.fromisoformat(fields[end]) if end in fields else None
    return Schedule(opens_at=opens, closes_at=closes, **fields)


def place(pk, county, street="", city=""):
    found = Location(pk=pk, slug=f"place-{pk}")
    found.shown_county, found.shown_street, found.shown_city = county, street, city
    return found


def listed(*schedules, places=(), **fields):
    """Return a service as `listed` gives it."""
    service = Service(slug="a", name={"en": "A place"}, **fields)
    service.listed_places, service.listed_schedules = list(places), list(schedules)
    service.listed_phones, service.has_private_place = [], False
    return service


def at_marion(*schedules, **fields):
    return listed(*schedules, places=[place(1, "marion", "1 Test Street", "Jasper")], **fields)


OFFICE = row(times="09:00-17:00")


def said(service, at=TUESDAY):
    return hours.status(service, at).label


# --- Whose clock ---
def test_marion_and_hamilton_next_door_have_different_clocks():
    assert said(listed(OFFICE, places=[place(1, "marion")])) == "Open now, until 5 p.m. Central time"
    assert said(listed(OFFICE, places=[place(1, "hamilton")])) == (
        "Closed now. Opens tomorrow at 9 a.m. Eastern time"
    )


@pytest.mark.parametrize(
    ("counties", "label"),
    [
        (["knox", "hamilton"], "Closed now. Opens tomorrow at 9 a.m. Eastern time"),
        (["marion"], "Open now, until 5 p.m. Central time"),
        (["marion", "hamilton"], "We cannot tell if it is open now"),
    ],
)
def test_without_a_place_the_counties_tell_the_clock_if_they_agree(counties, label):
    assert said(listed(OFFICE, reach="counties", counties=counties)) == label


def test_a_line_for_the_state_has_no_clock_of_its_own():
    assert said(listed(OFFICE, reach="state")) == "We cannot tell if it is open now"


def test_a_place_without_county_takes_the_clock_of_the_counties_it_serves():
    service = listed(OFFICE, places=[place(1, "")], reach="counties", counties=["marion"])

    assert said(service) == "Open now, until 5 p.m. Central time"


# --- Several places ---
def test_a_service_is_open_when_one_of_its_places_is():
    places = [place(1, "hamilton", city="Chattanooga"), place(2, "marion", city="Jasper")]

    found = hours.status(listed(OFFICE, places=places), TUESDAY)

    assert found.is_open
    assert [(each.name, each.status.is_open) for each in found.places] == [
        ("Chattanooga", False),
        ("Jasper", True),
    ]


def test_hours_of_one_place_hold_there_alone():
    places = [place(1, "marion", "1 Test Street", "Jasper"), place(2, "marion", "2 Test Street", "Jasper")]
    service = listed(
        row("TU", "09:00-12:00", location_id=1), row("TU", "16:00-18:00", location_id=2), places=places
    )

    found = hours.status(service, TUESDAY)

    assert found.label == "Open now, until 6 p.m. Central time"
    assert [each.status.kind for each in found.places] == ["closed", "open"]
    assert hours.week_table(service, TUESDAY)[::2] == [
        ("1 Test Street, Jasper: Tuesday", "9 a.m. to noon Central time"),
        ("2 Test Street, Jasper: Tuesday", "4 p.m. to 6 p.m. Central time"),
    ]


def test_places_with_the_same_hours_are_told_once_and_without_names():
    places = [place(1, "marion", city="Jasper"), place(2, "marion", city="Whitwell")]

    [one] = hours.status(listed(OFFICE, places=places), TUESDAY).places

    assert one.name == ""


def test_a_doubt_about_one_place_comes_before_the_no_of_another():
    places = [place(1, "hamilton", city="Chattanooga"), place(2, "marion", city="Jasper")]
    service = listed(row("TU", "09:00-10:00", location_id=1), places=places)

    assert hours.status(service, TUESDAY).kind == hours.Kind.NOT_KNOWN


def test_of_two_closed_places_the_one_that_opens_first_is_told():
    places = [place(1, "marion", city="Jasper"), place(2, "marion", city="Whitwell")]
    service = listed(row("FR", "09:00-10:00", location_id=1), row("TH", "09:00-10:00", location_id=2),
                     places=places, on_holidays="open")  # fmt: skip

    assert said(service) == "Closed now. Opens on Thursday at 9 a.m. Central time"


# --- Lists ---
def test_what_is_not_known_stays_in_the_list_after_what_is_open():
    shut = at_marion(row("TU", "09:00-10:00"))
    unknown, words, visits = (
        at_marion(),
        at_marion(hours=Translations(en="Mornings")),
        at_marion(by_appointment=True),
    )
    opened, always = at_marion(OFFICE), listed(always_open=True)

    kept = hours.open_or_unknown([unknown, shut, words, opened, visits, always], TUESDAY)

    assert [id(each) for each in kept] == [id(each) for each in (opened, always, unknown, words, visits)]


@pytest.mark.parametrize(("rule", "kept"), [("open", True), ("closed", False), ("not_known", True)])
def test_a_place_leaves_the_list_on_a_holiday_only_when_it_is_known_to_be_closed(rule, kept):
    service = at_marion(OFFICE, on_holidays=rule)

    assert bool(hours.open_or_unknown([service], THANKSGIVING)) is kept


def test_the_sentence_is_in_the_language_of_the_page_with_its_own_clock():
    with translation.override("es"):
        assert "17:00" in said(at_marion(OFFICE))
        assert hours.week_table(at_marion(OFFICE), TUESDAY)[0][0].startswith("Lunes")


# --- The table ---
TABLES = {
    "days with the same hours": (
        [OFFICE],
        [("Monday to Friday", "9 a.m. to 5 p.m. Central time")],
    ),
    "days that do not follow on each other": (
        [row("MO TU TH", "09:00-12:30"), row("SA", "10:00-14:00")],
        [
            ("Monday, Tuesday, Thursday", "9 a.m. to 12:30 p.m. Central time"),
            ("Saturday", "10 a.m. to 2 p.m. Central time"),
        ],
    ),
    "every day": (
        [row("SU MO TU WE TH FR SA", "08:00-20:00")],
        [("Every day", "8 a.m. to 8 p.m. Central time")],
    ),
    "a break, and a day that differs": (
        [row("MO TU WE", "09:00-12:00"), row("MO TU WE", "13:00-17:00"), row("TH", "09:00-12:00")],
        [
            ("Monday to Wednesday", "9 a.m. to noon, 1 p.m. to 5 p.m. Central time"),
            ("Thursday", "9 a.m. to noon Central time"),
        ],
    ),
    "spans that overlap": (
        [row("MO", "09:00-12:00"), row("MO", "11:00-17:00")],
        [("Monday", "9 a.m. to 5 p.m. Central time")],
    ),
    "past midnight": (
        [row("FR SA", "23:30-02:00")],
        [("Friday, Saturday", "11:30 p.m. to 2 a.m. Central time")],
    ),
    "more than a day in one go is not joined": (
        [row("FR"), row("FR", "20:00-06:00")],
        [("Friday", "Midnight to midnight, 8 p.m. to 6 a.m. Central time")],
    ),
    "whole days": ([row("SA SU")], [("Saturday, Sunday", "All day")]),
    "some weeks": (
        [row("TU", "09:00-12:00", weeks=[-1, 1])],
        [("Tuesday (first, last of the month)", "9 a.m. to noon Central time")],
    ),
    "a season of each year": (
        [row("MO", "09:00-12:00", valid_from="2020-11-15", valid_to="2020-03-15", every_year=True)],
        [("Monday, November 15 to March 15", "9 a.m. to noon Central time")],
    ),
    "from a day on": (
        [row("MO", "09:00-12:00", valid_from="2026-12-01")],
        [("Monday, from Dec. 1, 2026", "9 a.m. to noon Central time")],
    ),
    "until a day": (
        [row("MO", "09:00-12:00", valid_to="2026-12-31")],
        [("Monday, until Dec. 31, 2026", "9 a.m. to noon Central time")],
    ),
    "by appointment, closed at lunch": (
        [OFFICE, row("SA", "10:00-14:00", kind="appointment"), row("MO", "12:00-13:00", kind="closed")],
        [
            ("Monday", "9 a.m. to 5 p.m. Central time, closed noon to 1 p.m."),
            ("Tuesday to Friday", "9 a.m. to 5 p.m. Central time"),
            ("Saturday", "10 a.m. to 2 p.m. Central time, by appointment"),
        ],
    ),
    "single dates in order, without those that are over": (
        [
            row(day="2026-12-31", times="09:00-12:00"),
            row(day="2026-12-24", kind="closed"),
            row(day="2026-11-23", kind="closed"),
        ],
        [
            ("Thursday, Dec. 24, 2026", "Closed"),
            ("Thursday, Dec. 31, 2026", "9 a.m. to noon Central time"),
        ],
    ),
    "a season that is over": ([row("MO", valid_from="2026-01-01", valid_to="2026-11-22")], []),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_the_table_of_a_week(name):
    schedules, rows = TABLES[name]
    found = hours.week_table(at_marion(*schedules), TUESDAY)

    assert [each for each in found if each[0] != "Public holidays"] == rows


@pytest.mark.parametrize(
    ("rule", "text"), [("open", "Open as on any day"), ("closed", "Closed"), ("not_known", "Not known")]
)
def test_the_table_ends_with_public_holidays(rule, text):
    assert hours.week_table(at_marion(OFFICE, on_holidays=rule), TUESDAY)[-1] == ("Public holidays", text)


def test_a_service_of_which_no_hours_are_known_has_no_table():
    assert hours.week_table(at_marion(), TUESDAY) == []
    assert hours.week_table(listed(always_open=True), TUESDAY) == []


def test_hours_of_a_service_by_appointment_say_so():
    assert hours.week_table(at_marion(OFFICE, by_appointment=True), TUESDAY)[0][1] == (
        "9 a.m. to 5 p.m. Central time, by appointment"
    )


# --- The part of a page ---
def shown(service):
    return render_to_string("resources/_hours.html", {"status": hours.status(service, TUESDAY)})


def test_a_page_shows_what_is_true_now_the_week_and_the_words():
    page = shown(at_marion(OFFICE, hours=Translations(en="Ring the bell.")))

    assert "Open now, until 5 p.m. Central time" in page
    assert '<th scope="row">Monday to Friday</th><td>9 a.m. to 5 p.m. Central time</td>' in page
    assert '<th scope="row">Public holidays</th><td>Not known</td>' in page
    assert "<p>Ring the bell.</p>" in page


def test_words_alone_are_shown_once_and_nothing_as_not_known():
    assert shown(at_marion(hours=Translations(en="Mornings."))).count("Mornings.") == 1
    assert "Hours not known" in shown(at_marion())
    assert "<table" not in shown(at_marion())


def test_places_that_differ_are_shown_one_by_one():
    places = [place(1, "hamilton", city="Chattanooga"), place(2, "marion", city="Jasper")]

    page = shown(listed(OFFICE, places=places))

    assert "<strong>Chattanooga</strong><br>Closed now. Opens tomorrow at 9 a.m. Eastern time" in page
    assert "<strong>Jasper</strong><br>Open now, until 5 p.m. Central time" in page


# --- Holidays ---
def test_the_public_holidays_of_tennessee():
    found = sorted(holidays.in_year(2027))

    assert [f"{day:%m-%d}" for day in found] == [
        "01-01", "01-18", "02-15", "03-26", "05-31", "06-18", "06-19", "07-04", "07-05", "09-06", "11-11",
        "11-25", "12-24", "12-25", "12-31",
    ]  # fmt: skip
    assert holidays.is_public(dt.date(2026, 11, 26))
    assert not holidays.is_public(dt.date(2026, 11, 27))
