"""Texts that answers to reporters begin with: first written in a file, then rows that leads edit."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from portal.lib.translated import Translations
from reporting.models import Template

FILE = Path(__file__).resolve().parent / "content" / "answers.toml"


def text_for(template: Template, language: str) -> tuple[str, str]:
    """Return (text, its language): the text in `language` where there is one, else the English one."""
    body = Translations.of(template.body)
    return (body[language], language) if body.get(language) else (body.get("en", ""), "en")


def is_draft(template: Template, language: str) -> bool:
    """Return whether no native speaker has read the text in `language` yet."""
    return language in template.draft_languages.replace(",", " ").split()


def _digest(row: Template) -> str:
    state = [row.use, row.draft_languages, *(dict(Translations.of(text)) for text in (row.title, row.body))]
    return hashlib.sha256(json.dumps(state, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def load(write: Callable[[str], object]) -> None:
    """Read the file into rows; tell `write` what became of it. A row that staff changed stays theirs."""
    counts = {"added": 0, "updated": 0, "unchanged": 0, "kept as staff changed them": 0}
    for entry in tomllib.loads(FILE.read_text(encoding="utf-8"))["answer"]:
        counts[_load_one(entry)] += 1
    write("answer texts: " + ", ".join(f"{count} {word}" for word, count in counts.items()))


def _load_one(entry: dict[str, Any]) -> str:
    row = Template.objects.filter(slug=entry["slug"]).first()
    before = _digest(row) if row else ""
    if row and before != row.loaded_hash:
        return "kept as staff changed them"
    row = row or Template(slug=entry["slug"])
    row.use = Template.Use.ANSWER
    row.title = Translations.of(entry["title"])
    row.body = Translations.of({code: text.strip() for code, text in entry["body"].items()})
    row.draft_languages = " ".join(entry.get("drafts", []))
    row.loaded_hash = _digest(row)
    row.save()
    return "added" if not before else "unchanged" if before == row.loaded_hash else "updated"
