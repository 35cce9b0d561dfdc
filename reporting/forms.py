"""The questions: one form a page. Only the story is required.

Fields follow research on intake forms; nothing asks for immigration status, birth dates or numbers of papers.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib import codes, places
from portal.lib.text import CleanCharField
from reporting.taxonomy import INCIDENTS, offered

STORY_LENGTH = 20_000
NOTE_LENGTH = 2_000
_PICK = {
    "invalid_choice": _("Please choose one of the answers shown."),
    "invalid_list": _("Please choose from the answers shown."),
}


def _line(label: Any, hint: Any = "") -> CleanCharField:
    return CleanCharField(label=label, help_text=hint, required=False, max_length=200)


def _note(label: Any, hint: Any = "") -> CleanCharField:
    return CleanCharField(label=label, help_text=hint, required=False, max_length=NOTE_LENGTH, multiline=True)


def _one(label: Any, choices: list[tuple[str, Any]], hint: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        help_text=hint,
        choices=choices,
        required=False,
        widget=forms.RadioSelect,
        error_messages=_PICK,
    )


def _many(label: Any, choices: list[tuple[str, Any]], hint: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        help_text=hint,
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=_PICK,
    )


class StepForm(forms.Form):
    """One page of questions. `slug` is part of the page's address and never changes."""

    slug: str
    heading: Any


class StoryForm(StepForm):
    """What happened."""

    slug = "story"
    heading = _("What happened")

    story = CleanCharField(
        label=_("Tell us what happened, in any words"),
        help_text=_("Any language is fine. You can leave out names. Write as much or as little as you want."),
        max_length=STORY_LENGTH,
        multiline=True,
        error_messages={"required": _("Tell us what happened, in any words. One sentence is enough.")},
    )


class KindForm(StepForm):
    """What kind of thing it was."""

    slug = "kind"
    heading = _("What kind of thing it was")

    incidents = _many(_("Which of these fit?"), offered(INCIDENTS), _("Tick all that fit."))


class OfficerForm(StepForm):
    """Which officer."""

    slug = "officer"
    heading = _("The officer")

    officer_type = _one(
        _("Who was it?"),
        [
            ("sro", _("A school resource officer (police or sheriff’s deputy at the school)")),
            ("security", _("A security officer who works for the school district")),
            ("off-duty", _("An off-duty officer")),
            ("other-police", _("Other police who came to the school")),
            ("federal", _("Immigration or another federal officer")),
            ("unsure", _("I do not know")),
        ],
    )
    officer_name = _line(_("Name or nickname of the officer"), _("If you do not know it, skip this."))
    badge = _line(_("Badge, unit or car number"))
    agency = _line(_("Police department or sheriff’s office"))
    looks = _note(_("What did the officer look like?"), _("Uniform or plain clothes, height, hair, voice."))
    camera = _one(
        _("Was a camera on?"),
        [
            ("body", _("Yes, on the officer")),
            ("school", _("Yes, a school camera")),
            ("phone", _("Yes, somebody’s phone")),
            ("no", _("No")),
            ("unsure", _("I do not know")),
        ],
        _("Video is often recorded over. Ask the school in writing, now, to keep it."),
    )


