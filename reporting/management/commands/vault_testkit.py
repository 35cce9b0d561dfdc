"""Make a vault and staff for the project's own trust checks. Never for a real portal."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting import keys
from reporting.models import CASE, IDENTITY

_ROOMS: dict[str, list[str]] = {
    "kit-reviewer-1": [CASE],
    "kit-reviewer-2": [CASE],
    "kit-editor": [],
}


class Command(BaseCommand):
    help = (
        "With VAULT_TEST=1 only: make rooms, confirmed sheets, a lead, two reviewers, an editor, a superuser."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one line of JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.VAULT_TEST:
            raise CommandError("This makes known passphrases. It runs only with VAULT_TEST=1.")
        users = get_user_model().objects
        passphrase = secrets.token_urlsafe(16)
        lead = users.create_user("kit-lead", password=passphrase, is_staff=True)
        papers = keys.setup_vault(lead=lead, passphrase=passphrase)
        keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[1].text)
        lead_key = keys.unlock_staff_key(user=lead, passphrase=passphrase)
        for name, rooms in _ROOMS.items():
            user = users.create_user(name, password=passphrase, is_staff=True)
            keys.make_staff_key(user=user, passphrase=passphrase)
            keys.grant_rooms(by=lead, by_key=lead_key, to=user, rooms=rooms)
        users.create_superuser("kit-superuser", password=passphrase)
        made = {
            "passphrase": passphrase,
            "users": ["kit-lead", *_ROOMS, "kit-superuser"],
            "rooms": {"kit-lead": [CASE, IDENTITY], **_ROOMS, "kit-superuser": []},
            "sheets": [paper.text for paper in papers],
        }
        if options["json"]:
            self.stdout.write(json.dumps(made))
        else:
            for name, value in made.items():
                self.stdout.write(f"{name}: {value}")
