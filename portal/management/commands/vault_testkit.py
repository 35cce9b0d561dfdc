"""Make a vault and staff for the project's own trust checks. Never for a real portal."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.models import User
from portal.staff import secondfactor
from reporting import keys
from reporting.models import CASE, IDENTITY

_LEAD = "kit-lead"
# Account name: role, and the rooms it is let into.
_MEMBERS: dict[str, tuple[str, list[str]]] = {
    "kit-reviewer-1": (User.Role.REVIEWER, [CASE]),
    "kit-reviewer-2": (User.Role.REVIEWER, [CASE]),
    "kit-editor": (User.Role.EDITOR, []),
    "kit-trainer": (User.Role.TRAINER, []),
    "kit-operator": (User.Role.OPERATOR, []),
}
_SUPERUSER = "kit-superuser"


class Command(BaseCommand):
    help = (
        "With VAULT_TEST=1 only: make rooms, confirmed sheets, a lead, two reviewers, an editor, a trainer, "
        "an operator, and a superuser whom nobody let in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one line of JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.VAULT_TEST:
            raise CommandError("This makes known passphrases. It runs only with VAULT_TEST=1.")
        passphrase = secrets.token_urlsafe(16)
        lead = User.objects.create_user(_LEAD, password=passphrase, role=User.Role.LEAD)
        papers = keys.setup_vault(lead=lead, passphrase=passphrase)
        keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[1].text)
        lead_key = keys.unlock_staff_key(user=lead, passphrase=passphrase)
        seeds = {_LEAD: self._second_factor(lead)}
        for name, (role, rooms) in _MEMBERS.items():
            user = User.objects.create_user(name, password=passphrase, role=role)
            keys.make_staff_key(user=user, passphrase=passphrase)
            keys.grant_rooms(by=lead, by_key=lead_key, to=user, rooms=rooms)
            seeds[name] = self._second_factor(user)
        superuser = User.objects.create_superuser(_SUPERUSER, password=passphrase)
        keys.make_staff_key(user=superuser, passphrase=passphrase)
        seeds[_SUPERUSER] = self._second_factor(superuser)
        made = {
            "passphrase": passphrase,
            "users": list(seeds),
            "rooms": {
                _LEAD: [CASE, IDENTITY],
                **{name: rooms for name, (_role, rooms) in _MEMBERS.items()},
                _SUPERUSER: [],
            },
            "seeds": seeds,
            "sheets": [paper.text for paper in papers],
        }
        if options["json"]:
            self.stdout.write(json.dumps(made))
        else:
            for name, value in made.items():
                self.stdout.write(f"{name}: {value}")

    def _second_factor(self, user: User) -> str:
        """Return the seed of the member's codes, made here."""
        seed = secondfactor.new_seed()
        secondfactor.enroll(user, seed, 0)
        return seed
