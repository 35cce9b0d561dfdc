"""Check-back codes: 17 random characters of Crockford's base 32 (85 bits) and one check character.

The check is Luhn's, modulo 32: a single wrong character is always noticed, before any slow hashing.
Letters and digits, not English words: families here read many languages.
"""

from __future__ import annotations

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LENGTH = 17
LENGTH = RANDOM_LENGTH + 1
_BASE = len(ALPHABET)
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
_ALIKE = str.maketrans("OIL", "011")
_SEPARATORS = re.compile(r"[\s\-_.‐‑‒–—−]+")


class InvalidCode(ValueError):
    """What was typed cannot be a code: wrong length, a strange character, or a slip somewhere."""


def _check_letter(letters: str) -> str:
    total = 0
    for place, letter in enumerate(reversed(letters)):
        addend = _VALUE[letter] * (2 if place % 2 == 0 else 1)
        total += addend // _BASE + addend % _BASE
    return ALPHABET[-total % _BASE]


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", text).upper().translate(_ALIKE)


def new_code() -> str:
    """Return a new code of 18 characters without spaces, from the system's randomness."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return letters + _check_letter(letters)


def parse(typed: str) -> str:
    """Return the code meant by `typed`. Case, spaces, hyphens, O/0 and I/L/1 do not matter.

    Raise InvalidCode when no code can be meant.
    """
    code = _plain(typed)
    if len(code) != LENGTH or set(code) - set(ALPHABET) or _check_letter(code[:-1]) != code[-1]:
        raise InvalidCode
    return code


def shown(code: str) -> str:
    """Return the code as people see it: three groups of six."""
    return "-".join(code[start : start + 6] for start in range(0, LENGTH, 6))


def is_in(text: str, code: str) -> bool:
    """Return whether `text` holds `code`, in whatever way it is spelled."""
    return code in _plain(text)
