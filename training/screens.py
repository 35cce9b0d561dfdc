"""A lesson's text as short screens: each `## ` heading starts one, and `{drawing: slug}` sets a drawing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from portal.lib.translated import EnglishText
from training.drawings import DRAWINGS, Drawing

_HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_DRAWING = re.compile(r"^\{drawing: *([a-z0-9-]+) *\} *$", re.MULTILINE)


@dataclass(frozen=True)
class Screen:
    """One idea: its heading and what follows, Markdown and drawings in turn."""

    title: str
    parts: tuple[str | Drawing, ...]


def screens(body: str) -> list[Screen]:
    """Return the screens of `body` in order.

    Text before the first heading and an unknown drawing are left out: `faults` refuses both beforehand.
    """
    # English words on a page of another language stay marked as English.
    kind = EnglishText if isinstance(body, EnglishText) else str
    _before, *rest = _HEADING.split(str.__str__(body))
    return [
        Screen(kind(title), tuple(_parts(text, kind)))
        for title, text in zip(rest[::2], rest[1::2], strict=True)
    ]


def _parts(text: str, kind: type[str]) -> Iterable[str | Drawing]:
    pieces = _DRAWING.split(text)
    for markdown, slug in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        if markdown.strip():
            yield kind(markdown.strip())
        if slug in DRAWINGS:
            yield DRAWINGS[slug]


def faults(body: str) -> list[str]:
    """Return what is wrong with a lesson's text, each a whole sentence; empty when it is good."""
    found = []
    before = _HEADING.split(body)[0]
    if before.strip():
        found.append("Text stands before the first heading. Begin with a line such as: ## What opioids are.")
    if not screens(body):
        found.append("There is no screen. Begin each one with a line such as: ## What opioids are.")
    found += [
        f"There is no drawing {slug!r}. Use one of: {', '.join(sorted(DRAWINGS))}."
        for slug in _DRAWING.findall(body)
        if slug not in DRAWINGS
    ]
    return found
