"""A quiz in progress: signed text in the trainee's own page. Nothing is stored and no cookie is set."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core import signing
from django.utils.translation import gettext

from training.bank import UNSURE, same_words
from training.draw import Item, draw_items, shuffled_options, siblings
from training.models import Course, Question
from training.scoring import Score, score

_SHEET_SALT = "training.sheet"
_PASSED_SALT = "training.passed"
SHEET_LASTS = dt.timedelta(days=30)
PASSED_LASTS = dt.timedelta(days=7)
UNSURE_KEY = "u"


class StaleSheet(Exception):
    """The signed text is not ours, too old, or asks questions that are no longer asked."""


class Shown(NamedTuple):
    """One option as it is shown."""

    key: str
    text: Any
    feedback: Any
    is_right: bool = False


@dataclass(frozen=True)
class Asked:
    """One question with its options in the order they are shown. "I am not sure" stands last."""

    question: Question
    item: Item
    options: tuple[Shown, ...]

    @property
    def caution(self) -> str:
        """What a reader must know of a question that nobody has signed off, or an empty text."""
        cautions = {
            "clinician": gettext("A clinician has not signed off this question yet."),
            "lawyer": gettext("A lawyer has not signed off this question yet. The law may have changed."),
        }
        return cautions.get(self.question.awaits, "")


@dataclass(frozen=True)
class Sheet:
    """The twelve questions of an attempt and, in the second round, their answers and the other questions."""

    course: Course
    asked: tuple[Asked, ...]
    answers: dict[str, frozenset[str]]
    again: tuple[Asked, ...] = ()

    @property
    def is_second_round(self) -> bool:
        """Whether the twelve have been answered and other questions are open."""
        return bool(self.again)

    def to_answer(self) -> tuple[Asked, ...]:
        """Return the questions of this round."""
        return self.again or self.asked

    def score_with(self, answers: dict[str, frozenset[str]]) -> Score:
        """Return the Score once the questions of this round have these `answers`."""
        first = [entry.item for entry in self.asked]
        if self.is_second_round:
            return score(first, self.answers, [entry.item for entry in self.again], answers)
        return score(first, answers)

    def signed(self) -> str:
        """Return the sheet as signed text for a hidden field."""
        return signing.dumps(
            {
                "c": self.course.slug,
                "v": self.course.version,
                "q": _packed(self.asked),
                "a": {slug: "".join(sorted(chosen)) for slug, chosen in self.answers.items()},
                "r": _packed(self.again),
            },
            salt=_SHEET_SALT,
            compress=True,
        )


def _packed(asked: Sequence[Asked]) -> list[list[str]]:
    return [[entry.question.slug, "".join(option.key for option in entry.options)] for entry in asked]


def _item(question: Question) -> Item:
    choices = question.choices.all()
    return Item(
        slug=question.slug,
        lesson=question.lesson.number,
        critical=question.critical,
        options=tuple(choice.key for choice in choices),
        right=frozenset(choice.key for choice in choices if choice.is_right),
    )


def _bank(course: Course) -> dict[str, tuple[Question, Item]]:
    questions = course.questions.served().select_related("lesson").prefetch_related("choices")
    return {question.slug: (question, _item(question)) for question in questions}


def _asked(question: Question, item: Item, keys: Sequence[str]) -> Asked:
    shown = {
        choice.key: Shown(choice.key, choice.text, choice.feedback, choice.is_right)
        for choice in question.choices.all()
    }
    unsure = [key for key in keys if key in shown and same_words(shown[key].text["en"]) == UNSURE]
    options = [shown[key] for key in keys if key in shown and key not in unsure]
    if unsure:
        options.append(shown[unsure[0]])
    else:
        options.append(
            Shown(
                UNSURE_KEY,
                gettext("I am not sure"),
                gettext("That is okay. Now you can see what is right."),
            )
        )
    return Asked(question, item, tuple(options))


def new_sheet(course: Course, chance: random.Random | None = None) -> Sheet:
    """Return a fresh draw for `course`. Raise BankTooSmall when a topic has no question that may be asked."""
    chance = chance or random.SystemRandom()
    bank = _bank(course)
    drawn = draw_items([item for _question, item in bank.values()], chance)
    return Sheet(
        course, tuple(_asked(*bank[item.slug], shuffled_options(item, chance)) for item in drawn), {}
    )


def second_round(sheet: Sheet, answers: dict[str, frozenset[str]], missed: Sequence[str]) -> Sheet:
    """Return the sheet that asks the other question on each of the `missed` topics."""
    chance = random.SystemRandom()
    bank = _bank(sheet.course)
    items = siblings([item for _q, item in bank.values()], [entry.item for entry in sheet.asked], missed)
    again = tuple(_asked(*bank[item.slug], shuffled_options(item, chance)) for item in items)
    return Sheet(sheet.course, sheet.asked, answers, again)


def read_sheet(course: Course, text: str) -> Sheet:
    """Return the sheet that `signed` wrote. Raise StaleSheet when it cannot be trusted or used any more."""
    kept = _unsigned(text, _SHEET_SALT, SHEET_LASTS)
    if kept.get("c") != course.slug or kept.get("v") != course.version:
        raise StaleSheet
    bank = _bank(course)
    try:
        asked = tuple(_asked(*bank[slug], keys) for slug, keys in kept["q"])
        again = tuple(_asked(*bank[slug], keys) for slug, keys in kept["r"])
        sheet = Sheet(course, asked, {slug: frozenset(keys) for slug, keys in kept["a"].items()}, again)
        sheet.score_with({})
    except (
        KeyError,
        ValueError,
    ) as gone:  # staff took a question back or moved it to another topic meanwhile
        raise StaleSheet from gone
    return sheet


def passed_token(course: Course) -> str:
    """Return the signed proof that a quiz of `course` was passed now. It lasts PASSED_LASTS."""
    proof = {"c": course.slug, "v": course.version, "n": secrets.token_urlsafe(18)}
    return signing.dumps(proof, salt=_PASSED_SALT)


def read_passed(course: Course, text: str) -> tuple[int, str]:
    """Return course version and random text of a proof. Raise StaleSheet when it is not ours or too old."""
    proof = _unsigned(text, _PASSED_SALT, PASSED_LASTS)
    if proof.get("c") != course.slug:
        raise StaleSheet
    return proof["v"], proof["n"]


def _unsigned(text: str, salt: str, lasts: dt.timedelta) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = signing.loads(text, salt=salt, max_age=lasts)
    except signing.BadSignature as bad:
        raise StaleSheet from bad
    return kept
