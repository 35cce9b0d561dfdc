"""What changed, taking it back, and the second person that a crisis line needs."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources import history
from resources.history import Refused
from resources.models import AccessFact, Change, FactCheck, Location, Phone, Schedule, Service

pytestmark = pytest.mark.django_db
OLD, NEW = "615-555-0100", "615-555-0199"


@pytest.fixture
def anna(db):
    return get_user_model().objects.create_user("anna", role="editor")


@pytest.fixture
def ben(db):
    return get_user_model().objects.create_user("ben", role="editor")


@pytest.fixture
def place(make_service):
    """A listing with a row of every kind."""
    row = make_service(place={"street": "1 Elm Street", "city": "Larkspur", "county": "knox"})
    phone(row, OLD)
    Schedule.objects.create(service=row, weekdays=["MO"], opens_at=dt.time(9), closes_at=dt.time(17))
    AccessFact.objects.create(service=row, kind="walk_in", answer="yes")
    return row


@pytest.fixture
def line(make_service):
    """A line of the crisis panel."""
    row = make_service("line", crisis_order=1)
    phone(row, OLD)
    return row


def phone(service, number, **fields):
    digits = number.replace("-", "")
    values = {"mark": "seen", "is_published": True, **fields}
    return Phone.objects.create(service=service, number=number, dial=digits, **values)


def change(of, by, **fields):
    """Let `by` change fields of a service or place, given as a state holds them."""
    before = history.states(type(of), [of.pk])[of.pk]
    history.write(of, {**fields})
    return history.record(of, before, by=by, reason="They called.")


def with_number(line, number):
    rows = history.state_of(line)["phones"]
    return [{**rows[0], "number": number, "dial": number.replace("-", "")}]


def test_a_state_is_plain_and_whole(place):
    state = history.state_of(place)

    assert (state["name"], state["organization"]) == ({"en": "Place"}, "group")
    assert state["checked_on"] == "2026-11-22"
    assert (state["categories"], state["locations"]) == (["topic"], ["place-place"])
    assert state["phones"][0]["number"] == OLD
    assert state["schedules"][0]["opens_at"] == "09:00:00"
    assert state["access_facts"] == [{"kind": "walk_in", "answer": "yes"}]
    assert not {"id", "uuid", "loaded_hash", "updated_at", "created_at", "service"} & set(state)
    assert history.state_of_place(place.locations.get())["street"] == "1 Elm Street"


def test_each_field_that_changed_is_written_down_with_who_and_why(place, anna):
    before = place.updated_at
    told = change(place, anna, cost={"en": "Free"}, phones=with_number(place, NEW))

    assert {row.field for row in told.done} == {"cost", "phones"}
    row = Change.objects.get(field="cost")
    assert (row.before, row.after, row.made_by, row.reason) == ({}, {"en": "Free"}, anna, "They called.")
    assert Change.objects.filter(state="waiting").count() == 0
    place.refresh_from_db()
    assert place.updated_at > before


def test_what_readers_do_not_see_leaves_the_day_of_change_alone(place, anna):
    phone(place, NEW, order=1, is_published=False, mark="unverified")
    secret = Location.objects.create(slug="secret", organization=place.organization, visibility="phone_only")
    before = place.updated_at
    rows = history.state_of(place)["phones"]

    change(place, anna, staff_note="Ask Friday.", phones=[rows[0], {**rows[1], "number": "555"}])
    change(secret, anna, street="2 Elm Street")

    place.refresh_from_db()
    assert place.updated_at == before
    assert Change.objects.count() == 3


def test_taking_back_is_a_change_of_its_own(place, anna, ben):
    start = history.state_of(place)
    told = change(place, anna, phones=with_number(place, NEW))

    undone = history.roll_back(change=told.done[0], by=ben, reason="A typing fault.")

    assert history.state_of(place) == start
    assert [(row.undoes, row.made_by, row.reason) for row in undone.done] == [
        (told.done[0], ben, "A typing fault.")
    ]
    assert Change.objects.count() == 2


def test_taking_back_is_refused_when_the_field_has_changed_since(place, anna):
    first = change(place, anna, cost={"en": "Free"}).done[0]
    second = change(place, anna, cost={"en": "5 dollars"}).done[0]

    with pytest.raises(Refused, match="has changed since"):
        history.roll_back(change=first, by=anna, reason="No.")
    with pytest.raises(Refused, match="Say why"):
        history.roll_back(change=second, by=anna, reason=" ")
    assert history.state_of(place)["cost"] == {"en": "5 dollars"}
    history.roll_back(change=second, by=anna, reason="Right.")
    assert history.state_of(place)["cost"] == {"en": "Free"}


def test_taking_back_says_what_is_no_longer_there(place, anna):
    here = place.locations.get()
    told = change(place, anna, locations=[])
    here.delete()

    with pytest.raises(Refused, match="place-place” is no longer there"):
        history.roll_back(change=told.done[0], by=anna, reason="It was right.")


GUARDED = {
    "is_published": lambda line: {"is_published": False},
    "always_open": lambda line: {"always_open": True},
    "crisis_order": lambda line: {"crisis_order": None},
    "number": lambda line: {"phones": with_number(line, NEW)},
    "removed": lambda line: {"phones": []},
    "keyword": lambda line: {"phones": [{**history.state_of(line)["phones"][0], "keyword": "HELP"}]},
    "unpublished number": lambda line: {
        "phones": [{**history.state_of(line)["phones"][0], "is_published": False}]
    },
}


@pytest.mark.parametrize("what", GUARDED)
def test_a_crisis_line_changes_when_a_second_person_agrees(line, anna, ben, what):
    start, wanted = history.state_of(line), GUARDED[what](line)

    told = change(line, anna, summary={"en": "Talk."}, **wanted)

    waiting = told.waiting[0]
    assert [row.field for row in told.done] == ["summary"]
    assert history.state_of(line) == start | {"summary": {"en": "Talk."}}
    with pytest.raises(Refused, match="A second person must decide"):
        history.confirm_change(change=waiting, by=anna)
    assert history.state_of(line)[waiting.field] == start[waiting.field]

    done = history.confirm_change(change=waiting, by=ben)

    assert (done.state, done.made_by, done.decided_by) == ("done", anna, ben)
    assert history.state_of(line) == start | {"summary": {"en": "Talk."}} | wanted


def test_becoming_a_crisis_line_takes_two_people_too(place, anna, ben):
    told = change(place, anna, crisis_order=3, phones=with_number(place, NEW))

    assert {row.field for row in told.waiting} == {"crisis_order", "phones"}
    assert place.phones.get().number == OLD
    for row in told.waiting:
        history.confirm_change(change=row, by=ben)
    assert (Service.objects.get(pk=place.pk).crisis_order, place.phones.get().number) == (3, NEW)


def test_the_words_beside_a_crisis_number_change_at_once(line, anna):
    row = history.state_of(line)["phones"][0]

    told = change(line, anna, phones=[{**row, "label": {"en": "Day and night"}, "press": {"en": "Press 2"}}])

    number = line.phones.get()
    assert (str(number.label), str(number.press)) == ("Day and night", "")
    assert [row.field for row in told.done] == [row.field for row in told.waiting] == ["phones"]
    assert told.waiting[0].before == told.done[0].after


def test_two_ways_to_one_crisis_number_are_never_mixed_up(line, anna):
    rows = history.state_of(line)["phones"]
    spanish = {**rows[0], "order": 1, "label": {"en": "In Spanish"}, "languages": ["es"]}
    history.write(line, {"phones": [rows[0], spanish]})

    told = change(line, anna, phones=[{**rows[0], "number": NEW, "dial": "6155550199"}, spanish])

    assert history.state_of(line)["phones"] == [rows[0], spanish]
    assert told.done == []


def test_a_line_is_not_hidden_by_one_person_through_its_places(line, place, anna, ben):
    hidden = Location.objects.create(slug="hidden", organization=line.organization, visibility="hidden")
    told = change(line, anna, locations=["hidden"])
    assert [row.field for row in told.waiting] == ["locations"]
    assert Service.objects.listed().filter(pk=line.pk).exists()

    line.locations.set(place.locations.all())
    own = place.locations.get()
    through = change(own, anna, visibility="hidden")
    assert [(row.field, row.location) for row in through.waiting] == [("visibility", own)]
    assert Service.objects.listed().filter(pk=line.pk).exists()

    line.locations.add(Location.objects.create(slug="open", organization=line.organization))
    assert change(own, anna, visibility="hidden").waiting == []
    assert hidden.visibility == "hidden"


def test_the_second_person_declines_with_a_reason(line, anna, ben):
    told = change(line, anna, phones=with_number(line, NEW)).waiting[0]

    with pytest.raises(Refused, match="A second person"):
        history.decline_change(change=told, by=anna, reason="Never mind.")
    with pytest.raises(Refused, match="Say why"):
        history.decline_change(change=told, by=ben, reason="")
    declined = history.decline_change(change=told, by=ben, reason="I called: it rings nowhere.")

    assert (declined.state, declined.decision) == ("declined", "I called: it rings nowhere.")
    assert line.phones.get().number == OLD
    with pytest.raises(Refused, match="decided this change already"):
        history.confirm_change(change=told, by=ben)
    with pytest.raises(Refused, match="never written"):
        history.roll_back(change=told, by=ben, reason="Undo.")


def test_a_change_of_what_is_no_longer_there_is_not_confirmed(line, anna, ben):
    first = change(line, anna, phones=with_number(line, NEW)).waiting[0]
    second = change(line, anna, phones=with_number(line, "615-555-0177")).waiting[0]
    history.confirm_change(change=second, by=ben)

    with pytest.raises(Refused, match="has changed since"):
        history.confirm_change(change=first, by=ben)
    assert line.phones.get().number == "615-555-0177"


def test_a_new_crisis_line_is_listed_when_a_second_person_agrees(make_service, anna, ben):
    new = make_service("new", crisis_order=2)
    phone(new, OLD)

    told = history.record(new, history.blank_state(Service), by=anna)

    assert {row.field for row in told.waiting} == {"is_published", "crisis_order", "phones"}
    assert not Service.objects.listed().exists()
    for row in told.waiting:
        history.confirm_change(change=row, by=ben)
    listed = Service.objects.listed().get()
    assert (listed.crisis_order, listed.listed_phones[0].number) == (2, OLD)


def test_a_number_must_be_checked_anew_when_it_is_written_not_while_it_waits(line, anna, ben):
    day = dt.date(2026, 11, 1)
    FactCheck.objects.create(service=line, fact="phone", checked_on=day, how="called", next_due=day)
    start = line.updated_at

    row = change(line, anna, phones=with_number(line, NEW)).waiting[0]
    line.refresh_from_db()
    assert (line.fact_checks.get(fact="phone").how, line.updated_at) == ("called", start)

    history.confirm_change(change=row, by=ben)
    line.refresh_from_db()
    assert line.fact_checks.get(fact="phone").how == ""
    assert line.updated_at > start


def test_the_database_itself_refuses_the_maker(line, anna, ben):
    row = change(line, anna, always_open=True).waiting[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=row.pk).update(decided_by=anna)
    Change.objects.filter(pk=row.pk).update(decided_by=ben)


def test_taking_back_a_crisis_number_waits_again(line, anna, ben):
    row = change(line, anna, phones=with_number(line, NEW)).waiting[0]
    history.confirm_change(change=row, by=ben)

    told = history.roll_back(change=row, by=ben, reason="The old one rings again.")

    assert line.phones.get().number == NEW
    history.confirm_change(change=told.waiting[0], by=anna)
    assert line.phones.get().number == OLD


def test_the_same_wish_twice_waits_once(line, anna):
    for _time in range(2):
        change(line, anna, phones=with_number(line, NEW))
    assert Change.objects.filter(state="waiting").count() == 1


def test_several_at_once_are_recorded_in_as_many_questions(make_service, line, anna):
    def cost(rows):
        with (
            CaptureQueriesContext(
                connection,
            ) as asked,
            history.watched(rows, by=anna) as told,
        ):
            rows.update(has_interpreter="yes", always_open=True)
        return len(asked), told

    for number in range(3):
        make_service(f"p{number}")
    few, _told = cost(Service.objects.filter(slug="p0"))
    _more, told = cost(Service.objects.filter(slug__in=["p1", "p2", "line"]))

    assert {row.field for row in told.done} == {"has_interpreter", "always_open"}
    assert [(row.service, row.field) for row in told.waiting] == [(line, "always_open")]
    line.refresh_from_db()
    assert (line.has_interpreter, line.always_open) == ("yes", False)
    plain, _told = cost(Service.objects.filter(slug__startswith="p"))
    assert plain <= few


def test_readers_learn_what_changed_and_by_which_role_never_a_value(place, line, anna, ben):
    day = timezone.localdate()
    secret = Location.objects.create(
        slug="secret", organization=place.organization, street="9 Canary Lane", visibility="phone_only"
    )
    change(place, anna, phones=with_number(place, NEW), staff_note="Canary", cost={"en": "Free"})
    change(place, anna, locations=["place-place", "secret"])
    change(secret, anna, street="10 Canary Lane")
    assert {(row.service, row.label, row.day, row.role) for row in history.public_changes(10)} == {
        (place, "Phone", day, "Editor"),
        (place, "Cost", day, "Editor"),
    }

    change(place.locations.get(slug="place-place"), anna, street="3 Elm Street")
    row = change(line, anna, phones=with_number(line, NEW)).waiting[0]
    assert [row.label for row in history.public_changes(1)] == ["Address"]
    history.confirm_change(change=row, by=ben)
    assert history.public_changes(1)[0][:2] == (line, "Phone")

    Service.objects.update(is_published=False)
    assert history.public_changes(10) == []


def test_the_list_for_readers_takes_as_many_questions_for_many(place, make_service, anna):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            history.public_changes(50)
        return len(asked)

    change(place, anna, cost={"en": "Free"})
    few = cost()
    for number in range(4):
        change(make_service(f"p{number}"), anna, cost={"en": "Free"})
    assert cost() == few


_text = st.dictionaries(st.sampled_from(["en", "es"]), st.text("abc é", min_size=1, max_size=8), max_size=2)
_value = {
    "cost": _text,
    "languages": st.lists(st.sampled_from(["en", "es"]), unique=True),
    "has_interpreter": st.sampled_from(["yes", "no", "not_known"]),
    "order": st.integers(0, 900),
    "always_open": st.booleans(),
    "last_known": st.text("0123456789", max_size=8),
    "categories": st.just(["topic"]),
    "locations": st.lists(st.just("place-place"), max_size=1),
    "phones": st.lists(
        st.fixed_dictionaries(
            {"number": st.just("555-0100"), "dial": st.text("0123", min_size=1, max_size=4)}
        ),
        max_size=3,
        unique_by=lambda row: row["dial"],
    ),
    "schedules": st.lists(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["open", "appointment"]),
                "day": st.dates(dt.date(2026, 1, 1), dt.date(2027, 1, 1)).map(str),
                "opens_at": st.just("09:30:00"),
                "closes_at": st.just("01:00:00"),
                "location": st.sampled_from([None, "place-place"]),
            }
        ),
        max_size=3,
    ),
    "access_facts": st.lists(
        st.fixed_dictionaries({"kind": st.sampled_from(["restroom", "asl"]), "answer": st.just("no")}),
        max_size=2,
        unique_by=lambda row: row["kind"],
    ),
}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.fixed_dictionaries({}, optional=_value))
def test_taking_back_every_change_leaves_what_was_there(place, anna, values):
    with transaction.atomic():
        start = history.state_of(place)
        told = change(place, anna, **values)
        now = history.state_of(place)
        assert [(row.field, row.before, row.after) for row in told.done] == history.difference(start, now)
        for row in told.done:
            history.roll_back(change=row, by=anna, reason="Back.")
        assert history.state_of(place) == start
        transaction.set_rollback(True)


@given(
    before=st.dictionaries(st.sampled_from("abc"), st.integers(0, 3)),
    after=st.dictionaries(st.sampled_from("abc"), st.integers(0, 3)),
)
def test_a_difference_turns_one_state_into_the_other(before, after):
    found = history.difference(before, after)

    assert before | {name: new for name, _old, new in found} == dict.fromkeys(before) | after
    assert all(old != new and before.get(name) == old for name, old, new in found)


def test_of_two_who_decide_at_once_the_later_is_told(line, anna, ben):
    first = change(line, anna, phones=with_number(line, NEW)).waiting[0]
    seen_by_another = Change.objects.get(pk=first.pk)
    carl = get_user_model().objects.create_user("carl", role="editor")
    history.confirm_change(change=first, by=ben)

    for late in (history.confirm_change, lambda **who: history.decline_change(**who, reason="No.")):
        with pytest.raises(Refused, match="decided this change already"):
            late(change=seen_by_another, by=carl)

    assert line.phones.get().number == NEW


@pytest.mark.django_db(transaction=True)
def test_a_change_is_confirmed_once_however_many_press(line, anna):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")
    row = change(line, anna, phones=with_number(line, NEW)).waiting[0]
    people = [get_user_model().objects.create_user(f"editor{number}", role="editor") for number in range(4)]

    def press(by):
        try:
            history.confirm_change(change=row, by=by)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(people)) as pool:
        assert sorted(pool.map(press, people)) == [False, False, False, True]
    assert line.phones.get().number == NEW
