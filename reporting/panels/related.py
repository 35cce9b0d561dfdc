"""Reports that may name the same officer: what facets suggest, and what members judged of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reporting import links
from reporting.casework import opened_room
from reporting.models import Report
from reporting.panels.base import Case, Panel, PanelForm


class OtherForm(PanelForm):
    """One other report that this member may see."""

    other: Any = forms.ModelChoiceField(queryset=None, widget=forms.HiddenInput)

    def __init__(self, typed: Any = None, *, case: Case, **kwargs: Any) -> None:
        super().__init__(typed, case=case, **kwargs)
        # A hidden report is none of the choices: it looks like one that does not exist.
        others = Report.objects.visible_to(case.by).exclude(pk=case.report.pk)
        self.fields["other"].queryset = others  # type: ignore[attr-defined]

    def judge(self, *, same: bool, independent: bool = False) -> None:
        """Keep whether the two reports belong together, and whether two people sent them."""
        case = self.case
        links.judge(
            report=case.report,
            other=self.cleaned_data["other"],
            by=case.by,
            room=opened_room(case.room),
            same=same,
            independent=independent,
        )


class SameForm(OtherForm):
    """The two reports belong together."""

    done = gettext_lazy("Kept: they belong together.")
    independent = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse to count one hand twice."""
        data = super().clean() or self.cleaned_data
        other = data.get("other")
        room = opened_room(self.case.room)
        if other and data.get("independent") and links.hold_same_words(self.case.report, other, room):
            raise forms.ValidationError(
                _("Both reports hold the same words, so one person sent them. Link them without the tick.")
            )
        return data

    def save(self) -> None:
        """Keep the judgment."""
        self.judge(same=True, independent=self.cleaned_data["independent"])


class ApartForm(OtherForm):
    """The two reports do not belong together."""

    done = gettext_lazy("Kept: they do not belong together. It is not suggested again.")

    def save(self) -> None:
        """Keep the judgment."""
        self.judge(same=False)


class UndoForm(OtherForm):
    """What was judged of the two is taken back."""

    done = gettext_lazy("Taken back.")

    def save(self) -> None:
        """Take it back."""
        links.undo(report=self.case.report, other=self.cleaned_data["other"], by=self.case.by)


class RelatedPanel(Panel):
    """Suggestions on request, confirmed links always."""

    template = "admin/reporting/panels/related.html"
    place = "main"
    forms = {"link_same": SameForm, "link_apart": ApartForm, "link_undo": UndoForm}

    def context(self) -> dict[str, Any]:
        """Return what was judged, the alert that follows, and what is suggested when somebody looks."""
        case = self.case
        looked = bool(self.sent) or "related" in case.request.GET
        suggested = (
            links.suggestions(report=case.report, user=case.by, room=opened_room(case.room))
            if looked
            else None
        )
        is_linked = case.report.is_linked  # type: ignore[attr-defined]  # asked with the report
        judged = links.judged(report=case.report, user=case.by) if is_linked else []
        return {
            "judged": judged,
            "alert": links.alert_from(judged),
            "suggested": suggested,
            "faults": [fault for form in self.sent.values() for fault in form.non_field_errors()],
        }
