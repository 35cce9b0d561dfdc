"""The rules of a course held against its files, and against a question that staff are about to save.

The rules themselves are in `training.bank`, `training.scenes`, `training.screens` and `training.readability`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from training import bank, readability, scenes, screens
from training.bank import BankFault
from training.models import Choice, Fact, Question, Scene

WORDS_A_SCREEN = 110
_NEEDED = {
    "lesson": ("slug", "title", "goal", "seconds", "facts"),
    "question": ("slug", "lesson", "kind", "text", "options"),
    "fact": ("id", "text", "sources", "mark"),
    "source": ("id", "title"),
    "scene": ("slug", "title", "text"),
}
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_SLUG = re.compile(r"[A-Za-z0-9-]+")
Made = TypeVar("Made", bank.Written, scenes.Scene)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where it stands, and a sentence that says what to do."""

    path: Path
    line: int
    slug: str
    sentence: str

    def __str__(self) -> str:
        here = Path.cwd()
        path = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
        return f"{path}:{self.line}: {self.slug}: {self.sentence}"


@dataclass
class Findings:
    """What the linter found in one folder. `hints` refuse nothing; `figures` are sentences for the reader."""

    faults: list[Fault] = field(default_factory=list)
    hints: list[Fault] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    """One table of a content file, such as `[[question]]`, and where it stands."""

    path: Path
    line: int
    values: Mapping[str, Any]

    @property
    def slug(self) -> str:
        return str(self.values.get("slug") or self.values.get("id") or self.path.stem)

    def fault(self, sentence: str) -> Fault:
        return Fault(self.path, self.line, self.slug, sentence)


def check(folder: Path) -> None:
    """Raise BankFault with every fault of the course in `folder`, one a line."""
    faults = lint(folder).faults
    if faults:
        raise BankFault("\n".join(map(str, faults)))


def lint(folder: Path) -> Findings:
    """Hold every file of the course in `folder` against the rules. Nothing is changed or loaded."""
    found = Findings()
    lessons = _entries(folder / "course.toml", "lesson", found)
    sources = _entries(folder / "facts.toml", "source", found)
    fact_entries = _entries(folder / "facts.toml", "fact", found)
    quiz = _entries(folder / "bank.toml", "question", found)
    checks = _entries(folder / "checks.toml", "question", found)
    is_told = (folder / "scenario.toml").is_file()
    scenario = _entries(folder / "scenario.toml", "scene", found) if is_told else []
    if not found.faults:
        for entries in (lessons, sources, fact_entries, [*quiz, *checks], scenario):
            found.faults += _named_twice(entries)
        facts = _facts(fact_entries, sources, found)
        _lint_lessons(lessons, facts, found)
        _lint_questions(folder / "bank.toml", quiz, checks, len(lessons), facts, found)
        if is_told:
            _lint_scenario(folder / "scenario.toml", scenario, facts, found)
    found.faults = list(dict.fromkeys(found.faults))
    return found


def _entries(path: Path, table: str, found: Findings) -> list[_Entry]:
    """Return the `[[table]]` entries of `path`. One that lacks a part is a fault."""
    text = _text(path, path.stem, found)
    try:
        tables = tomllib.loads(text).get(table, [])
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        sentence = f"This is not valid TOML: {_AT_LINE.sub('', str(error))}."
        found.faults.append(Fault(path, int(at[1]) if at else 1, path.stem, sentence))
        return []
    if not isinstance(tables, list):
        found.faults.append(Fault(path, 1, path.stem, f"Write [[{table}]] with two brackets on each side."))
        return []
    entries = [
        _Entry(path, line or 1, values)
        for line, values in zip_longest(_lines(text, table), tables)
        if values is not None
    ]
    for entry in entries:
        missing = [name for name in _NEEDED[table] if name not in entry.values]
        found.faults += [entry.fault(f"{name!r} is missing. Add it.") for name in missing]
        if not _SLUG.fullmatch(entry.slug):
            found.faults.append(entry.fault("A name has letters, figures and hyphens only. Write another."))
    return entries


