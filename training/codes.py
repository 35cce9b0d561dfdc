"""Certificate IDs that survive a telephone: Crockford's base 32 with one check character.

17 characters carry 85 bits. The 18th is a weighted sum over GF(32): every single wrong character and every
swap of two characters changes it (weights are different powers of a generator of the field).
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 85
_LENGTH = BITS // 5
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
_HEARD_AS = str.maketrans("OIL", "011")


def _double(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value  # x^5 + x^2 + 1, primitive over GF(2)


def _check_character(body: str) -> str:
    total = 0
    for letter in body:
        total = _double(total ^ _VALUE[letter])
    return ALPHABET[total]


def encode(number: int) -> str:
    """Return the 18-character ID of `number` (0 to 2**85 - 1). Raise ValueError for any other number."""
    if not 0 <= number < 1 << BITS:
        raise ValueError(number)
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return body + _check_character(body)


def read(typed: str) -> str | None:
    """Return the ID in `typed`, or None when it cannot be one.

    Small letters, spaces and hyphens are fine, and O, I and L are read as 0, 1 and 1.
    """
    code = re.sub(r"[\s\-‐‑–—.]", "", typed).upper().translate(_HEARD_AS)
    if len(code) != _LENGTH + 1 or not set(code) <= set(ALPHABET):
        return None
    return code if _check_character(code[:-1]) == code[-1] else None
