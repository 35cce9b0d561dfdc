"""Facets: that reports share an officer, a school, an agency, as keyed tokens (sealed reports, section 3).

A token is keyed BLAKE2b-128 of the normalised value under the index key, which only an unlocked reviewer's
session can open. What a token stands for is kept beside it as a sealed label.
"""

from __future__ import annotations

import uuid

from reporting.keys import RoomKey
from reporting.labels import open_label, seal_label
from reporting.models import Facet, Label
from reporting.vault import primitives

TOKEN_BYTES = 16


def token(index_key: bytes, kind: str, value: str) -> str:
    """Return the token of `value`, already normalised for its `kind` (a `Facet.Kind`), as 32 hex digits."""
    return primitives.keyed_hash(
        index_key, "facet", kind.encode(), value.encode("utf-8", "replace"), size=TOKEN_BYTES
    ).hex()


def keep_label(kind: str, of: str, text: str) -> None:
    """Keep the words that the token `of` stands for, unless some are kept already."""
    if Label.objects.filter(kind=kind, token=of).exists():
        return
    sealed = seal_label(text, f"facet|{kind}|{of}")
    Label.objects.get_or_create(kind=kind, token=of, defaults={"epoch": sealed.epoch, "body": sealed.body})


def label_of(label: Label, room: RoomKey) -> str | None:
    """Return the words of `label`, None when they cannot be opened. room: the opened case room."""
    return open_label(label.body, label.epoch, f"facet|{label.kind}|{label.token}", room)


def add_facet(*, report_id: uuid.UUID, kind: str, of: str) -> bool:
    """Write that the report has the token `of`; return whether it is new."""
    return Facet.objects.get_or_create(report_id=report_id, kind=kind, token=of)[1]
