"""Letters and referrals: chosen, filled, edited, kept sealed, printed. Nothing is sent from here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from reporting.casework import LONGEST, opened_room
from reporting.models import SealedPart, Template
from reporting.panels.base import Case, Panel, PanelForm
from reporting.triage import acts, letters, told
from reporting.triage.mandated import AccusedAgency

_ACCUSED = _("This may be the accused officer’s own agency, so it must not receive anything.")
_NO_CONSENT = _(
    "The reporter has not allowed this, or has taken it back. Ask them in an answer; they can allow it with "
    "their code."
)


class _LetterForm(PanelForm):
    """What both steps ask: which letter, to whom."""

    template: Any = forms.ModelChoiceField(
        label=_("Letter"), queryset=Template.objects.none(), to_field_name="slug", empty_label=None
    )
    receiver = forms.ChoiceField(label=_("Kind of receiver"), choices=letters.RECEIVERS)
    to = CleanCharField(
        label=_("Name and place of the receiver"),
        help_text=_("Never the accused officer’s own agency."),
        required=False,
        max_length=300,
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=letters.LANGUAGES,
        help_text=_("Spanish letters are drafts: let someone check."),
    )

    def __init__(self, typed: Any = None, *, case: Case, **kwargs: Any) -> None:
        super().__init__(typed, case=case, **kwargs)
        field: Any = self.fields["template"]
        field.queryset = Template.objects.filter(use=Template.Use.LETTER)
        found = case.templates_for(Template.Use.LETTER)
        field.choices = [(template.slug, str(template.title)) for template in found]

    def clean(self) -> dict[str, Any]:
        """Refuse a receiver that must not have it."""
        cleaned = super().clean() or {}
        try:
            acts.check_letter(
                report=self.case.report,
                key=opened_room(self.case.room),
                receiver=cleaned.get("receiver", ""),
                to=cleaned.get("to", ""),
            )
        except acts.NoConsent:
            self.add_error("receiver", ValidationError(_NO_CONSENT))
        except AccusedAgency:
            self.add_error("to", ValidationError(_ACCUSED))
        return cleaned


class ChooseForm(_LetterForm):
    """Which letter to begin with. Nothing is kept; the page comes back with the filled letter."""

    text: str = ""

    def save(self) -> None:
        """Fill the letter with what the report says."""
        case, cleaned = self.case, self.cleaned_data
        found = told.contents(report=case.report, room=opened_room(case.room))
        self.text = letters.filled(
            cleaned["template"], language=cleaned["language"], to=cleaned["to"], answers=told.merged(found)
        )


class KeepForm(_LetterForm):
    """The letter as it leaves."""

    done = _("Letter kept. Print it from the list of letters.")
    text = CleanCharField(
        label=_("The letter"),
        help_text=_("Fill in what stands in brackets. Name nobody who has not agreed to it."),
        multiline=True,
        max_length=LONGEST,
        error_messages={"required": _("The letter is empty.")},
    )

    def __init__(self, typed: Any = None, *, case: Case, **kwargs: Any) -> None:
        super().__init__(typed, case=case, **kwargs)
        self.fields["text"].widget.attrs["rows"] = 24
        for name in ("template", "receiver", "to", "language"):
            self.fields[name].widget = forms.HiddenInput()

    def save(self) -> None:
        """Keep the letter. Raise services.Damaged."""
        case, cleaned = self.case, self.cleaned_data
        letter = acts.Letter(
            template=cleaned["template"].slug,
            language=cleaned["language"],
            receiver=cleaned["receiver"],
            to=cleaned["to"],
            text=cleaned["text"],
        )
        acts.keep_letter(report=case.report, by=case.by, key=opened_room(case.room), letter=letter)


class LettersPanel(Panel):
    """Choose a letter, edit it, keep it; the letters that were kept."""

    template = "admin/reporting/panels/letters.html"
    place = "main"
    forms = {"letter": ChooseForm, "keep_letter": KeepForm}

    def _keep_form(self) -> PanelForm | None:
        """Return the letter to edit: the one just filled, or the one that came back with a fault."""
        if kept := self.sent.get("keep_letter"):
            return kept
        chosen = self.sent.get("letter")
        if not isinstance(chosen, ChooseForm) or not chosen.text:
            return None
        cleaned = chosen.cleaned_data
        initial = {**cleaned, "template": cleaned["template"].slug, "text": chosen.text}
        return KeepForm(case=self.case, prefix="keep_letter", initial=initial)

    def context(self) -> dict[str, Any]:
        """Return the forms and the kept letters, the newest first."""
        kept = [
            opened
            for opened in reversed(self.case.parts)
            if opened.part.kind == SealedPart.Kind.REFERRAL and not opened.is_damaged
        ]
        return {
            "letter_form": self.form("letter"),
            "keep_letter_form": self._keep_form(),
            "has_templates": bool(self.case.templates_for(Template.Use.LETTER)),
            "letters": kept,
        }
