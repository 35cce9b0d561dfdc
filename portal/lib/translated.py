"""One column for a text in several languages: JSON, language code to text, read without a join."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import get_language

BASE = "en"


class Translations(dict[str, str]):
    """A text by language. As a string it is the text in the language of the page, else in English."""

    @classmethod
    def of(cls, value: object) -> Translations:
        """Return `value` (a plain English string, or language code to text) as Translations."""
        if isinstance(value, dict):
            return cls({str(code): str(text) for code, text in value.items() if str(text)})
        return cls({BASE: str(value)} if value else {})

    def __str__(self) -> str:
        return self.get(get_language() or BASE) or self.get(BASE, "")

    def __hash__(self) -> int:  # type: ignore[override]  # a value of a form field must be hashable
        return hash(tuple(sorted(self.items())))


class _TranslatedWidget(forms.MultiWidget):
    """One text area a language, each named by its code."""

    def __init__(self, rows: int) -> None:
        self.codes = [code for code, _name in settings.LANGUAGES]
        super().__init__(
            {
                code: forms.Textarea(attrs={"rows": rows, "lang": code, "aria-label": code})
                for code in self.codes
            }
        )

    def decompress(self, value: object) -> list[str]:
        texts = Translations.of(json.loads(value) if isinstance(value, str) and value[:1] == "{" else value)
        return [texts.get(code, "") for code in self.codes]


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
        return models.Field.formfield(
            self, **{"form_class": _TranslatedFormField, "rows": self.rows, **kwargs}
        )
