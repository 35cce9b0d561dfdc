"""Try to open everything that is sealed, check who was let in by whom, and look for edits in the read log."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting import events, facets, keys, services
from reporting.files import sealing
from reporting.keys import RoomKey
from reporting.labels import open_label
from reporting.models import (
    CASE,
    KeyGrant,
    Label,
    QueueKey,
    ReportEvent,
    Room,
    SavedView,
    SealedPart,
    StaffKey,
    VaultSite,
)
from reporting.vault import primitives
from reporting.vault.primitives import SealError

_FILES = (SealedPart.Kind.FILE, SealedPart.Kind.ORIGINAL, SealedPart.Kind.REPLY_FILE)


class Command(BaseCommand):
    help = (
        "Open every part, file, label and grant this member may read, list what is damaged, "
        "check the signatures of the keys and the chain of the read log."
    )

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
        foreign = list(_unsigned())
        edited = list(_edited())
        for what, lines in (
            ("damaged", damaged), ("not signed by us", foreign), ("edited or missing before", edited)
        ):  # fmt: skip
            for line in lines:
                self.stdout.write(f"{what}: {line}")
        if damaged or foreign or edited:
            raise CommandError(
                f"{len(damaged)} damaged parts, {len(edited)} breaks in the read log, "
                f"{len(foreign)} foreign keys."
            )
        self.stdout.write("Everything opens, every key is ours, and the read log is whole.")

    def _damaged(self, user: Any, private: bytes, room: str) -> list[str]:
        try:
            room_key = keys.open_room(staff_private_key=private, user=user, room=room)
        except keys.NotGranted:
            self.stdout.write(f"Room {room} is not open to this member: not checked.")
            return []
        lines, count = [*_damaged_labels(room_key), *_damaged_grants(room_key)], 0
        parts = SealedPart.objects.filter(room=room).select_related("report").order_by("pk")
        for part in parts.iterator(chunk_size=500):
            count += 1
            if not _opens(part, room_key):
                lines.append(f"{part.report.reference} part {part.number} ({part.kind})")
        self.stdout.write(f"Room {room}: {count} parts tried.")
        return lines


def _opens(part: SealedPart, room: RoomKey) -> bool:
    """Return whether a part opens, and with it every piece of its file."""
    try:
        content = services.unseal_part(part=part, room=room)
        if part.kind not in _FILES:
            return True
        key = primitives.open_sealed(room.privates[part.epoch], part.sealed_key)
    except (services.Damaged, SealError):
        return False
    return sealing.is_whole(part, key, str(content.get("sha256", "")))


def _damaged_labels(room: RoomKey) -> Iterator[str]:
    if room.room != CASE:
        return
    try:
        keys.open_index_key(room)
    except (keys.NotGranted, keys.VaultClosed, keys.KeySwapped):
        yield "the key of the search labels"
    for label in Label.objects.order_by("pk").iterator(chunk_size=500):
        if facets.label_of(label, room) is None:
            yield f"label {label.pk} ({label.kind})"
    for view in SavedView.objects.order_by("pk"):
        if open_label(view.name, view.epoch, f"view|{view.pk}", room) is None:
            yield f"saved view {view.pk}"


def _damaged_grants(room: RoomKey) -> Iterator[str]:
    """Yield the grants that nobody made who was in the room, and the keys this member does not hold."""
    site = VaultSite.objects.get()
    for key in QueueKey.objects.filter(room=room.room).exclude(epoch__in=room.privates):
        yield f"key {key.epoch} of room {key.room} (not open to this member)"
    grants = KeyGrant.objects.filter(queue_key__room=room.room, queue_key__epoch__in=room.privates)
    for grant in grants.select_related("queue_key", "staff_key__user").order_by("pk"):
        if not keys.is_proven(room.privates[grant.queue_key.epoch], grant, site):
            holder = grant.staff_key.user.get_username() if grant.staff_key else "the recovery sheets"
            yield f"grant of room {room.room} to {holder}"


def _unsigned() -> Iterator[str]:
    for key in QueueKey.objects.order_by("room", "epoch"):
        if key.signature != keys.queue_signature(key.room, key.epoch, key.public_key):
            yield f"key {key.epoch} of room {key.room}"
    for staff_key in StaffKey.objects.select_related("user").order_by("pk"):
        if staff_key.signature != keys.staff_signature(staff_key.user_id, staff_key.public_key):
            yield f"key of {staff_key.user.get_username()}"
    site = VaultSite.objects.first()
    if site and site.signature != keys.site_signature(site):
        yield "salts and recovery key"


def _edited() -> Iterator[str]:
    subjects = ReportEvent.objects.order_by("subject").values_list("subject", flat=True).distinct()
    for subject in subjects:
        for number in events.broken_links(subject):
            yield f"{subject} event {number}"
    resigned = events.resigned()
    if resigned and not resigned.detail.endswith(events.digest()[0]):
        yield "an event from before the change of SECRET_KEY"
