"""What was done with a report, newest first."""

from __future__ import annotations

from typing import Any

from reporting import events
from reporting.panels.base import Panel

SHOWN = 100


class LogPanel(Panel):
    """The newest events of the report."""

    template = "admin/reporting/panels/log.html"
    needs_room = False
    permission = "reporting.view_report"

    def context(self) -> dict[str, Any]:
        """Return the events, and the ids of those that were changed or follow a missing one."""
        # What stands before the last one that is shown is among them too, to be compared with it.
        shown = self.case.events[:SHOWN]
        return {"events": shown, "broken": events.broken_among(shown, self.case.events)}
