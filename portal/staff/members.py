"""Members: activation links, new passphrases, leaving (sealed reports, section 6)."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from portal.models import Activation, User, role_allows
from portal.staff import secondfactor, sessions
from reporting import events, keys, rotation, services
from reporting.models import CASE, IDENTITY, KeyGrant, Report, ReportEvent, StaffKey, VaultSite
from reporting.vault import primitives

LINK_HOURS = 48


# What a role must allow to be in a room.
_NEEDED = {CASE: "reporting.view_report", IDENTITY: "reporting.view_identity"}


class LastReader(Exception):
    """This member is the only one who can open the reports."""


class LastLead(Exception):
    """This member is the only lead; without one nobody can be let in."""


def _token_hash(token: str) -> str:
    # Keyed by the pepper: a copy of the database together with SECRET_KEY makes no link.
    return primitives.keyed_hash(
        settings.VAULT_PEPPER.encode(), "activation", token.encode("utf-8", "replace")
    ).hex()


def new_link(user: User) -> str:
    """Return the path of a new activation link for `user`; an older link stops working."""
    token = secrets.token_urlsafe(32)
    Activation.objects.update_or_create(
        user=user,
        defaults={
            "token_hash": _token_hash(token),
            "expires": timezone.now() + timedelta(hours=LINK_HOURS),
        },
    )
    return reverse("admin:activate", args=[token])


def invited(token: str) -> User | None:
    """Return whose activation link this is, None when it was used, is over or never existed."""
    activation = (
        Activation.objects.filter(
            token_hash=_token_hash(token), expires__gt=timezone.now(), user__is_active=True
        )
        .select_related("user")
        .first()
    )
    return activation.user if activation else None


@transaction.atomic
def activate(*, token: str, passphrase: str, seed: str, step: int) -> list[str] | None:
    """Use up the link: set passphrase and second factor, make a new key pair. Return ten backup codes.

    None when somebody else used the link meanwhile. Grants of an older key pair are gone: a lead lets the
    member in again. Raise keys.Busy, and nothing was used up then.
    """
    row = Activation.objects.select_for_update().filter(
        token_hash=_token_hash(token), expires__gt=timezone.now(), user__is_active=True
    )
    activation = row.first()
    if activation is None:
        return None
    user = activation.user
    activation.delete()
    user.set_password(passphrase)
    user.save(update_fields=["password"])
    keys.make_staff_key(user=user, passphrase=passphrase)
    sessions.end_all(user.pk)
    return secondfactor.enroll(user, seed, step)


@transaction.atomic
def change_passphrase(*, user: User, old: str, new: str) -> bool:
    """Set a new passphrase and rewrap the staff key; end all sessions. Return whether the key went along.

    A key that the old passphrase did not open stays closed: a colleague lets the member in again.
    Raise keys.Busy, and nothing was changed then.
    """
    try:
        keys.rewrap_staff_key(user=user, old_passphrase=old, new_passphrase=new)
        rewrapped = True
    except (keys.LockedOut, keys.KeySwapped):
        rewrapped = False
    user.set_password(new)
    user.save(update_fields=["password"])
    sessions.end_all(user.pk)
    return rewrapped


def _rooms_of(user: User) -> list[str]:
    grants = KeyGrant.objects.filter(staff_key__user=user)
    return sorted(set(grants.values_list("queue_key__room", flat=True)))


def _keep_a_reader(user: User) -> None:
    """Raise LastReader when nobody but `user` can open the newest reports."""
    reads = user.is_active and CASE in _rooms_of(user)
    if reads and not keys.reviewer_count(besides=user):
        raise LastReader


def _locked(user: User, by: User) -> User:
    # Of two leads that remove each other at the same moment, or two that remove the last two readers, only
    # one succeeds.
    VaultSite.objects.select_for_update().only("pk").first()
    found = {each.pk: each for each in User.objects.select_for_update().filter(pk__in=[user.pk, by.pk])}
    if not found[by.pk].is_active or found[by.pk].role != User.Role.LEAD:
        raise PermissionDenied
    return found[user.pk]


@transaction.atomic
def remove(*, user: User, by: User, by_key: bytes | None) -> bool:
    """Turn the account of `user` off; end sessions, link, key and grants; change the keys of their rooms.

    by_key: the staff private key of `by`. A room that `by` cannot open is left with its key marked as given
    away, and every reader is told that it is due; return whether no room was left so. Reports that `user`
    worked on are given to nobody, so that no report waits for somebody who left. Raise LastReader.
    """
    user = _locked(user, by)
    _keep_a_reader(user)
    rooms = _rooms_of(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    StaffKey.objects.filter(user=user).delete()
    Activation.objects.filter(user=user).delete()
    sessions.end_all(user.pk)
    for report in Report.objects.filter(assigned_to=user).open():
        services.assign(report=report, by=by, to=None)
    if VaultSite.objects.exists():
        events.record(kind=ReportEvent.Kind.REMOVED, by=by, detail=user.get_username())
    return _change_keys(rooms, by, by_key)


@transaction.atomic
def change_role(*, user: User, role: str, by: User, by_key: bytes | None) -> bool:
    """Give `user` another role; who may read less loses those rooms, whose keys change as in `remove`.

    Return whether no room was left due. Raise LastReader or LastLead.
    """
    user = _locked(user, by)
    if user.role == User.Role.LEAD != role and not _other_leads(user):
        raise LastLead
    lost = [room for room in _rooms_of(user) if not role_allows(role, _NEEDED[room])]
    if CASE in lost:
        _keep_a_reader(user)
    user.role = role
    user.save(update_fields=["role"])
    if not lost:
        return True
    KeyGrant.objects.filter(staff_key__user=user, queue_key__room__in=lost).delete()
    sessions.end_all(user.pk)
    events.record(
        kind=ReportEvent.Kind.REMOVED, by=by, detail=f"{user.get_username()[:60]}: {', '.join(lost)}"
    )
    return _change_keys(lost, by, by_key)


def _other_leads(user: User) -> bool:
    return User.objects.filter(role=User.Role.LEAD, is_active=True).exclude(pk=user.pk).exists()


def _change_keys(rooms: list[str], by: User, by_key: bytes | None) -> bool:
    rotation.expose(rooms)
    left = []
    for room in rooms:
        try:
            if by_key is None:
                raise keys.NotGranted
            rotation.start(by=by, by_key=by_key, rooms=[room])
        except (keys.NotGranted, keys.NotProven, keys.KeySwapped):
            left.append(room)  # the member is out all the same; the page about the keys says what is wrong
    return not left
