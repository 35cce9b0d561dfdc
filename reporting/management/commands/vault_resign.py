"""After SECRET_KEY was changed: sign the public keys again, with a member who can open both rooms."""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting import keys, resign
from reporting.models import VaultSite


class Command(BaseCommand):
    help = (
        "After SECRET_KEY was changed, sign the public keys again. A lead types their passphrase; "
        "only what it proves is signed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="A lead who can open both rooms.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError("There is no active account with this name.")
        if not VaultSite.objects.exists():
            raise CommandError("The report keys are not set up, so there is nothing to sign.")
        passphrase = getpass.getpass(f"Passphrase of {user.get_username()}: ")
        try:
            signed = resign.sign_again(by=user, passphrase=passphrase)
        except keys.LockedOut as error:
            raise CommandError(
                "This passphrase does not open both rooms. Nothing was signed. Ask another lead."
            ) from error
        except resign.NotOurs as error:
            raise CommandError(
                f"What stands in the database for {error} was not made by this portal's members. "
                "Nothing was signed. Restore a backup, and find out who wrote to the database."
            ) from error
        except keys.Busy as error:
            raise CommandError("Too many passphrases are being checked. Try again in a minute.") from error
        self.stdout.write(f"Signed: {signed.rooms} room keys, the keys of {', '.join(signed.members)}.")
        for name in signed.left:
            self.stdout.write(f"Not signed: {name}. Make a new activation link and let them in again.")
        self.stdout.write(
            f"{signed.old_events} events of the read log cannot be checked one by one any more. "
            "A hash of them all stands in the log, and vault_verify checks it."
        )
