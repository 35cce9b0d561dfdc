"""A course in other languages: beside its files, a folder for each language that holds what is translated.

`es/course.toml` (`[course]` and `[lesson.<slug>]` with the English names of their texts), `es/bank.toml`
(`[<question>]` with text, `[<question>.options.<key>]` with text and feedback) and `es/lessons/<slug>.md`.
What is missing there stays English, and its page marks it as English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.lib.languages import BASE, KNOWN
from portal.lib.translated import Translations


@dataclass(frozen=True)
class Tongue:
    """One course in one language. course, bank: the tables of the files, empty when a file is not there."""

    code: str
    course: Mapping[str, Any]
    bank: Mapping[str, Any]
    folder: Path

    def course_text(self, name: str) -> str:
        """Return a text of the course itself, "" when it is not translated."""
        return str(self.course.get("course", {}).get(name, ""))

    def lesson_text(self, slug: str, name: str) -> str:
        """Return a text of a lesson, "" when it is not translated. `body` is the Markdown file."""
        if name != "body":
            return str(self.course.get("lesson", {}).get(slug, {}).get(name, ""))
        path = self.folder / "lessons" / f"{slug}.md"
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    def question_text(self, slug: str, *names: str) -> str:
        """Return a text of a question, such as ("options", "a", "feedback"), "" when it is not translated."""
        found: Any = self.bank.get(slug, {})
        for name in names:
            found = found.get(name, {})
        return str(found or "")


def tongues(folder: Path) -> list[Tongue]:
    """Return the languages, other than English, that the course in `folder` is written in."""
    return [
        Tongue(language.code, _read(own / "course.toml"), _read(own / "bank.toml"), own)
        for language in KNOWN
        if language.code != BASE and (own := folder / language.code).is_dir()
    ]


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def in_all(english: object, found: list[Tongue], text: Callable[[Tongue], str]) -> Translations:
    """Return an English text (or one in several languages) with what `text` finds in each of `found`."""
    own = Translations.of(english)
    return Translations.of({**own, **{tongue.code: said for tongue in found if (said := text(tongue))}})
