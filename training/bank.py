"""The rules of a question and its bank, for files and for staff. Source: "Authoring checks" of the bank.

Length gives the answer away when the right option is too often the longest. So one option may be longer than
all others and right in at most 40 % of the questions: of the quiz, and of the whole course. Below ten
questions a share says nothing and is not held against them. Drafts are left out, as nobody is asked them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.lib.languages import BASE
from portal.lib.translated import Translations
from training import readability
from training.draw import CRITICAL_TOPICS

KINDS = ("single", "multi", "true-false")
UNSURE = "i am not sure"
DRAFT_MARK = "(draft:"
SERVED_A_TOPIC = 2
MOST_LONGEST_RIGHT = 0.4
FEWEST_FOR_A_SHARE = 10


@dataclass(frozen=True)
class Backing:
    """What stands behind a fact. `is_known`: marked as general knowledge that nobody has confirmed."""

    has_source: bool
    is_known: bool = False


Facts = Mapping[str, Backing]


@dataclass(frozen=True)
class Option:
    """One option as written: key a to d, English text, English feedback."""

    key: str
    text: str
    feedback: str
    is_right: bool


@dataclass(frozen=True)
class Written:
    """One question as written, before it is a row, in English. `facts` are fact codes."""

    slug: str
    kind: str
    critical: str
    text: str
    facts: tuple[str, ...]
    options: tuple[Option, ...]
    is_draft: bool = False

    @property
    def grade(self) -> float:
        """The reading grade of question, options and feedback: a stem alone is too short for the formula."""
        parts = [text for option in self.options for text in (option.text, option.feedback)]
        return readability.grade_of([self.text, *parts])

    @property
    def is_longest_right(self) -> bool:
        """Whether one option is longer than all others, and right."""
        longest = only_longest([option.text for option in self.options])
        return longest is not None and self.options[longest].is_right


class BankFault(Exception):
    """A course that must not be loaded. The message lists every fault, one a line."""


def same_words(text: str) -> str:
    """Return `text` as it is compared: letters and figures only, so "Yes." repeats "yes"."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in folded).split())


def only_longest(texts: Sequence[str]) -> int | None:
    """Return which of `texts` is longer than every other one, or None when no single one is."""
    lengths = [len(text.strip()) for text in texts]
    most = max(lengths, default=0)
    return lengths.index(most) if lengths.count(most) == 1 else None


def faults(question: Written, facts: Facts) -> list[str]:
    """Return what is wrong with `question`, each a whole sentence; empty when it is good."""
    return [
        *_option_faults(question),
        *_answer_faults(question),
        *_draft_faults(question),
        *fact_faults(question.facts, facts, is_draft=question.is_draft),
        *readability.faults(question.grade),
    ]


def _option_faults(question: Written) -> Iterable[str]:
    if not question.text.strip():
        yield "The question has no text."
    if not 3 <= len(question.options) <= 4:
        yield f"There are {len(question.options)} options. Write 3 or 4."
    seen: set[str] = set()
    for option in question.options:
        words = same_words(option.text)
        if not words:
            yield f"Option {option.key} has no text."
        elif words in seen:
            yield f"Option {option.key} repeats the text of another option. Write another, or take it out."
        seen.add(words)
        if not option.feedback.strip():
            yield f"Option {option.key} has no feedback. Say why it is right or wrong."
    if len({option.key for option in question.options}) < len(question.options):
        yield "Two options have the same letter. Give each its own, a to d."


def _answer_faults(question: Written) -> Iterable[str]:
    right = [option for option in question.options if option.is_right]
    if question.kind not in KINDS:
        yield f"The kind is {question.kind!r}. Use single, multi or true-false."
    elif question.kind == "multi":
        yield from _several_faults(question, len(right))
    elif len(right) != 1:
        yield f"{len(right)} options are right. A question with one answer needs exactly 1."
    if any(same_words(option.text) == UNSURE for option in right):
        yield "“I am not sure” cannot be the right answer."
    if question.critical and question.critical not in CRITICAL_TOPICS:
        yield f"The critical topic is {question.critical!r}. Use K1 to K8 or leave it empty."


