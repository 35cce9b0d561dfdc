"""Write the whole database to one checked file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.backup import BackupError, remove_older, write_backup


class Command(BaseCommand):
    help = "Write the whole database to one file of yours, and check it. The portal may go on running."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file to write, such as /backups/2026-11-22.tar.gz")
        parser.add_argument(
            "--keep-days",
            type=int,
            metavar="DAYS",
            help="afterwards remove the backups beside it that were made longer ago (29: gone before day 30)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = write_backup(options["file"])
        except BackupError as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(
            f"{options['file']}: {manifest.kind}, {manifest.size} bytes before packing, written and checked."
        )
        if options["keep_days"] is not None:
            for path in remove_older(options["file"].parent, max(options["keep_days"], 0)):
                self.stdout.write(f"{path}: made more than {options['keep_days']} days ago, removed.")
        self.stdout.write(
            "SECRET_KEY and VAULT_PEPPER are not in it. Keep a copy of both apart from the backups: "
            "without the pepper only the recovery sheets open the reports."
        )
