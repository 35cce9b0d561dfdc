"""Print the second-factor code of a trial account."""

from __future__ import annotations

import time
from typing import Any

import pyotp
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.models import User
from portal.staff import secondfactor, trial


class Command(BaseCommand):
    help = "Print the code a trial account signs in with now. Each code works once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", nargs="?", default="lead", choices=list(trial.MEMBERS))

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.TRIAL:
            raise CommandError("This is not a trial. Codes come from the member's own app.")
        user = User.objects.filter(username=options["account"]).first()
        seed = secondfactor.seed_of(user) if user else None
        if seed is None:
            raise CommandError("There is no such trial account. Run make_trial first.")
        left = secondfactor.STEP_SECONDS - int(time.time()) % secondfactor.STEP_SECONDS
        self.stdout.write(pyotp.TOTP(seed).now())
        self.stderr.write(f"A new one comes in {left} seconds. Each works once.")
