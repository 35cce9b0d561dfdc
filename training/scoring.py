"""When a quiz is passed. Rules: "Quiz rules" in content/naloxone/README.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from training.draw import CRITICAL_TOPICS, QUESTIONS, Item

RIGHT_TO_PASS = 10

Answers = Mapping[str, AbstractSet[str]]


@dataclass(frozen=True)
class Score:
    """How an attempt went.

    right: number of the twelve questions answered right at first. missed: critical topics answered wrong at
    first. open: those of them that the other question has not cleared.
    """

    right: int
    missed: tuple[str, ...]
    open: tuple[str, ...]
    is_passed: bool


def is_right(item: Item, chosen: AbstractSet[str]) -> bool:
    """Return whether `chosen` (option keys) is exactly what is right: nothing missing and nothing more."""
    return frozenset(chosen) == item.right


def score(
    asked: Sequence[Item], answers: Answers, again: Sequence[Item] = (), second: Answers | None = None
) -> Score:
    """Return the Score of one attempt.

    asked: the twelve drawn items; answers: item slug to chosen keys, where a missing one is wrong. again,
    second: the other questions on missed topics and their answers. A cleared topic does not add to `right`.
    Raise ValueError when `asked` is not twelve different questions that hold all eight critical topics once.
    """
    topics = [item.critical for item in asked if item.critical]
    if len({item.slug for item in asked}) != QUESTIONS or sorted(topics) != sorted(CRITICAL_TOPICS):
        raise ValueError("not a full set of questions")
    first = {item.slug for item in asked}
    wrong = [item for item in asked if not is_right(item, answers.get(item.slug, frozenset()))]
    missed = tuple(topic for topic in CRITICAL_TOPICS if any(item.critical == topic for item in wrong))
    cleared = {
        item.critical
        for item in again
        if item.slug not in first and is_right(item, (second or {}).get(item.slug, frozenset()))
    }
    still_open = tuple(topic for topic in missed if topic not in cleared)
    right = len(asked) - len(wrong)
    return Score(right, missed, still_open, right >= RIGHT_TO_PASS and not still_open)
