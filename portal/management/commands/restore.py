"""Put a backup in the place of the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from portal.backup import BackupError, check_backup, keys_fingerprint, restore, write_backup
from portal.models import Activation, StaffSession


class Command(BaseCommand):
    help = "Put a backup in the place of the database. Stop the portal first."
    # The database may be empty, or of an older portal, until the backup is in its place.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file that `manage.py backup` wrote")
        parser.add_argument(
            "--replace", action="store_true", help="allow it although the database is not empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = check_backup(options["file"])
            if options["replace"] and connection.introspection.table_names():
                self._keep_present()
            restore(options["file"], replace=options["replace"])
        except BackupError as fault:
            raise CommandError(str(fault)) from fault
        call_command("migrate", verbosity=0)
        # What was signed out, or used up, since the backup was made must not work again.
        StaffSession.objects.all().delete()
        Activation.objects.all().delete()
        self.stdout.write(f"Restored the {manifest.kind} database of {manifest.made_at}.")
        for model in apps.get_models():
            if model._meta.app_label in {"portal", "resources", "training", "reporting"}:
                count = model._default_manager.count()
                if count:
                    self.stdout.write(f"  {model._meta.verbose_name_plural}: {count}")
        self.stdout.write("Everybody signs in again, and activation links made before are void.")
        if manifest.keys != keys_fingerprint():
            self.stderr.write(
                "Careful: SECRET_KEY or VAULT_PEPPER is not the one this backup was made under. "
                "Put both in place before you start the portal, or nobody can open the reports."
            )

    def _keep_present(self) -> None:
        """Write a backup of what is about to go: the wrong file must not cost anybody's report."""
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        kept = settings.DATA_DIR / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz"
        write_backup(kept)
        self.stdout.write(f"What was there is kept in {kept}. Delete that file when you are sure.")
