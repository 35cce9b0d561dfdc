"""How hard a text is to read: the US school grade that the course may not pass.

The rule is section 5.4 of the architecture; its reason is fact F97 of the course: pages about naloxone are at
grade 11.2 on average, and none of 24 met grade 6. textstat works the grade out by the formula of Flesch and
Kincaid. It counts syllables by where a word may be hyphenated and finds too few: stay well below the limit.
"""

from __future__ import annotations

import functools
import html
import re
import warnings
from collections.abc import Iterable
from typing import Any

from portal.lib import markdown

LIMIT = 6.0

# Every tag of a rendered text but those inside a line ends what was said before it.
_BORDER = re.compile(r"<(?!/?(?:strong|em|a|code)\b)[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_DRAWING = re.compile(r"^\{drawing:[^}]*\} *$", re.MULTILINE)
# textstat would read the point of "0.4 mg" as the end of a sentence.
_POINT_IN_NUMBER = re.compile(r"(?<=\d)\.(?=\d)")


def grade(text: str) -> float:
    """Return the US grade of `text` (Markdown): of its words, without marks, addresses and drawings.

    Each heading, list item, table cell and paragraph ends as a sentence, whether or not it has a full stop.
    """
    return grade_of(blocks(text))


def grade_of(parts: Iterable[str]) -> float:
    """Return the US grade of plain texts in a row. Each ends as a sentence. Without words it is 0.0."""
    words = " ".join(_ended(part) for part in parts if any(map(str.isalnum, part)))
    return float(_textstat().flesch_kincaid_grade(_POINT_IN_NUMBER.sub("", words))) if words else 0.0


def faults(figure: float) -> list[str]:
    """Return a sentence when the grade `figure` is above the limit."""
    if figure <= LIMIT:
        return []
    return [
        f"Its reading grade is {figure:.2f}. At most {LIMIT} is allowed: use shorter sentences and words."
    ]


def blocks(text: str) -> list[str]:
    """Return the headings, list items, table cells and paragraphs of `text` (Markdown) as plain texts."""
    rendered = _BORDER.split(markdown.render(_DRAWING.sub("", text)))
    return [plain for part in rendered if (plain := " ".join(html.unescape(_TAG.sub("", part)).split()))]


def _ended(part: str) -> str:
    part = part.strip()
    return part if part.rstrip("\"'”’)*")[-1:] in {".", "?", "!"} else f"{part}."


@functools.cache
def _textstat() -> Any:
    """Return our own textstat, made on first use: it takes a moment, and only staff and loading need it."""
    with warnings.catch_warnings():
        # textstat finds its word list through pkg_resources, which says at import that it will go one day.
        warnings.simplefilter("ignore")
        from textstat.textstat import textstatistics  # type: ignore[import-untyped]
    measure = textstatistics()
    # By default words a sentence and syllables a word are rounded first: that moves the grade by up to 0.6.
    measure.set_rounding(rounding=False)
    return measure
