"""Who holds which key: staff keys, room keys, grants, recovery sheets (sealed reports, sections 2 and 6).

The web process has only public keys. A private key is in memory while a member's request runs, and in their
session, which is encrypted under the cookie.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib import words
from reporting import events
from reporting.models import (
    CASE,
    IDENTITY,
    KeyGrant,
    QueueKey,
    Report,
    ReportEvent,
    Room,
    StaffKey,
    VaultSite,
)
from reporting.vault import kdf, primitives, sheets
from reporting.vault.kdf import Busy
from reporting.vault.primitives import Blob, SealError
from reporting.vault.sheets import Sheet, SheetError

__all__ = ["Busy", "LockedOut", "NotGranted", "RoomKey", "Sheet", "SheetError", "VaultClosed"]

SESSION_NAME = "vault_key"


class LockedOut(Exception):
    """The passphrase does not open the member's key, or there is no key."""


class NotGranted(LockedOut):
    """The member's key opens, but nobody has let them into this room."""


class KeySwapped(Exception):
    """A public key in the database does not carry our signature: nothing may be sealed to it."""


class VaultClosed(Exception):
    """Reports cannot be taken now. The first argument is the reason, in words for staff."""


class AlreadySetUp(Exception):
    """The vault has confirmed sheets or holds reports: making new keys would lose them."""


@dataclass(frozen=True)
class RoomKey:
    """An opened room: the private key of each epoch, 32 bytes each."""

    room: str
    privates: dict[int, bytes] = field(repr=False)


@dataclass(frozen=True)
class VaultState:
    """Whether reports can be taken. `reason` is empty when they can, else words for staff."""

    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


# --- Signatures: a public key swapped in the database is refused ---


def _signature(person: str, *parts: bytes) -> str:
    return primitives.keyed_hash(settings.SECRET_KEY.encode(), person, *parts).hex()


def _queue_signature(room: str, epoch: int, public: Blob) -> str:
    return _signature("queue-key", room.encode(), str(epoch).encode(), bytes(public))


def _staff_signature(user_pk: int, public: Blob) -> str:
    return _signature("staff-key", str(user_pk).encode(), bytes(public))


def _site_signature(site: VaultSite) -> str:
    parts = (site.recovery_public, site.recovery_salt, site.code_salt)
    return _signature("vault-site", *(bytes(part) for part in parts))


def _check(expected: str, found: str, what: str) -> None:
    if not primitives.same(expected.encode(), found.encode()):
        raise KeySwapped(what)


def current_queue_key(room: str) -> QueueKey:
    """Return the newest key of `room`. Raise VaultClosed when there is none, KeySwapped when not ours."""
    return _genuine(QueueKey.objects.filter(room=room).order_by("-epoch").first())


def _genuine(key: QueueKey | None) -> QueueKey:
    if key is None:
        raise VaultClosed(_("The report keys are not set up yet."))
    _check(_queue_signature(key.room, key.epoch, key.public_key), key.signature, str(key))
    return key


def _check_newest_keys() -> None:
    """Raise VaultClosed or KeySwapped unless both rooms have a newest key that we signed. One query."""
    newest = {key.room: key for key in QueueKey.objects.order_by("epoch")}
    for room in Room.values:
        _genuine(newest.get(room))


def vault_site() -> VaultSite:
    """Return the one row about the vault. Raise VaultClosed before the set-up, KeySwapped when edited."""
    site = VaultSite.objects.first()
    if site is None:
        raise VaultClosed(_("The report keys are not set up yet."))
    _check(_site_signature(site), site.signature, "vault site")
    return site


# --- Staff keys ---


def _passphrase_bytes(passphrase: str) -> bytes:
    # The same passphrase typed on another keyboard may come in another Unicode form.
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")


def _wrapping_key(passphrase: str, salt: Blob, cost: kdf.Cost) -> bytes:
    slow = kdf.derive(_passphrase_bytes(passphrase), bytes(salt), cost)
    return primitives.keyed_hash(settings.VAULT_PEPPER.encode(), "staff-wrap", slow)


def _wrap(staff_key: StaffKey, private: bytes, passphrase: str) -> None:
    cost = kdf.cost_of("passphrase")
    staff_key.salt = kdf.new_salt()
    staff_key.cost = cost.text()
    staff_key.wrapped_private = primitives.encrypt(
        _wrapping_key(passphrase, staff_key.salt, cost), private, f"staff|{staff_key.user_id}".encode()
    )


def make_staff_key(*, user: AbstractUser, passphrase: str) -> bytes:
    """Make a new key pair for `user` and return its private half; an older pair and its grants are gone.

    Raise Busy.
    """
    private, public = primitives.new_key_pair()
    staff_key = StaffKey(user_id=user.pk, public_key=public, signature=_staff_signature(user.pk, public))
    _wrap(staff_key, private, passphrase)
    with transaction.atomic():
        StaffKey.objects.filter(user_id=user.pk).delete()
        staff_key.save()
    return private


