"""The rules of a decision scenario: every way ends, no choice is empty, and length gives nothing away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training import readability
from training.bank import BankFault, Facts, english, fact_faults, only_longest, same_words

FEWEST_DECIDING = 5
CHOICES = range(2, 5)
MOST_LONGEST_GOOD = 0.6
UNREACHED = "No way leads here from the first scene. Let a choice lead here."


@dataclass(frozen=True)
class Choice:
    """One thing to do: English text and consequence, and the slug of the scene that follows."""

    key: str
    text: str
    consequence: str
    leads_to: str
    is_good: bool


@dataclass(frozen=True)
class Scene:
    """One moment of the scenario as written, in English."""

    slug: str
    title: str
    text: str
    facts: tuple[str, ...]
    is_end: bool
    choices: tuple[Choice, ...]

    @property
    def grade(self) -> float:
        """The reading grade of all that the scene may show."""
        parts = [text for choice in self.choices for text in (choice.text, choice.consequence)]
        return readability.grade_of([self.title, self.text, *parts])


def written(entry: Mapping[str, Any]) -> Scene:
    """Return one `[[scene]]` of a scenario file. Raise BankFault when a part of it is missing."""
    try:
        return Scene(
            slug=entry["slug"],
            title=english(entry["title"]),
            text=english(entry["text"]),
            facts=tuple(entry.get("facts", ())),
            is_end=entry.get("is_end", False),
            choices=tuple(
                Choice(
                    choice["key"],
                    english(choice["text"]),
                    english(choice.get("consequence", "")),
                    choice["next"],
                    choice.get("is_good", False),
                )
                for choice in entry.get("choices", ())
            ),
        )
    except KeyError as missing:
        raise BankFault(f"{missing} is missing. Add it.") from missing
    except TypeError as error:
        raise BankFault("Write each choice as a table: { key = …, text = …, next = … }.") from error


def faults(scene: Scene, facts: Facts) -> list[str]:
    """Return what is wrong with `scene` by itself, each a whole sentence; empty when it is good."""
    return [
        *_choice_faults(scene),
        *fact_faults(scene.facts, facts),
        *readability.faults(scene.grade),
    ]


def _choice_faults(scene: Scene) -> Iterable[str]:
    if not scene.title.strip() or not scene.text.strip():
        yield "The scene needs a title and a text."
    if scene.is_end and scene.choices:
        yield "It is an end and has choices. Take them out, or take the mark of an end away."
    if not scene.is_end and len(scene.choices) not in CHOICES:
        yield f"There are {len(scene.choices)} choices. Write 2 to 4, or mark it as an end."
    seen: set[str] = set()
    for choice in scene.choices:
        words = same_words(choice.text)
        if not words:
            yield f"Choice {choice.key} has no text."
        elif words in seen:
            yield f"Choice {choice.key} repeats the text of another choice. Write another, or take it out."
        seen.add(words)
        if not choice.consequence.strip():
            yield f"Choice {choice.key} has no consequence. Say what comes of it."
    if len({choice.key for choice in scene.choices}) < len(scene.choices):
        yield "Two choices have the same letter. Give each its own, a to d."


def way_faults(scenes: Sequence[Scene]) -> list[tuple[str, str]]:
    """Return what is wrong with the ways between `scenes`, as pairs of slug and sentence.

    The first is the start. Every scene can be reached, and from each some way leads to an end: nobody goes
    round for ever.
    """
    known = {scene.slug for scene in scenes}
    found = [
        (scene.slug, f"Choice {choice.key} leads to {choice.leads_to!r}, which does not exist.")
        for scene in scenes
        for choice in scene.choices
        if choice.leads_to not in known
    ]
    forward = {scene.slug: {choice.leads_to for choice in scene.choices} & known for scene in scenes}
    backward = {slug: {before for before, after in forward.items() if slug in after} for slug in known}
    reached = _reached({scene.slug for scene in scenes[:1]}, forward)
    ending = _reached({scene.slug for scene in scenes if scene.is_end}, backward)
    for scene in scenes:
        if scene.slug not in reached:
            found.append((scene.slug, UNREACHED))
        if scene.slug not in ending:
            found.append((scene.slug, "No way leads from here to an end. Let a choice lead on to one."))
    return found


def steps(scenes: Sequence[Scene]) -> dict[str, int]:
    """Return for each scene its step on the shortest way from the start, which has 1.

    A detour that leads back to the way thus has the step it leads to: no step is told twice or left out.
    """
    ways = {scene.slug: [choice.leads_to for choice in scene.choices] for scene in scenes}
    found: dict[str, int] = {}
    step, waiting = 0, [scene.slug for scene in scenes[:1]]
    while waiting:
        step += 1
        found |= dict.fromkeys(waiting, step)
        waiting = [slug for before in waiting for slug in ways[before] if slug not in found]
    return found


def _reached(start: set[str], ways: Mapping[str, set[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        new = ways[waiting.pop()] - reached
        reached |= new
        waiting.extend(new)
    return reached


def scenario_faults(scenes: Sequence[Scene]) -> list[str]:
    """Return what is wrong with the scenario as a whole: too few decisions, or length tells the good ones."""
    deciding = [scene for scene in scenes if scene.choices]
    found = []
    if len(deciding) < FEWEST_DECIDING:
        found.append(
            f"{len(deciding)} scenes have choices. A scenario needs at least {FEWEST_DECIDING} of them."
        )
    slugs = longest_good(scenes)
    if deciding and len(slugs) / len(deciding) > MOST_LONGEST_GOOD:
        found.append(
            f"The longest choice is good in {len(slugs)} of {len(deciding)} scenes "
            f"({len(slugs) / len(deciding):.1%}). At most {MOST_LONGEST_GOOD:.0%} may be. Shorten the good "
            f"choice, or lengthen another, in some of these: {', '.join(slugs)}."
        )
    return found


def longest_good(scenes: Iterable[Scene]) -> list[str]:
    """Return the slugs of the scenes in which one choice is longer than all others, and good."""
    return [
        scene.slug
        for scene in scenes
        if (longest := only_longest([choice.text for choice in scene.choices])) is not None
        and scene.choices[longest].is_good
    ]
