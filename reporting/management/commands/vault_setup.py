"""Make the report keys: prints three recovery sheets once and asks for two of them back."""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting import keys


class Command(BaseCommand):
    help = "Make the report keys for a lead, print the three recovery sheets, and ask for two of them back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="The first lead. The account must exist.")
        parser.add_argument(
            "--confirm", action="store_true", help="Only ask for two sheets, as after an interrupted set-up."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        lead = get_user_model().objects.filter(username=options["username"], is_active=True).first()
        if lead is None:
            raise CommandError("There is no active account with this name.")
        if not options["confirm"]:
            self._make(lead)
        self.stdout.write("Type two of the three sheets, to prove that they can be read.")
        try:
            keys.confirm_sheets(by=lead, first=input("One sheet: "), second=input("Another sheet: "))
        except (keys.SheetError, keys.VaultClosed, keys.Busy) as error:
            raise CommandError(
                f"{error} The form stays closed. Run this again with --confirm, or without it for new sheets."
            ) from error
        self.stdout.write(str(keys.vault_is_open().reason or "The form is open."))

    def _make(self, lead: Any) -> None:
        passphrase = getpass.getpass(f"Passphrase of {lead.get_username()}: ")
        try:
            papers = keys.setup_vault(lead=lead, passphrase=passphrase)
        except keys.AlreadySetUp as error:
            raise CommandError("The keys are already set up. New ones would lose the reports.") from error
        except keys.LockedOut as error:
            raise CommandError(
                "This passphrase does not open the lead's key. Nothing was changed."
            ) from error
        self.stdout.write("Copy these three sheets to paper and give them to three people.")
        self.stdout.write(
            "Any two of them open the reports when every passphrase is lost. One alone opens nothing."
        )
        for sheet in papers:
            self.stdout.write(f"\nSheet {sheet.number} of 3\n{sheet.text}\n")
