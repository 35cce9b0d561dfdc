"""The queue of facts to check: what stands in it on which day, its buttons, and who may press them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.staff.login import SECOND_FACTOR
from resources import freshness
from resources.models import FactCheck, Location, Phone, Schedule

pytestmark = pytest.mark.django_db
QUEUE = "/admin/resources/factcheck/"
MAY_3 = dt.date(2026, 5, 3)


@pytest.fixture
def today(monkeypatch):
    """Return a function that sets the calendar; it begins on May 3, 2026."""

    def set_to(day: dt.date) -> None:
        monkeypatch.setattr(timezone, "localdate", lambda *args, **kwargs: day)

    set_to(MAY_3)
    return set_to


@pytest.fixture
def make_check(make_service, today):
    """Return a function that makes a published service with a number, and returns the check of it."""

    def make(slug="place", number="555-0100", **fields) -> FactCheck:
        service = make_service(slug, **fields)
        Phone.objects.create(service=service, number=number, dial="5550100", mark="seen", is_published=True)
        freshness.keep_up(service=service, today=MAY_3)
        return service.fact_checks.get(fact="phone")

    return make


def press(client, check, how="called", **more):
    return client.post(f"{QUEUE}{check.pk}/checked/", {"how": how}, follow=True, **more)


def lines(page):
    return {f"{check.service.slug} {check.fact}": line for check, line in page.context["cl"].lines}


def test_one_click_writes_down_who_checked_what_when_and_how(make_check, sign_in):
    editor, check = sign_in("editor"), make_check()

    page = press(editor, check)

    check.refresh_from_db()
    assert (check.how, check.checked_on, check.checked_by.username) == ("called", MAY_3, "editor")
    assert check.next_due == MAY_3 + dt.timedelta(90)
    assert "Place, Phone: checked today." in page.content.decode()
    assert "Checked today: phone (called)." in LogEntry.objects.get().change_message


def test_the_buttons_are_plain_forms_with_a_token_and_reading_changes_nothing(make_check, sign_in):
    editor, check = sign_in("editor"), make_check()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = editor.cookies

    page = strict.get(QUEUE).content.decode()
    by_get = strict.get(f"{QUEUE}{check.pk}/checked/?how=called")
    without_token = press(strict, check)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    with_token = strict.post(f"{QUEUE}{check.pk}/checked/", {"how": "called", "csrfmiddlewaretoken": token})

    assert f'formaction="{QUEUE}{check.pk}/checked/?"' in page
    assert 'name="csrfmiddlewaretoken"' in page
    assert (by_get.status_code, without_token.status_code) == (405, 403)
    assert with_token.status_code == 302
    check.refresh_from_db()
    assert check.how == "called"


def test_a_reviewer_may_neither_look_nor_check(make_check, sign_in):
    reviewer, check = sign_in("reviewer"), make_check()

    assert reviewer.get(QUEUE).status_code == 403
    assert press(reviewer, check).status_code == 403
    check.refresh_from_db()
    assert check.how == ""


def test_a_click_goes_back_to_the_queue_as_it_was_filtered(make_check, sign_in):
    editor, check = sign_in("editor"), make_check()
    page = editor.get(f"{QUEUE}?fact__exact=phone").content.decode()
    address = f"{QUEUE}{check.pk}/checked/?_changelist_filters=fact__exact%3Dphone"
    assert f'formaction="{address}"' in page

    answer = editor.post(address, {"how": "called"})

    assert answer.url == f"{QUEUE}?fact__exact=phone"


def test_a_crisis_number_waits_for_a_second_person_and_refuses_the_first(make_check, sign_in):
    ann, check = sign_in("editor"), make_check(crisis_order=1)
    bea_client = Client()
    bea = type(ann.get(QUEUE).wsgi_request.user._wrapped).objects.create_user("bea", role="editor")
    bea_client.force_login(bea)
    session = bea_client.session
    session[SECOND_FACTOR] = True
    session.save()

    first = press(ann, check).content.decode()
    own = lines(ann.get(QUEUE))["place phone"]
    hers = lines(bea_client.get(f"{QUEUE}?due=second"))["place phone"]
    again = press(ann, check).content.decode()
    check.refresh_from_db()
    assert check.confirmed_by is None
    press(bea_client, check)
    check.refresh_from_db()

    assert "A second person must confirm it before it counts." in first
    assert (own.waits, own.ways) == ("You called. A second person must confirm.", [])
    assert hers.waits == "Waits for a second person."
    assert "You made the first check. A second person must confirm it." in again
    assert (check.checked_by.username, check.confirmed_by.username) == ("editor", "bea")
    assert check.next_due == MAY_3 + dt.timedelta(30)


def test_a_fact_is_overdue_on_the_day_after_and_not_the_day_before(make_check, sign_in, today):
    editor, check = sign_in("editor"), make_check()
    press(editor, check)
    due = MAY_3 + dt.timedelta(90)
    told = {}
    for days in (-15, -14, 0, 1):
        today(due + dt.timedelta(days))
        line = lines(editor.get(QUEUE))["place phone"]
        told[days] = line.due, line.is_overdue, len(lines(editor.get(f"{QUEUE}?due=soon")))

    assert told == {
        -15: ("Due in 15 days", False, 0),
        -14: ("Due in 14 days", False, 1),
        0: ("Due today", False, 1),
        1: ("Overdue by 1 day", True, 1),
    }
    assert "<strong>Overdue by 1 day</strong>" in editor.get(f"{QUEUE}?due=overdue").content.decode()


def test_what_is_due_first_stands_first_and_crisis_lines_before_others(make_check, sign_in):
    make_check("late")
    make_check("crisis", crisis_order=1)
    old = make_check("old")
    FactCheck.objects.filter(pk=old.pk).update(checked_on=MAY_3, next_due=MAY_3)
    FactCheck.objects.filter(service__slug="late").update(next_due=MAY_3 + dt.timedelta(1))
    make_check("hidden", is_published=False)

    editor = sign_in("editor")

    assert list(lines(editor.get(QUEUE))) == ["crisis phone", "old phone", "late phone"]
    assert list(lines(editor.get(f"{QUEUE}?crisis=yes"))) == ["crisis phone"]
    assert list(lines(editor.get(f"{QUEUE}?crisis=no&due=never"))) == ["old phone", "late phone"]


def test_what_is_to_be_checked_stands_right_there(make_check, sign_in):
    check = make_check(
        number="555-0123",
        url="https://place.example",
        eligibility={"en": "For everyone"},
        place={"street": "1 Made-up Street", "city": "Nowhere"},
    )
    Schedule.objects.create(
        service=check.service, weekdays=["MO"], opens_at=dt.time(9), closes_at=dt.time(17)
    )
    freshness.keep_up(service=check.service, today=MAY_3)

    page = sign_in("editor").get(QUEUE)
    said = {name: [text for text, _link in line.says] for name, line in lines(page).items()}

    assert said["place phone"] == ["555-0123"]
    assert said["place hours"][0].startswith("Monday: 9 a.m.")
    assert said["place address"] == ["1 Made-up Street, Nowhere  (Address is public)"]
    assert said["place eligibility"] == ["For everyone"]
    assert f"/admin/resources/service/{check.service_id}/change/#phones-group" in page.content.decode()


def test_hours_at_a_confidential_place_are_marked_as_not_public(make_check, sign_in):
    check = make_check(place={"street": "1 Made-up Street", "city": "Nowhere", "visibility": "phone_only"})
    Schedule.objects.create(
        service=check.service, location=Location.objects.get(), weekdays=["MO"],
        opens_at=dt.time(9), closes_at=dt.time(17),
    )  # fmt: skip
    freshness.keep_up(service=check.service, today=MAY_3)

    line = lines(sign_in("editor").get(QUEUE))["place hours"]

    assert line.says == [("Not public: Open MO 09:00–17:00", "")]


def test_a_number_typed_anew_is_due_at_once(make_check, sign_in, today):
    editor, check = sign_in("editor"), make_check()
    press(editor, check)
    today(MAY_3 + dt.timedelta(5))
    address = f"/admin/resources/service/{check.service_id}/change/"
    page = editor.get(address)
    typed = _typed(page)

    editor.post(address, typed)
    untouched = check.service.fact_checks.get(fact="phone").how
    saved = editor.post(address, typed | {"phones-0-number": "555-0199", "phones-0-dial": "5550199"})

    assert saved.status_code == 302
    assert untouched == "called"
    fresh = check.service.fact_checks.get(fact="phone")
    assert (fresh.how, fresh.next_due) == ("", MAY_3 + dt.timedelta(5))


def _typed(page) -> dict:
    """Return what a browser sends when the form of a service is saved as it is."""
    forms = [page.context["adminform"].form]
    for formset in page.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    typed = {}
    for form in forms:
        for bound in form:
            if bound.value() not in (None, "") and bound.value() is not False:
                typed[bound.html_name] = typed[bound.html_initial_name] = bound.value()
    return typed | {"name_en": "Place", "summary_en": "Help."}


def test_an_address_changed_at_its_place_is_due_at_once(make_check, sign_in, today):
    check = make_check(place={"street": "1 Made-up Street", "city": "Nowhere"})
    FactCheck.objects.update(how="site", next_due=MAY_3 + dt.timedelta(90))
    place = Location.objects.get()
    typed = {
        "slug": place.slug, "organization": place.organization_id, "visibility": "public",
        "street": "2 Made-up Street", "city": "Nowhere",
    }  # fmt: skip

    answer = sign_in("editor").post(f"/admin/resources/location/{place.pk}/change/", typed)

    assert answer.status_code == 302
    known = {each.fact: each.how for each in check.service.fact_checks.all()}
    assert known == {"phone": "site", "address": ""}


def test_the_queue_costs_the_same_however_long_it_is(make_check, sign_in):
    editor, costs = sign_in("editor"), []
    editor.get(QUEUE)
    for some in ("a", "bcdefgh"):
        for letter in some:
            make_check(letter, place={"street": "1 Made-up Street", "city": "Nowhere"}, always_open=True)
        with CaptureQueriesContext(connection) as asked:
            editor.get(QUEUE)
        costs.append(len(asked))

    assert costs[0] == costs[1] <= 14, costs
