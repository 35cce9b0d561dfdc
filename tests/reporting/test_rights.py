"""The public page of rights and deadlines, and its calculator, with scripts nowhere."""

from __future__ import annotations

import datetime as dt
import html
import logging
import re

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from reporting.models import Draft, Report
from reporting.rights import DatesForm
from reporting.triage import routes

DATES = "/rights/dates/"
TYPED = {
    "kind": "exact",
    "first": "2026-03-09",
    "last": "",
    "age": "12-14",
    "charged": "no",
    "plan": "iep",
    "grievance": "",
}


def shown(response):
    return html.unescape(response.content.decode())


def text_of(page):
    """Return the words of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def page(client, db):
    return shown(client.get("/rights/"))


def test_every_door_stands_on_the_page_once_and_safetn_is_none(page):
    for door in routes.DOORS:
        assert page.count(f'id="{door.slug}"') == 1, door.slug
        assert str(door.name) in page
        for contact in door.contacts:
            assert str(contact.shown) in page
    assert not [door for door in routes.DOORS if "safetn" in f"{door.slug} {door.name}".lower()]
    assert "Do not use it to complain about a school officer." in page


def test_the_officers_own_department_comes_last_and_warned(page):
    officer = [door.slug for door in routes.doors_for(routes.OFFICER)]

    assert officer[-1] == "own-agency"
    assert page.index('id="own-agency"') > max(page.index(f'id="{slug}"') for slug in officer[:-1])
    assert "The officer’s colleagues may learn who complained." in page


def test_bodies_that_refuse_the_unnamed_say_so(page):
    assert "Not without a name. For someone else you need a consent form." in page
    assert "It cannot be anonymous." in page


def test_the_page_says_what_is_not_known_and_not_checked(page):
    for words in (
        "A Tennessee lawyer has not checked this page yet",
        "the phone numbers have not been test-called",
        "Sending a report here does not stop or extend any of these deadlines.",
        "Whether it waits for a child is not known to us",
        "We have not confirmed whether it passed",
        "is not settled: ask a lawyer",
        "(Commonly known; we could not open a source.)",
    ):
        assert words in text_of(page)


def test_nothing_unverified_is_stated(page):
    for words in (
        "800-342-1660",
        "800-287-9636",
        "49-10-1304(h)(3)",
        "reportabuse",
        "Human Rights Commission at",
    ):
        assert words not in page


def test_every_link_of_the_chooser_leads_to_a_place_on_the_page(page):
    anchors = re.findall(r'href="#([\w-]+)"', page)

    assert len(anchors) >= 10
    assert [name for name in anchors if f'id="{name}"' not in page] == []


def test_the_page_is_cacheable_and_the_calculator_is_never_kept(client, db):
    assert "public" in client.get("/rights/").headers["Cache-Control"]
    for typed in (TYPED, {**TYPED, "first": "no"}):
        assert client.post(DATES, typed).headers["Cache-Control"] == "no-store"


def test_a_get_of_the_calculator_goes_to_the_page_and_takes_nothing_from_the_address(client, db):
    response = client.get(f"{DATES}?first=2026-03-09")

    assert (response.status_code, response.headers["Location"]) == (302, "/rights/#dates")


def test_known_days_give_dates_with_may(client, db):
    response = client.post(DATES, TYPED)
    page = text_of(shown(response))

    assert response.status_code == 200
    for words in (
        "Act before September 5, 2026 ." if timezone.localdate() <= dt.date(2026, 9, 5) else "May be over.",
        "Act before March 9, 2027 .",
        "May end in a year from 2030 to",
        "Sending a report here does not stop or extend any of these deadlines.",
        "not yet checked by a Tennessee lawyer",
        "We move no day for a weekend or a holiday.",
        "Video is often recorded over",
    ):
        assert words in page


def test_an_unknown_day_gives_no_day(client, db):
    page = text_of(shown(client.post(DATES, {"kind": "unsure"})))

    assert "Without a first day we cannot say a date." in page
    assert "Act before" not in page


@pytest.mark.parametrize("written", ["2026-03-09", "3/9/2026", "03/09/26", "March 9, 2026", " 2026-03-09 "])
def test_a_day_may_be_written_as_people_write_it(client, db, written):
    page = text_of(shown(client.post(DATES, {**TYPED, "first": written})))

    assert "Act before March 9, 2027 ." in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"first": "31/31/2026"}, "We cannot read this day."),
        ({"first": "2999-01-01"}, "This day has not come yet. Check the year."),
        ({"grievance": "2999-01-01"}, "This day has not come yet. Check the year."),
        ({"first": "0026-03-09"}, "Check the year: it should have four digits."),
        ({"kind": "range", "last": "2026-03-08"}, "It cannot end before it began."),
        ({"first": ""}, "Choose a day, or say above that you do not know it."),
        ({"age": "7"}, "Please choose one of the answers shown."),
    ],
)
def test_a_slip_gets_a_sentence_and_keeps_what_was_typed(client, db, changed, words):
    response = client.post(DATES, {**TYPED, "last": "2026-03-10", **changed})
    page = shown(response)

    assert response.status_code == 422
    assert "<title>Error:" in page
    assert words in page
    for name in ("first", "last", "grievance"):
        if typed := {**TYPED, "last": "2026-03-10", **changed}[name]:
            assert f'value="{typed}"' in page


def test_nothing_typed_is_stored_or_logged(client, db, caplog, django_assert_num_queries):
    caplog.set_level(logging.DEBUG)

    with django_assert_num_queries(0):
        client.post(DATES, TYPED)

    assert "2026-03-09" not in caplog.text
    assert not Report.objects.exists()
    assert not Draft.objects.exists()
    assert not client.cookies


def test_another_site_cannot_post_here_and_our_own_page_can(client, db):
    refused = client.post(DATES, TYPED, headers={"sec-fetch-site": "cross-site"})

    assert refused.status_code == 403
    assert client.post(DATES, TYPED, headers={"sec-fetch-site": "same-origin"}).status_code == 200


_ODD = st.one_of(st.text(max_size=30), st.dates().map(str), st.sampled_from(["exact", "range", "9999-12-31"]))


@given(st.fixed_dictionaries(dict.fromkeys(TYPED, _ODD)))
def test_whatever_is_typed_gets_a_sentence_or_dates(typed):
    form = DatesForm(typed)

    if form.is_valid():
        assert form.clocks()
    else:
        assert all(str(error) for errors in form.errors.values() for error in errors)
