"""Saved views: filters of the queue under a name. The name is sealed, the filters are tokens and choices."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Q

from reporting.filters import Filters
from reporting.keys import RoomKey
from reporting.labels import open_label, seal_label
from reporting.models import SavedView

MOST = 60
LONGEST_NAME = 60


class TooMany(Exception):
    """The member keeps as many views as one may."""


@dataclass(frozen=True)
class View:
    """A saved view as a member reads it. name: None when it does not open."""

    row: SavedView
    name: str | None
    may_change: bool
    may_remove: bool


def seen_by(user: AbstractUser, room: RoomKey) -> list[View]:
    """Return the views of `user` and the shared ones, own first. One query."""
    return opened(rows_of(user), room, user)


def rows_of(user: AbstractUser) -> list[SavedView]:
    """Return the rows of the views of `user` and of the shared ones. One query."""
    rows = SavedView.objects.filter(Q(owner_id=user.pk) | Q(shared=True))
    return list(rows.select_related("owner").order_by("pk")[: 2 * MOST])


def opened(rows: list[SavedView], room: RoomKey, user: AbstractUser) -> list[View]:
    """Return the views of these rows with their names, those of `user` first."""
    views = [
        View(
            row,
            open_label(row.name, row.epoch, _place(row), room),
            may_change=row.owner_id == user.pk,
            may_remove=may_remove(row, user),
        )
        for row in rows
    ]
    return sorted(views, key=lambda view: (not view.may_change, (view.name or "").casefold()))


def may_remove(row: SavedView, user: AbstractUser) -> bool:
    """Return whether `user` may remove the view: its owner, and of a shared one also a lead."""
    return row.owner_id == user.pk or (row.shared and user.has_perm("reporting.view_identity"))


def first_query(rows: list[SavedView], user: AbstractUser) -> str:
    """Return the filters that `user` wants to see first, "" when they chose none."""
    return next((row.query for row in rows if row.opens_first and row.owner_id == user.pk), "")


def _place(row: SavedView) -> str:
    return f"view|{row.pk}"


def _seal(row: SavedView, name: str) -> None:
    sealed = seal_label(name, _place(row))
    row.epoch, row.name = sealed.epoch, sealed.body


@transaction.atomic
def keep(*, owner: AbstractUser, name: str, filters: Filters, shared: bool) -> SavedView:
    """Keep `filters` under `name`. Raise TooMany, VaultClosed."""
    if SavedView.objects.filter(owner_id=owner.pk).count() >= MOST:
        raise TooMany
    row = SavedView.objects.create(
        owner_id=owner.pk, shared=shared, query=filters.query()[:500], epoch=0, name=b""
    )
    # The name is bound to the row, whose number is known only now.
    _seal(row, name)
    row.save(update_fields=["epoch", "name"])
    return row


@transaction.atomic
def change(*, row: SavedView, name: str, shared: bool) -> None:
    """Give the view another name; share it or stop sharing it. Raise VaultClosed."""
    _seal(row, name)
    row.shared = shared
    row.save(update_fields=["epoch", "name", "shared"])


@transaction.atomic
def open_first(*, row: SavedView | None, owner: AbstractUser) -> None:
    """Let the queue of `owner` open with their view `row`, or (None) with everything open."""
    SavedView.objects.filter(owner_id=owner.pk, opens_first=True).update(opens_first=False)
    if row is not None:
        SavedView.objects.filter(pk=row.pk, owner_id=owner.pk).update(opens_first=True)
