"""Make an account, or choose one, and print its activation link."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.models import User
from portal.staff import members


class Command(BaseCommand):
    help = "Print a link with which a member chooses their passphrase: it works once, for 48 hours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="the account, such as ana")
        parser.add_argument("--role", choices=User.Role.values, help="needed for a new account")

    def handle(self, *args: Any, **options: Any) -> None:
        name, role = options["name"], options["role"]
        user = User.objects.filter(username=name).first()
        if user is None:
            if not role:
                raise CommandError("There is no such account. To make it, add --role.")
            user = User(username=name, role=role)
            user.set_unusable_password()
            try:
                user.full_clean()
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
            user.save()
        elif role and role != user.role:
            raise CommandError(f"This account is {user.role} already. Change the role in the staff site.")
        if not user.is_active:
            raise CommandError("This account is closed.")
        self.stdout.write(f"{settings.SITE_URL}{members.new_link(user)}")
        self.stderr.write(f"Hand it to {name} yourself. It works once, for {members.LINK_HOURS} hours.")
