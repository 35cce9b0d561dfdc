"""The recovery sheets: 160 random bits on three papers, any two of which give them back.

The secret is the XOR of three random pieces; each sheet holds two of them, so two sheets hold all three
and one sheet alone is random noise.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import NamedTuple

from portal.lib.codes import ALPHABET

SECRET_BYTES = 20
_SET_BYTES = 4
_CHECK_BYTES = 5
_GROUP = 5
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_OURS = str.maketrans(_STANDARD, ALPHABET)
_TO_STANDARD = str.maketrans(ALPHABET, _STANDARD)
_PIECES = {1: (0, 1), 2: (1, 2), 3: (2, 0)}


class SheetError(ValueError):
    """A sheet was mistyped, or two sheets do not belong together."""


class Sheet(NamedTuple):
    """One paper. number: 1 to 3. text: 80 letters and digits in groups of five, as printed."""

    number: int
    text: str


def _xor(*pieces: bytes) -> bytes:
    total = bytes(len(pieces[0]))
    for piece in pieces:
        total = bytes(a ^ b for a, b in zip(total, piece, strict=True))
    return total


def _written(payload: bytes) -> str:
    check = hashlib.blake2b(payload, digest_size=_CHECK_BYTES, person=b"sheet-check").digest()
    letters = base64.b32encode(payload + check).decode().translate(_TO_OURS)
    return " ".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def make_sheets() -> tuple[bytes, list[Sheet]]:
    """Return a new secret (20 bytes) and its three sheets."""
    pieces = [secrets.token_bytes(SECRET_BYTES) for _ in range(3)]
    set_id = secrets.token_bytes(_SET_BYTES)
    sheets = [
        Sheet(number, _written(bytes([number]) + set_id + pieces[first] + pieces[second]))
        for number, (first, second) in _PIECES.items()
    ]
    return _xor(*pieces), sheets


def _read(typed: str) -> bytes:
    letters = re.sub(r"[\s\-]+", "", typed).upper().replace("O", "0").replace("I", "1").replace("L", "1")
    length = 1 + _SET_BYTES + 2 * SECRET_BYTES + _CHECK_BYTES
    if len(letters) != length * 8 // 5 or set(letters) - set(ALPHABET):
        raise SheetError("This is not a whole sheet. Type all 16 groups of five.")
    written = base64.b32decode(letters.translate(_TO_STANDARD))
    payload, check = written[:-_CHECK_BYTES], written[-_CHECK_BYTES:]
    if hashlib.blake2b(payload, digest_size=_CHECK_BYTES, person=b"sheet-check").digest() != check:
        raise SheetError("There is a typing slip in this sheet. Compare it with the paper.")
    if payload[0] not in _PIECES:
        raise SheetError("This sheet has no number we know.")
    return payload


def combine(first: str, second: str) -> bytes:
    """Return the secret from two typed sheets. Raise SheetError."""
    one, other = _read(first), _read(second)
    if one[0] == other[0]:
        raise SheetError("This is the same sheet twice. Two different sheets are needed.")
    if one[1 : 1 + _SET_BYTES] != other[1 : 1 + _SET_BYTES]:
        raise SheetError("These two sheets are from different sets.")
    pieces: dict[int, bytes] = {}
    for payload in (one, other):
        held = payload[1 + _SET_BYTES :]
        places = _PIECES[payload[0]]
        pieces[places[0]] = held[:SECRET_BYTES]
        pieces[places[1]] = held[SECRET_BYTES:]
    return _xor(*pieces.values())
