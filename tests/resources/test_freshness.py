"""How fresh each fact is: what readers are told on which day, when staff look again, and who must confirm."""

from __future__ import annotations

import contextlib
import datetime as dt
import random

import pytest
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from resources import freshness
from resources.models import Fact, FactCheck, How, Location, Phone, Service

MAY_3 = dt.date(2026, 5, 3)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2100, 1, 1))
HOWS = st.sampled_from(["", *How.values])
FACTS = st.sampled_from(Fact.values)


def listed(*, phone=False, street="", checks=(), **fields) -> Service:
    """Return a listed row that is in no database."""
    service = Service(pk=1, **fields)
    service.listed_phones = [Phone(number="555-0100")] if phone else []
    service.listed_schedules = []
    place = Location()
    place.shown_street = street
    service.listed_places = [place] if street else []
    service._prefetched_objects_cache = {"fact_checks": [FactCheck(**check) for check in checks]}
    return service


def texts(service: Service, today: dt.date) -> dict[str, str]:
    return {label.fact.value: label.text for label in freshness.labels(service, today)}


def called(fact="phone", on=MAY_3, days=90, **more):
    return {"fact": fact, "how": "called", "checked_on": on, "next_due": on + dt.timedelta(days), **more}


@given(day=DAYS, how=HOWS, fact=FACTS, is_crisis=st.booleans(), confirmed=st.none() | DAYS)
def test_the_due_rule(day, how, fact, is_crisis, confirmed):
    service = Service(crisis_order=1 if is_crisis else None)

    due = freshness.due_on(service, fact, checked_on=day, how=how, confirmed_on=confirmed)

    waits = (due - day).days
    if not how or (is_crisis and fact == "phone" and confirmed is None):
        assert waits == 0
    else:
        assert waits == (30 if is_crisis else 90)


def test_a_call_is_told_with_its_day():
    service = listed(phone=True, checks=[called()])

    assert texts(service, MAY_3) == {"phone": "Checked by phone on May 3, 2026."}


def test_what_a_program_read_is_not_called_a_check():
    service = listed(phone=True, checks=[called() | {"how": "stored_copy"}])

    assert texts(service, MAY_3) == {"phone": "Read in a stored copy on May 3, 2026; not yet test-called."}


@pytest.mark.parametrize(("day", "is_due"), [(89, False), (90, False), (91, True)])
def test_past_its_day_a_fact_may_have_changed(day, is_due):
    service = listed(phone=True, checks=[called()])

    label = freshness.labels(service, MAY_3 + dt.timedelta(day))[0]

    assert label.is_due == is_due
    assert label.text.endswith("It may have changed since.") == is_due


def test_only_what_the_page_gives_is_called_unchecked():
    given_some = listed(phone=True, hours={"en": "Mornings"})

    assert texts(given_some, MAY_3) == {"phone": "Not checked yet.", "hours": "Not checked yet."}
    assert texts(listed(), MAY_3) == {}


def test_the_address_of_a_confidential_place_has_no_label():
    check = called("address")

    assert texts(listed(street="", checks=[check]), MAY_3) == {}
    assert "address" in texts(listed(street="1 Made-up Street", checks=[check]), MAY_3)


@pytest.mark.parametrize(("day", "is_due"), [(1, False), (30, False), (31, True)])
def test_one_call_of_a_crisis_number_claims_no_second(day, is_due):
    one = listed(phone=True, crisis_order=1, checks=[called(days=0)])

    label = freshness.labels(one, MAY_3 + dt.timedelta(day))[0]

    assert label.text.startswith(
        "Checked by phone on May 3, 2026. One person has checked this. A second check is due."
    )
    assert label.is_due == is_due


def test_two_calls_of_a_crisis_number_are_a_check():
    two = listed(phone=True, crisis_order=1, checks=[called(days=30, confirmed_on=MAY_3)])

    assert texts(two, MAY_3) == {"phone": "Checked by phone on May 3, 2026."}


def test_the_page_says_each_fact_on_a_line_of_its_own():
    service = listed(phone=True, hours={"en": "Mornings"}, checks=[called()])

    shown = render_to_string(
        "resources/_freshness.html", {"labels": freshness.labels(service, MAY_3 + dt.timedelta(91))}
    )

    assert shown.count("<li>") == 2
    assert "<strong>Phone:</strong> Checked by phone on May 3, 2026. It may have changed since.</li>" in shown
    assert "<strong>Hours:</strong> Not checked yet.</li>" in shown


def test_every_fact_can_be_checked_and_a_number_only_by_calling():
    assert set(freshness.WAYS) == set(Fact.values)
    assert freshness.WAYS["phone"] == (How.CALLED,)


def test_due_in_words():
    words = [freshness.due_words(MAY_3 + dt.timedelta(days), MAY_3) for days in (-2, -1, 0, 1, 14)]

    assert words == ["Overdue by 2 days", "Overdue by 1 day", "Due today", "Due in 1 day", "Due in 14 days"]


@pytest.fixture
def person(db):
    """Return a function that makes a member."""
    return lambda name: get_user_model().objects.create_user(name, role="editor")


@pytest.fixture
def make_check(make_service):
    """Return a function that makes a published service with a number, and returns the check of it."""

    def make(slug="place", **fields) -> FactCheck:
        service = make_service(slug, **fields)
        Phone.objects.create(
            service=service, number="555-0100", dial="5550100", mark="seen", is_published=True
        )
        freshness.keep_up(service=service, today=MAY_3)
        return service.fact_checks.get(fact="phone")

    return make


