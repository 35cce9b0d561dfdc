"""A quiz in progress, as signed text in the address of its page. Nothing is stored and no cookie is set.

Every page of a quiz has an address of its own, so Back, reload, an empty battery and another device lose
nothing. The text holds which questions were drawn, the answers so far, and what is only counted (county,
class); never who answers.
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.core import signing
from django.utils.translation import gettext

from training.bank import UNSURE, same_words
from training.draw import Item, draw_items, draw_refresher, shuffled, siblings
from training.models import Course, Question
from training.scoring import Score, is_right, score

_ATTEMPT_SALT = "training.attempt"
_PASSED_SALT = "training.passed"
ATTEMPT_LASTS = dt.timedelta(days=30)
PASSED_LASTS = dt.timedelta(days=7)
UNSURE_KEY = "u"
QUIZ, REFRESHER = "quiz", "refresher"


class StaleAttempt(Exception):
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
class Step:
    """One question of an attempt and its answer.

    number: its place among the drawn ones, from 1; the other question on a missed topic has the same.
    chosen: option keys, None while it is not answered.
    """

    asked: Asked
    number: int
    is_again: bool
    chosen: frozenset[str] | None

    @property
    def is_right(self) -> bool:
        """Whether exactly the right options were chosen."""
        return self.chosen is not None and is_right(self.asked.item, self.chosen)


@dataclass(frozen=True)
class Attempt:
    """The drawn questions, the answers in the order they were given, and what is only counted.

    others: critical topic to the other question on it. county: slug or "". class_code: code or "".
    """

    course: Course
    kind: str
    seed: str
    drawn: tuple[Asked, ...]
    others: Mapping[str, Asked]
    answers: tuple[frozenset[str], ...] = ()
    county: str = ""
    class_code: str = ""

    def steps(self) -> list[Step]:
        """Return the answered questions in their order and, while one is open, that one as the last.

        A critical question that is not right is followed at once by the other one on its topic.
        """
        given = iter(self.answers)
        steps = []
        for number, asked in enumerate(self.drawn, start=1):
            step = Step(asked, number, is_again=False, chosen=next(given, None))
            steps.append(step)
            other = self.others.get(asked.item.critical)
            if step.chosen is not None and not step.is_right and other:
                step = Step(other, number, is_again=True, chosen=next(given, None))
                steps.append(step)
            if step.chosen is None:
                break
        return steps

    @property
    def open_step(self) -> Step | None:
        """The question that is to be answered now, None when all are answered."""
        last = self.steps()[-1]
        return last if last.chosen is None else None

    @property
    def last_step(self) -> Step | None:
        """The question that was answered last, None before the first."""
        answered = [step for step in self.steps() if step.chosen is not None]
        return answered[-1] if answered else None

    def answered(self, chosen: frozenset[str]) -> Attempt:
        """Return the attempt with one more answer: the keys of the chosen options."""
        return replace(self, answers=(*self.answers, chosen))

    def score(self) -> Score:
        """Return the Score of a quiz. Raise ValueError when it is a refresher or a question is open."""
        if self.open_step:
            raise ValueError("a question is open")
        first = {s.asked.item.slug: s.chosen or frozenset() for s in self.steps() if not s.is_again}
        again = {s.asked.item.slug: s.chosen or frozenset() for s in self.steps() if s.is_again}
        items = [step.asked.item for step in self.steps() if step.is_again]
        return score([asked.item for asked in self.drawn], first, items, again)

    def signed(self) -> str:
        """Return the attempt as signed text that can stand in an address."""
        parts = {
            "c": self.course.slug,
            "v": self.course.version,
            "k": self.kind,
            "s": self.seed,
            "q": ".".join(asked.question.slug for asked in self.drawn),
            "a": ".".join("".join(sorted(chosen)) for chosen in self.answers),
            "o": self.county,
            "g": self.class_code,
        }
        return signing.dumps(
            {key: value for key, value in parts.items() if value}, salt=_ATTEMPT_SALT, compress=True
        )


def _item(question: Question) -> Item:
    choices = question.choices.all()
    return Item(
        slug=question.slug,
        lesson=question.lesson.number,
        critical=question.critical,
        options=tuple(choice.key for choice in choices),
        right=frozenset(choice.key for choice in choices if choice.is_right),
    )


def served_bank(course: Course) -> dict[str, tuple[Question, Item]]:
    """Return the questions of `course` that may be asked: slug to the row and what the draw needs of it."""
    questions = course.questions.served().select_related("lesson").prefetch_related("choices")
    return {question.slug: (question, _item(question)) for question in questions}


def asked_in_order(question: Question, item: Item, seed: str) -> Asked:
    """Return `question` with its options in the order that belongs to `seed`, "I am not sure" last."""
    shown = {
        choice.key: Shown(choice.key, choice.text, choice.feedback, choice.is_right)
        for choice in question.choices.all()
    }
    unsure = [key for key in shown if same_words(shown[key].text["en"]) == UNSURE]
    options = [shown[key] for key in shuffled(item.options, seed + item.slug) if key not in unsure]
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


def new_attempt(
    course: Course,
    *,
    kind: str = QUIZ,
    county: str = "",
    class_code: str = "",
    chance: random.Random | None = None,
) -> Attempt:
    """Return a fresh draw for `course`. Raise BankTooSmall when a topic has no question that may be asked."""
    chance = chance or random.SystemRandom()
    bank = served_bank(course)
    items = [item for _question, item in bank.values()]
    drawn = draw_refresher(items, chance) if kind == REFRESHER else draw_items(items, chance)
    slugs = [item.slug for item in drawn]
    return _attempt(
        course, bank, kind, secrets.token_urlsafe(12), slugs, county=county, class_code=class_code
    )


def _attempt(
    course: Course,
    bank: Mapping[str, tuple[Question, Item]],
    kind: str,
    seed: str,
    slugs: Sequence[str],
    **counted: Any,
) -> Attempt:
    drawn = tuple(asked_in_order(*bank[slug], seed) for slug in slugs)
    topics = [asked.item.critical for asked in drawn if asked.item.critical]
    others = siblings([item for _q, item in bank.values()], [asked.item for asked in drawn], topics)
    return Attempt(
        course,
        kind,
        seed,
        drawn,
        {item.critical: asked_in_order(*bank[item.slug], seed) for item in others},
        **counted,
    )


def read_attempt(course: Course, text: str) -> Attempt:
    """Return the attempt that `signed` wrote. Raise StaleAttempt when it cannot be trusted or used now."""
    kept = _unsigned(text, _ATTEMPT_SALT, ATTEMPT_LASTS)
    if kept.get("c") != course.slug or kept.get("v") != course.version:
        raise StaleAttempt
    try:
        attempt = _attempt(
            course,
            served_bank(course),
            kept["k"],
            kept["s"],
            kept["q"].split("."),
            answers=tuple(frozenset(keys) for keys in kept["a"].split(".")) if "a" in kept else (),
            county=kept.get("o", ""),
            class_code=kept.get("g", ""),
        )
        if attempt.kind == QUIZ:
            score([asked.item for asked in attempt.drawn], {})
    except (KeyError, ValueError) as gone:  # staff took a question back or moved it to another topic
        raise StaleAttempt from gone
    return attempt


class Passed(NamedTuple):
    """What the proof of a passed quiz tells. nonce: random text of that quiz. The last two are counted."""

    version: int
    nonce: str
    county: str = ""
    class_code: str = ""


def passed_token(attempt: Attempt) -> str:
    """Return the signed proof that `attempt` was passed. It lasts PASSED_LASTS.

    One quiz, name and day make one certificate, however often its proof is shown. Raise ValueError when the
    attempt is not a passed quiz.
    """
    if attempt.kind != QUIZ or not attempt.score().is_passed:
        raise ValueError("not passed")
    proof = [attempt.course.version, attempt.seed, attempt.county, attempt.class_code]
    return signing.dumps({"c": attempt.course.slug, "p": proof}, salt=_PASSED_SALT)


def read_passed(course: Course, text: str) -> Passed:
    """Return what a proof tells. Raise StaleAttempt when it is not ours, too old or of another course."""
    proof = _unsigned(text, _PASSED_SALT, PASSED_LASTS)
    if proof.get("c") != course.slug:
        raise StaleAttempt
    return Passed(*proof["p"])


def _unsigned(text: str, salt: str, lasts: dt.timedelta) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = signing.loads(text, salt=salt, max_age=lasts)
    except signing.BadSignature as bad:
        raise StaleAttempt from bad
    return kept
