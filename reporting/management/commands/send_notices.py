"""Send what members are owed: the one constant mail."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from reporting import notices


class Command(BaseCommand):
    help = "Tell members that there is something new, at the fixed hours. Run it every hour; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count what is owed by now.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            self.stdout.write(f"{len(notices.due(now))} mails are owed. Nothing is sent.")
            return
        sent = notices.send_notices(now)
        self.stdout.write(f"{sent.taken} members were told.")
        if sent.failed:
            raise CommandError(f"{sent.failed} mails were refused. The next run tries again.")