class WhereForm(StepForm):
    """Where."""

    slug = "where"
    heading = _("Where it was")

    county = forms.ChoiceField(label=_("County"), required=False, error_messages=_PICK)
    school = _line(_("School or place"))
    place = _one(
        _("Where exactly?"),
        [
            ("classroom", _("Classroom")),
            ("hall", _("Hall, lunchroom or gym")),
            ("office", _("Office")),
            ("outside", _("Outside or parking lot")),
            ("bus", _("Bus")),
            ("event", _("School event")),
            ("street", _("On the street")),
            ("home", _("At home")),
            ("online", _("Online or by phone")),
            ("other", _("Somewhere else")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        county = self.fields["county"]
        assert isinstance(county, forms.ChoiceField)  # noqa: S101 - tells the type checker
        county.choices = [("", _("Not said"))] + [(c.slug, c.name) for c in places.counties()]


class WhenForm(StepForm):
    """When."""

    slug = "when"
    heading = _("When it was")

    when = _line(_("When did it happen?"), _("A day and time if you know them, or “last spring, at lunch”."))
    often = _one(
        _("How often?"),
        [
            ("once", _("Once")),
            ("more", _("More than once")),
            ("ongoing", _("It is still going on")),
            ("unsure", _("I am not sure")),
        ],
    )


class WhoForm(StepForm):
    """Who writes, and about whom: no names."""

    slug = "who-you-are"
    heading = _("You and the student")

    relation = _one(
        _("Who are you?"),
        [
            ("student", _("The student it happened to")),
            ("parent", _("Parent or guardian")),
            ("family", _("Other family")),
            ("student-witness", _("A student who saw or heard it")),
            ("school-worker", _("Someone who works at the school")),
            ("witness", _("Someone else who saw or heard it")),
            ("advocate", _("Advocate or lawyer")),
            ("other", _("Somebody else")),
        ],
    )
    age = _one(
        _("How old is the student?"),
        [
            ("0-8", _("8 or younger")),
            ("9-11", _("9 to 11")),
            ("12-14", _("12 to 14")),
            ("15-17", _("15 to 17")),
            ("18", _("18 or older")),
            ("unsure", _("I do not know")),
        ],
    )
    disability = _one(
        _("Does the student have a disability plan (IEP or 504)?"),
        [
            ("iep", _("Yes, an IEP")),
            ("504", _("Yes, a 504 plan")),
            ("evaluating", _("Being checked for one")),
            ("no", _("No")),
            ("unsure", _("I do not know")),
        ],
        _("Special rules on holding and locking in can apply."),
    )
    injury = _note(_("Was anybody hurt, in body or mind?"))


class ContactForm(StepForm):
    """How to reach the writer: kept apart, for leads only."""

    slug = "contact"
    heading = _("If you want us to reach you")

    name = _line(
        _("A name to call you by"),
        _("It need not be your real name. Only the leads of our team can open this page’s answers."),
    )
    contact = _note(
        _("Phone, e-mail or another way"),
        _("You can leave this out: with your code you can come back and read our answer."),
    )
    safe_contact = _note(
        _("What is safe?"),
        _("For example: text only, after 4 p.m., no voicemail, who must not know."),
    )


class WishesForm(StepForm):
    """What should come of it, and what we may do: everything off unless ticked."""

    slug = "wishes"
    heading = _("What you would like")

    wishes = _many(
        _("What would help?"),
        [
            ("record", _("Just write it down")),
            ("support", _("Someone to talk to")),
            ("lawyer", _("A lawyer")),
            ("complaint", _("Help with a complaint")),
            ("moved", _("The officer moved away from the school")),
            ("discipline", _("Consequences for the officer")),
            ("policy", _("Change the rules")),
            ("records", _("A record cleared")),
            ("unsure", _("I am not sure yet")),
        ],
        _("We cannot promise any of these. It tells us where to begin."),
    )
    consents = _many(
        _("May we do any of these?"),
        [
            ("lawyer", _("Share this report with a lawyer who may help")),
            ("partner", _("Share it with a partner group that may help")),
            ("figures", _("Count it in public figures that name nobody")),
            ("linked", _("Tell me when others report the same officer")),
        ],
        _(
            "Nothing is ticked unless you tick it. You can change your mind with your code. "
            "If a child may be being abused, Tennessee law makes us report it, even if you ask us not to."
        ),
    )


STEPS: list[type[StepForm]] = [
    StoryForm,
    KindForm,
    OfficerForm,
    WhereForm,
    WhenForm,
    WhoForm,
    ContactForm,
    WishesForm,
]
STEP_BY_SLUG = {form.slug: form for form in STEPS}


class CodeForm(forms.Form):
    """The check-back code, typed to come back."""

    code = CleanCharField(
        label=_("Your code"),
        help_text=_("18 letters and digits, in three groups. Capitals, spaces and hyphens do not matter."),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the code you were given when you sent the report.")},
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
    """Something to add to a report, from the page that the code opens."""

    text = CleanCharField(
        label=_("Add something, or answer us"),
        help_text=_("To ask us to delete your report, write that here."),
        max_length=STORY_LENGTH,
        multiline=True,
        error_messages={"required": _("Write something first, then send it.")},
    )


def shown_answers(answers: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (question, answer) pairs in the order of the steps, choices in words, empty ones left out.

    Fields of another schema version are shown under their plain name, so that nothing told gets lost.
    """
    rest = dict(answers)
    pairs = []
    for step in STEPS:
        for name, form_field in step().fields.items():
            if value := rest.pop(name, None):
                pairs.append((str(form_field.label), _in_words(form_field, value)))
    return pairs + [(name, str(value)) for name, value in rest.items() if value]


def _in_words(form_field: forms.Field, value: Any) -> str:
    if not isinstance(form_field, forms.ChoiceField):
        return str(value)
    words = {str(slug): str(label) for slug, label in form_field.widget.choices}
    chosen = value if isinstance(value, list) else [value]
    return "; ".join(words.get(str(slug), str(slug)) for slug in chosen)
