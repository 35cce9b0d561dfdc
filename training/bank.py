"""The rules a question must keep, for files and for staff. Source: "Authoring checks" of the bank."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from training.draw import CRITICAL_TOPICS

KINDS = ("single", "multi", "true-false")
UNSURE = "i am not sure"


@dataclass(frozen=True)
class Option:
    """One option as written: key a to d, English text, English feedback."""

    key: str
    text: str
    feedback: str
    is_right: bool


@dataclass(frozen=True)
class Written:
    """One question as written, before it is a row. `facts` are fact codes."""

    slug: str
    kind: str
    critical: str
    text: str
    facts: tuple[str, ...]
    options: tuple[Option, ...]


class BankFault(Exception):
    """A bank that must not be loaded. The message lists every fault, one a line."""


def same_words(text: str) -> str:
    """Return `text` as it is compared: letters and figures only, so "Yes." repeats "yes"."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in folded).split())


def faults(question: Written, sources_of: Mapping[str, AbstractSet[str]]) -> list[str]:
    """Return what is wrong with `question`, each a whole sentence; empty when it is good.

    sources_of: fact code to the codes of its sources.
    """
    return [*_option_faults(question), *_answer_faults(question), *_fact_faults(question, sources_of)]


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
            yield f"Option {option.key} repeats the text of another option."
        seen.add(words)
        if not option.feedback.strip():
            yield f"Option {option.key} has no feedback. Say why it is right or wrong."
    if len({option.key for option in question.options}) < len(question.options):
        yield "Two options have the same letter."


def _answer_faults(question: Written) -> Iterable[str]:
    right = [option for option in question.options if option.is_right]
    if question.kind not in KINDS:
        yield f"The kind is {question.kind!r}. Use single, multi or true-false."
    elif question.kind == "multi":
        if len(right) < 2:
            yield f"{len(right)} options are right. A question with several answers needs at least 2."
        if "choose all that apply" not in question.text.casefold():
            yield "A question with several answers must say: Choose all that apply."
    elif len(right) != 1:
        yield f"{len(right)} options are right. A question with one answer needs exactly 1."
    if any(same_words(option.text) == UNSURE for option in right):
        yield "“I am not sure” cannot be the right answer."
    if question.critical and question.critical not in CRITICAL_TOPICS:
        yield f"The critical topic is {question.critical!r}. Use K1 to K8 or leave it empty."


def _fact_faults(question: Written, sources_of: Mapping[str, AbstractSet[str]]) -> Iterable[str]:
    if not question.facts:
        yield "It names no fact."
    for code in question.facts:
        if code not in sources_of:
            yield f"Fact {code} does not exist."
    known = [code for code in question.facts if code in sources_of]
    if known and not any(sources_of[code] for code in known):
        yield f"None of its facts ({', '.join(known)}) has a source."


def written(entry: Mapping[str, Any]) -> Written:
    """Return one `[[question]]` of a bank file. Raise BankFault when a part of it is missing."""
    try:
        return Written(
            slug=entry["slug"],
            kind=entry["kind"],
            critical=entry.get("critical", ""),
            text=entry["text"],
            facts=tuple(entry.get("facts", ())),
            options=tuple(
                Option(option["key"], option["text"], option.get("feedback", ""), option.get("right", False))
                for option in entry["options"]
            ),
        )
    except KeyError as missing:
        raise BankFault(f"{entry.get('slug', 'A question')}: {missing} is missing.") from missing


def check_bank(entries: Sequence[Mapping[str, Any]], sources_of: Mapping[str, AbstractSet[str]]) -> None:
    """Raise BankFault with every fault of every question, or when two questions share a slug."""
    questions = [written(entry) for entry in entries]
    found = [f"{question.slug}: {fault}" for question in questions for fault in faults(question, sources_of)]
    slugs = [question.slug for question in questions]
    found += [
        f"{slug}: two questions have this slug." for slug in sorted({s for s in slugs if slugs.count(s) > 1})
    ]
    if found:
        raise BankFault("\n".join(found))
