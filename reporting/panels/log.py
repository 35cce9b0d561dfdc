"""What was done with a report, newest first."""

from __future__ import annotations

from typing import Any

from reporting.panels.base import Panel

_SHOWN = 100


class LogPanel(Panel):
    """The newest events of the report."""

    template = "admin/reporting/panels/log.html"
    needs_room = False
    permission = "reporting.view_report"

    def context(self) -> dict[str, Any]:
        """Return the events."""
        return {"events": self.case.report.events.order_by("-at", "-number")[:_SHOWN]}
