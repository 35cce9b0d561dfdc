"""Members: activation links, new passphrases, leaving (sealed reports, section 6)."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from portal.models import Activation, User
from portal.staff import secondfactor, sessions
from reporting import keys
from reporting.models import CASE, StaffKey
from reporting.vault import primitives

LINK_HOURS = 48


class LastReader(Exception):
    """This member is the only one who can open the reports."""


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


@transaction.atomic
def close_account(user: User) -> None:
    """Turn the account off; end its sessions, its link, its key and its grants. Raise LastReader."""
    others = (
        keys.reviewer_count()
        - StaffKey.objects.filter(user=user, user__is_active=True, grants__queue_key__room=CASE)
        .distinct()
        .count()
    )
    if StaffKey.objects.filter(user=user, grants__queue_key__room=CASE).exists() and others < 1:
        raise LastReader
    user.is_active = False
    user.save(update_fields=["is_active"])
    StaffKey.objects.filter(user=user).delete()
    Activation.objects.filter(user=user).delete()
    sessions.end_all(user.pk)
