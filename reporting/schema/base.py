"""What the form is made of: questions, pages, and groups that can be told more than once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

Answers = Mapping[str, Any]
Asked = Callable[[Answers, Answers], bool]
Choices = tuple[tuple[str, Any], ...]

LINE = "line"
NOTE = "note"
ONE = "one"
MANY = "many"
LIST = "list"
DAY = "day"

YES_NO: Choices = (("yes", _("Yes")), ("no", _("No")), ("unsure", _("I do not know")))


def always(answers: Answers, item: Answers) -> bool:
    """Ask everybody."""
    return True


@dataclass(frozen=True)
class Question:
    """One thing that is asked. `slug` is the name of its answer for good.

    kind: LINE or NOTE (text), ONE (radio buttons), LIST (one of a long list), MANY (checkboxes) or DAY (ISO
    text). identity: sealed to the identity room, which leads alone open. why: why we ask. upsetting: staff
    are told before they read it. suggested: words a line may offer. length: most characters of a text.
    """

    slug: str
    label: Any
    kind: str = LINE
    hint: Any = ""
    why: Any = ""
    choices: Choices | Callable[[], Choices] = ()
    identity: bool = False
    upsetting: bool = False
    suggested: Callable[[], list[str]] | None = None
    length: int = 200

    def options(self) -> list[tuple[str, Any]]:
        """Return the choices as (slug, label)."""
        return list(self.choices() if callable(self.choices) else self.choices)


@dataclass(frozen=True)
class Step:
    """One page. asked: a pure function of all answers and of the answers of this page's item.

    group: the page belongs to each item of that group. lists: the page shows the group's items, to change,
    take out and add. words: template of what is said on the page before the questions.
    """

    slug: str
    heading: Any
    questions: tuple[Question, ...] = ()
    asked: Asked = always
    group: str = ""
    lists: str = ""
    words: str = ""


@dataclass(frozen=True)
class Group:
    """What can be told more than once: a list of dicts under `slug`."""

    slug: str
    one: Any
    add: Any
    none: Any
    most: int = 10


def line(slug: str, label: Any, hint: Any = "", **more: Any) -> Question:
    """Return a question for one line of text."""
    return Question(slug, label, LINE, hint, **more)


def note(slug: str, label: Any, hint: Any = "", **more: Any) -> Question:
    """Return a question for a few sentences."""
    return Question(slug, label, NOTE, hint, length=more.pop("length", 2_000), **more)


def one(slug: str, label: Any, choices: Choices, hint: Any = "", **more: Any) -> Question:
    """Return a question with one answer of a few."""
    return Question(slug, label, ONE, hint, choices=choices, **more)


def many(slug: str, label: Any, choices: Choices, hint: Any = "", **more: Any) -> Question:
    """Return a question where all that fits is ticked."""
    return Question(slug, label, MANY, hint or _("Tick all that fit."), choices=choices, **more)


def ticked(name: str, *slugs: str) -> Asked:
    """Return the condition that one of `slugs` is the answer `name`, or among it."""

    def asked(answers: Answers, item: Answers) -> bool:
        told = item.get(name) or answers.get(name) or []
        return bool({told} & set(slugs) if isinstance(told, str) else set(told) & set(slugs))

    return asked
