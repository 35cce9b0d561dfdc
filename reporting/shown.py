"""Answers as people read them: lines of question and answer, in the order of the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from reporting.schema import BY_GROUP, CONSENTS, GROUPS, QUESTIONS, STEPS, Question
from reporting.schema.base import DAY, LINE, NOTE


class Told(NamedTuple):
    """One line as it is read. upsetting: staff are warned, and unfold the text when they are ready."""

    heading: str
    text: str
    upsetting: bool = False


# How a report came that staff entered; the slugs stand in sealed parts.
SOURCES = {"phone": _lazy("By telephone"), "paper": _lazy("On paper"), "event": _lazy("At an event")}


def in_words(question: Question, value: Any) -> str:
    """Return an answer with its choices in words; a choice that is no longer offered stays as it is."""
    if question.kind in {LINE, NOTE, DAY}:
        return str(value)
    words = {slug: str(label) for slug, label in question.options()}
    chosen = value if isinstance(value, list) else [value]
    return "; ".join(words.get(str(slug), str(slug)) for slug in chosen)


def _pairs(questions: Mapping[str, Question], told: dict[str, Any], before: str = "") -> Iterator[Told]:
    """Yield what is told of `questions`, and take it out of `told`."""
    for name, question in questions.items():
        if value := told.pop(name, None):
            yield Told(f"{before}{question.label}", in_words(question, value), question.upsetting)


def _items(group: str, value: Any) -> Iterator[Told]:
    told = [dict(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    for number, item in enumerate(told, 1):
        before = f"{GROUPS[group].one} {number}: " if len(told) > 1 else ""
        yield from _pairs(BY_GROUP[group], item, before)
        yield from (Told(f"{before}{name}", str(rest)) for name, rest in item.items() if rest)


def shown_answers(answers: Mapping[str, Any]) -> list[Told]:
    """Return questions and answers in the order of the form, choices in words, empty ones left out.

    Answers of another version that have no question here stand last, under their plain name, so that nothing
    told gets lost.
    """
    rest = dict(answers)
    lines: list[Told] = []
    for step in STEPS:
        if step.group:
            lines += _items(step.group, rest.pop(step.group, None))
            # Version 1 kept the one officer, student and incident flat.
        lines += _pairs({question.slug: question for question in step.questions}, rest)
    lines += _pairs(QUESTIONS, rest)
    return lines + [Told(name, str(value)) for name, value in rest.items() if value]


def shown_content(content: Mapping[str, Any]) -> list[Told]:
    """Return the lines of an opened part: answers, words, consents taken back, the wish to be erased."""
    lines = shown_answers(content.get("answers") or {})
    source = SOURCES.get(str(content.get("source", "")))
    if source:
        lines.insert(0, Told(_("How it came"), str(source)))
    if content.get("ask") == "delete":
        lines.append(Told(_("The reporter asks us to erase the report"), _("Yes. Decide, and answer them.")))
    if withdrawn := content.get("withdraw"):
        words = {slug: str(label) for slug, label in CONSENTS}
        lines.append(Told(_("No longer allowed"), "; ".join(words.get(slug, slug) for slug in withdrawn)))
    if content.get("text"):
        lines.append(Told("", str(content["text"])))
    return lines
