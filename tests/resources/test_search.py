"""Search: what is shown can be found at once, what is not shown never; the words of a query stay nowhere."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from resources import search
from resources.models import SearchEntry, SearchWord, Synonym
from resources.search.words import Vocabulary, fold, parts_of

KNOWN = Vocabulary(["naloxone", "syringe", "syringes", "test", "testing", "house", "housing", "knoxville"])


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.sampled_from(["Sobredosis", "niña", "Knox", "needle exchange"]))
def test_case_and_accents_hide_nothing(words):
    assert fold(words.upper()) == fold(words)
    assert fold(words.replace("o", "ó").replace("e", "É")) == fold(words)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("naloxone", "naloxone"), ("nalaxone", "naloxone"), ("naloxne", "naloxone"), ("knox", "knoxville"),
        ("tested", "test"), ("siringe", "syringe"),
    ],
)  # fmt: skip
def test_a_typed_word_means_a_known_one(typed, meant):
    known = KNOWN.meanings(typed)
    assert max(known, key=known.__getitem__) == meant


@pytest.mark.parametrize("typed", ["mouse", "xy", "zzzzzz", "rest"])
def test_another_word_means_nothing(typed):
    assert "house" not in KNOWN.meanings(typed)
    assert "test" not in KNOWN.meanings(typed)


def test_synonyms_of_several_words_are_taken_whole():
    parts = parts_of("Where is a needle exchange in Knox County?", {"needle exchange": "syringe"}, KNOWN)

    assert [(part.typed, part.phrases) for part in parts] == [
        ("needle exchange", (("syringe",),)),
        ("knox", (("knox",),)),
    ]


@pytest.mark.django_db
def test_what_staff_save_is_found_at_once_and_what_they_hide_is_gone(make_service, sign_in):
    editor = sign_in("editor")
    place = make_service("lantern", name={"en": "Lantern House", "es": "Casa del Farol"})
    search.refresh(place)

    assert [row.slug for row in search.find("lantern").services] == ["lantern"]
    assert [row.slug for row in search.find("FAROL").services] == ["lantern"]

    runner = place.organization
    saved = editor.post(
        f"/admin/resources/organization/{runner.pk}/change/", {"name": "Quilt Group", "slug": "group"}
    )
    assert saved.status_code == 302
    assert [row.slug for row in search.find("quilt").services] == ["lantern"]

    place.is_published = False
    place.save()
    search.refresh(place)
    assert search.find("lantern").total == 0
    assert not SearchEntry.objects.exists()
    assert not SearchWord.objects.exists()


@pytest.mark.django_db
def test_a_private_place_is_in_no_entry(make_service):
    canary = {"street": "77 Heron Lane", "postal_code": "37999", "name_for_staff": "Heronry", "city": "Hush"}
    for visibility in ("phone_only", "hidden"):
        search.refresh(make_service(visibility, place={"visibility": visibility, **canary}))
    search.refresh(make_service("open", place={"city": "Jackson"}))

    words = set(SearchWord.objects.values_list("word", flat=True))
    assert "jackson" in words
    assert not words & {"77", "heron", "lane", "37999", "heronry", "hush"}
    assert search.find("hidden").total == 0


@pytest.mark.django_db
def test_did_you_mean_is_offered_for_a_slip_alone(make_service):
    search.refresh(make_service("syringe-house", name={"en": "Syringe house"}))

    assert search.find("siringe house").did_you_mean == "syringe house"
    assert search.find("syringe house").did_you_mean == ""
    assert search.find("syring").did_you_mean == ""
    assert search.find("zzzzzz").did_you_mean == ""


@pytest.mark.django_db
def test_a_synonym_of_staff_counts_at_once(make_service):
    search.refresh(make_service("swap", name={"en": "Syringe swap"}))

    assert search.find("darts").total == 0
    Synonym.objects.create(term="darts", means="syringe")
    assert search.find("darts").total == 1


@pytest.mark.django_db
def test_a_search_costs_the_same_for_ten_and_for_sixty(make_service, client):
    def cost() -> int:
        client.get("/resources/?q=warm+up")
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/resources/?q=lantern").status_code == 200
        return len(asked)

    for number in range(10):
        search.refresh(make_service(f"lantern-{number}"))
    few = cost()
    for number in range(10, 60):
        search.refresh(make_service(f"lantern-{number}"))

    assert cost() == few
    assert few <= 12


@pytest.mark.django_db
def test_the_command_writes_a_lost_index_anew(make_service, capsys):
    make_service("lantern")
    assert search.find("lantern").total == 0

    call_command("index_services")

    assert capsys.readouterr().out == "1 services can be found.\n"
    assert search.find("lantern").total == 1
