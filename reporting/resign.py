"""Signing the public keys again after SECRET_KEY was changed (sealed reports, section 2).

A signature must never be had for a key that a stranger wrote into the database. So nothing is signed but what
a member proves with private keys: a room's public key when its private half is theirs, and the key of anybody
else, or of the recovery sheets, when the mark beside its grant was made inside the room. Who has no such mark
gets a new activation link, and six words are compared by voice as always.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from reporting import events, keys
from reporting.keys import RoomKey
from reporting.models import CASE, KeyGrant, QueueKey, ReportEvent, Room, StaffKey, VaultSite


class NotOurs(Exception):
    """A key does not belong to what the member can open: it is not signed. The argument says which."""


@dataclass
class Signed:
    """What was signed. left: members whose key nothing proves; they need a new activation link.

    old_events: how many events of the read log the new SECRET_KEY cannot check.
    """

    rooms: int = 0
    members: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    old_events: int = 0


@transaction.atomic
def sign_again(*, by: AbstractUser, passphrase: str) -> Signed:
    """Sign what `by` proves, all or nothing; write down a hash of what the read log cannot prove any more.

    Raise LockedOut for a wrong passphrase or without the newest key of both rooms, NotOurs, or Busy.
    """
    site = VaultSite.objects.select_for_update().get()
    own = StaffKey.objects.filter(user_id=by.pk).first()
    if own is None:
        raise keys.LockedOut
    private = keys.open_staff_key(staff_key=own, passphrase=passphrase)
    rooms = {room: keys.open_room(staff_private_key=private, user=by, room=room) for room in Room.values}
    signed = Signed()
    for key in QueueKey.objects.order_by("room", "epoch"):
        _sign_room(key, rooms[key.room])
        signed.rooms += 1
    _sign_site(site, rooms[CASE])
    for staff_key in StaffKey.objects.select_related("user").order_by("user__username"):
        name = staff_key.user.get_username()
        if staff_key.pk == own.pk or _is_marked(staff_key, rooms, site):
            staff_key.signature = keys.staff_signature(staff_key.user_id, staff_key.public_key)
            staff_key.save(update_fields=["signature"])
            signed.members.append(name)
        else:
            signed.left.append(name)
    digest, signed.old_events = events.digest()
    events.record(kind=ReportEvent.Kind.RESIGNED, by=by, detail=f"{signed.old_events} older events, {digest}")
    return signed


def _sign_room(key: QueueKey, room: RoomKey) -> None:
    # `open_room` keeps only private keys that belong to the public half beside them.
    if key.epoch not in room.privates:
        raise NotOurs(str(key))
    key.signature = keys.queue_signature(key.room, key.epoch, key.public_key)
    key.save(update_fields=["signature"])


def _sign_site(site: VaultSite, case: RoomKey) -> None:
    """Sign salts and recovery key when the mark beside each recovery grant was made inside the room."""
    grants = KeyGrant.objects.filter(staff_key=None, queue_key__room=CASE).select_related("queue_key")
    proven = [keys.is_proven(case.privates[grant.queue_key.epoch], grant, site) for grant in grants]
    if not proven or not all(proven):
        raise NotOurs("the recovery sheets")
    site.signature = keys.site_signature(site)
    site.save(update_fields=["signature"])


def _is_marked(staff_key: StaffKey, rooms: dict[str, RoomKey], site: VaultSite) -> bool:
    grants = KeyGrant.objects.filter(staff_key=staff_key).select_related("queue_key", "staff_key")
    found = [
        keys.is_proven(rooms[grant.queue_key.room].privates[grant.queue_key.epoch], grant, site)
        for grant in grants
    ]
    return bool(found) and all(found)
