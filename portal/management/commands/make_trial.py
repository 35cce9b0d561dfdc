"""Fill a trial: members with known passphrases, report keys and thirty made-up reports."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.staff import trial


class Command(BaseCommand):
    help = "Make the members, keys and sample reports of a trial. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.TRIAL:
            raise CommandError("This is not a trial. Known passphrases must never stand in a real portal.")
        filed = trial.make()
        if filed:
            self.stdout.write(f"{filed} made-up reports were filed.")
        self.stdout.write(f"Trial accounts: {', '.join(trial.MEMBERS)}. Passphrase: {trial.PASSPHRASE}")
        folder = "" if settings.DATA_DIR == settings.BASE_DIR / "var" else f"DATA_DIR={settings.DATA_DIR} "
        command = f"{folder}TRIAL=1 .venv/bin/python manage.py trial_code lead"
        self.stdout.write(f"The code to sign in with, new every half minute: {command}")
