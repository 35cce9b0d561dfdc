"""Erase reports whose day has come, and those that were to be erased early."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from reporting import erasing

_STEPS = {
    "early": "reports erased early, 72 hours after somebody asked",
    "identity": "reports lost the name and contact",
    "story": "reports lost story and files",
    "row": "emptied reports are gone",
}


class Command(BaseCommand):
    help = (
        "Erase reports that are due. Safe to repeat and to cut off; a missed day is made up by the next run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            self.stdout.write("Nothing is erased; this is what is due:")
            done = {step: reports.count() for step, reports in erasing.due(now).items()}
        else:
            done = dict(erasing.erase_due(now))
        for step, words in _STEPS.items():
            self.stdout.write(f"{done.get(step, 0)} {words}.")
        unread = erasing.waiting_unread(now).count()
        if unread:
            self.stdout.write(f"{unread} wait: their reporter added something that nobody has read.")
