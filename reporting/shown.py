"""Answers as people read them: pairs of question and answer, in the order of the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from reporting.schema import BY_GROUP, CONSENTS, GROUPS, QUESTIONS, STEPS, Question
from reporting.schema.base import DAY, LINE, NOTE

Pairs = list[tuple[str, str]]

# How a report came that staff entered; the slugs stand in sealed parts.
SOURCES = {"phone": _lazy("By telephone"), "paper": _lazy("On paper"), "event": _lazy("At an event")}


def in_words(question: Question, value: Any) -> str:
    """Return an answer with its choices in words; a choice that is no longer offered stays as it is."""
    if question.kind in {LINE, NOTE, DAY}:
        return str(value)
    words = {slug: str(label) for slug, label in question.options()}
    chosen = value if isinstance(value, list) else [value]
    return "; ".join(words.get(str(slug), str(slug)) for slug in chosen)


def _label(question: Question) -> str:
    return (
        _("%(question)s (may upset)") % {"question": question.label}
        if question.upsetting
        else str(question.label)
    )


def _pairs(
    questions: Mapping[str, Question], told: dict[str, Any], before: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield what is told of `questions`, and take it out of `told`."""
    for name, question in questions.items():
        if value := told.pop(name, None):
            yield f"{before}{_label(question)}", in_words(question, value)


def _items(group: str, value: Any) -> Iterator[tuple[str, str]]:
    told = [dict(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    for number, item in enumerate(told, 1):
        before = f"{GROUPS[group].one} {number}: " if len(told) > 1 else ""
        yield from _pairs(BY_GROUP[group], item, before)
        yield from ((f"{before}{name}", str(rest)) for name, rest in item.items() if rest)


def shown_answers(answers: Mapping[str, Any]) -> Pairs:
    """Return (question, answer) pairs in the order of the form, choices in words, empty ones left out.

    Answers of another version that have no question here stand last, under their plain name, so that nothing
    told gets lost.
    """
    rest = dict(answers)
    pairs: Pairs = []
    for step in STEPS:
        if step.group:
            pairs += _items(step.group, rest.pop(step.group, None))
            # Version 1 kept the one officer, student and incident flat.
        pairs += _pairs({question.slug: question for question in step.questions}, rest)
    pairs += _pairs(QUESTIONS, rest)
    return pairs + [(name, str(value)) for name, value in rest.items() if value]


def shown_content(content: Mapping[str, Any]) -> Pairs:
    """Return the lines of an opened part: answers, words, consents taken back, the wish to be erased."""
    lines = shown_answers(content.get("answers") or {})
    source = SOURCES.get(str(content.get("source", "")))
    if source:
        lines.insert(0, (_("How it came"), str(source)))
    if content.get("ask") == "delete":
        lines.append((_("The reporter asks us to erase the report"), _("Yes. Decide, and answer them.")))
    if withdrawn := content.get("withdraw"):
        words = {slug: str(label) for slug, label in CONSENTS}
        lines.append((_("No longer allowed"), "; ".join(words.get(slug, slug) for slug in withdrawn)))
    if content.get("text"):
        lines.append(("", str(content["text"])))
    return lines
