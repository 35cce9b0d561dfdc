"""Status, priority and who works on it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reporting import services
from reporting.casework import readers
from reporting.models import Report
from reporting.panels.base import Case, Panel, PanelForm
from reporting.triage import mandated


class WorkForm(PanelForm):
    """Status, priority and who works on it."""

    done = _("Changed.")
    status = forms.ChoiceField(label=_("Status"), choices=Report.Status)
    priority = forms.ChoiceField(label=_("Priority"), choices=Report.Priority)
    assigned_to: Any = forms.ModelChoiceField(
        label=_("Who works on it"), queryset=None, required=False, empty_label=_("Nobody yet")
    )

    def __init__(self, typed: Any = None, *, case: Case, **kwargs: Any) -> None:
        report = case.report
        initial = {"status": report.status, "priority": report.priority, "assigned_to": report.assigned_to_id}
        super().__init__(typed, case=case, initial=initial, **kwargs)
        field: Any = self.fields["assigned_to"]
        field.queryset = readers()
        field.choices = [("", field.empty_label), *case.readers]

    def clean_status(self) -> str:
        """Return the status; a report is closed only when the duty to report was decided on."""
        status: str = self.cleaned_data["status"]
        report = self.case.report
        closing = status == Report.Status.CLOSED != report.status
        if closing and not mandated.may_close(report):
            raise forms.ValidationError(
                _("Decide on the duty to report first: without a decision a report cannot be closed.")
            )
        return status

    def save(self) -> None:
        """Make the changes, each with its trace."""
        report, by = self.case.report, self.case.by
        services.set_status(report=report, by=by, status=self.cleaned_data["status"])
        services.set_priority(report=report, by=by, priority=self.cleaned_data["priority"])
        services.assign(report=report, by=by, to=self.cleaned_data["assigned_to"])


class WorkPanel(Panel):
    """Status, priority and who works on it."""

    template = "admin/reporting/panels/work.html"
    forms = {"work": WorkForm}
