"""How an editor writes down opening hours."""

from __future__ import annotations

import datetime as dt

import pytest

from resources import hours
from resources.models import Location, Schedule, Service

pytestmark = pytest.mark.django_db


@pytest.fixture
def edit(make_service, sign_in):
    """Return a function that saves the page of a service with the hours in its first empty form."""
    service = make_service(place={"city": "Nowhere", "county": "marion"})
    service.mine = service.locations.get()
    service.other = Location.objects.create(slug="elsewhere", organization=service.organization)
    address = f"/admin/resources/service/{service.pk}/change/"
    editor = sign_in("editor")

    def save(**typed):
        page = editor.get(address)
        number = Schedule.objects.filter(service=service).count()
        sent = {f"schedules-{number}-{name}": value for name, value in typed.items()}
        return editor.post(address, _as_it_is(page) | sent)

    save.service = service
    return save


def _as_it_is(page):
    """Return what a browser sends when the form of a service is saved as it is."""
    forms = [page.context["adminform"].form]
    for formset in page.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    typed = {}
    for bound in (bound for form in forms for bound in form):
        value = bound.value()
        if isinstance(value, (dt.time, dt.date)):
            value = bound.field.widget.format_value(value)
        if value not in (None, "") and value is not False:
            typed[bound.html_name] = typed[bound.html_initial_name] = value
    return typed | {"name_en": "Place", "summary_en": "Help."}


def test_an_editor_ticks_days_and_types_times_as_people_say_them(edit):
    answer = edit(weekdays=["MO", "TU"], opens_at="9 a.m.", closes_at="5:30 pm", weeks=["1", "-1"])

    assert answer.status_code == 302
    row = Schedule.objects.get()
    assert (row.weekdays, row.weeks, row.kind) == (["MO", "TU"], [1, -1], "open")
    assert (row.opens_at, row.closes_at) == (dt.time(9), dt.time(17, 30))


def test_hours_an_editor_added_are_told_without_another_query(edit, django_assert_num_queries):
    edit(weekdays=["TU"], opens_at="9:00", closes_at="5 pm")
    service = Service.objects.listed().get(pk=edit.service.pk)

    with django_assert_num_queries(0):
        status = hours.status(service, dt.datetime(2026, 11, 24, 18, tzinfo=dt.UTC))
        rows = status.table

    assert status.label == "Open now, until 5 p.m. Central time"
    assert rows == [("Tuesday", "9 a.m. to 5 p.m. Central time"), ("Public holidays", "Not known")]


def test_hours_saved_as_they_are_stay_as_they_are(edit):
    edit(weekdays=["MO"], opens_at="23:30", closes_at="2:00", location=edit.service.mine.pk)
    before = Schedule.objects.values().get()

    assert edit().status_code == 302
    assert Schedule.objects.values().get() == before


def test_an_empty_form_adds_no_hours(edit):
    assert edit().status_code == 302
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"opens_at": "9:00", "closes_at": "17:00"}, "Give weekdays, or one date."),
        ({"weekdays": ["MO"], "opens_at": "9:00"}, "Give the time it opens and the time it closes"),
        ({"weekdays": ["MO"], "opens_at": "nine", "closes_at": "17:00"}, "Write the time as 17:00 or 5 pm."),
        ({"weekdays": ["MO"], "opens_at": "9:00", "closes_at": "9:00"}, "It closes when it opens."),
        ({"weekdays": ["MO"], "opens_at": "9:00", "closes_at": "5:00"}, "This closes on the next day"),
        ({"weekdays": ["MO"], "day": "2026-12-24"}, "Give weekdays, or one date, not both."),
        ({"day": "2026-12-24", "weeks": ["1"]}, "One date has no weeks and no season."),
        ({"weekdays": ["MO"], "every_year": "on"}, "A season needs its first and its last day."),
        (
            {"weekdays": ["MO"], "valid_from": "2026-12-01", "valid_to": "2026-11-01"},
            "The season ends before it begins.",
        ),
        ({"weekdays": ["XX"]}, "XX is not one of the available choices"),
    ],
)
def test_wrong_hours_get_a_sentence_and_keep_what_was_typed(edit, typed, sentence):
    answer = edit(**typed)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Schedule.objects.exists()
    for form in answer.context["inline_admin_formsets"][1].formset.forms:
        assert {name: form[name].value() for name in typed} == {
            name: True if value == "on" else value for name, value in typed.items()
        }


def test_hours_of_a_place_elsewhere_are_refused(edit):
    refused = edit(weekdays=["MO"], location=edit.service.other.pk)
    kept = edit(weekdays=["MO"], location=edit.service.mine.pk)

    assert "Select a valid choice" in refused.content.decode()
    assert kept.status_code == 302
    assert Schedule.objects.get().location == edit.service.mine


def test_hours_of_a_place_that_was_taken_away_do_not_hold_elsewhere(edit):
    edit(weekdays=["MO"], location=edit.service.mine.pk)
    edit.service.locations.clear()

    assert edit().status_code == 302
    assert Schedule.objects.get().location == edit.service.mine
