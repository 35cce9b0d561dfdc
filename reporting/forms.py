"""Forms of the reporter's pages, made from the schema. Only the story, or another way to tell, is needed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.lib import codes
from portal.lib.text import CleanCharField
from reporting.schema import CONSENTS, Question, Step
from reporting.schema.base import DAY, LINE, LIST, MANY, NOTE
from reporting.schema.events import STORY, STORY_LENGTH

_PICK = {
    "invalid_choice": _("Please choose one of the answers shown."),
    "invalid_list": _("Please choose from the answers shown."),
    "invalid": _("Please give a day, such as 2026-03-14, or leave it out."),
}
_FIRST_DAY, _LAST_DAY = "1950-01-01", "2100-01-01"


class SuggestingInput(forms.TextInput):
    """A line with words to choose from; anything else may be typed."""

    template_name = "reporting/widgets/suggesting.html"

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self.words = words

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add the words, under an id of this field."""
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["list"] = f"words-{name}"
        return {**context, "list_id": f"words-{name}", "words": self.words}


class DayField(forms.DateField):
    """A day, kept as ISO text; the browser offers a calendar."""

    widget = forms.DateInput(attrs={"type": "date", "min": _FIRST_DAY, "max": _LAST_DAY}, format="%Y-%m-%d")

    def to_python(self, value: Any) -> Any:
        """Return the day as ISO text, empty when none was given."""
        day = super().to_python(value)
        if day and not _FIRST_DAY <= day.isoformat() < _LAST_DAY:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day.isoformat() if day else ""


def field_of(question: Question) -> forms.Field:
    """Return the form field that asks `question`. No field is required by itself."""
    common: dict[str, Any] = {"label": question.label, "help_text": _hint(question), "required": False}
    if question.kind in {LINE, NOTE}:
        widget = {"widget": SuggestingInput(question.suggested())} if question.suggested else {}
        field: forms.Field = CleanCharField(
            **common, **widget, max_length=question.length, multiline=question.kind == NOTE
        )
    elif question.kind == DAY:
        field = DayField(**common, error_messages=_PICK)
    elif question.kind == MANY:
        field = forms.MultipleChoiceField(
            **common, choices=question.options(), widget=forms.CheckboxSelectMultiple, error_messages=_PICK
        )
    elif question.kind == LIST:
        choices = [("", _("Not said")), *question.options()]
        field = forms.ChoiceField(**common, choices=choices, error_messages=_PICK)
    else:
        field = forms.ChoiceField(
            **common, choices=question.options(), widget=forms.RadioSelect, error_messages=_PICK
        )
    return field


def _hint(question: Question) -> Any:
    if not question.why:
        return question.hint
    return format_lazy("{} {}", question.hint, format_lazy(_("Why we ask: {why}"), why=question.why))


class StepForm(forms.Form):
    """The questions of one page. typed: what was posted; told: the answers of this page so far.

    must: the story may not be left out now; off when the page is left without going on.
    """

    def __init__(
        self,
        step: Step,
        typed: Any = None,
        *,
        told: Any = None,
        must: bool = True,
        prefix: str | None = None,
    ) -> None:
        super().__init__(typed, initial=told, prefix=prefix)
        self.step = step
        self.must = must and step is STORY
        for question in step.questions:
            self.fields[question.slug] = field_of(question)
            # Of the story or another way to tell it, one is needed.
            self.fields[question.slug].hide_optional = step is STORY  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check what one answer means for another."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.must and not self.errors and not any(cleaned.values()):
            self.add_error("story", _("Tell us what happened, in any words. One sentence is enough."))
        began, ended = cleaned.get("date_from"), cleaned.get("date_to")
        if began and ended and ended < began:
            self.add_error("date_to", _("The end is before the beginning. Please look at both days."))
        return cleaned


class CodeForm(forms.Form):
    """The check-back code, typed to come back."""

    code = CleanCharField(
        label=_("Your code"),
        help_text=_("18 letters and digits, in three groups. Capitals, spaces and hyphens do not matter."),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the code you were given.")},
    )

    def clean_code(self) -> str:
        """Return the code without its spelling, or say that there is a slip."""
        try:
            return codes.parse(self.cleaned_data["code"])
        except codes.InvalidCode as error:
            raise forms.ValidationError(
                _("There is a typing slip in this code. Compare it letter by letter with your paper.")
            ) from error


class AdditionForm(forms.Form):
    """What a reporter adds with the code: words, consents taken back, the wish to be erased."""

    text = CleanCharField(
        label=_("Add something, or answer us"),
        required=False,
        max_length=STORY_LENGTH,
        multiline=True,
    )
    withdraw = forms.MultipleChoiceField(
        label=_("Take back a yes"),
        help_text=_(
            "Tick what we may not do, or may not do any more. So that your code betrays nothing, this page "
            "does not show what you allowed."
        ),
        choices=CONSENTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=_PICK,
    )
    ask = forms.MultipleChoiceField(
        label=_("Erase my report"),
        help_text=_(
            "This is a message to our team, not a button that erases: who found your code must not be able "
            "to. If we had to pass on something about child abuse, we cannot call that back."
        ),
        choices=[("delete", _("Please erase my report"))],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=_PICK,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.hide_optional = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for anything at all."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(cleaned.values()):
            self.add_error("text", _("Write something first, or tick a box, then send it."))
        return cleaned

    def content(self) -> dict[str, Any]:
        """Return what is kept of it: {"text", "withdraw": list, "ask": "delete"}, filled ones only."""
        cleaned = self.cleaned_data
        told = {**cleaned, "ask": "delete" if cleaned["ask"] else ""}
        return {name: value for name, value in told.items() if value}
