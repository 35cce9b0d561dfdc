"""Let a member into the reports with two recovery sheets, when nobody can unlock them any more."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting import keys


class Command(BaseCommand):
    help = "With two recovery sheets, let a member into both rooms. With --drill, only try the sheets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="Who is let in; they must have logged in once, to have a key.")
        parser.add_argument("--drill", action="store_true", help="Try the sheets and let nobody in.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError("There is no active account with this name.")
        first, second = input("One sheet: "), input("Another sheet: ")
        try:
            if options["drill"]:
                keys.drill(by=user, first=first, second=second)
            else:
                keys.recover_rooms(to=user, first=first, second=second)
        except keys.LockedOut as error:
            raise CommandError("This member has no key yet. Let them log in first.") from error
        except (keys.SheetError, keys.VaultClosed, keys.KeySwapped, keys.Busy) as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        if options["drill"]:
            self.stdout.write("The sheets open both rooms. Nobody was let in.")
        else:
            self.stdout.write(
                "This member can read the reports again. Two sheets were seen: make new ones soon."
            )
