"""The duty to report: any reviewer decides, at any time, and nobody has to approve it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from reporting.casework import opened_room
from reporting.models import SealedPart
from reporting.panels.base import Case, Panel, PanelForm
from reporting.triage import acts, agencies, mandated, told
from reporting.triage.agencies import Agency
from reporting.triage.mandated import AccusedAgency, Outcome, UnclearAgency

_LONGEST_REASON = 4_000
_NOT_OF = [
    (agencies.POLICE, _("a police department")),
    (agencies.SHERIFF, _("a sheriff’s office")),
]


def _accused(case: Case) -> list[Agency]:
    """Return the agencies of the officers: from the opened page, or by opening it for an act."""
    if case.room is None:
        return [agencies.UNKNOWN]
    if case.parts:
        found = [
            None if opened.is_damaged else opened.content
            for opened in case.parts
            if opened.part.kind in told.FROM_REPORTER
        ]
    else:
        found = told.contents(report=case.report, room=case.room)
    return agencies.accused(told.officers_of(found))


class NotOfForm(PanelForm):
    """What the reviewer knows of the officers' agencies. Nothing is kept; the page comes back with it."""

    not_of = forms.MultipleChoiceField(
        label=_("I know for certain that no officer in this report is of"),
        choices=_NOT_OF,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def save(self) -> None:
        """Keep nothing."""


class MandatedForm(PanelForm):
    """One decision."""

    done = _("Decision kept.")
    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=Outcome,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what was decided.")},
    )
    to = forms.MultipleChoiceField(
        label=_("Who was told"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": _(
                "One of these may be the accused officer’s own agency, so it must not receive anything."
            )
        },
    )
    agency = CleanCharField(
        label=_("Which police department or sheriff"),
        help_text=_("Only if you told one. Write the full name with the word “police” or “sheriff”."),
        required=False,
        max_length=200,
    )
    told_on = forms.DateField(
        label=_("Day they were told"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    told_time = forms.TimeField(
        label=_("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    reference = CleanCharField(label=_("Reference number they gave"), required=False, max_length=200)
    reason = CleanCharField(
        label=_("Reason, or what else to know"),
        help_text=_("Needed when the duty does not apply."),
        required=False,
        multiline=True,
        max_length=_LONGEST_REASON,
    )
    not_of = forms.MultipleChoiceField(choices=_NOT_OF, required=False, widget=forms.MultipleHiddenInput)

    def __init__(
        self, typed: Any = None, *, case: Case, not_of: list[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(typed, case=case, initial={"not_of": not_of or []}, **kwargs)
        known = typed.getlist(self.add_prefix("not_of")) if typed is not None else not_of or []
        offered = mandated.receivers(_accused(case), known)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (each.slug, f"{each.label} ({each.how})" if each.how else each.label) for each in offered
        ]
        self.fields["reason"].widget.attrs["rows"] = 3

    def clean_told_on(self) -> Any:
        """Return the day, which has come."""
        day = self.cleaned_data["told_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def clean(self) -> dict[str, Any]:
        """Check that a decision says what it must, and names no agency of an accused officer."""
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == Outcome.NOT_REQUIRED:
            if not cleaned.get("reason"):
                self.add_error("reason", _("Say why the duty does not apply."))
            for name in ("to", "agency", "told_on", "told_time"):
                if cleaned.get(name):
                    self.add_error(name, _("Leave this empty when nobody was told."))
        elif "outcome" in cleaned and "to" in cleaned:
            self._check_told(cleaned)
        return cleaned

    def _check_told(self, cleaned: dict[str, Any]) -> None:
        to, agency, not_of = cleaned["to"], cleaned.get("agency", ""), cleaned.get("not_of", [])
        if not mandated.LAWFUL & set(to):
            self.add_error("to", _("Choose DCS, the juvenile judge, a sheriff or a police chief."))
        if cleaned["outcome"] == Outcome.REPORTED and "told_on" in cleaned and not cleaned["told_on"]:
            self.add_error("told_on", _("Say on which day they were told."))
        if mandated.POLICE in to and not agency:
            self.add_error("agency", _("Write which police department it was."))
        try:
            mandated.check_receivers(to, agency, _accused(self.case), not_of)
        except AccusedAgency:
            self.add_error(
                "agency", _("This may be the accused officer’s own agency, so it must not receive anything.")
            )
        except UnclearAgency:
            self.add_error(
                "agency",
                _("Write the full name with the word “police” or “sheriff”, and tick the same above."),
            )

    def save(self) -> None:
        """Keep the decision. Raise services.Damaged."""
        cleaned, case = self.cleaned_data, self.case
        time = cleaned["told_time"]
        decision = acts.Decision(
            outcome=cleaned["outcome"],
            to=cleaned["to"],
            agency=cleaned["agency"],
            told_on=cleaned["told_on"],
            told_time=time.strftime("%H:%M") if time else "",
            reference=cleaned["reference"],
            reason=cleaned["reason"],
            not_of=cleaned["not_of"],
        )
        acts.decide(report=case.report, by=case.by, key=opened_room(case.room), decision=decision)


class MandatedPanel(Panel):
    """The duty to report, what was decided, and the form for a decision."""

    template = "admin/reporting/panels/mandated.html"
    forms = {"mandated": MandatedForm, "mandated_not_of": NotOfForm}

    def form(self, name: str) -> PanelForm:
        """Return the form; a fresh decision offers what the reviewer's knowledge of agencies opens."""
        sent = self.sent.get(name)
        if sent is None and name == "mandated":
            return MandatedForm(case=self.case, prefix=name, not_of=self._not_of())
        return sent or super().form(name)

    def _not_of(self) -> list[str]:
        sent = self.sent.get("mandated_not_of")
        return list(sent.cleaned_data["not_of"]) if sent is not None and sent.is_valid() else []

    def context(self) -> dict[str, Any]:
        """Return the forms and the decisions, the newest first."""
        decisions = [
            mandated.lines(opened.content)
            for opened in reversed(self.case.parts)
            if opened.part.kind == SealedPart.Kind.DECISION and not opened.is_damaged
        ]
        return {
            **super().context(),
            "decisions": decisions,
            "is_unclear": mandated.is_unclear(_accused(self.case)),
        }