def _staff_key(user: AbstractUser) -> StaffKey:
    staff_key = StaffKey.objects.filter(user_id=user.pk).first()
    if staff_key is None:
        raise LockedOut
    _check(_staff_signature(user.pk, staff_key.public_key), staff_key.signature, str(staff_key))
    return staff_key


def unlock_staff_key(*, user: AbstractUser, passphrase: str) -> bytes:
    """Return the private key of `user`. Raise LockedOut, KeySwapped or Busy."""
    staff_key = _staff_key(user)
    key = _wrapping_key(passphrase, staff_key.salt, kdf.Cost.parse(staff_key.cost))
    try:
        private = primitives.decrypt(key, staff_key.wrapped_private, f"staff|{user.pk}".encode())
    except SealError as error:
        raise LockedOut from error
    if not primitives.same(primitives.public_of(private), staff_key.public_key):
        raise LockedOut
    return private


def rewrap_staff_key(*, user: AbstractUser, old_passphrase: str, new_passphrase: str) -> None:
    """Let the new passphrase open the key of `user`, the old one no longer. Raise LockedOut or Busy."""
    private = unlock_staff_key(user=user, passphrase=old_passphrase)
    staff_key = _staff_key(user)
    _wrap(staff_key, private, new_passphrase)
    staff_key.save(update_fields=["salt", "cost", "wrapped_private"])


def session_key(request: HttpRequest) -> bytes | None:
    """Return the staff private key that the login put into the session, or None when the vault is locked."""
    kept = request.session.get(SESSION_NAME)
    return base64.b64decode(kept) if isinstance(kept, str) else None


def fingerprint_words(staff_key: StaffKey) -> list[str]:
    """Return six speakable words (96 bits) of the public key, to compare by voice before a grant."""
    digest = primitives.keyed_hash(b"fingerprint", "fingerprint", bytes(staff_key.public_key), size=12)
    return words.spoken(digest)


# --- Rooms ---


def open_room(*, staff_private_key: bytes, user: AbstractUser, room: str) -> RoomKey:
    """Return `room` opened for `user`, every epoch they were let into. Raise NotGranted."""
    grants = KeyGrant.objects.filter(staff_key__user_id=user.pk, queue_key__room=room)
    privates = {}
    for grant in grants.select_related("queue_key"):
        try:
            private = primitives.open_sealed(staff_private_key, grant.sealed_private)
        except SealError:
            continue  # a damaged or foreign grant opens nothing; the others still do
        if primitives.same(primitives.public_of(private), grant.queue_key.public_key):
            privates[grant.queue_key.epoch] = private
    if not privates:
        raise NotGranted
    return RoomKey(room, privates)


def open_index_key(room: RoomKey) -> bytes:
    """Return the key under which facets are made (32 bytes). room: the opened case room.

    Raise VaultClosed, KeySwapped, or NotGranted when `room` does not reach the epoch it is sealed to.
    """
    site = vault_site()
    if room.room != CASE or site.index_epoch not in room.privates:
        raise NotGranted
    try:
        return primitives.open_sealed(room.privates[site.index_epoch], site.index_key)
    except SealError as error:
        raise NotGranted from error


def _write_grants(room_key: RoomKey, staff_key: StaffKey, by: AbstractUser) -> None:
    for queue_key in QueueKey.objects.filter(room=room_key.room, epoch__in=room_key.privates):
        sealed = primitives.seal_to(staff_key.public_key, room_key.privates[queue_key.epoch])
        KeyGrant.objects.update_or_create(
            queue_key=queue_key,
            staff_key=staff_key,
            defaults={
                "sealed_private": sealed,
                "granted_by_id": by.pk,
                "granted_at": timezone.now(),
            },
        )


@transaction.atomic
def grant_rooms(*, by: AbstractUser, by_key: bytes, to: AbstractUser, rooms: Iterable[str]) -> None:
    """Let `to` read `rooms`. by_key: the staff private key of `by`, who must hold every one of the rooms.

    Raise NotGranted, LockedOut when `to` has no key yet, or KeySwapped.
    """
    staff_key = _staff_key(to)
    for room in rooms:
        room_key = open_room(staff_private_key=by_key, user=by, room=room)
        _write_grants(room_key, staff_key, by)
        events.record(kind=ReportEvent.Kind.GRANTED, by=by, detail=f"{to.get_username()[:60]}: {room}")


# --- Set-up and recovery ---


