"""Bytes as words that can be said on a telephone: proquints, five letters each, 16 bits a word.

Consonants and vowels in turn, the same in every language, so no list of words is needed.
"""

from __future__ import annotations

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


def spoken(content: bytes) -> list[str]:
    """Return `content` (an even number of bytes) as words of five letters."""
    return [_word(int.from_bytes(content[start : start + 2], "big")) for start in range(0, len(content), 2)]


def _word(bits: int) -> str:
    return (
        _CONSONANTS[bits >> 12]
        + _VOWELS[bits >> 10 & 3]
        + _CONSONANTS[bits >> 6 & 15]
        + _VOWELS[bits >> 4 & 3]
        + _CONSONANTS[bits & 15]
    )
