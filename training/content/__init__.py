"""First content of the courses, and how it becomes rows that staff may edit.

A folder a course: `course.toml` (course and lessons), `lessons/<slug>.md`, `bank.toml` (quiz), `checks.toml`
(one ungraded question a lesson), `scenario.toml` (the decision scenario, if there is one), `facts.toml`
(facts and sources); a folder inside for each other language.

Loading again never undoes what staff changed: see `training.content.rows`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from portal.lib.translated import Translations
from training import bank, linter
from training.content.rows import Parts, Write, load_row
from training.content.scenes import load_scenario
from training.content.tongues import Tongue, in_all, tongues
from training.models import Choice, Course, Fact, Lesson, Question, Source

FOLDER = Path(__file__).parent


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
    course = load_row(Course, {"slug": plan["course"]["slug"]}, _course_values(plan["course"], others), write)
    lessons = {
        number: load_row(
            Lesson,
            {"course": course, "slug": entry["slug"]},
            _lesson_values(folder, number, entry, others),
            write,
        )
        for number, entry in enumerate(plan["lesson"], start=1)
    }
    for purpose, entry in questions:
        _load_question(course, lessons[entry["lesson"]], purpose, entry, others, write)
    load_scenario(course, folder / "scenario.toml", write)
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
        fact = load_row(Fact, {"code": entry["id"]}, {"text": entry["text"], "mark": entry["mark"]}, write)
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
    parts = Parts(Choice, "question", ("text", "feedback", "is_right"), options)
    return load_row(Question, {"course": course, "slug": question.slug}, values, write, parts)
