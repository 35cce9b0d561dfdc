"""What readers tell us: two fields, nothing about them, nothing lost."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from django.core.management import call_command
from django.utils import timezone

from resources import suggestions
from resources.models import Suggestion
from tests.pages import text_of

pytestmark = pytest.mark.django_db
WORDS = "The number now is 615-555-0100."


@pytest.fixture
def typed():
    """Return a function that fills the form as somebody does who took their time."""

    def fill(**changed):
        early = timezone.now() - dt.timedelta(seconds=30)
        return {"about": "phone", "words": WORDS, "website": "", "shown": suggestions.stamp(early), **changed}

    return fill


def test_two_fields_are_kept_and_nothing_about_the_sender(client, make_service, typed):
    place = make_service()
    page = client.get("/resources/place/wrong/")
    boxes = re.findall(r'name="(\w+)"', page.content.decode())

    sent = client.post("/resources/place/wrong/", typed(), follow=True)

    assert set(boxes) - {"viewport"} == {"about", "words", "website", "shown"}
    kept = Suggestion.objects.get()
    assert (kept.service, kept.about, kept.words, kept.status) == (place, "phone", WORDS, "new")
    assert kept.received_on == timezone.localdate()
    assert "Thank you" in text_of(sent)
    assert WORDS not in sent.content.decode() + str(sent.redirect_chain)
    assert not sent.cookies
    assert page.headers["Cache-Control"] == sent.headers["Cache-Control"] == "no-store"


def test_a_place_that_is_not_listed_is_told_in_one_field(client, typed):
    page = client.get("/resources/missing/")

    sent = client.post("/resources/missing/", typed(about=""), follow=True)

    assert 'name="about"' not in page.content.decode()
    assert "Thank you" in text_of(sent)
    kept = Suggestion.objects.get()
    assert (kept.service, kept.about, kept.words) == (None, "missing", WORDS)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"about": ""}, "Choose what is wrong."),
        ({"about": "nothing"}, "Please choose one of the answers shown."),
        ({"words": " \n "}, "Write what is right, in any words."),
        ({"words": "long " * 500}, "This is 2499 characters long. Please shorten it to 2000 or fewer."),
        ({"website": "https://casino.example"}, "Nothing was sent yet."),
        ({"shown": ""}, "Nothing was sent yet."),
        ({"shown": "1700000000:forged"}, "Nothing was sent yet."),
    ],
)
def test_a_wrong_form_comes_back_with_a_sentence_and_all_words(
    client, make_service, typed, changed, sentence
):
    make_service()
    refused = client.post("/resources/place/wrong/", typed(**changed))
    page = refused.content.decode()

    assert refused.status_code == 422
    assert sentence in page
    assert "<title>Error:" in page
    assert changed.get("words", WORDS).strip()[:30] in page
    assert "casino" not in page
    assert not Suggestion.objects.exists()
    assert client.post("/resources/place/wrong/", typed()).status_code == 302


def test_a_form_that_came_too_soon_or_too_late_goes_with_the_next_press(make_service):
    place, shown = make_service(), timezone.now()
    seconds = dt.timedelta(seconds=1)
    for late in (seconds, dt.timedelta(days=2)):
        now = shown + late
        typed = {"about": "phone", "words": WORDS, "shown": suggestions.stamp(shown)}
        form = suggestions.SuggestionForm(typed, now=now, service=place)
        assert not form.is_valid()

        again = suggestions.SuggestionForm(form.shown_again().data, now=now + 3 * seconds, service=place)

        assert again.is_valid(), again.errors


def test_hidden_and_unpublished_listings_take_nothing(client, make_service, typed):
    make_service()
    make_service("unpublished", is_published=False)
    make_service("hidden", place={"visibility": "hidden"})
    for slug in ("unpublished", "hidden", "nowhere"):
        assert client.get(f"/resources/{slug}/wrong/").status_code == 404
        assert client.post(f"/resources/{slug}/wrong/", typed()).status_code == 404
    assert client.post("/resources/place/wrong/", typed()).status_code == 302
    assert Suggestion.objects.count() == 1


def test_the_same_form_sent_twice_is_kept_once(client, make_service, typed):
    make_service()
    for words in (WORDS, WORDS, "Closed."):
        assert client.post("/resources/place/wrong/", typed(words=words)).status_code == 302
    assert Suggestion.objects.count() == 2


def test_a_flood_from_one_address_is_told_to_wait_and_keeps_its_words(
    client, make_service, typed, monkeypatch
):
    make_service()
    monkeypatch.setattr("resources.views.suggest.SENDINGS_AN_HOUR", 1)

    first = client.post("/resources/place/wrong/", typed())
    second = client.post("/resources/place/wrong/", typed(words="Another thing."))

    assert (first.status_code, second.status_code) == (302, 429)
    assert "Another thing." in second.content.decode()
    assert Suggestion.objects.count() == 1


def test_words_reach_no_log(client, make_service, typed, caplog):
    make_service()
    client.post("/resources/place/wrong/", typed())
    client.post("/resources/place/wrong/", typed(about=""))
    assert WORDS not in caplog.text


@pytest.mark.parametrize("status", Suggestion.Status.values)
def test_what_was_decided_long_ago_is_erased_and_the_rest_stays(make_service, status):
    today = timezone.localdate()
    for days in (180, 181):
        decided = None if status == "new" else today - dt.timedelta(days=days)
        Suggestion.objects.create(
            service=make_service(f"p{days}"), about="phone", words=WORDS, status=status,
            received_on=today - dt.timedelta(days=400), decided_on=decided,
        )  # fmt: skip
    left = 2 if status == "new" else 1

    call_command("erase_suggestions", "--dry-run", stdout=io.StringIO())
    assert Suggestion.objects.count() == 2
    for _time in range(2):
        call_command("erase_suggestions", stdout=io.StringIO())
        assert Suggestion.objects.count() == left
