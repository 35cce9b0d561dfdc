"""Which members may not see this one report, for a reason no facet can know."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reporting import conflicts
from reporting.casework import readers
from reporting.models import ReportBlock
from reporting.panels.base import Case, Panel, PanelForm


class MemberForm(PanelForm):
    """One member who was let into the case room."""

    member: Any = forms.ModelChoiceField(
        label=_("Member"),
        queryset=None,
        empty_label=_("Choose a member"),
        error_messages={"required": _("Choose the member.")},
    )

    def __init__(self, typed: Any = None, *, case: Case, **kwargs: Any) -> None:
        super().__init__(typed, case=case, **kwargs)
        field: Any = self.fields["member"]
        field.queryset = readers()
        field.choices = [("", field.empty_label), *case.readers]


class BlockForm(MemberForm):
    """The member may not see this report any more."""

    done = _("This member does not see the report any more.")

    def save(self) -> None:
        """Hide the report from the member."""
        conflicts.block(report=self.case.report, member=self.cleaned_data["member"], by=self.case.by)


class UnblockForm(MemberForm):
    """The member may see it again."""

    done = _("This member sees the report again.")

    def save(self) -> None:
        """Show the report to the member again."""
        conflicts.unblock(report=self.case.report, member=self.cleaned_data["member"], by=self.case.by)


class BlocksPanel(Panel):
    """Who may not see this report."""

    template = "admin/reporting/panels/blocks.html"
    permission = "reporting.view_identity"
    forms = {"block": BlockForm, "unblock": UnblockForm}

    def context(self) -> dict[str, Any]:
        """Return who is blocked, beside the form."""
        return {"block_form": self.form("block"), "blocked": self._blocked()}

    def _blocked(self) -> list[Any]:
        if not self.case.report.has_blocks:  # type: ignore[attr-defined]  # asked with the report
            return []
        blocks = ReportBlock.objects.filter(report=self.case.report).select_related("member")
        return [block.member for block in blocks.order_by("member__username")]
