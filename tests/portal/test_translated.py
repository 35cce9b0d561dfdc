"""A text in several languages in one column."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import override

from portal.lib.translated import TranslatedField, Translations
from resources.models import Principle

BOTH = {"en": "Water", "es": "Agua"}


def test_a_text_is_in_the_language_of_the_page_else_in_english():
    text = Translations.of(BOTH)

    assert str(text) == "Water"
    with override("es"):
        assert str(text) == "Agua"
    with override("ar"):
        assert str(text) == "Water"


@pytest.mark.parametrize(("given", "kept"), [("Water", {"en": "Water"}), ("", {}), (None, {}), (BOTH, BOTH)])
def test_a_plain_text_is_english(given, kept):
    assert Translations.of(given) == kept


def test_an_empty_translation_counts_as_none():
    with override("es"):
        assert str(Translations.of({"en": "Water", "es": ""})) == "Water"


def test_no_text_at_all_is_empty():
    assert str(Translations()) == ""


@pytest.mark.django_db
def test_the_database_gives_back_what_was_put_in():
    field = next(f for f in Principle._meta.get_fields() if isinstance(f, TranslatedField))
    row = Principle.objects.order_by("pk").first() or Principle(slug="water", number=1)
    setattr(row, field.name, Translations.of(BOTH))
    row.save()

    read = getattr(Principle.objects.get(pk=row.pk), field.name)

    assert isinstance(read, Translations)
    assert read == BOTH


def test_the_form_asks_for_each_language_and_requires_english(settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Spanish")]
    field = TranslatedField().formfield()

    assert field.clean(["Water", "Agua"]) == BOTH
    assert field.clean(["Water", ""]) == {"en": "Water"}
    with pytest.raises(ValidationError):
        field.clean(["", "Agua"])


def test_the_form_shows_what_is_kept(settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Spanish")]
    html = TranslatedField(rows=7).formfield().widget.render("title", Translations.of(BOTH))

    assert html.count('rows="7"') == 2
    assert "Agua" in html
    assert 'lang="es"' in html


def test_migrations_do_not_depend_on_the_height_of_the_form():
    assert TranslatedField(rows=9).deconstruct() == TranslatedField(rows=2).deconstruct()
    assert issubclass(TranslatedField, models.JSONField)
