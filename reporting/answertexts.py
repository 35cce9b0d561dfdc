"""Texts that answers to reporters begin with: first written in a file, then rows that leads edit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from portal.lib.translated import Translations
from reporting import texttemplates
from reporting.models import Template

FILE = Path(__file__).resolve().parent / "content" / "answers.toml"


def text_for(template: Template, language: str) -> tuple[str, str]:
    """Return (text, its language): the text in `language` where there is one, else the English one."""
    body = Translations.of(template.body)
    return (body[language], language) if body.get(language) else (body.get("en", ""), "en")


def is_draft(template: Template, language: str) -> bool:
    """Return whether no native speaker has read the text in `language` yet."""
    return language in template.draft_languages.replace(",", " ").split()


def load(write: Callable[[str], object]) -> None:
    """Read the file into rows; tell `write` what became of it. A row that staff changed stays theirs."""
    texttemplates.load(FILE, Template.Use.ANSWER, write)