def test_a_new_fact_is_due_at_once(make_check):
    check = make_check()

    assert (check.how, check.checked_by, check.next_due) == ("", None, MAY_3)
    assert [each.fact for each in check.service.fact_checks.all()] == ["phone"]


def test_a_check_stands_until_its_fact_changes_or_goes(make_check, person):
    check = freshness.check_fact(check=make_check(), by=person("ann"), how="called", today=MAY_3)
    service, later = check.service, MAY_3 + dt.timedelta(5)

    freshness.keep_up(service=service, today=later)
    kept = service.fact_checks.get()
    freshness.keep_up(service=service, today=later, changed=freshness.facts_of(["phones"]))
    anew = service.fact_checks.get()
    service.phones.all().delete()
    freshness.keep_up(service=service, today=later)

    assert (kept.how, kept.next_due) == ("called", MAY_3 + dt.timedelta(90))
    assert (anew.how, anew.next_due) == ("", later)
    assert not service.fact_checks.exists()


def test_a_service_that_becomes_a_crisis_line_needs_a_second_person(make_check, person):
    check = freshness.check_fact(check=make_check(), by=person("ann"), how="called", today=MAY_3)
    Service.objects.update(crisis_order=1)

    freshness.keep_up(service=Service.objects.get(), today=MAY_3)

    check.refresh_from_db()
    assert check.next_due == MAY_3
    assert freshness.waits_for_second(check)


def test_one_person_is_enough_for_any_other_number(make_check, person):
    check = freshness.check_fact(check=make_check(), by=person("ann"), how="called", today=MAY_3)

    assert check.next_due == MAY_3 + dt.timedelta(90)
    assert not freshness.waits_for_second(check)
    check.service.refresh_from_db()
    assert (check.service.checked_on, check.service.checked_how) == (MAY_3, "called")


def test_a_crisis_number_counts_after_the_second_person(make_check, person):
    ann, bea = person("ann"), person("bea")
    first = freshness.check_fact(check=make_check(crisis_order=1), by=ann, how="called", today=MAY_3)
    assert (first.next_due, freshness.waits_for_second(first)) == (MAY_3, True)

    with pytest.raises(freshness.Refused, match="A second person must confirm"):
        freshness.check_fact(check=first, by=ann, how="called", today=MAY_3 + dt.timedelta(2))
    second = freshness.check_fact(check=first, by=bea, how="called", today=MAY_3 + dt.timedelta(2))

    assert (second.checked_by, second.confirmed_by) == (ann, bea)
    assert second.next_due == MAY_3 + dt.timedelta(30), "neither of the two calls may be older than 30 days"


@pytest.mark.parametrize(("days", "counts"), [(29, True), (30, False)])
def test_a_first_call_of_last_month_waits_no_longer(make_check, person, days, counts):
    first = freshness.check_fact(
        check=make_check(crisis_order=1), by=person("ann"), how="called", today=MAY_3
    )

    row = freshness.check_fact(check=first, by=person("bea"), how="called", today=MAY_3 + dt.timedelta(days))

    assert freshness.waits_for_second(row) != counts
    assert (row.confirmed_by is not None) == counts


def test_a_first_call_by_nobody_known_is_not_confirmed(make_check, person):
    first = freshness.check_fact(
        check=make_check(crisis_order=1), by=person("ann"), how="called", today=MAY_3
    )
    FactCheck.objects.update(checked_by=None)

    row = freshness.check_fact(check=first, by=person("bea"), how="called", today=MAY_3)

    assert freshness.waits_for_second(row), "nobody can tell any more that the two are not one"


def test_a_third_call_on_the_same_day_takes_nothing_back(make_check, person):
    check = make_check(crisis_order=1)
    for name in ("ann", "bea"):
        check = freshness.check_fact(check=check, by=person(name), how="called", today=MAY_3)

    with pytest.raises(freshness.Refused, match="Two people have called"):
        freshness.check_fact(check=check, by=person("cyd"), how="called", today=MAY_3)


def test_whoever_clicks_when_a_crisis_number_never_counts_with_one_person(make_check, person):
    chance, check, day = random.Random(5), make_check(crisis_order=1), MAY_3
    people = [person(name) for name in ("ann", "bea", "cyd")]
    counted = 0
    for _step in range(60):
        day += dt.timedelta(chance.choice([0, 0, 1, 9, 31]))
        with contextlib.suppress(freshness.Refused):
            check = freshness.check_fact(check=check, by=chance.choice(people), how="called", today=day)

        if check.next_due > check.checked_on:
            assert None not in (check.checked_by, check.confirmed_by)
            assert check.checked_by != check.confirmed_by
            assert check.next_due - check.checked_on == dt.timedelta(30)
            assert check.checked_on <= check.confirmed_on < check.next_due
            counted += 1
    assert counted > 5


@pytest.mark.parametrize("how", ["site", "stored_copy", "", "nonsense"])
def test_a_number_is_not_checked_by_reading(make_check, person, how):
    with pytest.raises(freshness.Refused, match="by calling it"):
        freshness.check_fact(check=make_check(), by=person("ann"), how=how, today=MAY_3)
