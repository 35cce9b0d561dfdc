"""How what a file says becomes a row that staff may edit.

Loading again never undoes what staff changed: each row keeps a hash of the values it was last loaded with,
and is overwritten only while it still holds them. New words empty the sign-off, as nobody has read them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models

from training.models import Course, Fact, Lesson, Question, Scene

Write = Callable[[str], object]
Row = TypeVar("Row", Course, Lesson, Question, Scene, Fact)


@dataclass(frozen=True)
class Parts:
    """Rows that count as part of a row, by `key`: the options of a question, the choices of a scene.

    owner: name of the foreign key to the row. values: key to values, each with the same `names`.
    """

    model: type[models.Model]
    owner: str
    names: tuple[str, ...]
    values: Mapping[str, Mapping[str, Any]]

    def kept(self, row: models.Model) -> dict[str, dict[str, Any]]:
        """Return the values that the parts of `row` hold now."""
        found = self.model._default_manager.filter(**{self.owner: row.pk})
        return {part.key: {name: getattr(part, name) for name in self.names} for part in found}  # type: ignore[attr-defined]

    def put(self, row: models.Model) -> None:
        """Give `row` these parts and no others."""
        manager = self.model._default_manager
        manager.filter(**{self.owner: row.pk}).exclude(key__in=self.values).delete()
        for key, values in self.values.items():
            manager.update_or_create(**{f"{self.owner}_id": row.pk}, key=key, defaults=values)


def load_row(
    model: type[Row],
    key: dict[str, Any],
    values: dict[str, Any],
    write: Write,
    parts: Parts | None = None,
) -> Row:
    """Return the row of `model` with `key`, holding `values` unless staff changed it since the last load."""
    row = model._default_manager.filter(**key).first()
    new_hash = _hash(values, parts.values if parts else None)
    if row is None:
        row = model(**key, **values, loaded_hash=new_hash)
    elif row.loaded_hash == new_hash:
        return row
    elif (
        _hash({name: getattr(row, name) for name in values}, parts.kept(row) if parts else None)
        != row.loaded_hash
    ):
        write(f"Kept what staff wrote: {model._meta.model_name} {row}.")
        return row
    else:
        for name, value in {**values, "loaded_hash": new_hash}.items():
            setattr(row, name, value)
        if not isinstance(row, Fact):
            row.reviewed_role, row.reviewed_on, row.review_by = "", None, None
    row.save()
    if parts is not None:
        parts.put(row)
    return row


def _hash(values: Mapping[str, Any], parts: Mapping[str, Any] | None) -> str:
    plain = {name: value.slug if isinstance(value, Lesson) else value for name, value in values.items()}
    text = json.dumps([plain, parts], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()
