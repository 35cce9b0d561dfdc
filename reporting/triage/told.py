"""What a report says, for an act of staff that needs it. No trace: the case page wrote the reading down."""

from __future__ import annotations

from typing import Any

from reporting import answers as told
from reporting import services
from reporting.keys import RoomKey
from reporting.models import Report, SealedPart

FROM_REPORTER = [SealedPart.Kind.REPORT, SealedPart.Kind.ADDITION]


def contents(*, report: Report, room: RoomKey) -> list[dict[str, Any] | None]:
    """Return what each part from the reporter holds, in order; None for one that does not open."""
    parts = report.parts.filter(room=room.room, kind__in=FROM_REPORTER).select_related("report")
    return [_content(part, room) for part in parts.order_by("number")]


def _content(part: SealedPart, room: RoomKey) -> dict[str, Any] | None:
    try:
        return services.unseal_part(part=part, room=room)
    except services.Damaged:
        return None


def merged(found: list[dict[str, Any] | None]) -> dict[str, Any]:
    """Return the answers of all parts, later ones over earlier ones."""
    answers: dict[str, Any] = {}
    for content in found:
        answers |= (content or {}).get("answers") or {}
    return answers


def officers_of(found: list[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """Return the officers of every part: one that was told of once stays accused.

    A part that does not open may name another officer, so it counts as one of whom nothing is known.
    """
    officers = [
        officer for content in found for officer in told.officers((content or {}).get("answers") or {})
    ]
    return [*officers, {}] if None in found else officers
