"""The certificate as a PDF: one Letter page in English or Spanish, tagged, signed, with its fonts inside.

The words are put together here; the press (`training/press.py`) sets and signs them in a process of its own.
"""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import override

from portal.lib.typesetting import FONTS
from training.press import Press, PressAway
from training.typesetting import MissingLetters, runs_of

__all__ = ["MissingLetters", "PressAway", "can_draw", "press", "render_certificate"]

_JOINERS = frozenset("\u200c\u200d")
# Up to how many columns of a name its letters are large, and middle-sized.
_LARGE, _MIDDLE = 26, 44


@functools.lru_cache(maxsize=1)
def drawable() -> frozenset[int]:
    """Return the code points that at least one of our fonts has."""
    # Written down: to open the fonts themselves would let every page of this process wait for a quarter
    # second.
    points: set[int] = set()
    for line in (FONTS / "letters.txt").read_text().split():
        first, _, last = line.partition("-")
        points.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(points)


def can_draw(name: str) -> bool:
    """Return whether our fonts have every letter of `name`, joined or taken apart."""
    points = drawable()

    def has(letter: str) -> bool:
        if letter in _JOINERS or letter.isspace() or ord(letter) in points:
            return True
        parts = unicodedata.normalize("NFD", letter)
        return len(parts) > 1 and all(ord(part) in points for part in parts)

    return all(has(letter) for letter in name)


def _size(name: str) -> str:
    """Return how large the name is printed, by its columns: a Chinese letter is as wide as two of ours."""
    columns = sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in name
        if unicodedata.category(letter) not in {"Mn", "Me", "Cf"}
    )
    if columns <= _LARGE:
        return "large"
    return "middle" if columns <= _MIDDLE else "small"


def signed_by() -> tuple[Path, str]:
    """Return the folder of the signing key and the name that a new one is made for."""
    return settings.DATA_DIR / "certificate-signing", settings.SITE_NAME


@functools.lru_cache(maxsize=1)
def press() -> Press:
    """Return the press of this process. It starts with the first certificate."""
    return Press(*signed_by())


def words_of(context: dict[str, Any]) -> str:
    """Return the HTML of the certificate in its own language; `context` is as in render_certificate."""
    language, name = context["certificate"].language, context["name"]
    with override(language):
        # Django's own English form is "Nov. 2, 2026".
        day = date_format(context["certificate"].issued_on, "F j, Y" if language == "en" else "DATE_FORMAT")
        words = {
            **context,
            "language": language,
            "day": day,
            "runs": runs_of(name),
            "size": _size(name),
            # Text alone: elsewhere on the page, English words among Spanish ones are marked as English.
            "title": str(str(context["course"].certificate_title)),
        }
        return render_to_string("training/certificate_pdf.html", words)


def render_certificate(context: dict[str, Any]) -> bytes:
    """Return the signed PDF for `context`, which `training/certificate_pdf.html` describes.

    context: certificate, course, name, address (of the check page), site_name. The language is the
    certificate's. Raise MissingLetters when a letter would have been printed as a box, PressAway when it
    cannot be printed now.
    """
    html = words_of(context)
    return press().printed(html, context["name"])
