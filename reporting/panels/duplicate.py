"""That this report tells what another one tells already."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from reporting import duplicates
from reporting.models import Report
from reporting.panels.base import Panel, PanelForm


class DuplicateForm(PanelForm):
    """The reference of the report that came first."""

    done = _("Marked as a duplicate. It is out of the open view; its reporter still reads our answers.")
    reference = CleanCharField(
        label=_("This is a duplicate of"),
        help_text=_("The reference of the report to work on, such as R-7K3M9P2Q."),
        max_length=20,
        error_messages={"required": _("Write the reference of the other report.")},
    )

    def clean_reference(self) -> Report:
        """Return the report that is meant. A hidden one looks like none."""
        reference = self.cleaned_data["reference"].upper()
        reference = reference if reference.startswith("R-") else f"R-{reference}"
        first = Report.objects.visible_to(self.case.by).filter(reference=reference).first()
        if first is None:
            raise forms.ValidationError(now("There is no report with this reference."))
        return first

    def clean(self) -> dict[str, Any]:
        """Refuse a chain of duplicates."""
        cleaned = super().clean() or self.cleaned_data
        first = cleaned.get("reference")
        if first and duplicates.is_chain(self.case.report, first):
            self.add_error(
                "reference",
                now("One of the two is a duplicate already, or has some. Choose the first of all."),
            )
        return cleaned

    def save(self) -> None:
        """Mark it."""
        duplicates.mark(report=self.case.report, of=self.cleaned_data["reference"], by=self.case.by)


class SingleForm(PanelForm):
    """The wish to undo it."""

    done = _("No longer a duplicate. It is back in the queue.")

    def save(self) -> None:
        """Unmark it."""
        duplicates.unmark(report=self.case.report, by=self.case.by)


class DuplicatePanel(Panel):
    """What it is a duplicate of, and its own duplicates."""

    template = "admin/reporting/panels/duplicate.html"
    forms = {"duplicate": DuplicateForm, "single": SingleForm}

    def context(self) -> dict[str, Any]:
        """Return both directions, as far as this member may see them."""
        report, by = self.case.report, self.case.by
        has_copies = report.has_copies  # type: ignore[attr-defined]  # asked with the report
        return {
            **super().context(),
            "first": duplicates.first_of(report, by),
            "copies": list(duplicates.of_report(report, by)[:50]) if has_copies else [],
        }
