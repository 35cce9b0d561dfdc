"""Try to open every sealed part, and look for edits in the read log."""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting import events, keys, services
from reporting.models import ReportEvent, Room, SealedPart


class Command(BaseCommand):
    help = "Open every part this member may read, list the damaged ones, and check the chain of the read log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="A member who may read reports.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError("There is no active account with this name.")
        try:
            private = keys.unlock_staff_key(
                user=user, passphrase=getpass.getpass(f"Passphrase of {user.get_username()}: ")
            )
        except (keys.LockedOut, keys.KeySwapped, keys.Busy) as error:
            raise CommandError("This passphrase opens no report key.") from error
        damaged = [line for room in Room.values for line in self._damaged(user, private, room)]
        edited = [
            f"{subject} event {number}"
            for subject in ReportEvent.objects.order_by("subject")
            .values_list("subject", flat=True)
            .distinct()
            for number in events.broken_links(subject)
        ]
        for line in damaged:
            self.stdout.write(f"damaged: {line}")
        for line in edited:
            self.stdout.write(f"edited or missing before: {line}")
        if damaged or edited:
            raise CommandError(f"{len(damaged)} damaged parts, {len(edited)} breaks in the read log.")
        self.stdout.write("Everything opens, and the read log is whole.")

    def _damaged(self, user: Any, private: bytes, room: str) -> list[str]:
        try:
            room_key = keys.open_room(staff_private_key=private, user=user, room=room)
        except keys.NotGranted:
            self.stdout.write(f"Room {room} is not open to this member: not checked.")
            return []
        lines, count = [], 0
        parts = SealedPart.objects.filter(room=room).select_related("report").order_by("pk")
        for part in parts.iterator(chunk_size=500):
            count += 1
            try:
                services.unseal_part(part=part, room=room_key)
            except services.Damaged:
                lines.append(f"{part.report.reference} part {part.number} ({part.kind})")
        self.stdout.write(f"Room {room}: {count} parts tried.")
        return lines