def _text(path: Path, slug: str, found: Findings) -> str:
    """Return the text of a file. One that is missing or not UTF-8 is a fault and reads as empty."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        found.faults.append(Fault(path, 1, slug, "The file is missing. Add it."))
    except UnicodeDecodeError:
        found.faults.append(Fault(path, 1, slug, "This is not text in UTF-8. Save it as UTF-8."))
    return ""


def _lines(text: str, table: str) -> list[int]:
    """Return the line of each `[[table]]` in `text`: of its slug, or of its head when it has none."""
    lines: list[int] = []
    is_inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            is_inside = line.strip() == f"[[{table}]]"
            lines += [number] if is_inside else []
        elif is_inside and re.match(r"(?:slug|id)\s*=", line):
            lines[-1] = number
    return lines


def _named_twice(entries: Iterable[_Entry]) -> Iterable[Fault]:
    seen: dict[str, _Entry] = {}
    for entry in entries:
        first = seen.setdefault(entry.slug, entry)
        if first is not entry:
            where = f"{first.path.name}, line {first.line}"
            yield entry.fault(f"This name is used twice: see {where}. Give each its own.")


def _facts(entries: list[_Entry], sources: list[_Entry], found: Findings) -> bank.Facts:
    known = {entry.slug for entry in sources}
    for entry in entries:
        found.faults += [
            entry.fault(f"Source {code} does not exist. Name another, or add it.")
            for code in entry.values["sources"]
            if code not in known
        ]
    return {
        entry.slug: bank.Backing(bool(entry.values["sources"]), entry.values["mark"] == Fact.Mark.KNOWN)
        for entry in entries
    }


def _lint_lessons(entries: list[_Entry], facts: bank.Facts, found: Findings) -> None:
    grades = {}
    for entry in entries:
        found.faults += [entry.fault(each) for each in bank.fact_faults(entry.values["facts"], facts)]
        path = entry.path.parent / "lessons" / f"{entry.slug}.md"
        if not path.is_file():
            found.faults.append(entry.fault(f"Its text is missing. Write it in lessons/{path.name}."))
            continue
        body = _text(path, entry.slug, found).strip()
        found.faults += [Fault(path, 1, entry.slug, each) for each in lesson_faults(body)]
        found.hints += _long_screens(path, entry.slug, body)
        grades[entry.slug] = readability.grade(body)
    found.figures.append(_grades("lessons", grades))


def lesson_faults(body: str) -> list[str]:
    """Return what is wrong with the English text of a lesson, each a whole sentence."""
    return [*screens.faults(body), *readability.faults(readability.grade(body))]


def _long_screens(path: Path, slug: str, body: str) -> Iterable[Fault]:
    heads = [number for number, line in enumerate(body.split("\n"), start=1) if line.startswith("## ")]
    for line, screen in zip(heads, screens.screens(body), strict=False):
        texts = [part for part in screen.parts if isinstance(part, str)]
        words = sum(len(block.split()) for text in texts for block in readability.blocks(text))
        if words > WORDS_A_SCREEN:
            sentence = (
                f"“{screen.title}” has {words} words. A screen of about {WORDS_A_SCREEN} is easier to read."
            )
            yield Fault(path, line, slug, sentence)


def _lint_questions(
    path: Path, quiz: list[_Entry], checks: list[_Entry], lessons: int, facts: bank.Facts, found: Findings
) -> None:
    found.faults += [
        entry.fault(f"Lesson {entry.values['lesson']} does not exist. Use 1 to {lessons}.")
        for entry in (*quiz, *checks)
        if entry.values["lesson"] not in range(1, lessons + 1)
    ]
    asked = _made(quiz, bank.written, lambda each: bank.faults(each, facts), found)
    everything = [*asked, *_made(checks, bank.written, lambda each: bank.faults(each, facts), found)]
    whole = [*bank.bank_faults(asked), *bank.share_faults(everything, "the course")]
    found.faults += [Fault(path, 1, path.stem, each) for each in whole]
    found.figures.append(_grades("questions", {each.slug: each.grade for each in everything}))
    for name, questions in (("quiz", asked), ("course", everything)):
        slugs, served = bank.longest_right(questions)
        part = f"{len(slugs)} of {served} ({bank.share(questions):.1%})"
        found.figures.append(f"{name}: the longest option is right in {part}.")


def _lint_scenario(path: Path, entries: list[_Entry], facts: bank.Facts, found: Findings) -> None:
    made = _made(entries, scenes.written, lambda each: scenes.faults(each, facts), found)
    at = {entry.slug: entry for entry in entries}
    found.faults += [at[slug].fault(sentence) for slug, sentence in scenes.way_faults(made)]
    found.faults += [Fault(path, 1, path.stem, each) for each in scenes.scenario_faults(made)]
    found.figures.append(_grades("scenes", {each.slug: each.grade for each in made}))
    deciding = sum(1 for each in made if each.choices)
    found.figures.append(
        f"scenario: the longest choice is good in {len(scenes.longest_good(made))} of {deciding}."
    )


def _made(
    entries: Sequence[_Entry],
    make: Callable[[Mapping[str, Any]], Made],
    faults: Callable[[Made], list[str]],
    found: Findings,
) -> list[Made]:
    made = []
    for entry in entries:
        try:
            each = make(entry.values)
        except BankFault as missing:
            found.faults.append(entry.fault(str(missing)))
            continue
        found.faults += [entry.fault(sentence) for sentence in faults(each)]
        made.append(each)
    return made


def _grades(name: str, grades: Mapping[str, float]) -> str:
    if not grades:
        return f"0 {name}."
    hardest = max(grades, key=lambda slug: grades[slug])
    mean = sum(grades.values()) / len(grades)
    at_most = f"{grades[hardest]:.1f} at most ({hardest})"
    return f"{len(grades)} {name}: reading grade {mean:.1f} on average, {at_most}."


def staff_faults(question: Question, options: Sequence[bank.Option]) -> list[str]:
    """Return what is wrong with `question` and its `options` as staff want to save them.

    The rules of one question hold, and it must not make the longest option right too often in the quiz or the
    course. A question that makes that no worse may be saved, and one that is held back as a draft always.
    """
    now = bank.Written(
        slug=question.slug,
        kind=question.kind,
        critical=question.critical,
        text=bank.english(question.text),
        facts=tuple(question.facts),
        options=tuple(options),
        is_draft=question.is_draft,
    )
    found = bank.faults(now, _facts_of(question.facts))
    return found if question.is_draft or not question.course_id else [*found, *_share_with(question, now)]


def staff_scene_faults(scene: Scene, choices: Sequence[scenes.Choice]) -> list[str]:
    """Return what is wrong with `scene` and its `choices` as staff want to save them.

    The rules of one scene hold, and it must not spoil a way that was good before. That nothing leads to a new
    scene yet is no fault: it must be there before a choice can lead to it.
    """
    now = scenes.Scene(
        slug=scene.slug,
        title=bank.english(scene.title),
        text=bank.english(scene.text),
        facts=tuple(scene.facts),
        is_end=scene.is_end,
        choices=tuple(choices),
    )
    found = scenes.faults(now, _facts_of(scene.facts))
    if not scene.course_id:
        return found
    rows = Scene.objects.filter(course_id=scene.course_id).prefetch_related("decisions")
    before = [(row.number, row.pk, _scene_as_written(row)) for row in rows]
    after = [*(known for known in before if known[1] != scene.pk), (scene.number, 0, now)]
    known = set(scenes.way_faults([each for _number, _pk, each in sorted(before, key=itemgetter(0, 1))]))
    ways = scenes.way_faults([each for _number, _pk, each in sorted(after, key=itemgetter(0, 1))])
    is_new = scene.pk is None
    return [
        *found,
        *(
            sentence if slug == now.slug else f"{slug}: {sentence}"
            for slug, sentence in ways
            if (slug, sentence) not in known and not (is_new and sentence == scenes.UNREACHED)
        ),
    ]


def _scene_as_written(row: Scene) -> scenes.Scene:
    return scenes.Scene(
        slug=row.slug,
        title=bank.english(row.title),
        text=bank.english(row.text),
        facts=tuple(row.facts),
        is_end=row.is_end,
        choices=tuple(
            scenes.Choice(
                each.key,
                bank.english(each.text),
                bank.english(each.consequence),
                each.leads_to,
                each.is_good,
            )
            for each in row.decisions.all()
        ),
    )


def _facts_of(codes: Iterable[str]) -> bank.Facts:
    rows = Fact.objects.filter(code__in=list(codes)).prefetch_related("sources")
    return {row.code: bank.Backing(bool(row.sources.all()), row.mark == Fact.Mark.KNOWN) for row in rows}


def _share_with(question: Question, now: bank.Written) -> Iterable[str]:
    rows = list(Question.objects.filter(course_id=question.course_id).prefetch_related("choices"))
    for name, purposes in (("quiz", [Question.Purpose.QUIZ]), ("course", Question.Purpose.values)):
        if question.purpose not in purposes:
            continue
        among = [row for row in rows if row.purpose in purposes]
        before = [_as_written(row) for row in among]
        after = [*(_as_written(row) for row in among if row.pk != question.pk), now]
        if bank.is_too_often(after) and bank.share(after) > bank.share(before):
            yield (
                f"With this question the longest option would be right in {bank.share(after):.1%} of the "
                f"questions of the {name}. At most {bank.MOST_LONGEST_RIGHT:.0%} may be: shorten the right "
                "option, or lengthen a wrong one."
            )


def _as_written(row: Question) -> bank.Written:
    return bank.Written(
        slug=row.slug,
        kind=row.kind,
        critical=row.critical,
        text=bank.english(row.text),
        facts=tuple(row.facts),
        options=tuple(map(as_option, row.choices.all())),
        is_draft=row.is_draft,
    )


def as_option(row: Choice) -> bank.Option:
    """Return an option that is a row as the rules read it."""
    return bank.Option(row.key, bank.english(row.text), bank.english(row.feedback), row.is_right)
