"""How a change reads: values of a state in words, and what differs between two texts, word by word."""

from __future__ import annotations

import difflib
import itertools
import re
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from resources.models import AccessFact, Phone, Schedule

_LISTS: dict[str, type[models.Model]] = {"phones": Phone, "schedules": Schedule, "access_facts": AccessFact}
_LIST_LABELS = {
    "phones": gettext_lazy("Phone numbers"),
    "schedules": gettext_lazy("Table of hours"),
    "access_facts": gettext_lazy("Getting in"),
    "categories": gettext_lazy("Topics"),
    "locations": gettext_lazy("Places"),
}
_MOST_WORDS = 2000  # of each text; comparing longer ones word by word takes seconds


def label_of(model: type[models.Model], name: str) -> str:
    """Return what staff call the field `name` of a state of `model`, a Service or Location."""
    if name in _LIST_LABELS:
        return str(_LIST_LABELS[name])
    label = str(getattr(model._meta.get_field(name), "verbose_name", name))
    return label[:1].upper() + label[1:]


def in_words(model: type[models.Model], name: str, value: Any) -> str:
    """Return the value of the field `name` of a state of `model` as text for staff, a row on each line."""
    if name in _LIST_LABELS:
        return "\n".join(_rows(name, value))
    return (
        "\n".join(f"{code}: {text}" for code, text in sorted(value.items()))
        if (isinstance(value, dict) and len(value) > 1)
        else _plain(model, name, value)
    )


def _rows(name: str, value: Any) -> list[str]:
    return [f"• {_row(_LISTS[name], row)}" if name in _LISTS else str(row) for row in value or []]


def _row(model: type[models.Model], row: dict[str, Any]) -> str:
    told = {name: _plain(model, name, value) for name, value in row.items() if name != "order"}
    return " · ".join(f"{label_of(model, name)}: {text}" for name, text in told.items() if text)


def _plain(model: type[models.Model], name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return " / ".join(text for _code, text in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    choices = dict(getattr(model._meta.get_field(name), "flatchoices", ()))
    return str(choices.get(value, "" if value is None else value))


def word_by_word(before: str, after: str) -> list[tuple[str, str]]:
    """Return the pieces of both texts as they are read: "" for both, "del" and "ins" for one.

    Words are told apart by what stands between blanks, so a phone number is one.
    """
    old, new = (re.findall(r"\S+|\s+", text) for text in (before, after))
    if max(len(old), len(new)) > _MOST_WORDS:
        return [(kind, text) for kind, text in (("del", before), ("ins", after)) if text]
    pieces: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(("", "".join(old[old_from:old_to])))
            continue
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        pieces += [(mark, text) for mark, text in (("del", gone), ("ins", come)) if text]
    return pieces


def marked(model: type[models.Model], name: str, before: Any, after: Any) -> list[tuple[str, str]]:
    """Return the difference between two values of a field as `word_by_word` does.

    A text in several languages is compared language by language, a list row by row.
    """
    if name in _LIST_LABELS:
        return _row_by_row(_rows(name, before), _rows(name, after))
    if isinstance(before, dict) or isinstance(after, dict):
        return _by_language(before or {}, after or {})
    return word_by_word(_plain(model, name, before), _plain(model, name, after))


def _by_language(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str]]:
    codes = sorted({*before, *after})
    pieces: list[tuple[str, str]] = []
    for code in codes:
        lead = [("", f"{code}: ")] if len(codes) > 1 else []
        end = [("", "\n")] if code != codes[-1] else []
        pieces += [*lead, *word_by_word(before.get(code, ""), after.get(code, "")), *end]
    return pieces


def _row_by_row(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for _kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        pairs = itertools.zip_longest(before[old_from:old_to], after[new_from:new_to], fillvalue="")
        for old, new in pairs:
            pieces += [("", "\n")] if pieces else []
            pieces += word_by_word(old, new)
    return pieces
