"""The decision scenario of a course: `scenario.toml`, whose first scene is the start."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from portal.lib.translated import Translations
from training import scenes
from training.content.rows import Parts, Write, load_row
from training.models import Course, Decision, Scene


def load_scenario(course: Course, path: Path, write: Write) -> None:
    """Load the scenes of `path`; a course need not have any. The linter has read the file before."""
    if not path.is_file():
        return
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["scene"]
    steps = scenes.steps([scenes.written(entry) for entry in entries])
    for entry in entries:
        values = {
            "number": steps[entry["slug"]],
            "title": Translations.of(entry["title"]),
            "text": Translations.of(entry["text"]),
            "facts": entry["facts"],
            "is_end": entry.get("is_end", False),
            "signoff": entry.get("signoff", "none"),
        }
        key = {"course": course, "slug": entry["slug"]}
        load_row(Scene, key, values, write, _decisions(entry.get("choices", [])))
    write(f"{course.slug}: {len(entries)} scenes.")


def _decisions(choices: Sequence[Mapping[str, Any]]) -> Parts:
    values = {
        choice["key"]: {
            "text": Translations.of(choice["text"]),
            "consequence": Translations.of(choice["consequence"]),
            "leads_to": choice["next"],
            "is_good": choice.get("is_good", False),
        }
        for choice in choices
    }
    return Parts(Decision, "scene", ("text", "consequence", "leads_to", "is_good"), values)
