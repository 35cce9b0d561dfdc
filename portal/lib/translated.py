"""One column for a text in several languages: JSON, language code to text, read without a join."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from portal.lib.languages import BASE, WRITTEN


class EnglishText(str):
    """English words on a page of another language: a template marks them as English."""

    __slots__ = ()

    def __html__(self) -> SafeString:
        return format_html('<span lang="en" dir="ltr">{}</span>', str(self))


class Translations(dict[str, str]):
    """A text by language. As a string it is the text in the language of the page, else in English."""

    @classmethod
    def of(cls, value: object) -> Translations:
        """Return `value` (a plain English string, or language code to text) as Translations."""
        if isinstance(value, dict):
            return cls({str(code): str(text) for code, text in value.items() if str(text)})
        return cls({BASE: str(value)} if value else {})

    def __str__(self) -> str:
        own = self.get(get_language() or BASE)
        return own or in_english(self.get(BASE, ""))

    def __html__(self) -> SafeString:
        # Asked by format_html of a text that it joins with others.
        return conditional_escape(str(self))

    def __hash__(self) -> int:  # type: ignore[override]  # a value of a form field must be hashable
        return hash(tuple(sorted(self.items())))


def in_english(text: str) -> str:
    """Return `text`, which is English whatever the page: marked as such where the page is not."""
    return text if not text or (get_language() or BASE) == BASE else EnglishText(text)


def joined(before: str, text: object) -> str:
    """Return `before` and `text` as one text, marked as English where `text` is."""
    words = str(text)
    return EnglishText(before + words) if isinstance(words, EnglishText) else before + words


class _TranslatedWidget(forms.MultiWidget):
    """A text area for each language staff write in, and for each other one in which there is a text."""

    template_name = "portal_forms/translated.html"

    def __init__(self, rows: int) -> None:
        names = dict(settings.LANGUAGES)
        self.codes = list(names)
        super().__init__(
            {
                code: forms.Textarea(attrs={"rows": rows, "lang": code, "dir": "auto", "aria-label": name})
                for code, name in names.items()
            }
        )

    def decompress(self, value: object) -> list[str]:
        texts = Translations.of(json.loads(value) if isinstance(value, str) and value[:1] == "{" else value)
        return [texts.get(code, "") for code in self.codes]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Leave out the languages nobody writes in. A text that there is stays, or saving would lose it."""
        context = super().get_context(name, value, attrs)
        shown = [
            {**area, "language": area["attrs"]["aria-label"]}
            for code, area in zip(self.codes, context["widget"]["subwidgets"], strict=True)
            if code in WRITTEN or area["value"]
        ]
        context["widget"]["subwidgets"] = shown
        return context


class _TranslatedFormField(forms.MultiValueField):
    def __init__(self, *, rows: int = 3, required: bool = True, **kwargs: Any) -> None:
        for unused in ("encoder", "decoder", "max_length", "widget"):
            kwargs.pop(unused, None)
        codes = [code for code, _name in settings.LANGUAGES]
        super().__init__(
            fields=[forms.CharField(required=required and code == BASE, strip=True) for code in codes],
            widget=_TranslatedWidget(rows),
            require_all_fields=False,
            required=required,
            **kwargs,
        )
        self.codes = codes

    def compress(self, data_list: list[str]) -> Translations:
        return Translations.of(dict(zip(self.codes, data_list, strict=False)))


class TranslatedField(models.JSONField):
    """A text in several languages, read as Translations: `{{ page.title }}` is in the language of the page.

    rows: height of the text areas in the admin.
    """

    def __init__(self, *args: Any, rows: int = 3, **kwargs: Any) -> None:
        self.rows = rows
        kwargs.setdefault("default", Translations)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Translations:
        return Translations.of(super().from_db_value(value, expression, connection))

    def to_python(self, value: Any) -> Translations:
        return Translations.of(value)

    def formfield(self, **kwargs: Any) -> Any:
        kwargs.pop("widget", None)
        # A hidden copy of what was there would hold one language alone, and every other would look changed.
        own = {"form_class": _TranslatedFormField, "rows": self.rows, "show_hidden_initial": False}
        return models.Field.formfield(self, **{**own, **kwargs})
