"""How long a report is kept: its class, the day, the legal hold, and the way to erase it early."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reporting import retention
from reporting.models import Report
from reporting.panels.base import Case, Panel, PanelForm


class KeepForm(PanelForm):
    """The class. The short one is not offered: spam gets it by its status."""

    done = _("Changed.")
    retention = forms.ChoiceField(label=_("How long it is kept"))

    def __init__(self, typed: Any = None, *, case: Case, **kwargs: Any) -> None:
        report = case.report
        super().__init__(typed, case=case, initial={"retention": report.retention}, **kwargs)
        offered = {Report.Retention.STANDARD, Report.Retention.LONG, Report.Retention(report.retention)}
        self.fields["retention"].choices = [  # type: ignore[attr-defined]
            (kind.value, f"{kind.label} ({retention.in_words(kind.value)})")
            for kind in Report.Retention
            if kind in offered
        ]

    def save(self) -> None:
        """Keep the class, with its trace."""
        retention.set_retention(
            report=self.case.report, by=self.case.by, retention=self.cleaned_data["retention"]
        )


class HoldForm(PanelForm):
    """Legal hold, for leads: set when there is none, lifted when there is one."""

    done = _("Changed.")
    held = forms.TypedChoiceField(
        choices=[("1", ""), ("0", "")], coerce=lambda typed: typed == "1", widget=forms.HiddenInput
    )

    def save(self) -> None:
        """Set or lift the hold, with its trace."""
        retention.set_hold(report=self.case.report, by=self.case.by, held=self.cleaned_data["held"])


class KeepPanel(Panel):
    """How long the report is kept."""

    template = "admin/reporting/panels/keep.html"
    forms = {"keep": KeepForm}

    def context(self) -> dict[str, Any]:
        """Return the form and whether somebody asked to erase the report early."""
        erasure = getattr(self.case.report, "erasure", None)
        return {**super().context(), "erasure": erasure, "erase_week": retention.told_week(self.case.report)}


class HoldPanel(Panel):
    """Legal hold. Setting and lifting it is for leads."""

    template = "admin/reporting/panels/hold.html"
    permission = "reporting.view_identity"
    forms = {"hold": HoldForm}
