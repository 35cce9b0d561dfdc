"""What happens to reports: filing, adding, coming back, reading, answering.

Every function that changes something runs in one transaction; what was not committed was not sent.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import Exists
from django.utils import timezone, translation

from portal.lib import codes, places
from reporting import events, keys, retention
from reporting.answers import SCHEMA_VERSION, Answers, coarse_kind, occurrences, split
from reporting.files.drafted import listed, without_files
from reporting.files.sealing import seal_drafted_files
from reporting.formtoken import BoxToken, Filing
from reporting.keys import RoomKey, VaultClosed
from reporting.models import (
    CASE,
    IDENTITY,
    Draft,
    Notice,
    Report,
    ReportEvent,
    Room,
    SealedPart,
    VaultSite,
)
from reporting.parts import open_body, seal_part
from reporting.taxonomy import TAXONOMY_VERSION
from reporting.triage import mandated
from reporting.vault import kdf, primitives
from reporting.vault.primitives import SealError

_FROM_REPORTER = (SealedPart.Kind.REPORT, SealedPart.Kind.ADDITION)
_LOOKUP_BYTES = 32


class CodeInText(ValueError):
    """The message holds its own check-back code: staff would then be able to act as the reporter."""


class Gone(Exception):
    """The report was purged meanwhile."""


class Damaged(Exception):
    """A part does not open: changed, moved, or sealed to a room key this member does not have."""


@dataclass(frozen=True)
class Receipt:
    """What came of a sending. is_new: first time; added: changed words that became an addition.

    lost_files: files of the draft that were no longer there; the words were kept all the same.
    """

    code: str = field(repr=False)
    is_new: bool
    added: bool = False
    lost_files: int = 0


@dataclass(frozen=True)
class BoxAnswer:
    """One answer of staff. text is None when it cannot be opened. on: day as ISO text."""

    on: str
    text: str | None


@dataclass(frozen=True)
class BoxFile:
    """A file from staff: `part_id` asks for it. name is None when it cannot be opened; size in bytes."""

    part_id: str
    name: str | None
    on: str = ""
    size: int = 0
    note: str = ""


@dataclass(frozen=True)
class Box:
    """What the code shows: status, weeks of what was sent, the staff's answers. Never what was told.

    erase_week: the Monday of the week in which the report will be erased, None while no day is set.
    """

    report: Report
    sent_weeks: list[Any]
    answers: list[BoxAnswer]
    files: list[BoxFile] = field(default_factory=list)
    sent_files: int = 0
    erase_week: dt.date | None = None


@dataclass(frozen=True)
class CodeKeys:
    """Both halves of one Argon2: the look-up id and the wrapping key, 32 bytes; and what it cost."""

    lookup: str
    wrap: bytes = field(repr=False)
    cost: str


def code_keys(code: str, site: VaultSite) -> CodeKeys:
    """Return both halves of one Argon2: the look-up id and the wrapping key. Raise Busy."""
    slow = kdf.derive(code.encode(), bytes(site.code_salt), kdf.Cost.parse(site.code_cost))
    return CodeKeys(slow[:_LOOKUP_BYTES].hex(), slow[_LOOKUP_BYTES:], site.code_cost)


def _wrap_place(lookup: str) -> bytes:
    return f"reporter|{lookup}".encode()


# --- Parts ---


def unseal_part(*, part: SealedPart, room: RoomKey) -> dict[str, Any]:
    """Return what `part` holds, without a trace: for lists and checks; to read, use `open_part`.

    Load the part with its report. Raise Damaged.
    """
    if part.room != room.room or part.epoch not in room.privates:
        raise Damaged
    try:
        return open_body(part, primitives.open_sealed(room.privates[part.epoch], part.sealed_key))
    except (SealError, ValueError) as error:
        raise Damaged from error


@transaction.atomic
def open_part(*, part: SealedPart, room: RoomKey, by: AbstractUser) -> dict[str, Any]:
    """Return what `part` holds and write down that `by` read it. Raise Damaged, and write nothing then."""
    content = unseal_part(part=part, room=room)
    _note_opening(part.report, [part], by)
    return content


def open_parts(
    *, parts: Sequence[SealedPart], room: RoomKey, by: AbstractUser, newest: Sequence[ReportEvent] = ()
) -> tuple[list[dict[str, Any] | None], list[ReportEvent]]:
    """Return what each of the parts of one report holds, None for a damaged one; write down who read.

    Beside it the events that were written. newest: the newest events of the report, when the caller has them.
    """
    contents: list[dict[str, Any] | None] = []
    for part in parts:
        try:
            contents.append(unseal_part(part=part, room=room))
        except Damaged:
            contents.append(None)
    opened = [part for part, content in zip(parts, contents, strict=True) if content is not None]
    return contents, _note_opening(opened[0].report, opened, by, newest) if opened else []


def _note_opening(
    report: Report, parts: Sequence[SealedPart], by: AbstractUser, newest: Sequence[ReportEvent] = ()
) -> list[ReportEvent]:
    details = [f"part {part.number}, {part.kind}" for part in parts]
    written = events.record_readings(by=by, report=report, details=details, newest=newest)
    read = [part.number for part in parts if part.kind in _FROM_REPORTER]
    if read and report.unread:
        later = SealedPart.objects.filter(report=report, kind__in=_FROM_REPORTER, number__gt=max(read))
        Report.objects.filter(~Exists(later), pk=report.pk, unread=True).update(unread=False)
    return written


# --- The reporter's acts ---


def _stamp() -> dict[str, Any]:
    # The exact time is told only to who can open the part.
    return {
        "v": SCHEMA_VERSION,
        "taxonomy": TAXONOMY_VERSION,
        "received": timezone.now().isoformat(),
        "language": translation.get_language(),
    }


def _once(key: bytes, content: dict[str, Any]) -> str:
    """Return the keyed hash by which the same words from the same page are known again."""
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    return primitives.keyed_hash(key, "sent-once", plain).hex()


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in `value`, however deep it stands."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)


def _refuse_code(content: dict[str, Any], code: str) -> None:
    if any(codes.is_in(text, code) for text in _texts(content)):
        raise CodeInText


def _open_vault() -> VaultSite:
    state = keys.vault_is_open()
    if not state or state.site is None:
        raise VaultClosed(state.reason)
    return state.site


@dataclass(frozen=True)
class Entry:
    """A report that staff wrote down for somebody. source: "phone", "paper" or "event"; it is sealed."""

    source: str
    by: AbstractUser


def _division(answers: Answers) -> str:
    """Return the part of the state of the first county that was told."""
    told = (places.county(str(each.get("county", ""))) for each in occurrences(answers))
    return next((county.division for county in told if county), Report.Division.UNKNOWN)


def file_report(*, filing: Filing, answers: dict[str, Any], entry: Entry | None = None) -> Receipt:
    """Keep a report for good, and only then return its code.

    The code was fixed in the form, so the same form sent again meets the first report and gets the same code;
    changed words under a used form become an addition. Raise CodeInText, VaultClosed, KeySwapped, Busy, or
    django.db.Error when nothing was kept.
    """
    _refuse_code(answers, filing.code)
    slow = code_keys(filing.code, _open_vault())
    once = _once(filing.draft_key, answers)
    # Looked up first: a refused insert would stand in PostgreSQL's own log with its time.
    known = Report.objects.filter(lookup=slow.lookup).first()
    if known is None:
        try:
            lost = _create_report(filing, slow, answers, once, entry)
        except IntegrityError:
            # Another copy of this form was quicker; what it kept is what we answer with.
            known = Report.objects.filter(lookup=slow.lookup).first()
            if known is None:
                raise
        else:
            return Receipt(filing.code, is_new=True, lost_files=lost)
    added = _add_once(known.pk, {"answers": answers}, once, filing)
    Draft(pk=filing.draft_id).delete()
    return Receipt(filing.code, is_new=False, added=added is not None, lost_files=added or 0)


@transaction.atomic(durable=True)
def _create_report(
    filing: Filing, slow: CodeKeys, answers: dict[str, Any], once: str, entry: Entry | None
) -> int:
    """Keep the report with its files; return how many files were no longer there."""
    private, public = primitives.new_key_pair()
    case, identity = split(without_files(answers))
    report = Report(
        kind=coarse_kind(answers),
        division=_division(answers),
        lookup=slow.lookup,
        reporter_public=public,
        reporter_wrapped=primitives.encrypt(slow.wrap, private, _wrap_place(slow.lookup)),
        code_cost=slow.cost,
    )
    seal_part(
        report=report,
        kind=SealedPart.Kind.REPORT,
        queue_key=keys.current_queue_key(CASE),
        content={
            **_stamp(),
            **({"source": entry.source} if entry else {}),
            "answers": case,
            "reporter": public.hex(),
        },
        once=once,
    )
    # Also written when empty: whether a name was given is nobody's business but the leads'.
    seal_part(
        report=report,
        kind=SealedPart.Kind.IDENTITY,
        queue_key=keys.current_queue_key(IDENTITY),
        content={"v": SCHEMA_VERSION, "answers": identity},
    )
    lost = seal_drafted_files(report=report, filing=filing, files=listed(answers))
    # Last, with the number of its parts: both databases look at the link from the parts at the commit.
    report.save(force_insert=True)
    if entry:
        events.record(kind=ReportEvent.Kind.ENTERED, by=entry.by, report=report)
    Notice.objects.create()
    Draft(pk=filing.draft_id).delete()
    return lost


def _add_once(
    report_id: uuid.UUID, content: dict[str, Any], once: str, filing: Filing | None = None
) -> int | None:
    """Add a part, and the files of `filing`, unless these words are already there: None then. Raise Gone.

    Return how many of the files were no longer there.
    """
    if SealedPart.objects.filter(once=once).exists():
        return None
    try:
        return _add_part(report_id, content, once, filing)
    except IntegrityError:
        return None


@transaction.atomic(durable=True)
def _add_part(report_id: uuid.UUID, content: dict[str, Any], once: str, filing: Filing | None) -> int:
    report = Report.objects.select_for_update().filter(pk=report_id).first()
    if report is None or report.is_emptied:
        raise Gone
    answers, lost = content.get("answers"), 0
    if answers is not None:
        case, identity = split(without_files(answers))
        content = {"answers": case}
        if identity:
            seal_part(
                report=report,
                kind=SealedPart.Kind.IDENTITY,
                queue_key=keys.current_queue_key(IDENTITY),
                content={"v": SCHEMA_VERSION, "answers": identity},
            )
    seal_part(
        report=report,
        kind=SealedPart.Kind.ADDITION,
        queue_key=keys.current_queue_key(CASE),
        content={**_stamp(), **content},
        once=once,
    )
    if filing and answers:
        lost = seal_drafted_files(report=report, filing=filing, files=listed(answers))
    report.unread = True
    report.indexed = False  # whom the new words name, nobody knows yet
    report.save(update_fields=["part_count", "unread", "indexed"])
    Notice.objects.create()
    return lost


def add_to_report(*, box: BoxToken, text: str = "", withdraw: Iterable[str] = (), ask: str = "") -> bool:
    """Add to the report of an opened box; return False when the very same was added before.

    withdraw: slugs of consents that no longer hold. ask: "delete" is the wish to be erased, for staff to
    decide. Raise CodeInText, Gone, VaultClosed, KeySwapped, or django.db.Error when nothing was kept.
    """
    _open_vault()
    told: dict[str, Any] = {"text": text, "withdraw": sorted(withdraw), "ask": ask}
    content = {name: value for name, value in told.items() if value}
    _refuse_code(content, box.code)
    return _add_once(box.report_id, content, _once(box.nonce, content)) is not None


def read_box(*, code: str) -> Box | None:
    """Return what `code` (as codes.parse gives it) opens, or None: wrong, expired and purged are alike.

    One Argon2 whether it hits or misses. Raise Busy, VaultClosed before the set-up.
    """
    return box_of(code_keys(code, keys.vault_site()))


def box_of(slow: CodeKeys) -> Box | None:
    """Return the box of the report that these keys of a code belong to, or None."""
    report = Report.objects.filter(lookup=slow.lookup).first()
    if report is None:
        return None
    for_box = [*_FROM_REPORTER, SealedPart.Kind.ANSWER, SealedPart.Kind.REPLY_FILE, SealedPart.Kind.FILE]
    parts = list(report.parts.filter(kind__in=for_box))
    try:
        private = reporter_private(report, slow)
    except SealError:
        private = b""  # the report is there; its answers are shown as damaged
    return Box(
        report=report,
        sent_weeks=[part.week for part in parts if part.kind in _FROM_REPORTER],
        answers=[_box_answer(part, private) for part in parts if part.kind == SealedPart.Kind.ANSWER],
        files=[_box_file(part, private) for part in parts if part.kind == SealedPart.Kind.REPLY_FILE],
        sent_files=sum(part.kind == SealedPart.Kind.FILE for part in parts),
        erase_week=retention.told_week(report),
    )


def reporter_private(report: Report, slow: CodeKeys) -> bytes:
    """Return the reporter's private key, which opens staff's answers and files. Raise SealError."""
    return primitives.decrypt(slow.wrap, report.reporter_wrapped, _wrap_place(slow.lookup))


def _box_file(part: SealedPart, private: bytes) -> BoxFile:
    try:
        content = open_body(part, primitives.open_sealed(private, part.reporter_key or b""))
        told = {name: str(content.get(name, "")) for name in ("on", "note")}
        return BoxFile(str(part.pk), str(content["stored_name"]), size=int(content["size"]), **told)
    except (SealError, ValueError, KeyError):
        return BoxFile(str(part.pk), None)


def _box_answer(part: SealedPart, private: bytes) -> BoxAnswer:
    try:
        content = open_body(part, primitives.open_sealed(private, part.reporter_key or b""))
    except (SealError, ValueError):
        return BoxAnswer(on="", text=None)
    return BoxAnswer(on=str(content.get("on", "")), text=str(content.get("text", "")))


# --- Staff's acts ---


def _locked(report: Report) -> Report:
    return Report.objects.select_for_update().get(pk=report.pk)


def _require_case(report: Report, key: RoomKey) -> dict[str, Any]:
    """Return the first part: answering and noting are for those who can read it. Raise Damaged."""
    first = report.parts.select_related("report").order_by("number").first()
    if key.room != Room.CASE or first is None:
        raise Damaged
    return unseal_part(part=first, room=key)


def reporter_public(report: Report, key: RoomKey) -> bytes:
    """Return the public key that answers are sealed to. key: the opened case room. Raise Damaged."""
    # The clear column could have been swapped in the database; the copy sealed with the report could not.
    public = bytes.fromhex(_require_case(report, key)["reporter"])
    if not primitives.same(public, report.reporter_public):
        raise Damaged
    return public


@transaction.atomic
def answer_reporter(*, report: Report, by: AbstractUser, key: RoomKey, text: str) -> SealedPart:
    """Answer the reporter: `text` opens for the case room and for who has the code.

    key: the opened case room. The reporter sees the text and the day, no name. Raise Damaged.
    """
    report = _locked(report)
    public = reporter_public(report, key)
    part = seal_part(
        report=report,
        kind=SealedPart.Kind.ANSWER,
        queue_key=keys.current_queue_key(CASE),
        content={"v": SCHEMA_VERSION, "on": timezone.localdate().isoformat(), "text": text},
        reporter_public=public,
    )
    report.save(update_fields=["part_count"])
    events.record(kind=ReportEvent.Kind.ANSWERED, by=by, report=report, detail=f"part {part.number}")
    return part


@transaction.atomic
def add_note(*, report: Report, by: AbstractUser, key: RoomKey, text: str) -> SealedPart:
    """Keep a note that only the case room opens. key: the opened case room. Raise Damaged."""
    report = _locked(report)
    _require_case(report, key)
    part = seal_part(
        report=report,
        kind=SealedPart.Kind.NOTE,
        queue_key=keys.current_queue_key(CASE),
        content={
            "v": SCHEMA_VERSION,
            "at": timezone.now().isoformat(),
            "by": by.get_username(),
            "text": text,
        },
    )
    report.save(update_fields=["part_count"])
    events.record(kind=ReportEvent.Kind.NOTED, by=by, report=report, detail=f"part {part.number}")
    return part


def _change(report: Report, by: AbstractUser, name: str, kind: str, value: str) -> Report:
    report = _locked(report)
    before = getattr(report, name)
    if before != value:
        setattr(report, name, value)
        report.save(update_fields=[name])
        events.record(kind=kind, by=by, report=report, detail=f"{before} to {value}")
    return report


@transaction.atomic
def set_status(*, report: Report, by: AbstractUser, status: str) -> Report:
    """Set the status and write down who did.

    Closing sets the day on which the report is erased; opening it again takes the day back. Raise ValueError
    for a status that does not exist, mandated.DecisionMissing when it would close a report for which nobody
    has decided on the duty to report.
    """
    before = _locked(report).status
    if status == Report.Status.CLOSED and before != Report.Status.CLOSED:
        mandated.require_decision(report)
    report = _change(report, by, "status", ReportEvent.Kind.STATUS, Report.Status(status).value)
    if report.status != before:
        retention.follow_status(report)
    return report


@transaction.atomic
def set_priority(*, report: Report, by: AbstractUser, priority: str) -> Report:
    """Set the priority and write down who did. Raise ValueError for a priority that does not exist."""
    return _change(report, by, "priority", ReportEvent.Kind.PRIORITY, Report.Priority(priority).value)


@transaction.atomic
def assign(*, report: Report, by: AbstractUser, to: AbstractUser | None) -> Report:
    """Give the report to `to`, or to nobody, and write down who did."""
    report = _locked(report)
    if report.assigned_to_id != (to.pk if to else None):
        report.assigned_to_id = to.pk if to else None
        report.save(update_fields=["assigned_to"])
        name = to.get_username()[:80] if to else "nobody"
        events.record(kind=ReportEvent.Kind.ASSIGNED, by=by, report=report, detail=f"to {name}")
    return report
