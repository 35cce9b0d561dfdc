"""How staff work: every way of saving is recorded, suggestions are reviewed, crisis lines take two people."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.staff.login import SECOND_FACTOR
from resources import suggestions
from resources.models import Change, Location, Phone, Service, Suggestion
from tests.pages import fields_of, text_of

pytestmark = pytest.mark.django_db
OLD, NEW = "615-555-0100", "615-555-0199"
WORDS = "The number is now another, I called."
SERVICE = "/admin/resources/service/"


def editor(name: str) -> Client:
    """Return a client signed in as a new editor."""
    member = get_user_model().objects.create_user(name, role="editor")
    client = Client()
    client.force_login(member)
    session = client.session
    session[SECOND_FACTOR] = True
    session.save()
    return client


@pytest.fixture
def anna(db):
    return editor("anna")


@pytest.fixture
def ben(db):
    return editor("ben")


@pytest.fixture
def place(make_service):
    row = make_service(cost={"en": "Free"}, place={"street": "1 Elm Street", "city": "Larkspur"})
    Phone.objects.create(service=row, number=OLD, dial="6155550100", mark="seen", is_published=True)
    return row


@pytest.fixture
def line(place):
    place.crisis_order = 1
    place.save()
    return place


def save(client, address, **changed):
    """Open a form of the staff site, change some of its fields and save; return the page that comes."""
    typed = fields_of(client.get(address), "Save")
    typed |= {name: [value] if isinstance(value, str) else value for name, value in changed.items()}
    answer = client.post(address, {**typed, "_save": "Save"}, follow=True)
    assert answer.redirect_chain, answer.context["errors"]
    return answer


def tell(service, about, words=WORDS):
    return Suggestion.objects.create(
        service=service, about=about, words=words, received_on=timezone.localdate()
    )


def review(client, suggestion, **changed):
    """Open a suggestion, change some boxes, and return the page with the difference."""
    address = f"/admin/resources/suggestion/{suggestion.pk}/change/"
    typed = fields_of(client.get(address), "preview")
    return client.post(
        address, typed | {name: [value] for name, value in changed.items()} | {"do": "preview"}
    )


def accept(client, preview, do="accept", take=None, reason=""):
    """Send the page with the difference."""
    typed = fields_of(preview, do) | {"do": do, "reason": reason}
    if take is not None:
        typed["take"] = [key for key in typed["take"] if key.endswith(take)]
    return client.post(preview.request["PATH_INFO"], typed, follow=True)


def decide(client, change, do, reason=""):
    kind, pk = ("service", change.service_id) if change.service_id else ("location", change.location_id)
    typed = {"do": do, "change": change.pk, "reason": reason}
    return client.post(f"/admin/resources/{kind}/{pk}/history/", typed, follow=True)


def test_from_a_reader_through_a_review_to_the_public_page(place, client, anna):
    early = suggestions.stamp(timezone.now() - dt.timedelta(minutes=1))
    client.post("/resources/place/wrong/", {"about": "phone", "words": WORDS, "shown": early})
    suggestion = Suggestion.objects.get()

    page = anna.get(f"/admin/resources/suggestion/{suggestion.pk}/change/")
    assert WORDS in page.content.decode()
    assert OLD in text_of(page)
    preview = review(anna, suggestion, **{"phones-0-number": NEW, "phones-0-dial": "6155550199"})
    assert f"Number: <del>{OLD}</del><ins>{NEW}</ins> · Dial" in preview.content.decode()
    assert OLD in text_of(client.get("/resources/place/"))
    assert not Change.objects.exists()

    told = accept(anna, preview, reason="I called them.")

    assert "Written down: Accepted." in text_of(told)
    assert NEW in text_of(client.get("/resources/place/"))
    assert OLD not in text_of(client.get("/resources/place/"))
    change = Change.objects.get()
    assert (change.field, change.suggestion, change.reason) == ("phones", suggestion, "I called them.")
    assert change.made_by.username == "anna"
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.decided_by.username) == ("accepted", "anna")
    assert WORDS not in told.content.decode()


def test_a_part_is_accepted_with_a_reason_only(place, anna):
    suggestion = tell(place, "eligibility")
    preview = review(anna, suggestion, cost_en="5 dollars", eligibility_en="Adults")

    refused = accept(anna, preview, take="cost")
    assert "Say why" in text_of(refused)
    assert not Change.objects.exists()
    none = accept(anna, preview, take="nothing", reason="No.")
    assert "Tick what is right" in text_of(none)
    accept(anna, preview, take="cost", reason="Their site says nothing of adults.")

    place.refresh_from_db()
    assert (place.cost, place.eligibility) == ({"en": "5 dollars"}, {})
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.reason) == ("partly", "Their site says nothing of adults.")
    assert [row.field for row in suggestion.changes.all()] == ["cost"]


def test_declining_needs_a_reason_and_changes_nothing(place, anna):
    suggestion = tell(place, "closed")
    address = f"/admin/resources/suggestion/{suggestion.pk}/change/"

    refused = anna.post(address, {"do": "decline", "reason": "  "})
    assert "Say why" in text_of(refused)
    kept = anna.post(address, {"do": "decline", "reason": "It is open: I was there."}, follow=True)

    assert "Written down: Declined." in text_of(kept)
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.reason) == ("declined", "It is open: I was there.")
    assert "It is open: I was there." in text_of(anna.get(address))
    assert not Change.objects.exists()


def test_a_review_of_a_listing_that_changed_meanwhile_is_shown_anew(place, anna, ben):
    suggestion = tell(place, "eligibility")
    preview = review(anna, suggestion, cost_en="5 dollars")
    save(ben, f"{SERVICE}{place.pk}/change/", cost_en="6 dollars")

    stale = accept(anna, preview)

    assert "The listing has changed meanwhile." in text_of(stale)
    place.refresh_from_db()
    assert place.cost == {"en": "6 dollars"}
    accept(anna, stale)
    place.refresh_from_db()
    assert place.cost == {"en": "5 dollars"}


def test_two_editors_decide_one_suggestion_once(place, anna, ben):
    suggestion = tell(place, "eligibility")
    first, second = (review(client, suggestion, cost_en="5 dollars") for client in (anna, ben))
    accept(anna, first)

    late = accept(ben, second)

    assert "Accepted" in text_of(late)
    assert Change.objects.count() == 1
    suggestion.refresh_from_db()
    assert suggestion.decided_by.username == "anna"


def test_boxes_with_faults_come_back_with_what_was_typed(place, anna):
    suggestion = tell(place, "address")

    page = review(anna, suggestion, url="not an address")

    assert "Error:" in page.content.decode()
    assert "not an address" in page.content.decode()
    assert "Enter a valid URL." in page.content.decode()
    nothing = review(anna, suggestion)
    assert "Nothing would change." in text_of(nothing)


@pytest.mark.parametrize(
    ("number", "dial", "is_right"),
    [
        ("615-555-0199", "6155550100", False),
        ("615-555-0199", "6155550199", True),
        ("1-800-555-0199", "8005550199", True),
        ("615-555-0199 ext. 4", "6155550199", True),
    ],
)
def test_a_tap_calls_the_number_that_is_read(place, anna, number, dial, is_right):
    page = review(anna, tell(place, "phone"), **{"phones-0-number": number, "phones-0-dial": dial})

    assert ("These are not the digits of the number." in text_of(page)) != is_right
    assert ("What would change" in text_of(page)) == is_right


def test_the_address_of_a_place_is_mended_from_a_suggestion(place, client, anna):
    own = place.locations.get()
    preview = review(anna, tell(place, "address"), **{f"place-{own.pk}-street": "3 Elm Street"})

    accept(anna, preview)

    assert "3 Elm Street" in text_of(client.get("/resources/place/"))
    assert [(row.location, row.field) for row in Change.objects.all()] == [(own, "street")]


def test_something_else_is_changed_in_the_whole_form_and_tied_to_the_suggestion(place, anna):
    suggestion = tell(place, "phone")
    address = f"/admin/resources/suggestion/{suggestion.pk}/change/"
    assert "It is done" not in text_of(anna.get(address))

    save(anna, f"{SERVICE}{place.pk}/change/?suggestion={suggestion.pk}", cost_en="5 dollars")
    assert Change.objects.get().suggestion == suggestion
    anna.post(address, {"do": "accept"})

    suggestion.refresh_from_db()
    assert suggestion.status == "accepted"


def test_a_missing_place_leads_to_the_form_for_a_new_one(anna):
    suggestion = tell(None, "missing")
    address = f"/admin/resources/suggestion/{suggestion.pk}/change/"
    page = anna.get(address)
    assert f'href="/admin/resources/service/add/?suggestion={suggestion.pk}"' in page.content.decode()

    anna.post(address, {"do": "accept", "reason": "Added."})

    suggestion.refresh_from_db()
    assert suggestion.status == "accepted"


def test_suggestions_stand_new_first_and_take_as_many_questions_for_many(place, make_service, anna):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            page = anna.get("/admin/resources/suggestion/")
        return len(asked), [row.status for row in page.context["cl"].result_list]

    tell(place, "phone")
    cost()
    Suggestion.objects.update(status="accepted")
    few, _rows = cost()
    for number in range(4):
        tell(make_service(f"p{number}"), "hours")
    many, rows = cost()

    assert many == few
    assert rows == ["new"] * 4 + ["accepted"]


def test_saving_a_form_is_recorded_field_by_field_with_its_reason(place, anna):
    save(
        anna,
        f"{SERVICE}{place.pk}/change/",
        cost_en="5 dollars",
        why="They wrote to us.",
        **{"phones-0-number": NEW, "phones-0-dial": "6155550199"},
    )

    assert {(row.field, row.reason, row.made_by.username) for row in Change.objects.all()} == {
        ("cost", "They wrote to us.", "anna"),
        ("phones", "They wrote to us.", "anna"),
    }
    save(anna, f"{SERVICE}{place.pk}/change/")
    assert Change.objects.count() == 2, "saving without a change leaves nothing in the history"


def test_a_place_is_recorded_and_kept_while_it_is_used(place, anna):
    own = place.locations.get()
    address = f"/admin/resources/location/{own.pk}/"
    save(anna, f"{address}change/", street="3 Elm Street")
    assert [(row.field, row.before, row.after) for row in Change.objects.all()] == [
        ("street", "1 Elm Street", "3 Elm Street")
    ]

    assert anna.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    place.locations.clear()
    assert anna.post(f"{address}delete/", {"post": "yes"}).status_code == 302
    assert not Location.objects.exists()


def test_a_new_listing_begins_its_history(place, anna):
    typed = fields_of(anna.get(f"{SERVICE}add/"), "Save") | {
        "name_en": ["New"], "slug": ["new"], "summary_en": ["Help."], "organization": [place.organization_id],
        "categories": [place.categories.get().pk], "_save": ["Save"],
    }  # fmt: skip
    answer = anna.post(f"{SERVICE}add/", typed)

    assert answer.status_code == 302, answer.context["errors"]
    new = Service.objects.get(slug="new")
    assert {row.field for row in new.changes.all()} == {
        "name", "slug", "summary", "organization", "categories",
    }  # fmt: skip


def test_a_bulk_action_is_recorded(place, anna):
    anna.post(SERVICE, {"action": "checked_by_call", "_selected_action": [place.pk]})
    assert "checked_on" in {row.field for row in place.changes.all()} or not place.fact_checks.exists()


def test_a_crisis_number_changes_when_a_second_editor_confirms(line, client, anna, ben):
    told = save(
        anna,
        f"{SERVICE}{line.pk}/change/",
        cost_en="5 dollars",
        **{"phones-0-number": NEW, "phones-0-dial": "6155550199"},
    )
    assert "A second person must confirm this: Phone numbers." in text_of(told)
    assert OLD in text_of(client.get("/resources/place/"))
    assert "5 dollars" in text_of(client.get("/resources/place/"))
    change = Change.objects.get(state="waiting")
    assert "Place" in text_of(anna.get("/admin/resources/change/"))
    assert "somebody else must confirm it" in text_of(anna.get(f"{SERVICE}{line.pk}/history/")).lower()

    refused = decide(anna, change, "confirm")
    assert "A second person must decide" in text_of(refused)
    assert OLD in text_of(client.get("/resources/place/"))
    decide(ben, change, "confirm")

    assert NEW in text_of(client.get("/resources/place/"))
    change.refresh_from_db()
    assert (change.state, change.decided_by.username) == ("done", "ben")


def test_a_crisis_line_is_not_hidden_by_one_editor(line, client, anna, ben):
    save(anna, f"{SERVICE}{line.pk}/change/", is_published=[])
    assert client.get("/resources/place/").status_code == 200
    change = Change.objects.get(state="waiting")

    empty = decide(ben, change, "decline")
    assert "Say why" in text_of(empty)
    decide(ben, change, "decline", "It answers.")
    assert client.get("/resources/place/").status_code == 200

    save(anna, f"{SERVICE}{line.pk}/change/", is_published=[])
    decide(ben, Change.objects.get(state="waiting"), "confirm")
    assert client.get("/resources/place/").status_code == 404


def test_a_crisis_line_keeps_what_it_needs_while_it_waits(line, anna):
    address = f"{SERVICE}{line.pk}/change/"
    typed = fields_of(anna.get(address), "Save") | {"source": [""], "is_published": []}

    refused = anna.post(address, typed)

    assert refused.status_code == 200
    assert "Until a second person agrees, this crisis line stays as it is." in text_of(refused)
    assert anna.post(address, typed | {"source": ["its page"]}).status_code == 302


def test_a_suggestion_about_a_crisis_number_waits_too(line, anna):
    preview = review(anna, tell(line, "phone"), **{"phones-0-number": NEW, "phones-0-dial": "6155550199"})
    told = accept(anna, preview)

    assert "A second person must confirm this" in text_of(told)
    assert [(row.state, row.suggestion_id is not None) for row in Change.objects.all()] == [("waiting", True)]
    assert line.phones.get().number == OLD


def test_a_field_is_put_back_from_its_history(place, anna, ben):
    save(anna, f"{SERVICE}{place.pk}/change/", cost_en="5 dollars")
    change = Change.objects.get()
    page = ben.get(f"{SERVICE}{place.pk}/history/?field=cost")
    assert "<del>Free</del><ins>5 dollars</ins>" in page.content.decode()
    assert "anna" in text_of(page)

    assert "Say why" in text_of(decide(ben, change, "roll_back"))
    assert "Taken back." in text_of(decide(ben, change, "roll_back", "A mistake."))

    place.refresh_from_db()
    assert place.cost == {"en": "Free"}
    assert "has changed since" in text_of(decide(ben, change, "roll_back", "Again."))


@pytest.mark.parametrize("typed", [{}, {"do": "confirm"}, {"do": "x", "change": "9" * 40}, {"change": "x"}])
def test_a_history_takes_nothing_it_does_not_know(place, anna, typed):
    assert anna.post(f"{SERVICE}{place.pk}/history/", typed).status_code == 404


def test_the_history_takes_as_many_questions_for_many(place, anna):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            anna.get(f"{SERVICE}{place.pk}/history/")
            anna.get("/admin/resources/change/?state=all")
        return len(asked)

    save(anna, f"{SERVICE}{place.pk}/change/", cost_en="1 dollar")
    cost()
    few = cost()
    for number in range(2, 4):
        save(anna, f"{SERVICE}{place.pk}/change/", cost_en=f"{number} dollars")
    assert cost() == few


@pytest.mark.parametrize("role", ["reviewer", "trainer", "operator", "lead"])
def test_others_reach_neither_history_nor_suggestions(place, sign_in, role):
    suggestion, member = tell(place, "phone"), sign_in(role)
    for address in (
        f"{SERVICE}{place.pk}/history/",
        f"/admin/resources/location/{place.locations.get().pk}/history/",
        f"/admin/resources/suggestion/{suggestion.pk}/change/",
        "/admin/resources/change/",
    ):
        assert member.get(address).status_code == 403
        assert member.post(address, {"do": "decline", "reason": "x"}).status_code == 403


def test_the_first_page_tells_editors_what_waits_for_them_and_not_their_own(line, anna, ben, sign_in):
    tell(line, "phone")
    save(anna, f"{SERVICE}{line.pk}/change/", always_open="on")
    second = "1 change of a crisis line waits for you as the second person."

    own, others = text_of(anna.get("/admin/")), text_of(ben.get("/admin/"))

    assert second in others
    assert second not in own
    assert "1 suggestion of a reader is new." in own
    assert "suggestion of a reader" not in text_of(sign_in("reviewer").get("/admin/"))
