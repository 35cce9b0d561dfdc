"""The doors that may fit this case."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from reporting.panels.base import Panel
from reporting.triage import routes
from reporting.triage.running import running


class RoutesPanel(Panel):
    """Which doors fit, who can use them, what they ask; the officer's own agency last."""

    template = "admin/reporting/panels/routes.html"
    permission = "reporting.view_report"

    def context(self) -> dict[str, Any]:
        """Return the cards, with the deadlines of the first incident."""
        case = self.case
        first = running(case.answers, week=case.report.week, today=timezone.localdate())[0]
        return {"cards": routes.cards(case.answers, first.clocks)}
