"""What to see first in a report, and the deadlines that may run."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from reporting.models import Report
from reporting.panels.base import Panel
from reporting.triage import clocks, flags
from reporting.triage.running import next_day, running


class FlagsPanel(Panel):
    """Flags, the suggested priority, clocks."""

    template = "admin/reporting/panels/flags.html"
    place = "top"
    permission = "reporting.view_report"

    def context(self) -> dict[str, Any]:
        """Return flags, suggestion and clocks."""
        found = flags.flags(self.case.answers)
        suggested = flags.suggested_priority(found)
        order = [Report.Priority.NORMAL, Report.Priority.HIGH, Report.Priority.URGENT]
        now = Report.Priority(self.case.report.priority)
        today = timezone.localdate()
        incidents = running(self.case.answers, week=self.case.report.week, today=today)
        return {
            "flags": found,
            "suggested": suggested if order.index(suggested) > order.index(now) else None,
            "running": incidents,
            "first_day": next_day(incidents, today),
            "standing": clocks.standing_clocks(),
        }
