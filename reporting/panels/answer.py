"""Answers the reporter reads with their code, begun from a text of the team or written freely."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from reporting import answertexts, services
from reporting.casework import LONGEST, opened_room
from reporting.models import SealedPart, Template
from reporting.panels.base import Case, Panel, PanelForm
from reporting.schema import QUESTIONS
from reporting.schema.wishes import OFFERED_AS
from reporting.shown import in_words
from reporting.triage import letters


class AnswerForm(PanelForm):
    """An answer the reporter reads with their code."""

    done = _("Answer kept for the reporter.")
    text = CleanCharField(
        label=_("Answer to the reporter"),
        help_text=_(
            "They read it when they come back with their code. Write no names: the code may be found."
        ),
        multiline=True,
        max_length=LONGEST,
        error_messages={"required": _("Write the answer first, then send it.")},
    )

    def save(self) -> None:
        """Keep the answer for who has the code. Raise services.Damaged."""
        case = self.case
        services.answer_reporter(
            report=case.report, by=case.by, key=opened_room(case.room), text=self.cleaned_data["text"]
        )


class TemplateForm(PanelForm):
    """The wish to begin with a text of the team. Nothing is kept; the page comes back with it."""

    template: Any = forms.ModelChoiceField(
        label=_("Begin with"),
        queryset=None,
        empty_label=None,
        error_messages={"required": _("Choose a text."), "invalid_choice": _("Choose a text.")},
    )

    language = forms.ChoiceField(label=_("In"), choices=letters.LANGUAGES)

    def __init__(self, typed: Any = None, *, case: Case, **kwargs: Any) -> None:
        wished = wished_language(case)
        known = wished if wished in dict(letters.LANGUAGES) else "en"
        super().__init__(typed, case=case, initial={"language": known}, **kwargs)
        field: Any = self.fields["template"]
        field.queryset = Template.objects.filter(use=Template.Use.ANSWER)
        found = case.templates_for(Template.Use.ANSWER)
        field.choices = [(template.pk, str(template.title)) for template in found]

    def save(self) -> None:
        """Change nothing: the panel fills the text in."""


class AnswerPanel(Panel):
    """An answer to the reporter."""

    template = "admin/reporting/panels/answer.html"
    forms = {"answer": AnswerForm, "template": TemplateForm}

    def context(self) -> dict[str, Any]:
        """Return both forms; the answer holds the chosen text, in the chosen language."""
        context = super().context()
        wish = self.sent.get("template")
        if wish is not None and wish.is_valid():
            chosen, wanted = wish.cleaned_data["template"], wish.cleaned_data["language"]
            text, language = answertexts.text_for(chosen, wanted)
            context["answer_form"] = AnswerForm(case=self.case, prefix="answer", initial={"text": text})
            context["is_draft"] = answertexts.is_draft(chosen, language)
            context["is_other_language"] = language != wanted
        wished = wished_language(self.case)
        return {**context, "language": in_words(QUESTIONS["language"], wished)}


def wished_language(case: Case) -> str:
    """Return the language in which the reporter wants to be answered, else that of their pages."""
    if asked := str(case.answers.get("language") or ""):
        return asked
    first = (opened.content for opened in case.parts if opened.part.kind == SealedPart.Kind.REPORT)
    shown = str(next(first, {}).get("language") or "en")
    return OFFERED_AS.get(shown, shown)
