"""One report as a reviewer reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reporting import services
from reporting.keys import RoomKey
from reporting.models import CASE, Report, ReportEvent, SealedPart
from reporting.shown import Told, shown_content
from reporting.triage import mandated

LONGEST = 20_000


def readers() -> QuerySet[Any]:
    """Return the active members who were let into the case room: only they can work on a report."""
    return (
        get_user_model()
        .objects.filter(is_active=True, staff_key__grants__queue_key__room=CASE)
        .order_by("username")
        .distinct()
    )


_FILES = {SealedPart.Kind.FILE, SealedPart.Kind.REPLY_FILE}


def opened_room(room: RoomKey | None) -> RoomKey:
    """Return `room`. Raise PermissionDenied while the vault is locked for the member."""
    if room is None:
        raise PermissionDenied
    return room


@dataclass(frozen=True)
class OpenedPart:
    """One part as a reviewer reads it.

    content: what the part holds; lines: how it is read. Both empty when the part is damaged.
    """

    part: SealedPart
    content: dict[str, Any] = field(default_factory=dict)
    lines: list[Told] = field(default_factory=list)
    is_damaged: bool = False


def open_parts(*, report: Report, room: RoomKey, by: AbstractUser) -> list[OpenedPart]:
    """Return every part of `report` that belongs to `room`, opened; each opening is written down."""
    return open_with_log(report=report, room=room, by=by, newest=[])[0]


def open_with_log(
    *, report: Report, room: RoomKey, by: AbstractUser, newest: list[ReportEvent]
) -> tuple[list[OpenedPart], list[ReportEvent]]:
    """Do as `open_parts`; return beside it the newest events of the report, with those of this opening.

    newest: what `events.newest_of` returned.
    """
    # An original is opened when it is saved, by itself.
    shown = report.parts.filter(room=room.room).exclude(kind=SealedPart.Kind.ORIGINAL)
    parts = list(shown.order_by("number"))
    for part in parts:
        part.report = report
    contents, written = services.open_parts(parts=parts, room=room, by=by, newest=newest)
    opened = [_opened(part, content) for part, content in zip(parts, contents, strict=True)]
    return opened, [*reversed(written), *newest]


def _opened(part: SealedPart, content: dict[str, Any] | None) -> OpenedPart:
    if content is None:
        return OpenedPart(part, is_damaged=True)
    return OpenedPart(part, content, lines_of(part, content))


def lines_of(part: SealedPart, content: dict[str, Any]) -> list[Told]:
    """Return how an opened part is read."""
    if part.kind == SealedPart.Kind.DECISION:
        return mandated.lines(content)
    return _file_lines(content) if part.kind in _FILES else shown_content(content)


def _file_lines(content: Mapping[str, Any]) -> list[Told]:
    """Return how a file is read: its name, what was said of it, and the sums that prove it."""
    lines = [
        (_("Name of the file"), "name"),
        (_("About it"), "note"),
        (_("Who is in it"), "who"),
        (_("SHA-256 as it is kept, without hidden details"), "sha256"),
        (_("SHA-256 as it came"), "original_sha256"),
    ]
    return [Told(heading, str(content[name])) for heading, name in lines if content.get(name)]
