"""What happened: the story, its kinds, and a page for each kind that was ticked."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from reporting.schema.base import YES_NO, Question, Step, line, many, note, one, ticked
from reporting.taxonomy import INCIDENTS, offered

STORY_LENGTH = 20_000
CALL = "call"
UPLOAD = "upload"

STORY = Step(
    "story",
    _("What happened"),
    (
        note(
            "story",
            _("Tell us what happened, in any words"),
            _("Any language is fine. You can leave out names. Write as much or as little as you want."),
            length=STORY_LENGTH,
        ),
        many(
            "story_way",
            _("Or tell us in another way"),
            (
                (CALL, _("Please call or write to me, and I will tell you")),
                (UPLOAD, _("I will add a photo, a video or a sound file")),
            ),
            _("You will be asked for it on a later page."),
        ),
    ),
)

KIND = Step(
    "kind",
    _("What kind of thing it was"),
    (
        many("incidents", _("Which of these fit?"), tuple(offered(INCIDENTS))),
        note("incident_other", _("Something else? Say it in your words"), ""),
    ),
)


_HEADINGS: dict[str, Any] = {
    "force": _("About the force"),
    "restraint": _("About being held or locked in"),
    "weapon": _("About the weapon"),
    "sexual": _("About the sexual things"),
    "arrest": _("About the arrest or ticket"),
    "search": _("About the search"),
    "questioning": _("About the questions they asked"),
    "slur": _("About the words or treatment"),
    "watching": _("About being watched"),
    "immigration": _("About immigration"),
    "discipline": _("About the school matter"),
    "no-help": _("About the missing help"),
    "property": _("About your things"),
    "retaliation": _("About being punished for speaking up"),
}
_HINTS: dict[str, Any] = {
    "sexual": _("You do not need to go into detail. Tick all that fit, or skip this."),
    "immigration": _("Please do not write whether anybody has papers. We never ask that. Tick all that fit."),
}
_LABELS: dict[str, Any] = {
    "discipline": _("What was it about?"),
    "slur": _("What was it about?"),
}
_MORE: dict[str, tuple[Question, ...]] = {
    "restraint": (line("restraint_minutes", _("About how many minutes?"), _("A guess is fine.")),),
    "arrest": (
        note("charge_text", _("What was the charge or ticket for?"), _("In your words, or as on the paper.")),
    ),
    "search": (
        one(
            "search_consent",
            _("Did they ask first?"),
            (
                ("asked-yes", _("They asked, and the student said yes")),
                ("asked-no", _("They asked, and the student said no")),
                ("pressed", _("The student felt there was no choice")),
                ("not-asked", _("They did not ask")),
                ("unsure", _("I do not know")),
            ),
        ),
    ),
}


def _kind_page(incident: Any) -> Step:
    slug = incident.slug
    question = many(
        incident.answer,
        _LABELS.get(slug, _("What was it?")),
        tuple(offered(incident.details)),
        _HINTS.get(slug, ""),
    )
    other = note(
        f"{incident.answer[: -len('_kinds')]}_text",
        _("Something to add about it?"),
        _("Only if you want to say more than you did."),
    )
    return Step(
        f"about-{slug}",
        _HEADINGS[slug],
        (question, *_MORE.get(slug, ()), other),
        asked=ticked("incidents", slug),
    )


_PAGES = {incident.slug: _kind_page(incident) for incident in INCIDENTS if incident.details}

# Pages that follow the page of their kind.
_AFTER: dict[str, tuple[Step, ...]] = {
    "questioning": (
        Step(
            "questioning-rights",
            _("Rights during the questions"),
            (
                one("parent_called", _("Was a parent called before the questions?"), YES_NO),
                one("lawyer_asked", _("Did the student ask for a lawyer or a parent?"), YES_NO),
                one("rights_read", _("Were the rights read out (“You may stay silent”)?"), YES_NO),
                one("statement_signed", _("Did the student write or sign something?"), YES_NO),
            ),
            asked=ticked("incidents", "questioning"),
        ),
    ),
    "slur": (
        Step(
            "words-used",
            _("The words"),
            (
                note(
                    "words_used",
                    _("Which words were used?"),
                    _("You can leave out letters. Staff are warned before they read this."),
                    upsetting=True,
                ),
            ),
            asked=ticked("incidents", "slur", "sexual", "immigration", "retaliation"),
        ),
    ),
}

CALLED = Step(
    "called",
    _("How it began"),
    (
        one(
            "called_by",
            _("Who called the officer?"),
            (
                ("nobody", _("Nobody: the officer acted alone")),
                ("teacher", _("A teacher or other staff")),
                ("principal", _("The principal or assistant principal")),
                ("student", _("A student")),
                ("family", _("A parent or family")),
                ("other", _("Somebody else")),
                ("unsure", _("I do not know")),
            ),
        ),
        note("called_why", _("Why, as far as you know?")),
    ),
)

STEPS = (
    STORY,
    KIND,
    *(
        page
        for incident in INCIDENTS
        if incident.slug in _PAGES
        for page in (_PAGES[incident.slug], *_AFTER.get(incident.slug, ()))
    ),
    CALLED,
)
