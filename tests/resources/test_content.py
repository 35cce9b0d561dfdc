"""The first content: nothing lost, nothing invented, nothing of staff's overwritten."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction

from portal.lib.translated import TranslatedField, Translations
from resources import content
from resources.models import Category, Page, Phone, Principle, Service, Tool, ToolGroup, YearOfDeaths

pytestmark = pytest.mark.django_db

# Numbers that the facts file marks as conflicting or not verified: none may be on a public page.
UNCONFIRMED = ["800-928-5330", "800-342-1660", "800-287-9636", "877-428-8844", "888-395-9297", "888-253-4259"]
# Publish-blocker 2: both are in circulation, and a person must call both first.
NOT_CALLED = ["800-484-3731", "877-696-1996"]


def test_loading_again_changes_nothing(loaded):
    again: list[str] = []

    content.load(again.append)

    assert "0 added, 0 updated" in again[0]
    assert "0 kept" in again[0]


def test_a_file_may_hold_a_text_in_several_languages(db, monkeypatch):
    read = content._file

    def with_spanish(name):
        rows = read(name)
        if name == "pages.toml":
            rows["page"][0]["title"] = {"en": rows["page"][0]["title"], "es": " Agua \n"}
        return rows

    monkeypatch.setattr(content, "_file", with_spanish)
    content.load([].append)

    title = Page.objects.get(slug=read("pages.toml")["page"][0]["slug"]).title
    assert title["es"] == "Agua"
    assert title["en"] == read("pages.toml")["page"][0]["title"]


def test_what_staff_changed_stays(loaded):
    page = Page.objects.get(slug="definition")
    page.body = Translations.of("Our own words.")
    page.save()

    lines: list[str] = []
    content.load(lines.append)

    page.refresh_from_db()
    assert str(page.body) == "Our own words."
    assert "1 kept as staff changed them" in lines[0]


def test_a_row_staff_did_not_touch_follows_its_file(loaded):
    page = Page.objects.get(slug="definition")
    Page.objects.filter(pk=page.pk).update(title={"en": "Old title"})
    page.refresh_from_db()
    page.loaded_hash = content.digest(page)
    page.save(update_fields=["loaded_hash"])

    content.load([].append)

    page.refresh_from_db()
    assert str(page.title) == "What harm reduction is"


def test_the_definition_is_in_the_owners_words(loaded):
    body = str(Page.objects.get(slug="definition").body)

    assert "ineffective, radicalized drug policies" in body
    assert "movement for social justice" in body


def test_all_eight_principles_have_meaning_and_plain_words(loaded):
    rows = list(Principle.objects.all())

    assert [row.number for row in rows] == list(range(1, 9))
    assert all(str(row.meaning) and str(row.body) for row in rows)


def test_every_published_row_has_source_and_day(loaded):
    for model in (Service, Tool, YearOfDeaths):
        published = model.objects.filter(is_published=True)
        assert published.exists()
        assert not published.filter(source="").exists()
        assert not published.filter(checked_on=None).exists()
        assert not published.filter(mark="unverified").exists()


@pytest.mark.parametrize(
    "fields", [{"source": ""}, {"checked_on": None}, {"mark": "unverified"}], ids=["source", "day", "mark"]
)
def test_publishing_without_source_day_or_mark_is_refused(make_service, fields):
    assert make_service("fine").is_published
    make_service("draft", is_published=False, **fields)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_service("refused", **fields)


def test_every_resource_of_the_first_page_is_there(loaded):
    pages = " ".join(str(row.name) + str(row.details) + str(row.summary) for row in Service.objects.all())

    for words in (
        "Regional Overdose Prevention",
        "Naloxone Training",
        "Faces of",
        "Dashboard",
        "2020",
        "2021",
        "Peer Recovery",
    ):
        assert words.casefold() in pages.casefold(), words


@pytest.mark.parametrize("number", [*UNCONFIRMED, *NOT_CALLED])
def test_numbers_nobody_confirmed_are_not_published(loaded, number):
    digits = number.replace("-", "")
    published = Phone.objects.filter(is_published=True, service__is_published=True)

    assert not [row for row in published if digits in row.dial.replace("-", "")]


def test_crisis_lines_stand_in_the_order_of_the_facts(loaded):
    names = [str(row.name) for row in Service.objects.listed().crisis()]

    order = ["Emergency", "Poison", "988", "crisis line", "SafeSpot", "REDLINE"]
    assert [next(place for place, word in enumerate(order) if word in name) for name in names] == sorted(
        range(len(names))
    )


def test_the_year_in_dispute_is_not_published_and_the_newest_is_provisional(loaded):
    assert not YearOfDeaths.objects.filter(year=2023, is_published=True).exists()
    assert YearOfDeaths.objects.get(year=2024).is_provisional
    assert YearOfDeaths.objects.get(year=2022).deaths == 3826


def _said_alike(text: str) -> tuple[list[str], list[str]]:
    """Return the numbers and the links of `text`, in order of the alphabet: no translation may change one."""
    return sorted(re.findall(r"\d[\d,.-]*\d|\d", text)), sorted(re.findall(r"\]\(([^)]+)\)", text))


def test_translations_keep_every_number_and_link_and_each_row_has_one(loaded):
    compared = 0
    for model in (Page, Principle, Tool, ToolGroup, Category, Service, Phone):
        names = [field.name for field in model._meta.fields if isinstance(field, TranslatedField)]
        for row in model.objects.all():
            for name in names:
                texts = getattr(row, name)
                for code, text in texts.items():
                    assert _said_alike(text) == _said_alike(texts["en"]), f"{row} {name} {code}"
                    compared += code != "en"
    assert compared > 250
    assert not Service.objects.filter(is_published=True).exclude(summary__has_key="es").exists()


def test_a_translation_of_what_english_does_not_say_is_refused(db, monkeypatch):
    monkeypatch.setattr(content, "_tongues", lambda: {"es": {"page": {"tools": {"lede": "Hola"}}}})

    with pytest.raises(content.ContentError, match="page tools: es translates lede"):
        content.load([].append)
