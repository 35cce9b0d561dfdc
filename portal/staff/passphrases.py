"""Passphrases of staff: six made words are offered; own ones are long and not common (sealed reports, 4)."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib import words

SHORTEST = 16
LONGEST = 128
_FEWEST_LETTERS = 6


def suggestion() -> str:
    """Return six speakable words of 16 random bits each: 96 bits, the same on every keyboard."""
    return " ".join(words.spoken(secrets.token_bytes(12)))


def check(passphrase: str, name: str = "") -> None:
    """Raise ValidationError with a sentence for a passphrase that is short, endless, plain or common."""
    if len(passphrase) < SHORTEST:
        raise ValidationError(_("Use at least 16 characters. Six words are easy to remember."))
    if len(passphrase) > LONGEST:
        raise ValidationError(_("Use at most 128 characters."))
    plain = passphrase.casefold().strip()
    half = len(plain) // 2
    try:
        for part in {plain, plain[:half], plain.replace(" ", ""), plain.rstrip("0123456789!.? ")}:
            CommonPasswordValidator().validate(part)
    except ValidationError as error:
        raise ValidationError(
            _("Many people use this passphrase. Choose words nobody would guess.")
        ) from error
    if len(set(plain)) < _FEWEST_LETTERS or (name and plain.replace(name.casefold(), "").strip() == ""):
        raise ValidationError(_("This is too easy to guess. Six words are easy to remember."))


class SecretField(forms.CharField):
    """A passphrase: nothing is stripped, and what was typed is never written back into the page."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST * 8)
        super().__init__(
            strip=False, widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}), **kwargs
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Leave out `maxlength`: a browser would cut off the end without a word."""
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class NewPassphraseForm(forms.Form):
    """A new passphrase, typed twice."""

    new = SecretField(
        label=gettext_lazy("New passphrase"),
        autocomplete="new-password",
        help_text=gettext_lazy("At least 16 characters. You may use the six words above, or your own."),
        error_messages={"required": gettext_lazy("Type a passphrase.")},
    )
    again = SecretField(
        label=gettext_lazy("The same passphrase again"),
        autocomplete="new-password",
        error_messages={"required": gettext_lazy("Type the passphrase a second time.")},
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name

    def clean_new(self) -> str:
        """Return the passphrase when it is good enough."""
        passphrase: str = self.cleaned_data["new"]
        check(passphrase, self.name)
        return passphrase

    def clean(self) -> dict[str, Any]:
        """Compare both."""
        new, again = self.cleaned_data.get("new"), self.cleaned_data.get("again")
        if new and again and new != again:
            self.add_error("again", _("The two passphrases differ. Type the same one twice."))
        return self.cleaned_data