@transaction.atomic
def setup_vault(*, lead: AbstractUser, passphrase: str) -> list[Sheet]:
    """Make the salts, both rooms and the lead's grants; return the three sheets, to be shown once.

    The form stays closed until `confirm_sheets`. It may be repeated until then, while nothing was sealed.
    Raise AlreadySetUp, LockedOut when the lead's passphrase does not open their key, or Busy.
    """
    old = VaultSite.objects.select_for_update().first()
    if (old and old.sheets_confirmed) or Report.objects.exists():
        raise AlreadySetUp
    VaultSite.objects.all().delete()
    QueueKey.objects.all().delete()
    if StaffKey.objects.filter(user_id=lead.pk).exists():
        unlock_staff_key(user=lead, passphrase=passphrase)
    else:
        make_staff_key(user=lead, passphrase=passphrase)
    secret, papers = sheets.make_sheets()
    cost, salt = kdf.cost_of("sheets"), kdf.new_salt()
    _, recovery_public = primitives.new_key_pair(kdf.derive(secret, salt, cost))
    rooms = {room: primitives.new_key_pair() for room in (CASE, IDENTITY)}
    site = VaultSite(
        id=1,
        code_salt=kdf.new_salt(),
        code_cost=kdf.cost_of("code").text(),
        index_key=primitives.seal_to(rooms[CASE][1], primitives.new_key()),
        index_epoch=1,
        recovery_public=recovery_public,
        recovery_salt=salt,
        recovery_cost=cost.text(),
    )
    site.signature = _site_signature(site)
    site.save(force_insert=True)
    staff_key = _staff_key(lead)
    for room, (private, public) in rooms.items():
        queue_key = QueueKey.objects.create(
            room=room, epoch=1, public_key=public, signature=_queue_signature(room, 1, public)
        )
        _write_grants(RoomKey(room, {1: private}), staff_key, lead)
        KeyGrant.objects.create(
            queue_key=queue_key,
            staff_key=None,
            sealed_private=primitives.seal_to(recovery_public, private),
            granted_by_id=lead.pk,
        )
    events.record(kind=ReportEvent.Kind.SET_UP, by=lead)
    return papers


def _recovery_private(site: VaultSite, first: str, second: str) -> bytes:
    secret = sheets.combine(first, second)
    seed = kdf.derive(secret, bytes(site.recovery_salt), kdf.Cost.parse(site.recovery_cost))
    private, public = primitives.new_key_pair(seed)
    if not primitives.same(public, site.recovery_public):
        raise SheetError(_("These sheets are not of this portal, or have been replaced."))
    return private


def _recovered_rooms(private: bytes) -> list[RoomKey]:
    found: dict[str, dict[int, bytes]] = {room: {} for room in Room.values}
    for grant in KeyGrant.objects.filter(staff_key__isnull=True).select_related("queue_key"):
        found[grant.queue_key.room][grant.queue_key.epoch] = primitives.open_sealed(
            private, grant.sealed_private
        )
    return [RoomKey(room, privates) for room, privates in found.items()]


@transaction.atomic
def confirm_sheets(*, by: AbstractUser, first: str, second: str) -> None:
    """Prove that two typed sheets open both rooms, and let the form open. Also the yearly drill.

    Raise SheetError, VaultClosed, KeySwapped or Busy.
    """
    site = vault_site()
    try:
        _recovered_rooms(_recovery_private(site, first, second))
    except SealError as error:
        raise SheetError(_("These sheets no longer open the rooms. Tell the operator.")) from error
    VaultSite.objects.filter(pk=site.pk).update(sheets_confirmed=True, drilled_on=timezone.localdate())
    events.record(kind=ReportEvent.Kind.SHEETS, by=by)


@transaction.atomic
def recover_rooms(*, to: AbstractUser, first: str, second: str) -> None:
    """Let `to` into both rooms with two recovery sheets, when nobody else can.

    Raise SheetError, LockedOut when `to` has no key, VaultClosed, KeySwapped or Busy.
    """
    staff_key = _staff_key(to)
    for room_key in _recovered_rooms(_recovery_private(vault_site(), first, second)):
        _write_grants(room_key, staff_key, to)
        detail = f"{to.get_username()[:60]}: {room_key.room}, by sheets"
        events.record(kind=ReportEvent.Kind.GRANTED, by=to, detail=detail)


def reviewer_count() -> int:
    """Return how many active members can open the newest case room."""
    newest = QueueKey.objects.filter(room=CASE).order_by("-epoch").values("pk")[:1]
    return KeyGrant.objects.filter(queue_key__in=newest, staff_key__user__is_active=True).count()


def vault_is_open() -> VaultState:
    """Return whether reports can be taken: sheets confirmed, a reviewer who reads, keys we signed."""
    try:
        site = vault_site()
        _check_newest_keys()
    except VaultClosed as closed:
        return VaultState(str(closed))
    except KeySwapped:
        return VaultState(_("A report key was changed from outside. Tell the operator at once."))
    if not site.sheets_confirmed:
        return VaultState(_("The recovery sheets are not confirmed yet."))
    if not reviewer_count():
        return VaultState(_("Nobody can read reports yet. A lead must let a reviewer in."))
    return VaultState()
