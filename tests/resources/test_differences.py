"""How a change reads, without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.differences import in_words, label_of, marked, word_by_word
from resources.models import Location, Service

TABLE = {
    "words": ("url", "https://a.example", "https://b.example", "-https://a.example-+https://b.example+"),
    "a tick": ("is_published", True, False, "-yes-+no+"),
    "a choice": ("has_interpreter", "not_known", "yes", "-Not known-+Yes+"),
    "nothing before": ("checked_on", None, "2026-11-23", "+2026-11-23+"),
    "one language": ("cost", {"en": "It is free"}, {"en": "It is cheap"}, "It is -free-+cheap+"),
    "two languages": ("cost", {"en": "Free"}, {"en": "Free", "es": "Gratis"}, "en: Free\nes: +Gratis+"),
    "a number": (
        "phones",
        [{"number": "615-555-0100", "takes_texts": False}],
        [{"number": "615-555-0199", "takes_texts": False}],
        "• Number: -615-555-0100-+615-555-0199+ · Takes texts: no",
    ),
    "one number more": (
        "phones",
        [{"number": "615-555-0100"}],
        [{"number": "615-555-0177"}, {"number": "615-555-0100"}],
        "+• Number: 615-555-0177+\n• Number: 615-555-0100",
    ),
    "topics": ("categories", ["a", "b"], ["b"], "-a-\nb"),
    "languages spoken": ("languages", ["en"], ["en", "es"], "-en-+en, es+"),
}


def drawn(pieces):
    marks = {"del": "-", "ins": "+", "": ""}
    return "".join(marks[kind] + text + marks[kind] for kind, text in pieces)


@pytest.mark.parametrize("case", TABLE)
def test_a_change_reads_as_what_goes_and_what_comes(case):
    name, before, after, says = TABLE[case]
    assert drawn(marked(Service, name, before, after)) == says


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_both_texts_are_whole(before, after):
    pieces = word_by_word(before, after)

    assert "".join(text for kind, text in pieces if kind != "ins") == before
    assert "".join(text for kind, text in pieces if kind != "del") == after


def test_a_long_text_is_shown_whole():
    assert word_by_word("a " * 3000, "b") == [("del", "a " * 3000), ("ins", "b")]


def test_fields_have_names_and_values_have_words():
    assert (label_of(Service, "phones"), label_of(Service, "cost")) == ("Phone numbers", "Cost")
    assert in_words(Location, "visibility", "city_only") == "Only the city is public"
    assert in_words(Service, "cost", {"en": "Free", "es": "Gratis"}) == "en: Free\nes: Gratis"
    assert in_words(Service, "phones", None) == ""
