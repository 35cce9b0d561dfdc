"""Short words sealed to the case room: what a facet's token stands for, the name of a saved view.

A label is bound to its place, so that one moved to another row does not open.
"""

from __future__ import annotations

from dataclasses import dataclass

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError

from reporting import keys
from reporting.keys import RoomKey
from reporting.models import CASE, QueueKey
from reporting.vault import primitives
from reporting.vault.primitives import Blob, SealError

_BLOCK = 256


@dataclass(frozen=True)
class SealedLabel:
    """A sealed label and the epoch of the room key it is sealed to."""

    epoch: int
    body: bytes


def seal_label(text: str, place: str, queue_key: QueueKey | None = None) -> SealedLabel:
    """Return `text` sealed to the newest case room. place: what it belongs to, such as "view|7".

    queue_key: the newest one, when the caller has it already.
    """
    queue_key = queue_key or keys.current_queue_key(CASE)
    plain = sodium_pad(f"{place}\0{text}".encode("utf-8", "replace"), _BLOCK)
    return SealedLabel(queue_key.epoch, primitives.seal_to(queue_key.public_key, plain))


def open_label(body: Blob, epoch: int, place: str, room: RoomKey) -> str | None:
    """Return the text of a label, None when it is damaged, moved, or of an epoch `room` does not have."""
    if epoch not in room.privates:
        return None
    try:
        plain = sodium_unpad(primitives.open_sealed(room.privates[epoch], body), _BLOCK).decode()
    except (SealError, CryptoError, ValueError):
        return None
    found, _nul, text = plain.partition("\0")
    return text if found == place else None
