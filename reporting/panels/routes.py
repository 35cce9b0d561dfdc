"""The doors that may fit this case."""

from __future__ import annotations

from typing import Any

from reporting.panels.base import Panel
from reporting.panels.flags import running
from reporting.triage import routes


class RoutesPanel(Panel):
    """Which doors fit, who can use them, what they ask; the officer's own agency last."""

    template = "admin/reporting/panels/routes.html"
    permission = "reporting.view_report"

    def context(self) -> dict[str, Any]:
        """Return the cards, with the deadlines of the first incident."""
        first = running(self.case)[0]
        return {"cards": routes.cards(self.case.answers, first.clocks)}
