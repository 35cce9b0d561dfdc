"""New recovery sheets in place of the old ones (sealed reports, section 6, "Recovery").

The new sheets count only from the moment two of them were typed back, in one transaction: until then, and
whenever it is interrupted, the old ones open the rooms.
"""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reporting import events, keys, rotation
from reporting.keys import NotGranted, RoomKey
from reporting.models import KeyGrant, QueueKey, ReportEvent, Room, VaultSite
from reporting.vault import kdf, primitives, sheets
from reporting.vault.sheets import Sheet, SheetError


@transaction.atomic
def make_sheets() -> list[Sheet]:
    """Return three new sheets, to be shown once; they count after `confirm_sheets`, the old ones until then.

    Raise VaultClosed, KeySwapped or Busy.
    """
    site = keys.lock_site()
    secret, papers = sheets.make_sheets()
    cost, site.next_salt = kdf.cost_of("sheets"), kdf.new_salt()
    _private, site.next_public = primitives.new_key_pair(kdf.derive(secret, site.next_salt, cost))
    site.next_cost = cost.text()
    site.save(update_fields=["next_public", "next_salt", "next_cost"])
    return papers


@transaction.atomic
def confirm_sheets(*, by: AbstractUser, by_key: bytes, first: str, second: str) -> None:
    """Let the new sheets count and the old ones no longer, after two of the new ones were typed back.

    When two old sheets were used to get in, new room keys are due from now on: the holders could have kept
    the old ones. Raise SheetError, NotGranted when `by` does not hold every key of both rooms, VaultClosed,
    KeySwapped or Busy.
    """
    site = keys.lock_site()
    if site.next_public is None or site.next_salt is None:
        raise SheetError(_("There are no new sheets to confirm. Make new ones."))
    seed = kdf.derive(sheets.combine(first, second), bytes(site.next_salt), kdf.Cost.parse(site.next_cost))
    _private, public = primitives.new_key_pair(seed)
    if not primitives.same(public, site.next_public):
        raise SheetError(_("These are not the newest sheets. Type two of those that were made last."))
    rooms = [_whole_room(by, by_key, room) for room in Room.values]
    was_seen = site.sheets_seen
    site.recovery_public, site.recovery_salt, site.recovery_cost = public, site.next_salt, site.next_cost
    site.next_public = site.next_salt = None
    site.next_cost, site.sheets_seen, site.drilled_on = "", False, timezone.localdate()
    site.signature = keys.site_signature(site)
    site.save()
    KeyGrant.objects.filter(staff_key__isnull=True).delete()
    for room_key in rooms:
        keys.write_grants(room_key, site, by)
    if was_seen:
        rotation.expose(Room.values)
    events.record(kind=ReportEvent.Kind.SHEETS, by=by, detail="new sheets")


def _whole_room(by: AbstractUser, by_key: bytes, room: str) -> RoomKey:
    """Return `room` opened with every epoch there is. Raise NotGranted."""
    room_key = keys.open_room(staff_private_key=by_key, user=by, room=room)
    if set(room_key.privates) != set(QueueKey.objects.filter(room=room).values_list("epoch", flat=True)):
        raise NotGranted
    return room_key


def is_waiting(site: VaultSite | None) -> bool:
    """Return whether new sheets were made and not typed back yet."""
    return bool(site and site.next_public)
