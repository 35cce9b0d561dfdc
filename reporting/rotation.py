"""New room keys after somebody left, and everything sealed anew to them (sealed reports, section 6).

`start` makes the new epoch at once: whatever is sealed from then on is sealed to it. `work` then re-seals
what hangs on older epochs, in batches that are whole or not at all; whoever is in the room may go on with it,
at any time, also two at once. `retire` gives up an old key when nothing hangs on it any more. Until then both
epochs open for everybody who is in.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import Max

from reporting import events, keys
from reporting.keys import NotGranted, NotProven, RoomKey
from reporting.models import (
    CASE,
    KeyGrant,
    Label,
    QueueKey,
    ReportEvent,
    Room,
    SavedView,
    SealedPart,
    VaultSite,
)
from reporting.vault import primitives
from reporting.vault.primitives import SealError

BATCH = 200


@dataclass(frozen=True)
class SealedColumn:
    """A column whose bytes are sealed to a room's key, beside `epoch`, the number of that key.

    room: empty when the row says itself which room, in a column `room`.
    """

    model: type[models.Model]
    column: str
    room: str = ""

    def rows(self, room: str) -> models.QuerySet[Any]:
        """Return the rows that are sealed to `room`."""
        rows = self.model._default_manager.all()
        if self.room:
            return rows if self.room == room else rows.none()
        return rows.filter(room=room)


# Everything sealed to a room's key. A model with a field `epoch` that is missing here fails a test. The index
# key is carried by `start` itself; `reporter_key` of a part is sealed to the reporter and never touched.
SEALED = (
    SealedColumn(SealedPart, "sealed_key"),
    SealedColumn(Label, "body", room=CASE),
    SealedColumn(SavedView, "name", room=CASE),
)


@dataclass(frozen=True)
class Progress:
    """How far one room is. left: how many still hang on an older key; total: how many there are."""

    room: str
    left: int
    total: int

    @property
    def done(self) -> int:
        """Return how many are sealed to the newest key."""
        return self.total - self.left


# --- The new epoch ---


@transaction.atomic
def start(*, by: AbstractUser, by_key: bytes, rooms: Iterable[str]) -> None:
    """Make a new epoch of each of `rooms`, for everybody who is in it now and for the recovery key.

    Members whose grant of the newest epoch is not proven are left out: they wait for access again.
    Raise NotGranted when `by` does not hold the newest key of a room, NotProven when the recovery key was
    changed from outside or the sheets of an early release were not tried yet, KeySwapped or VaultClosed.
    """
    site = keys.lock_site()
    for room in rooms:
        newest = keys.current_queue_key(room)
        room_key = keys.open_room(staff_private_key=by_key, user=by, room=room)
        old = room_key.privates.get(newest.epoch)
        if old is None:
            raise NotGranted
        holders = list(_holders(newest, old, site))
        private, public = primitives.new_key_pair()
        made = keys.new_queue_key(room, newest.epoch + 1, public)
        for holder in (*holders, site):
            keys.write_grants(RoomKey(room, {made.epoch: private}), holder, by)
        if room == CASE:
            site.index_key = primitives.seal_to(public, keys.open_index_key(room_key))
            site.index_epoch = made.epoch
            site.save(update_fields=["index_key", "index_epoch"])
        events.record(kind=ReportEvent.Kind.ROTATED, by=by, detail=f"{room}: key {made.epoch}")


def _holders(newest: QueueKey, private: bytes, site: VaultSite) -> Iterator[Any]:
    """Yield the staff keys that the next epoch is for. Raise NotProven, see `start`."""
    grants = KeyGrant.objects.filter(queue_key=newest).select_related("queue_key", "staff_key__user")
    is_recovery_proven = False
    for grant in grants:
        proven = keys.is_proven(private, grant, site)
        if grant.staff_key is None:
            is_recovery_proven = proven
        elif proven and grant.staff_key.user.is_active:
            yield grant.staff_key
    if not is_recovery_proven:
        raise NotProven


def expose(rooms: Iterable[str]) -> None:
    """Write down that the newest keys of `rooms` were given away: a new epoch is due."""
    for room in rooms:
        QueueKey.objects.filter(room=room, epoch=_newest_epoch(room)).update(exposed=True)


# --- Sealing anew ---


def work(*, by: AbstractUser, by_key: bytes, seconds: float, batch: int = BATCH) -> int:
    """Re-seal what hangs on older keys, for at most about `seconds`; return how many were done.

    Only rooms that `by` is in. What does not open (damaged) stays as it is, with its old key.
    Raise KeySwapped.
    """
    until = time.monotonic() + seconds
    done = 0
    for room in Room.values:
        try:
            room_key = keys.open_room(staff_private_key=by_key, user=by, room=room)
        except NotGranted:
            continue
        for sealed in SEALED:
            for epoch in sorted(room_key.privates):
                after: Any = None
                while time.monotonic() < until:
                    moved, after = _reseal(sealed, room_key, epoch, after, batch)
                    done += moved
                    if after is None:
                        break
    retire()
    return done


@transaction.atomic
def _reseal(
    sealed: SealedColumn, room_key: RoomKey, epoch: int, after: Any, batch: int
) -> tuple[int, Any | None]:
    """Re-seal one batch from `epoch`; return how many, and the last row seen, None at the end."""
    newest = keys.current_queue_key(room_key.room)
    if epoch >= newest.epoch:
        return 0, None
    rows = sealed.rows(room_key.room).filter(epoch=epoch)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    # Another member at the same work takes the rows that this one does not hold.
    rows = rows.order_by("pk").select_for_update(skip_locked=True)
    found = list(rows.values_list("pk", sealed.column)[:batch])
    moved = 0
    for pk, blob in found:
        try:
            plain = primitives.open_sealed(room_key.privates[epoch], blob)
        except SealError:
            continue
        anew = {sealed.column: primitives.seal_to(newest.public_key, plain), "epoch": newest.epoch}
        moved += sealed.model._default_manager.filter(pk=pk).update(**anew)
    return moved, found[-1][0] if len(found) == batch else None


@transaction.atomic
def retire() -> None:
    """Give up the old keys that nothing hangs on, with their grants."""
    keys.lock_site()
    for room in Room.values:
        # Whoever is sealing to an old key at this moment is waited for: its lock is shared, this one is not.
        older = QueueKey.objects.filter(room=room, epoch__lt=_newest_epoch(room)).select_for_update()
        for key in older:
            if not _hangs_on(key):
                key.delete()


def _hangs_on(key: QueueKey) -> bool:
    if key.room == CASE and VaultSite.objects.filter(index_epoch=key.epoch).exists():
        return True
    return any(sealed.rows(key.room).filter(epoch=key.epoch).exists() for sealed in SEALED)


def _newest_epoch(room: str) -> int:
    return QueueKey.objects.filter(room=room).aggregate(epoch=Max("epoch"))["epoch"] or 0


def progress() -> list[Progress]:
    """Return how far each room is."""
    found = []
    for room in Room.values:
        newest = _newest_epoch(room)
        rows = [sealed.rows(room) for sealed in SEALED]
        left = sum(each.filter(epoch__lt=newest).count() for each in rows)
        found.append(Progress(room, left, sum(each.count() for each in rows)))
    return found


def due(state: keys.VaultState) -> list[str]:
    """Return the rooms whose newest key was given away, by what `keys.vault_is_open` found: no query."""
    return [room for room in Room.values if room in state.newest and state.newest[room].exposed]
