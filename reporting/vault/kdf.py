"""Slow hashing of what people type: codes, passphrases, recovery sheets.

Argon2id; the cost stands beside each wrap, so it can be raised later without locking anybody out.
Costs and measured times: sealed reports, section 4. ASVS asks for at least t=2 and 19 MiB.
"""

from __future__ import annotations

import secrets
import threading
from typing import NamedTuple

from django.conf import settings
from nacl.pwhash import argon2id

SALT_BYTES = argon2id.SALTBYTES
_WAIT_SECONDS = 5
# One at a time in a process: otherwise a burst of wrong codes takes all the memory.
_turn = threading.BoundedSemaphore(1)


class Busy(Exception):
    """Too many codes or passphrases are being checked; try again in a minute."""


class Cost(NamedTuple):
    """Cost of one derivation: passes, memory in KiB, bytes that come out."""

    passes: int
    memory_kib: int
    size: int

    def text(self) -> str:
        """Return the cost as it stands in a row, such as "argon2id$3$65536$64"."""
        return f"argon2id${self.passes}${self.memory_kib}${self.size}"

    @classmethod
    def parse(cls, text: str) -> Cost:
        """Return the cost that `text()` wrote. Raise ValueError for anything else."""
        name, passes, memory_kib, size = text.split("$")
        if name != "argon2id":
            raise ValueError("unknown way of hashing")
        return cls(int(passes), int(memory_kib), int(size))


_COSTS = {
    "code": Cost(3, 64 * 1024, 64),
    "passphrase": Cost(3, 128 * 1024, 32),
    "sheets": Cost(3, 256 * 1024, 32),
}


def is_fast() -> bool:
    """Return whether the cost is lowered for tests; `check --deploy` refuses that."""
    return bool(settings.VAULT_TEST_KDF == "fast")


def cost_of(use: str) -> Cost:
    """Return the cost for new wraps; use: "code" (64 bytes out), "passphrase" or "sheets" (32 bytes out)."""
    cost = _COSTS[use]
    return Cost(1, 64, cost.size) if is_fast() else cost


def new_salt() -> bytes:
    """Return 16 random bytes."""
    return secrets.token_bytes(SALT_BYTES)


def derive(secret: bytes, salt: bytes | memoryview, cost: Cost) -> bytes:
    """Return `cost.size` bytes made from `secret`. Raise Busy after waiting five seconds for a turn."""
    if not _turn.acquire(timeout=_WAIT_SECONDS):
        raise Busy
    try:
        return argon2id.kdf(
            cost.size, secret, bytes(salt), opslimit=cost.passes, memlimit=cost.memory_kib * 1024
        )
    finally:
        _turn.release()
