"""What a trainer prints: the guide of a course, and its quiz in two forms with their keys.

Forms A and B take their questions by the rules of the quiz and share none where there are two to choose from.
Which ones, and in which order, follows from course, version and form alone: the same paper on every machine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from portal.lib import languages
from training import attempts
from training.attempts import Asked, Shown
from training.draw import Item, groups, shuffled
from training.drawings import DRAWINGS, Drawing
from training.models import CertificateLanguage, Course, Lesson, Question, Source
from training.screens import Screen, screens

FORMS = ("a", "b")
STYLE = Path(__file__).parent / "paper.css"
_LETTERS = "ABCDEF"
_STATIONS = {
    "chest-rub": ("chest-rub",),
    "spray": ("spray-1", "spray-2"),
    "breath": ("head-tilt", "breath"),
    "recovery": ("recovery",),
}


@dataclass(frozen=True)
class Ticked:
    """One option on paper: its letter there, and what the key says of it."""

    letter: str
    option: Shown


@dataclass(frozen=True)
class Printed:
    """One question on paper. other: where the other form asks about the same critical topic."""

    number: int
    asked: Asked
    other: int | None

    @property
    def options(self) -> list[Ticked]:
        """The options in their printed order."""
        return [Ticked(letter, option) for letter, option in zip(_LETTERS, self.asked.options, strict=False)]

    @property
    def is_critical(self) -> bool:
        """Whether it must be right to pass."""
        return bool(self.asked.item.critical)

    @property
    def right(self) -> str:
        """The letters of the right options, such as "A, C"."""
        return ", ".join(ticked.letter for ticked in self.options if ticked.option.is_right)


@dataclass(frozen=True)
class Picture:
    """A drawing as the printing process finds it."""

    address: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Page:
    """One screen of a lesson on paper: its drawings stand beside its words (Markdown)."""

    title: str
    pictures: tuple[Picture, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Taught:
    """One lesson on paper: its screens, and the options of its check question in the order they are kept."""

    lesson: Lesson
    pages: tuple[Page, ...]
    check: Question | None
    options: tuple[Ticked, ...]


def drawn(bank: Sequence[Item], seed: str, form: str) -> list[Item]:
    """Return the twelve questions of `form` in printed order. Raise BankTooSmall when a group is empty."""
    items = {item.slug: item for item in bank}
    place = FORMS.index(form)
    chosen = []
    for name, group in groups(bank).items():
        order = shuffled([item.slug for item in group], f"{seed}/{name}/")
        chosen.append(order[place % len(order)])
    return [items[slug] for slug in shuffled(chosen, f"{seed}/{form}/")]


def quiz(course: Course, form: str) -> list[Printed]:
    """Return the questions of `form` as they are printed. Raise BankTooSmall as `drawn` does."""
    bank = attempts.served_bank(course)
    items = [item for _question, item in bank.values()]
    seed = f"{course.slug}/{course.version}"
    [other_form] = set(FORMS) - {form}
    others = {item.critical: place for place, item in enumerate(drawn(items, seed, other_form), start=1)}
    return [
        Printed(
            number,
            attempts.asked_in_order(*bank[item.slug], f"{seed}/{form}/"),
            others[item.critical] if item.critical else None,
        )
        for number, item in enumerate(drawn(items, seed, form), start=1)
    ]


def stations() -> dict[str, list[Drawing]]:
    """Return the practice stations: name to the drawings of what is practised there."""
    return {name: [DRAWINGS[slug] for slug in slugs] for name, slugs in _STATIONS.items()}


def language() -> str:
    """Return the language that paper is printed in: that of the page, where certificates have it too."""
    own = get_language() or ""
    return own if own in CertificateLanguage.values else CertificateLanguage.ENGLISH


def quiz_html(course: Course, form: str) -> str:
    """Return the paper quiz `form` and its key as one document."""
    with override(language()):
        told = {"form": form.upper(), "other": next(f for f in FORMS if f != form).upper()}
        return _html("training/paper_quiz.html", course, questions=quiz(course, form), **told)


def guide_html(course: Course, today: dt.date) -> str:
    """Return the trainer's guide as one document. It says the day it was printed."""
    with override(language()):
        rows = list(course.lessons.all())
        checks = {check.lesson_id: check for check in course.questions.checks().prefetch_related("choices")}
        codes = {code for row in rows for code in row.facts}
        return _html(
            "training/paper_guide.html",
            course,
            rows=rows,
            lessons=[_taught(row, checks.get(row.pk)) for row in rows],
            stations={name: [_picture(each) for each in drawings] for name, drawings in stations().items()},
            sources=Source.objects.filter(facts__code__in=codes).distinct(),
            today=today,
        )


def _html(template: str, course: Course, **told: Any) -> str:
    context = {
        "course": course,
        "language": get_language(),
        "is_draft": not languages.BY_CODE[language()].is_checked,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        **told,
    }
    # A link of a lesson leads nowhere on paper unless its whole address is printed.
    return render_to_string(template, context).replace('href="/', f'href="{settings.SITE_URL}/')


def _taught(lesson: Lesson, check: Question | None) -> Taught:
    return Taught(
        lesson,
        tuple(_page(screen) for screen in screens(str(lesson.body))),
        check,
        tuple(
            Ticked(choice.key.upper(), Shown(choice.key, choice.text, choice.feedback, choice.is_right))
            for choice in (check.choices.all() if check else ())
        ),
    )


def _page(screen: Screen) -> Page:
    return Page(
        screen.title,
        tuple(_picture(part) for part in screen.parts if isinstance(part, Drawing)),
        tuple(part for part in screen.parts if isinstance(part, str)),
    )


def _picture(drawing: Drawing) -> Picture:
    return Picture((settings.BASE_DIR / "static" / drawing.path).as_uri(), drawing.alt, drawing.caption)
