"""What must happen by itself: run once an hour by `bin/run`, or by the operator's own timer."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

# In this order: what is due to go is gone before anybody is told that something waits.
DUTIES = ("purge_drafts", "erase_reports", "erase_suggestions", "send_notices")
# Last, since it may take a quarter of an hour, and when websites are idle. A night has four tries.
NIGHT_DUTIES = ("check_addresses",)
NIGHT = range(2, 6)  # full hours in TIME_ZONE
_log = logging.getLogger("portal")


class Command(BaseCommand):
    help = (
        "Erase drafts, reports and suggestions whose day has come, and send notices; at night also ask the "
        "websites of the directory. Each duty is tried even when another failed; all are safe to repeat, and "
        "to miss for a while."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        is_night = settings.CHECK_ADDRESSES and timezone.localtime().hour in NIGHT
        duties = (*DUTIES, *(NIGHT_DUTIES if is_night else ()))
        failed = [duty for duty in duties if not self._done(duty)]
        if failed:
            raise CommandError(f"Not done, to be tried again in an hour: {', '.join(failed)}.")

    def _done(self, duty: str) -> bool:
        try:
            call_command(duty, stdout=self.stdout)
        except Exception as fault:  # one duty's fault must not stop the next
            _log.error("%s failed: %s", duty, type(fault).__name__)
            return False
        return True
