"""What a trainee may send: answers, a name for the certificate, an ID to check."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from portal.lib import codes
from portal.lib.text import CleanCharField
from training import pdf
from training.attempts import Asked

LONGEST_NAME = 120
# It is tomorrow in the east of Tennessee for an hour before it is in the rest.
_EARLIEST_CLOCK = ZoneInfo("America/New_York")
_OLDEST = dt.timedelta(days=365)


class QuizForm(forms.Form):
    """One field a question, in the order they were drawn. Cleaned: question slug to a set of option keys."""

    def __init__(self, asked: Sequence[Asked], *args: Any, first_number: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, entry in enumerate(asked, start=first_number):
            self.fields[entry.question.slug] = self._field(entry, number)

    @staticmethod
    def _field(entry: Asked, number: int) -> forms.Field:
        missing = _("Choose an answer to question %(number)s. “I am not sure” is fine.") % {"number": number}
        unknown = _("Choose one of the answers to question %(number)s.") % {"number": number}
        kind: type[forms.ChoiceField] = forms.ChoiceField
        widget: type[forms.Widget] = forms.RadioSelect
        if entry.question.kind == "multi":
            kind, widget = forms.MultipleChoiceField, forms.CheckboxSelectMultiple
        return kind(
            label=format_html("{}. {}", number, entry.question.text),
            choices=[(option.key, str(option.text)) for option in entry.options],
            widget=widget,
            help_text=entry.caution,
            error_messages={"required": missing, "invalid_choice": unknown, "invalid_list": unknown},
        )

    def answers(self) -> dict[str, frozenset[str]]:
        """Return the chosen option keys of each question. Call it on a valid form only."""
        return {
            slug: frozenset([chosen] if isinstance(chosen, str) else chosen)
            for slug, chosen in self.cleaned_data.items()
        }


class HolderNameField(CleanCharField):
    """A name in any script: with a letter, without pictures, and only what the certificate can print."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST_NAME)
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"autocomplete": "name", "dir": "auto", "spellcheck": "false"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        categories = {unicodedata.category(letter) for letter in name}
        if categories & {"So", "Sk", "Co", "Cn", "Me"}:
            raise forms.ValidationError(
                _("Emoji and signs cannot be printed. Please type the name in letters only.")
            )
        if name and not any(category.startswith("L") for category in categories):
            raise forms.ValidationError(_("Please type a name with at least one letter."))
        if not pdf.can_draw(name):
            raise forms.ValidationError(
                _(
                    "We cannot print one of these letters yet. Please type the name another way, such as in "
                    "English letters."
                )
            )
        return name


class ClaimForm(forms.Form):
    """Name and date for the certificate. `passed` is the signed proof of a passed quiz."""

    passed = forms.CharField(widget=forms.HiddenInput)
    name = HolderNameField(
        label=_("Your name, as it should be printed"),
        help_text=_("Any script is fine. We print it and forget it: the name is not kept."),
        error_messages={"required": _("Type the name that should be printed.")},
    )
    issued_on = forms.DateField(
        label=_("Date"),
        help_text=_("The day you finished. Today is filled in."),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Choose the day you finished."),
            "invalid": _("This is not a date. Write it like 11/30/2026."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["issued_on"].initial = timezone.localdate()

    def clean_issued_on(self) -> dt.date:
        """Return the day, which is neither to come nor more than a year ago."""
        day: dt.date = self.cleaned_data["issued_on"]
        today = timezone.localdate(timezone=_EARLIEST_CLOCK)
        if day > today:
            raise forms.ValidationError(_("This day is still to come. Choose today or an earlier day."))
        if day < today - _OLDEST:
            raise forms.ValidationError(_("This day is more than a year ago. Choose a day in the last year."))
        return day


class CodeForm(forms.Form):
    """The ID of a certificate, as it is read or heard."""

    code = CleanCharField(
        label=_("Certificate ID"),
        max_length=60,
        help_text=_(
            "18 letters and figures, for example on the lower edge. Spaces and hyphens do not matter."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the ID that stands on the certificate.")},
    )

    def clean_code(self) -> str:
        """Return the 18 characters of the ID."""
        code = codes.read(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                _("This is not an ID of ours. It has 18 letters and figures. Please compare each one.")
            )
        return code


class HolderForm(forms.Form):
    """A name to compare with the one that a certificate was made for."""

    name = HolderNameField(
        label=_("Name on the certificate"),
        help_text=_("We do not know the name. We can only tell whether this is the one."),
        error_messages={"required": _("Type the name that stands on the certificate.")},
    )