def _several_faults(question: Written, right: int) -> Iterable[str]:
    if right < 2:
        yield f"{right} options are right. A question with several answers needs at least 2."
    if right == len(question.options):
        yield "Every option is right. A question with several answers needs a wrong one too."
    if "choose all that apply" not in question.text.casefold():
        yield "A question with several answers must say: Choose all that apply."


def _draft_faults(question: Written) -> Iterable[str]:
    texts = [text for option in question.options for text in (option.text, option.feedback)]
    if not question.is_draft and any(DRAFT_MARK in text.casefold() for text in (question.text, *texts)):
        yield "Its text says “(Draft:” but it would be asked. Mark it as a draft, or take those words out."


def fact_faults(codes: Iterable[str], facts: Facts, *, is_draft: bool = False) -> Iterable[str]:
    """Return what is wrong with the facts that a text names.

    Each must exist and have a source, or be marked as known. At least one needs a source: a known fact is
    never the only support of a text that people get to read. Only a draft may wait for its source.
    """
    named = list(codes)
    if not named:
        yield "It names no fact. Name the fact it rests on, for example F24."
    found = {code: facts[code] for code in named if code in facts}
    for code in named:
        if code not in found:
            yield f"Fact {code} does not exist. Name another, or add it with its source."
        elif not found[code].has_source and not found[code].is_known:
            yield f"Fact {code} has no source. Add one, or mark the fact as known and name a second one."
    if found and not is_draft and not any(fact.has_source for fact in found.values()):
        yield f"None of its facts ({', '.join(found)}) has a source. Name one that has."


def bank_faults(quiz: Sequence[Written]) -> list[str]:
    """Return what is wrong with the questions of a quiz as a whole."""
    served = [question.critical for question in quiz if not question.is_draft]
    return [
        f"Questions on critical topic {topic} that are asked: {served.count(topic)}. Each topic needs "
        f"{SERVED_A_TOPIC}, so that the other one can be asked after a wrong answer."
        for topic in CRITICAL_TOPICS
        if served.count(topic) < SERVED_A_TOPIC
    ] + share_faults(quiz, "the quiz")


def longest_right(questions: Iterable[Written]) -> tuple[list[str], int]:
    """Return the slugs of the questions whose longest option is right, and how many are asked at all."""
    served = [question for question in questions if not question.is_draft]
    return [question.slug for question in served if question.is_longest_right], len(served)


def share(questions: Iterable[Written]) -> float:
    """Return in which part of `questions` the longest option is right."""
    slugs, served = longest_right(questions)
    return len(slugs) / served if served else 0.0


def is_too_often(questions: Sequence[Written]) -> bool:
    """Return whether the longest option is right too often, in a bank that is large enough to say so."""
    _slugs, served = longest_right(questions)
    return served >= FEWEST_FOR_A_SHARE and share(questions) > MOST_LONGEST_RIGHT


def share_faults(questions: Sequence[Written], whole: str) -> list[str]:
    """Return a sentence when the longest option is right too often in `whole`."""
    slugs, served = longest_right(questions)
    if not is_too_often(questions):
        return []
    sentence = (
        f"In {whole} the longest option is right in {len(slugs)} of {served} questions "
        f"({share(questions):.1%}). At most {MOST_LONGEST_RIGHT:.0%} may be. Shorten the right option, or "
        f"lengthen a wrong one, in some of these: {', '.join(slugs)}."
    )
    return [sentence]


def english(value: object) -> str:
    """Return the English of a value of a content file: plain text, or a table of languages."""
    return Translations.of(value).get(BASE, "")


def written(entry: Mapping[str, Any]) -> Written:
    """Return one `[[question]]` of a bank file. Raise BankFault when a part of it is missing."""
    try:
        return Written(
            slug=entry["slug"],
            kind=entry["kind"],
            critical=entry.get("critical", ""),
            text=english(entry["text"]),
            facts=tuple(entry.get("facts", ())),
            options=tuple(
                Option(
                    option["key"],
                    english(option["text"]),
                    english(option.get("feedback", "")),
                    option.get("right", False),
                )
                for option in entry["options"]
            ),
            is_draft=entry.get("draft", False),
        )
    except KeyError as missing:
        raise BankFault(f"{missing} is missing. Add it.") from missing
    except TypeError as error:
        raise BankFault("Write each option as a table: { key = …, text = …, feedback = … }.") from error
