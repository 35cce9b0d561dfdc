"""Codes that survive paper and a telephone: 17 characters of Crockford's base 32 (85 bits) and a check.

Letters and digits, not English words: families here read many languages. The check character is a weighted
sum over GF(32), the weights different powers of a generator of the field: every single wrong character and
every swap of two characters is noticed, before any slow hashing.
"""

from __future__ import annotations

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 85
RANDOM_LENGTH = BITS // 5
LENGTH = RANDOM_LENGTH + 1
_GROUP = 6
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
_ALIKE = str.maketrans("OIL", "011")
_SEPARATORS = re.compile(r"[\s\-_.‐‑‒–—−]+")


class InvalidCode(ValueError):
    """What was typed cannot be a code: wrong length, a strange character, or a slip somewhere."""


def _double(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value  # x^5 + x^2 + 1, primitive over GF(2)


def _check_character(body: str) -> str:
    total = 0
    for letter in body:
        total = _double(total ^ _VALUE[letter])
    return ALPHABET[total]


def plain(text: str) -> str:
    """Return `text` without spaces and hyphens, in capitals, with O, I and L as the digits they look like."""
    return _SEPARATORS.sub("", text).upper().translate(_ALIKE)


def encode(number: int) -> str:
    """Return the code of `number` (0 to 2**85 - 1), 18 characters. Raise ValueError for any other number."""
    if not 0 <= number < 1 << BITS:
        raise ValueError(number)
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return body + _check_character(body)


def new_code() -> str:
    """Return a new code from the system's randomness."""
    return encode(secrets.randbits(BITS))


def parse(typed: str) -> str:
    """Return the code meant by `typed`. Case, spaces, hyphens, O/0 and I/L/1 do not matter.

    Raise InvalidCode when no code can be meant.
    """
    code = plain(typed)
    if len(code) != LENGTH or set(code) - set(ALPHABET) or _check_character(code[:-1]) != code[-1]:
        raise InvalidCode
    return code


def read(typed: str) -> str | None:
    """Return the code meant by `typed`, None when no code can be meant."""
    try:
        return parse(typed)
    except InvalidCode:
        return None


def shown(code: str) -> str:
    """Return the code as people see it: three groups of six."""
    return "-".join(code[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))


def is_in(text: str, code: str) -> bool:
    """Return whether `text` holds `code`, in whatever way it is spelled."""
    return code in plain(text)
