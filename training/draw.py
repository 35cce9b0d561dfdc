"""Which twelve questions are asked, and in which order. Rules: "Quiz rules" in content/naloxone/README.md."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

CRITICAL_TOPICS = tuple(f"K{number}" for number in range(1, 9))
# One more question from each of these groups of lessons, none of them critical.
OTHER_LESSONS = (frozenset({1}), frozenset({4, 5}), frozenset({6}), frozenset({7}))
QUESTIONS = len(CRITICAL_TOPICS) + len(OTHER_LESSONS)
REFRESHER_QUESTIONS = 6


@dataclass(frozen=True)
class Item:
    """What the draw and the score need to know of a question.

    critical: one of CRITICAL_TOPICS, or "". options, right: keys of its options.
    """

    slug: str
    lesson: int
    critical: str
    options: tuple[str, ...]
    right: frozenset[str]


class BankTooSmall(Exception):
    """A topic or lesson has no question that may be asked. The message names it."""


def groups(bank: Sequence[Item]) -> dict[str, list[Item]]:
    """Return what a quiz takes one question from each of: critical topics, then groups of other lessons.

    Raise BankTooSmall when a group is empty.
    """
    found = {topic: [item for item in bank if item.critical == topic] for topic in CRITICAL_TOPICS}
    for lessons in OTHER_LESSONS:
        name = " or ".join(f"lesson {number}" for number in sorted(lessons))
        found[name] = [item for item in bank if not item.critical and item.lesson in lessons]
    for name, items in found.items():
        if not items:
            raise BankTooSmall(name)
    return found


def draw_items(bank: Sequence[Item], chance: random.Random) -> list[Item]:
    """Return twelve items of `bank` in random order: one a critical topic, one a group of other lessons.

    Raise BankTooSmall when there is none to choose from.
    """
    drawn = [chance.choice(items) for items in groups(bank).values()]
    chance.shuffle(drawn)
    return drawn


def draw_refresher(bank: Sequence[Item], chance: random.Random) -> list[Item]:
    """Return six items of `bank` in random order, each on another critical topic (F96: a short booster).

    Raise BankTooSmall when fewer topics than that have a question that may be asked.
    """
    by_topic = {topic: [item for item in bank if item.critical == topic] for topic in CRITICAL_TOPICS}
    topics = [topic for topic, items in by_topic.items() if items]
    if len(topics) < REFRESHER_QUESTIONS:
        raise BankTooSmall("refresher")
    return [chance.choice(by_topic[topic]) for topic in chance.sample(topics, REFRESHER_QUESTIONS)]


def shuffled(keys: Sequence[str], seed: str) -> list[str]:
    """Return `keys` in an order that belongs to `seed`: the same on every machine, on page and paper."""
    return sorted(keys, key=lambda key: hashlib.blake2b(f"{seed}/{key}".encode()).digest())


def siblings(bank: Sequence[Item], asked: Sequence[Item], topics: Sequence[str]) -> list[Item]:
    """Return, for each of `topics` in order, a question of `bank` on it that was not `asked`.

    A topic without another question is left out: only a new quiz can clear it.
    """
    used = {item.slug for item in asked}
    found = []
    for topic in topics:
        other = next((item for item in bank if item.critical == topic and item.slug not in used), None)
        if other:
            found.append(other)
    return found
