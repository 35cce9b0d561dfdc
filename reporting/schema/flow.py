"""Which pages come, in which order, and what of the answers is sent: pure functions of the answers.

The answers of a draft hold everything that was typed. Pages that other answers hide keep theirs in the draft,
so that a change of mind brings them back; they are not sent (`sendable`), because what no longer belongs to
the report, such as a name after "I want to stay unknown", must not go out with it. The check page lists them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from reporting.schema import BY_GROUP, GROUPS, STEP_BY_SLUG, STEPS, Step
from reporting.schema.base import Answers
from reporting.schema.events import CALL

# Names that begin so belong to the draft alone.
OF_DRAFT = "_"
FILES = "files"


class Place(NamedTuple):
    """One page: the slug of its step, and the number of its item, from 0."""

    slug: str
    item: int = 0

    @property
    def step(self) -> Step:
        """Return the step of this page."""
        return STEP_BY_SLUG[self.slug]


START = Place(STEPS[0].slug)


def items(answers: Answers, group: str) -> list[dict[str, Any]]:
    """Return the items of `group` as they stand in the draft, empty ones too."""
    return list(answers.get(group) or [])


def item_at(answers: Answers, place: Place) -> dict[str, Any]:
    """Return the answers that belong to `place`: of its item, or the flat ones."""
    group = place.step.group
    if not group:
        return dict(answers)
    told = items(answers, group)
    return told[place.item] if place.item < len(told) else {}


def path(answers: Answers, at: Place | None = None) -> list[Place]:
    """Return all pages for these answers, in order.

    at: the page the writer is on; an item that is being added exists only there.
    """
    return [place for place in _all_places(answers, at) if place.step.asked(answers, item_at(answers, place))]


def _all_places(answers: Answers, at: Place | None) -> Iterator[Place]:
    for group, steps in itertools.groupby(STEPS, key=lambda step: step.group):
        count = 1
        if group:
            new = at.item + 1 if at and at.step.group == group else 0
            count = min(max(1, len(items(answers, group)), new), GROUPS[group].most)
        run = list(steps)
        for number in range(count):
            for step in run:
                yield Place(step.slug, number)


def following(answers: Answers, at: Place) -> Place | None:
    """Return the page after `at`, None when the check comes."""
    # The page itself may have gone from the path by what was answered: then the next one that is left.
    every = list(_all_places(answers, at))
    left = set(path(answers, at))
    later = every[every.index(at) + 1 :] if at in every else []
    return next((place for place in later if place in left), None)


def before(answers: Answers, at: Place) -> Place | None:
    """Return the page before `at`, None on the first."""
    every = list(_all_places(answers, at))
    left = set(path(answers, at))
    earlier = every[: every.index(at)] if at in every else []
    return next((place for place in reversed(earlier) if place in left), None)


def put(answers: dict[str, Any], place: Place, cleaned: dict[str, Any]) -> None:
    """Put what was answered on `place` into `answers`; an emptied answer is taken out."""
    group = place.step.group
    if not group:
        _put(answers, cleaned)
        return
    told = items(answers, group)
    if place.item >= len(told):
        told.append({})
    _put(told[min(place.item, len(told) - 1)], cleaned)
    while told and not told[-1]:
        told.pop()
    _put(answers, {group: told})


def _put(into: dict[str, Any], cleaned: dict[str, Any]) -> None:
    for name, value in cleaned.items():
        if value:
            into[name] = value
        else:
            into.pop(name, None)


def take_out(answers: dict[str, Any], group: str, item: int) -> None:
    """Take one item out of its group; a number that is not there changes nothing."""
    told = items(answers, group)
    if 0 <= item < len(told):
        del told[item]
    _put(answers, {group: told})


def _asked_names(answers: Answers) -> dict[tuple[str, int], set[str]]:
    """Return the names that the pages of the path ask for, by group and item."""
    names: dict[tuple[str, int], set[str]] = {}
    for place in path(answers):
        step = place.step
        names.setdefault((step.group, place.item), set()).update(question.slug for question in step.questions)
    return names


def sendable(answers: Answers) -> dict[str, Any]:
    """Return what is sent of these answers: that of the pages in the path, without empty items."""
    names = _asked_names(answers)
    sent: dict[str, Any] = {}
    for name, value in answers.items():
        if name in GROUPS:
            told = [
                {key: item[key] for key in item if key in names.get((name, number), set())}
                for number, item in enumerate(value)
            ]
            if any(told):
                sent[name] = [item for item in told if item]
        elif name in BY_GROUP[""]:
            if name in names[("", 0)]:
                sent[name] = value
        elif not name.startswith(OF_DRAFT):
            sent[name] = value
    return sent


def left_out(answers: Answers) -> dict[str, Any]:
    """Return the answers that are kept in the draft and not sent, in the shape of answers."""
    names = _asked_names(answers)
    out: dict[str, Any] = {}
    for name, value in answers.items():
        if name in GROUPS:
            told = [
                {key: item[key] for key in item if key not in names.get((name, number), set())}
                for number, item in enumerate(value)
            ]
            if any(told):
                out[name] = told
        elif name in BY_GROUP[""] and name not in names[("", 0)]:
            out[name] = value
    return out


def missing(answers: Answers) -> Place | None:
    """Return the page that must be answered before sending, None when enough was told.

    Enough is a story, a file, or the wish to be called with a way to do it.
    """
    if answers.get("story") or answers.get(FILES):
        return None
    if CALL in (answers.get("story_way") or []):
        reachable = any(answers.get(name) for name in ("phone", "email", "contact"))
        return None if reachable else Place("contact")
    return Place("story")
