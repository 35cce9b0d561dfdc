"""What staff do with one report: the forms, and the report as a reviewer reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from reporting import services
from reporting.forms import shown_answers
from reporting.keys import RoomKey
from reporting.models import CASE, Report, SealedPart

LONGEST = 20_000


def readers() -> QuerySet[Any]:
    """Return the active members who were let into the case room: only they can work on a report."""
    return (
        get_user_model()
        .objects.filter(is_active=True, staff_key__grants__queue_key__room=CASE)
        .order_by("username")
        .distinct()
    )


class WorkForm(forms.Form):
    """Status, priority and who works on it."""

    done = _("Changed.")
    status = forms.ChoiceField(label=_("Status"), choices=Report.Status)
    priority = forms.ChoiceField(label=_("Priority"), choices=Report.Priority)
    assigned_to: Any = forms.ModelChoiceField(
        label=_("Who works on it"), queryset=None, required=False, empty_label=_("Nobody yet")
    )

    def __init__(self, typed: Any = None, *, report: Report) -> None:
        initial = {
            "status": report.status,
            "priority": report.priority,
            "assigned_to": report.assigned_to_id,
        }
        super().__init__(typed, initial=initial, prefix="work")
        self.report = report
        self.fields["assigned_to"].queryset = readers()  # type: ignore[attr-defined]

    def save(self, *, by: AbstractUser, key: RoomKey) -> None:
        """Make the changes, each with its trace."""
        services.set_status(report=self.report, by=by, status=self.cleaned_data["status"])
        services.set_priority(report=self.report, by=by, priority=self.cleaned_data["priority"])
        services.assign(report=self.report, by=by, to=self.cleaned_data["assigned_to"])


class NoteForm(forms.Form):
    """A note that only reviewers read."""

    done = _("Note kept.")
    text = CleanCharField(
        label=_("Note for the team"),
        help_text=_("The reporter never sees notes."),
        multiline=True,
        max_length=LONGEST,
        error_messages={"required": _("Write the note first, then keep it.")},
    )

    def __init__(self, typed: Any = None, *, report: Report) -> None:
        super().__init__(typed, prefix="note")
        self.report = report

    def save(self, *, by: AbstractUser, key: RoomKey) -> None:
        """Keep the note. Raise services.Damaged."""
        services.add_note(report=self.report, by=by, key=key, text=self.cleaned_data["text"])


class AnswerForm(forms.Form):
    """An answer the reporter reads with their code."""

    done = _("Answer kept for the reporter.")
    text = CleanCharField(
        label=_("Answer to the reporter"),
        help_text=_(
            "They read it when they come back with their code. Write no names: the code may be found."
        ),
        multiline=True,
        max_length=LONGEST,
        error_messages={"required": _("Write the answer first, then send it.")},
    )

    def __init__(self, typed: Any = None, *, report: Report) -> None:
        super().__init__(typed, prefix="answer")
        self.report = report

    def save(self, *, by: AbstractUser, key: RoomKey) -> None:
        """Keep the answer for who has the code. Raise services.Damaged."""
        services.answer_reporter(report=self.report, by=by, key=key, text=self.cleaned_data["text"])


# What a page of one report can send, by the name of its button.
FORMS: dict[str, type[WorkForm | NoteForm | AnswerForm]] = {
    "work": WorkForm,
    "note": NoteForm,
    "answer": AnswerForm,
}


@dataclass(frozen=True)
class OpenedPart:
    """One part as a reviewer reads it. lines: (heading, text) pairs, empty when the part is damaged."""

    part: SealedPart
    lines: list[tuple[str, str]] = field(default_factory=list)
    is_damaged: bool = False


def open_parts(*, report: Report, room: RoomKey, by: AbstractUser) -> list[OpenedPart]:
    """Return every part of `report` that belongs to `room`, opened; each opening is written down."""
    parts = report.parts.filter(room=room.room).select_related("report").order_by("number")
    return [_opened(part, room, by) for part in parts]


def _opened(part: SealedPart, room: RoomKey, by: AbstractUser) -> OpenedPart:
    try:
        content = services.open_part(part=part, room=room, by=by)
    except services.Damaged:
        return OpenedPart(part, is_damaged=True)
    lines = shown_answers(content.get("answers") or {})
    if content.get("text"):
        lines.append(("", str(content["text"])))
    return OpenedPart(part, lines)
