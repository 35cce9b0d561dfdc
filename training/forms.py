"""What a trainee may send: answers, a name for the certificate, an ID to check."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.lib import codes
from portal.lib.text import CleanCharField
from training import classes, mailing, pdf
from training.attempts import Asked
from training.models import CertificateLanguage, Course, RatingCount, TrainingClass
from training.models.counts import county_choices

LONGEST_NAME = 120
# It is tomorrow in the east of Tennessee for an hour before it is in the rest.
_EARLIEST_CLOCK = ZoneInfo("America/New_York")
_OLDEST = dt.timedelta(days=365)
_RATINGS = [
    (1, _("Not at all")),
    (2, _("A little")),
    (3, _("Partly")),
    (4, _("Mostly")),
    (5, _("Yes, fully")),
]


class StartForm(forms.Form):
    """What may be told before a quiz. It is only counted, each alone."""

    class_code = CleanCharField(
        label=_("Class code"),
        required=False,
        max_length=20,
        help_text=_("Only when a trainer gave you one."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    county = forms.ChoiceField(
        label=_("Your county"),
        required=False,
        help_text=_("We only count how many people of each county take part."),
    )

    def __init__(self, course: Course, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.course = course
        field = cast(forms.ChoiceField, self.fields["county"])
        field.choices = [("", _("I would rather not say")), *county_choices()]

    def clean_class_code(self) -> str:
        """Return the code of a class of this course that is open, or an empty text."""
        typed = self.cleaned_data["class_code"]
        if not typed:
            return ""
        code = classes.read(typed)
        found = TrainingClass.objects.filter(code=code, course=self.course).first() if code else None
        if found is None:
            raise forms.ValidationError(
                _("We do not know this class code. Compare each letter, or leave the box empty and go on.")
            )
        if not found.is_open(timezone.localdate()):
            raise forms.ValidationError(
                _("This class is over. Leave the box empty and go on: nothing else changes.")
            )
        return found.code


class QuestionForm(forms.Form):
    """One question. Cleaned `answer`: the set of the keys of the chosen options."""

    def __init__(self, asked: Asked, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: type[forms.ChoiceField] = forms.ChoiceField
        widget: type[forms.Widget] = forms.RadioSelect
        if asked.question.kind == "multi":
            kind, widget = forms.MultipleChoiceField, forms.CheckboxSelectMultiple
        missing = _("Choose an answer. “I am not sure” is fine.")
        self.fields["answer"] = kind(
            label=asked.question.text,
            choices=[(option.key, str(option.text)) for option in asked.options],
            widget=widget,
            help_text=asked.caution,
            error_messages=dict.fromkeys(("required", "invalid_choice", "invalid_list"), missing),
        )

    def clean_answer(self) -> frozenset[str]:
        """Return the keys of the chosen options."""
        chosen = self.cleaned_data["answer"]
        return frozenset([chosen] if isinstance(chosen, str) else chosen)


class RatingsForm(forms.Form):
    """How ready somebody feels: three statements, each of which may be skipped. Not graded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for statement in RatingCount.Statement:
            self.fields[statement.value] = forms.TypedChoiceField(
                label=statement.label,
                choices=[("", _("Skip this")), *_RATINGS],
                coerce=int,
                empty_value=None,
                required=False,
            )

    def ratings(self) -> dict[str, int]:
        """Return what was rated: statement to 1 to 5. Call it on a valid form only."""
        return {name: rating for name, rating in self.cleaned_data.items() if rating}


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

    language = forms.ChoiceField(
        label=_("Language of the certificate"),
        choices=CertificateLanguage.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the language of the certificate."),
            "invalid_choice": _("Choose one of these languages."),
        },
    )

    email = forms.EmailField(
        label=_("Send it by e-mail instead"),
        required=False,
        max_length=254,
        help_text=_("We send it once and forget the address. Leave it empty to download the file now."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("This is not an e-mail address. Mend it, or leave it empty.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not mailing.is_offered():
            del self.fields["email"]
        self.fields["issued_on"].initial = timezone.localdate()
        own = get_language() or ""
        self.fields["language"].initial = (
            own if own in CertificateLanguage.values else CertificateLanguage.ENGLISH
        )

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
