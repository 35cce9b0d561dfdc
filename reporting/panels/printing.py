"""The way to the case file on paper."""

from __future__ import annotations

from typing import Any

from reporting.casefilepage import PrintForm
from reporting.panels.base import Panel


class PrintPanel(Panel):
    """A button that opens the case file."""

    template = "admin/reporting/panels/printing.html"

    def context(self) -> dict[str, Any]:
        """Return the form that asks why."""
        return {"print_form": PrintForm()}
