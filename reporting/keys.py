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
from django.db import connection, transaction
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib import words
from reporting import events
from reporting.models import (
    CASE,
    IDENTITY,
    KeyGrant,
    Notice,
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


class NotProven(Exception):
    """A grant was not made by somebody who was in the room: nothing new is sealed to its holder."""


class AlreadySetUp(Exception):
    """The vault has confirmed sheets or holds reports: making new keys would lose them."""


@dataclass(frozen=True)
class RoomKey:
    """An opened room: the private key of each epoch, 32 bytes each."""

    room: str
    privates: dict[int, bytes] = field(repr=False)


@dataclass(frozen=True)
class VaultState:
    """Whether reports can be taken. `reason` is empty when they can, else words for staff.

    site: the row about the vault; newest: the newest key of each room; is_mixed: parts may still hang on
    older keys; readers: how many members can open the newest case room. All empty before the set-up.
    """

    reason: str = ""
    site: VaultSite | None = None
    newest: dict[str, QueueKey] = field(default_factory=dict)
    is_mixed: bool = False
    readers: int = 0

    def __bool__(self) -> bool:
        return not self.reason


# --- Signatures: a public key swapped in the database is refused ---


def _signature(person: str, *parts: bytes) -> str:
    return primitives.keyed_hash(settings.SECRET_KEY.encode(), person, *parts).hex()


def queue_signature(room: str, epoch: int, public: Blob) -> str:
    """Return what the signature of a room's public key must be."""
    return _signature("queue-key", room.encode(), str(epoch).encode(), bytes(public))


def staff_signature(user_pk: int, public: Blob) -> str:
    """Return what the signature of a member's public key must be."""
    return _signature("staff-key", str(user_pk).encode(), bytes(public))


def site_signature(site: VaultSite) -> str:
    """Return what `site.signature` must be; it covers the salts and the recovery key's public half."""
    parts = (site.recovery_public, site.recovery_salt, site.code_salt)
    return _signature("vault-site", *(bytes(part) for part in parts))


def _check(expected: str, found: str, what: str) -> None:
    if not primitives.same(expected.encode(), found.encode()):
        raise KeySwapped(what)


_SHARED = "SELECT * FROM reporting_queuekey WHERE room = %s ORDER BY epoch DESC LIMIT 1 FOR KEY SHARE"


def current_queue_key(room: str) -> QueueKey:
    """Return the newest key of `room`. Raise VaultClosed when there is none, KeySwapped when not ours.

    What is sealed to it is kept in the same transaction: until that ends the key is not given up, even when a
    newer one is made meanwhile (`rotation.retire` waits).
    """
    newest = QueueKey.objects.filter(room=room).order_by("-epoch")
    if connection.vendor == "postgresql":
        for _attempt in range(3):
            # Django has no shared lock. A key that was given up while this waited is gone: look again.
            if key := next(iter(QueueKey.objects.raw(_SHARED, [room])), None):
                return _genuine(key)
    # SQLite's transactions that write run one after the other.
    return _genuine(newest.first())


def _genuine(key: QueueKey | None) -> QueueKey:
    if key is None:
        raise VaultClosed(_("The report keys are not set up yet."))
    _check(queue_signature(key.room, key.epoch, key.public_key), key.signature, str(key))
    return key


def new_queue_key(room: str, epoch: int, public: bytes) -> QueueKey:
    """Write down the public half of a room's new key, signed. Raise IntegrityError when it is there."""
    signature = queue_signature(room, epoch, public)
    return QueueKey.objects.create(room=room, epoch=epoch, public_key=public, signature=signature)


def lock_site() -> VaultSite:
    """Let nobody else change keys or grants until this transaction ends. Raise as `vault_site` does."""
    VaultSite.objects.select_for_update().only("pk").first()
    return vault_site()


def vault_site() -> VaultSite:
    """Return the one row about the vault. Raise VaultClosed before the set-up, KeySwapped when edited."""
    site = VaultSite.objects.first()
    if site is None:
        raise VaultClosed(_("The report keys are not set up yet."))
    _check(site_signature(site), site.signature, "vault site")
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
    staff_key = StaffKey(user_id=user.pk, public_key=public, signature=staff_signature(user.pk, public))
    _wrap(staff_key, private, passphrase)
    with transaction.atomic():
        StaffKey.objects.filter(user_id=user.pk).delete()
        staff_key.save()
    return private


def staff_key_of(user: AbstractUser) -> StaffKey:
    """Return the key pair of `user`. Raise LockedOut when there is none, KeySwapped when it is not ours."""
    staff_key = StaffKey.objects.filter(user_id=user.pk).first()
    if staff_key is None:
        raise LockedOut
    _check(staff_signature(user.pk, staff_key.public_key), staff_key.signature, str(staff_key))
    return staff_key


def unlock_staff_key(*, user: AbstractUser, passphrase: str) -> bytes:
    """Return the private key of `user`. Raise LockedOut, KeySwapped or Busy."""
    return open_staff_key(staff_key=staff_key_of(user), passphrase=passphrase)


def open_staff_key(*, staff_key: StaffKey, passphrase: str) -> bytes:
    """Return the private half of `staff_key`, whoever signed it. Raise LockedOut or Busy.

    That it opens and belongs to the public half is a proof of its own: see the command `vault_resign`.
    """
    key = _wrapping_key(passphrase, staff_key.salt, kdf.Cost.parse(staff_key.cost))
    try:
        private = primitives.decrypt(key, staff_key.wrapped_private, f"staff|{staff_key.user_id}".encode())
    except SealError as error:
        raise LockedOut from error
    if not primitives.same(primitives.public_of(private), staff_key.public_key):
        raise LockedOut
    return private


def rewrap_staff_key(*, user: AbstractUser, old_passphrase: str, new_passphrase: str) -> None:
    """Let the new passphrase open the key of `user`, the old one no longer. Raise LockedOut or Busy."""
    private = unlock_staff_key(user=user, passphrase=old_passphrase)
    staff_key = staff_key_of(user)
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
        if private := _opened(staff_private_key, grant):
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


def grant_proof(private: bytes, queue_key: QueueKey, holder: StaffKey | VaultSite) -> str:
    """Return the hash that stands beside a grant of `queue_key` to `holder`.

    private: of `queue_key`; without it nobody can make or check the proof. holder: a member's key, or the row
    about the vault for the recovery key; then its salts are covered too.
    """
    if isinstance(holder, StaffKey):
        parts = [b"staff", str(holder.user_id).encode(), bytes(holder.public_key)]
    else:
        covered = (holder.recovery_public, holder.recovery_salt, holder.code_salt)
        parts = [b"recovery", *(bytes(part) for part in covered)]
    place = f"{queue_key.room}|{queue_key.epoch}".encode()
    return primitives.keyed_hash(private, "grant-proof", place, *parts).hex()


def is_proven(private: bytes, grant: KeyGrant, site: VaultSite) -> bool:
    """Return whether somebody who was in the room made `grant`. Load it with its keys."""
    proof = grant_proof(private, grant.queue_key, grant.staff_key or site)
    return primitives.same(proof.encode(), grant.proof.encode("utf-8", "replace"))


def write_grants(room_key: RoomKey, holder: StaffKey | VaultSite, by: AbstractUser) -> None:
    """Seal every epoch of `room_key` to `holder`: a member's key, or the recovery key of the site."""
    member = holder if isinstance(holder, StaffKey) else None
    public = holder.public_key if isinstance(holder, StaffKey) else holder.recovery_public
    for queue_key in QueueKey.objects.filter(room=room_key.room, epoch__in=room_key.privates):
        private = room_key.privates[queue_key.epoch]
        KeyGrant.objects.update_or_create(
            queue_key=queue_key,
            staff_key=member,
            defaults={
                "sealed_private": primitives.seal_to(public, private),
                "proof": grant_proof(private, queue_key, holder),
                "granted_by_id": by.pk,
                "granted_at": timezone.now(),
            },
        )


@transaction.atomic
def prove_grants(*, user: AbstractUser, staff_private_key: bytes) -> None:
    """Write the proofs that grants of the first release lack; a login does it. Only who is in can."""
    grants = KeyGrant.objects.filter(staff_key__user_id=user.pk, proof="")
    for grant in grants.select_related("queue_key", "staff_key"):
        private = _opened(staff_private_key, grant)
        if private and grant.staff_key:
            grant.proof = grant_proof(private, grant.queue_key, grant.staff_key)
            grant.save(update_fields=["proof"])


def _opened(private: bytes, grant: KeyGrant) -> bytes | None:
    """Return the room's private key in `grant`, None for a damaged or foreign grant: it opens nothing."""
    try:
        opened = primitives.open_sealed(private, grant.sealed_private)
    except SealError:
        return None
    return opened if primitives.same(primitives.public_of(opened), grant.queue_key.public_key) else None


@transaction.atomic
def grant_rooms(*, by: AbstractUser, by_key: bytes, to: AbstractUser, rooms: Iterable[str]) -> None:
    """Let `to` read `rooms`. by_key: the staff private key of `by`, who must hold every one of the rooms.

    Raise NotGranted, LockedOut when `to` has no key yet, or KeySwapped.
    """
    lock_site()  # a rotation at the same moment sees either no grant or all of it
    staff_key = staff_key_of(to)
    for room in rooms:
        room_key = open_room(staff_private_key=by_key, user=by, room=room)
        if max(_epochs(room)) not in room_key.privates:
            raise NotGranted
        write_grants(room_key, staff_key, by)
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
    site.signature = site_signature(site)
    site.save(force_insert=True)
    staff_key = staff_key_of(lead)
    for room, (private, public) in rooms.items():
        new_queue_key(room, 1, public)
        write_grants(RoomKey(room, {1: private}), staff_key, lead)
        write_grants(RoomKey(room, {1: private}), site, lead)
    events.record(kind=ReportEvent.Kind.SET_UP, by=lead)
    return papers


def recovery_private(site: VaultSite, first: str, second: str) -> bytes:
    """Return the recovery key that two typed sheets give. Raise SheetError or Busy."""
    secret = sheets.combine(first, second)
    seed = kdf.derive(secret, bytes(site.recovery_salt), kdf.Cost.parse(site.recovery_cost))
    private, public = primitives.new_key_pair(seed)
    if not primitives.same(public, site.recovery_public):
        raise SheetError(_("These sheets are not of this portal, or have been replaced."))
    return private


def recovered_rooms(private: bytes) -> list[RoomKey]:
    """Return both rooms opened with the recovery key, every epoch. Raise SealError."""
    found: dict[str, dict[int, bytes]] = {room: {} for room in Room.values}
    for grant in KeyGrant.objects.filter(staff_key__isnull=True).select_related("queue_key"):
        found[grant.queue_key.room][grant.queue_key.epoch] = primitives.open_sealed(
            private, grant.sealed_private
        )
    return [RoomKey(room, privates) for room, privates in found.items()]


@transaction.atomic
def confirm_sheets(*, by: AbstractUser, first: str, second: str) -> None:
    """Prove that two typed sheets open both rooms, and let the form open.

    Raise SheetError, VaultClosed, KeySwapped or Busy.
    """
    _try_sheets(by, first, second)
    VaultSite.objects.update(sheets_confirmed=True)
    events.record(kind=ReportEvent.Kind.SHEETS, by=by)


@transaction.atomic
def drill(*, by: AbstractUser, first: str, second: str) -> None:
    """Try two sheets, as is done once a year. Nobody is let in. Raise as `confirm_sheets` does."""
    _try_sheets(by, first, second)
    events.record(kind=ReportEvent.Kind.DRILLED, by=by)


def _try_sheets(by: AbstractUser, first: str, second: str) -> None:
    site = lock_site()
    try:
        rooms = recovered_rooms(recovery_private(site, first, second))
    except SealError as error:
        raise SheetError(_("These sheets no longer open the rooms. Tell the operator.")) from error
    for room_key in rooms:
        if set(room_key.privates) != _epochs(room_key.room):
            raise SheetError(_("These sheets no longer open the rooms. Tell the operator."))
        if KeyGrant.objects.filter(queue_key__room=room_key.room, staff_key=None, proof="").exists():
            write_grants(room_key, site, by)  # of the first release: now somebody was in the room
    VaultSite.objects.update(drilled_on=timezone.localdate())


def _epochs(room: str) -> set[int]:
    return set(QueueKey.objects.filter(room=room).values_list("epoch", flat=True))


@transaction.atomic
def recover_rooms(*, to: AbstractUser, first: str, second: str) -> None:
    """Let `to` into both rooms with two recovery sheets, when nobody else can.

    The sheets have been seen now: new ones are due. Raise SheetError, LockedOut when `to` has no key,
    VaultClosed, KeySwapped or Busy.
    """
    site = lock_site()
    staff_key = staff_key_of(to)
    try:
        rooms = recovered_rooms(recovery_private(site, first, second))
    except SealError as error:
        raise SheetError(_("These sheets no longer open the rooms. Tell the operator.")) from error
    for room_key in rooms:
        write_grants(room_key, staff_key, to)
        detail = f"{to.get_username()[:60]}: {room_key.room}, by sheets"
        events.record(kind=ReportEvent.Kind.GRANTED, by=to, detail=detail)
    VaultSite.objects.update(sheets_seen=True)
    Notice.objects.create()  # all members look, and find the banner
    events.record(kind=ReportEvent.Kind.RECOVERED, by=to)


def reviewer_count(besides: AbstractUser | None = None) -> int:
    """Return how many active members, `besides` one, can open the newest case room."""
    newest = QueueKey.objects.filter(room=CASE).order_by("-epoch").values("pk")[:1]
    grants = KeyGrant.objects.filter(queue_key__in=newest, staff_key__user__is_active=True)
    return grants.exclude(staff_key__user_id=besides.pk).count() if besides else grants.count()


def vault_is_open() -> VaultState:
    """Return whether reports can be taken: sheets confirmed, a reviewer who reads, keys we signed."""
    newest: dict[str, QueueKey] = {}
    count = 0
    try:
        site = vault_site()
        able = Count("grants", filter=Q(grants__staff_key__user__is_active=True))
        for key in QueueKey.objects.annotate(able=able).order_by("epoch"):
            newest[key.room] = key
            count += 1
        for room in Room.values:
            _genuine(newest.get(room))
    except VaultClosed as closed:
        return VaultState(str(closed))
    except KeySwapped:
        return VaultState(_("A report key was changed from outside. Tell the operator at once."))
    reason = ""
    readers: int = newest[CASE].able  # type: ignore[attr-defined]  # counted with the keys
    if not site.sheets_confirmed:
        reason = _("The recovery sheets are not confirmed yet.")
    elif not readers:
        reason = _("Nobody can read reports yet. A lead must let a reviewer in.")
    return VaultState(reason, site, newest, is_mixed=count > len(newest), readers=readers)
