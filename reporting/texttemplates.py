"""Texts that staff begin with, answers and letters: first written in a file, then rows that leads edit."""

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


@transaction.atomic
def load(file: Path, use: Template.Use, write: Callable[[str], object]) -> None:
    """Read the tables named `use` of `file` into rows; tell `write` what became of them.

    A row that staff changed stays theirs: its digest is no longer the one that a file last wrote.
    """
    counts = {"added": 0, "updated": 0, "unchanged": 0, "kept as staff changed them": 0}
    for entry in tomllib.loads(file.read_text(encoding="utf-8"))[use]:
        counts[_load_one(entry, use)] += 1
    write(f"{use.label}: " + ", ".join(f"{count} {word}" for word, count in counts.items()))


def _digest(row: Template) -> str:
    state = [row.use, row.draft_languages, *(dict(Translations.of(text)) for text in (row.title, row.body))]
    return hashlib.sha256(json.dumps(state, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _load_one(entry: dict[str, Any], use: Template.Use) -> str:
    row = Template.objects.filter(slug=entry["slug"]).first()
    before = _digest(row) if row else ""
    if row and before != row.loaded_hash:
        return "kept as staff changed them"
    row = row or Template(slug=entry["slug"])
    row.use = use
    row.title = Translations.of(entry["title"])
    row.body = Translations.of({code: text.strip() for code, text in entry["body"].items()})
    row.draft_languages = " ".join(entry.get("drafts", []))
    row.loaded_hash = _digest(row)
    row.save()
    return "added" if not before else "unchanged" if before == row.loaded_hash else "updated"
