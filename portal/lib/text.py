"""What people type, made safe to keep: one Unicode form, no invisible control characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# Control and format characters that hide or reorder text; joiners stay, because scripts and emoji need them.
_KEPT_FORMAT = {"\u200c", "\u200d"}


def clean_text(value: str) -> str:
    """Return `value` in Unicode form C with plain line ends and without control characters.

    Lone surrogates, NUL and direction overrides go; letters of every script and joiners stay.
    """
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = "".join(
        letter
        for letter in value
        if letter in "\n\t"
        or letter in _KEPT_FORMAT
        or unicodedata.category(letter) not in {"Cc", "Cf", "Cs"}
    )
    return unicodedata.normalize("NFC", value).strip()


def clean_line(value: str) -> str:
    """Return `value` as `clean_text` does, on one line with single spaces."""
    return re.sub(r"\s+", " ", clean_text(value)).strip()


class CleanCharField(forms.CharField):
    """A text field that cleans what was typed before any other check.

    multiline: keep line breaks and show a text area. max_length counts characters after cleaning.
    """

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        if multiline:
            kwargs.setdefault("widget", forms.Textarea)
        kwargs.setdefault("error_messages", {})
        kwargs["error_messages"].setdefault(
            "max_length",
            _("This is %(show_value)d characters long. Please shorten it to %(limit_value)d or fewer."),
        )
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Leave out `maxlength`: a browser would cut off what a person pastes without a word.

        Spelling is not checked: some browsers send every word to a company for that.
        """
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        if self.multiline:
            attrs["spellcheck"] = "false"
        return attrs

    def to_python(self, value: Any) -> str:
        """Return the cleaned text, empty when nothing was typed."""
        text = "" if value in self.empty_values else str(value)
        return clean_text(text) if self.multiline else clean_line(text)
