"""Search by opening: no text of a report is stored in an index, so the reports are opened and looked through.

At most 2,000 reports at once, already narrowed by the filters of the queue; the next search goes on below.
The words are in the request's body only: in no address, no log, no title.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from reporting import events, queue, services
from reporting.filters import Filters
from reporting.keys import RoomKey
from reporting.models import CASE, Report, ReportEvent, SealedPart
from reporting.queue import Cursor

AT_ONCE = 2_000
SHOWN = 50
_PIECE = 100
_AROUND = 60
_NOT_TOLD = {"reporter", "received", "language", "at", "by"}
# Words of staff and of the reporter; files are not opened.
_READ = ["report", "addition", "answer", "note", "decision", "referral"]


@dataclass(frozen=True)
class Hit:
    """One report that holds every word. excerpt: the first word with what stands around it."""

    report: Report
    excerpt: str


@dataclass(frozen=True)
class Found:
    """What a search found. looked: reports opened; damaged: unopened parts; following: cursor or ""."""

    hits: list[Hit]
    looked: int
    damaged: int
    following: str


def plain(text: str) -> str:
    """Return `text` as it is compared: without case, accents or width, in every script."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", "".join(c for c in apart if not unicodedata.combining(c))).casefold()


def words_of(typed: str) -> list[str]:
    """Return the words to look for, each once."""
    return list(dict.fromkeys(plain(typed).split()))


def search(
    *,
    filters: Filters,
    words: list[str],
    user: AbstractUser,
    room: RoomKey,
    after: str = "",
    at_once: int = AT_ONCE,
) -> Found:
    """Open the reports of the view below the cursor `after` and return those that hold all `words`.

    One event says how many were opened; each report whose words are shown gets one of its own.
    """
    hits: list[Hit] = []
    looked = damaged = 0
    cursor = Cursor.parse(after)
    is_over = False
    while looked < at_once and len(hits) < SHOWN and not is_over:
        size = min(_PIECE, at_once - looked)
        reports = queue.following(filters, user, cursor, size)
        is_over = len(reports) < size
        texts, faults = _texts(reports, room)
        damaged += faults
        for report in reports:
            looked += 1
            cursor = Cursor.of(report)
            if (excerpt := _excerpt(texts.get(report.pk, []), words)) is not None:
                hits.append(Hit(report, excerpt))
                if len(hits) == SHOWN:
                    is_over = is_over and report is reports[-1]
                    break
    _write_down(user, hits, looked)
    return Found(hits, looked, damaged, "" if is_over or cursor is None else cursor.text())


def _texts(reports: list[Report], room: RoomKey) -> tuple[dict[Any, list[str]], int]:
    """Return every text of each report, and how many parts did not open."""
    parts = SealedPart.objects.filter(report__in=reports, room=CASE, kind__in=_READ).order_by("number")
    rows = {report.pk: report for report in reports}
    texts: dict[Any, list[str]] = {}
    damaged = 0
    for part in parts:
        part.report = rows[part.report_id]
        try:
            content = services.unseal_part(part=part, room=room)
        except services.Damaged:
            damaged += 1
        else:
            texts.setdefault(part.report_id, []).extend(_leaves(content))
    return texts, damaged


def _leaves(content: Any) -> list[str]:
    """Return every text in `content`, however deep."""
    if isinstance(content, dict):
        told = (value for name, value in content.items() if name not in _NOT_TOLD)
        return [text for value in told for text in _leaves(value)]
    if isinstance(content, list):
        return [text for value in content for text in _leaves(value)]
    return [content] if isinstance(content, str) else []


def _excerpt(texts: list[str], words: list[str]) -> str | None:
    """Return the surroundings of the first word when the texts hold all words, else None."""
    plains = [plain(text) for text in texts]
    if not words or not all(any(word in text for text in plains) for word in words):
        return None
    # The story says more than the slug of a choice.
    number = max((n for n, text in enumerate(plains) if words[0] in text), key=lambda n: len(texts[n]))
    text, flat = texts[number], plains[number]
    # Plain text may be shorter or longer than what was written; the place is near enough for reading.
    place = flat.index(words[0]) * len(text) // max(len(flat), 1)
    begin = max(place - _AROUND, 0)
    end = place + len(words[0]) + _AROUND
    return ("… " if begin else "") + " ".join(text[begin:end].split()) + (" …" if end < len(text) else "")


@transaction.atomic
def _write_down(user: AbstractUser, hits: list[Hit], looked: int) -> None:
    # Opening by the machine is one line with a number; what a person saw stands with the report it is from.
    events.record(kind=ReportEvent.Kind.SEARCHED, by=user, detail=f"{looked} reports, {len(hits)} shown")
    if hits:
        acts = [(hit.report, "an excerpt, found by search") for hit in hits]
        events.record_many(kind=ReportEvent.Kind.READ, by=user, acts=acts)
