"""First content of the courses, and how it becomes rows that staff may edit.

A folder a course: `course.toml` (course and lessons), `lessons/<slug>.md`, `bank.toml` (quiz), `checks.toml`
(one ungraded question a lesson), `facts.toml` (facts and sources); a folder inside for each other language.

Loading again never undoes what staff changed: each row keeps a hash of the values it was last loaded with,
and is overwritten only while it still holds them. New words empty the sign-off, as nobody has read them.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from django.db import models, transaction

from portal.lib.translated import Translations
from training import bank, linter
from training.content.tongues import Tongue, in_all, tongues
from training.models import Choice, Course, Fact, Lesson, Question, Source

FOLDER = Path(__file__).parent
Write = Callable[[str], object]
Row = TypeVar("Row", Course, Lesson, Question, Fact)


def load(write: Write) -> None:
    """Load every course folder, each all or nothing, and `write` what was kept because staff edited it.

    Raise `training.bank.BankFault` when a course breaks a rule of the linter; then nothing is changed.
    """
    for folder in folders():
        with transaction.atomic():
            load_course(folder, write)


def folders() -> list[Path]:
    """Return the folders of all courses."""
    return sorted(path.parent for path in FOLDER.glob("*/course.toml"))


def load_course(folder: Path, write: Write) -> Course:
    """Load the one course of `folder` and return it. Raise BankFault when it breaks a rule."""
    linter.check(folder)
    plan = _read(folder / "course.toml")
    facts = _read(folder / "facts.toml")
    questions = [
        (purpose, entry)
        for name, purpose in (("bank.toml", Question.Purpose.QUIZ), ("checks.toml", Question.Purpose.CHECK))
        for entry in _read(folder / name)["question"]
    ]
    others = tongues(folder)
    _load_facts(facts, write)
    course = _load_row(
        Course, {"slug": plan["course"]["slug"]}, _course_values(plan["course"], others), write
    )
    lessons = {
        number: _load_row(
            Lesson,
            {"course": course, "slug": entry["slug"]},
            _lesson_values(folder, number, entry, others),
            write,
        )
        for number, entry in enumerate(plan["lesson"], start=1)
    }
    for purpose, entry in questions:
        _load_question(course, lessons[entry["lesson"]], purpose, entry, others, write)
    write(f"{course.slug}: {len(lessons)} lessons, {len(questions)} questions, {len(facts['fact'])} facts.")
    return course


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _course_values(entry: Mapping[str, Any], others: list[Tongue]) -> dict[str, Any]:
    texts = ("title", "summary", "certificate_title", "certificate_topics")
    return {
        **{name: in_all(entry[name], others, partial(Tongue.course_text, name=name)) for name in texts},
        "minutes": entry["minutes"],
        "version": entry["version"],
        "signoff": entry.get("signoff", "none"),
    }


def _lesson_values(
    folder: Path, number: int, entry: Mapping[str, Any], others: list[Tongue]
) -> dict[str, Any]:
    slug = entry["slug"]
    body = (folder / "lessons" / f"{slug}.md").read_text(encoding="utf-8").strip()
    english = {"title": entry["title"], "goal": entry["goal"], "body": body}
    return {
        **{
            name: in_all(text, others, partial(Tongue.lesson_text, slug=slug, name=name))
            for name, text in english.items()
        },
        "number": number,
        "seconds": entry["seconds"],
        "facts": entry["facts"],
        "signoff": entry.get("signoff", "none"),
    }


def _load_facts(facts: Mapping[str, Any], write: Write) -> None:
    for entry in facts["source"]:
        Source.objects.update_or_create(code=entry["id"], defaults={"title": entry["title"]})
    sources = Source.objects.in_bulk(field_name="code")
    for entry in facts["fact"]:
        fact = _load_row(Fact, {"code": entry["id"]}, {"text": entry["text"], "mark": entry["mark"]}, write)
        fact.sources.set([sources[code] for code in entry["sources"]])


def _load_question(
    course: Course,
    lesson: Lesson,
    purpose: str,
    entry: Mapping[str, Any],
    others: list[Tongue],
    write: Write,
) -> Question:
    question = bank.written(entry)

    def in_others(english: object, *names: str) -> Translations:
        return in_all(english, others, lambda tongue: tongue.question_text(question.slug, *names))

    values = {
        "lesson": lesson,
        "purpose": purpose,
        "kind": question.kind,
        "critical": question.critical,
        "text": in_others(entry["text"], "text"),
        "facts": list(question.facts),
        "is_draft": entry.get("draft", False),
        "signoff": entry.get("signoff", "none"),
    }
    options = {
        option["key"]: {
            "text": in_others(option["text"], "options", option["key"], "text"),
            "feedback": in_others(option["feedback"], "options", option["key"], "feedback"),
            "is_right": option.get("right", False),
        }
        for option in entry["options"]
    }
    return _load_row(Question, {"course": course, "slug": question.slug}, values, write, options)


def _load_row(
    model: type[Row],
    key: dict[str, Any],
    values: dict[str, Any],
    write: Write,
    options: dict[str, dict[str, Any]] | None = None,
) -> Row:
    """Return the row of `model` with `key`, holding `values` unless staff changed it since the last load.

    options: for a question, option key to values; they count as part of the row.
    """
    row = model._default_manager.filter(**key).first()
    new_hash = _hash(values, options)
    if row is None:
        row = model(**key, **values, loaded_hash=new_hash)
    elif row.loaded_hash == new_hash:
        return row
    elif _hash_of_row(row, values, options) != row.loaded_hash:
        write(f"Kept what staff wrote: {model._meta.model_name} {row}.")
        return row
    else:
        for name, value in {**values, "loaded_hash": new_hash}.items():
            setattr(row, name, value)
        if not isinstance(row, Fact):
            row.reviewed_role, row.reviewed_on, row.review_by = "", None, None
    row.save()
    if options is not None:
        Choice.objects.filter(question_id=row.pk).exclude(key__in=options).delete()
        for letter, option in options.items():
            Choice.objects.update_or_create(question_id=row.pk, key=letter, defaults=option)
    return row


def _hash_of_row(row: models.Model, values: Mapping[str, Any], options: Mapping[str, Any] | None) -> str:
    now = {name: getattr(row, name) for name in values}
    if options is None:
        return _hash(now, None)
    kept = {
        choice.key: {"text": choice.text, "feedback": choice.feedback, "is_right": choice.is_right}
        for choice in Choice.objects.filter(question_id=row.pk)
    }
    return _hash(now, kept)


def _hash(values: Mapping[str, Any], options: Mapping[str, Any] | None) -> str:
    plain = {name: value.slug if isinstance(value, Lesson) else value for name, value in values.items()}
    text = json.dumps([plain, options], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()
