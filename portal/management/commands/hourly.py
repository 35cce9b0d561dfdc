"""What must happen by itself: run once an hour by `bin/run`, or by the operator's own timer."""

from __future__ import annotations

import logging
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

# In this order: what is due to go is gone before anybody is told that something waits.
DUTIES = ("purge_drafts", "erase_reports", "erase_suggestions", "send_notices")
_log = logging.getLogger("portal")


class Command(BaseCommand):
    help = (
        "Erase drafts, reports and suggestions whose day has come, and send notices. Each duty is tried even "
        "when another failed; all are safe to repeat, and to miss for a while."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = [duty for duty in DUTIES if not self._done(duty)]
        if failed:
            raise CommandError(f"Not done, to be tried again in an hour: {', '.join(failed)}.")

    def _done(self, duty: str) -> bool:
        try:
            call_command(duty, stdout=self.stdout)
        except Exception as fault:  # one duty's fault must not stop the next
            _log.error("%s failed: %s", duty, type(fault).__name__)
            return False
        return True
