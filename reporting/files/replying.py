"""Files that travel between a sent report and its reporter: added with the code, or put there by staff."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone

from reporting import events, keys, services
from reporting.files import drafted, sealing
from reporting.files.cleaning import CleanFile
from reporting.files.download import OpenedFile
from reporting.formtoken import BoxToken
from reporting.keys import RoomKey, VaultClosed
from reporting.models import Notice, Report, ReportEvent, SealedPart
from reporting.parts import open_body
from reporting.vault import primitives
from reporting.vault.primitives import SealError


def add_files(*, box: BoxToken, files: list[tuple[CleanFile, bytes | None]], note: str, who: str) -> bool:
    """Seal `files` to the report of an opened box; return False, and keep none, when it holds too many.

    files: each with its bytes as they came, or None. Raise services.Gone, VaultClosed, KeySwapped, or
    django.db.Error when nothing was kept.
    """
    state = keys.vault_is_open()
    if not state:
        raise VaultClosed(state.reason)
    return _add_files(box, files, note, who)


@transaction.atomic(durable=True)
def _add_files(box: BoxToken, files: list[tuple[CleanFile, bytes | None]], note: str, who: str) -> bool:
    report = Report.objects.select_for_update().filter(pk=box.report_id).first()
    if report is None:
        raise services.Gone
    held = report.parts.filter(kind=SealedPart.Kind.FILE).count()
    if held + len(files) > sealing.MOST_IN_REPORT:
        return False
    for clean, original in files:
        sealing.seal_clean_file(
            report=report, clean=clean, original=original, note=note, who=who, once_key=box.nonce
        )
    report.unread = True
    report.save(update_fields=["part_count", "unread"])
    Notice.objects.create()
    return True


@transaction.atomic
def reply_with_file(
    *, report: Report, by: AbstractUser, key: RoomKey, clean: CleanFile, note: str
) -> SealedPart:
    """Put a file into the reporter's box: it opens for the case room and for who has the code.

    key: the opened case room. Raise services.Damaged.
    """
    report = Report.objects.select_for_update().get(pk=report.pk)
    number = report.parts.filter(kind=SealedPart.Kind.REPLY_FILE).count() + 1
    told: dict[str, Any] = drafted.told_of(clean, number)
    pieces = drafted.chunks_of(clean.body)
    part = sealing.seal_file(
        report=report,
        kind=SealedPart.Kind.REPLY_FILE,
        content={**told, "note": note, "on": timezone.localdate().isoformat()},
        pieces=pieces,
        of=len(pieces),
        reporter_public=services.reporter_public(report, key),
    )
    report.save(update_fields=["part_count"])
    events.record(kind=ReportEvent.Kind.ANSWERED, by=by, report=report, detail=f"file, part {part.number}")
    return part


def open_reply_file(*, box: BoxToken, part_id: str) -> OpenedFile | None:
    """Return a file that staff put into this box, None when it is not there, not whole, or another's.

    One Argon2. Raise Busy, VaultClosed, KeySwapped.
    """
    slow = services.code_keys(box.code, keys.vault_site())
    report = Report.objects.filter(pk=box.report_id, lookup=slow.lookup).first()
    try:
        wanted = uuid.UUID(part_id)
    except ValueError:
        return None
    part = report.parts.filter(pk=wanted, kind=SealedPart.Kind.REPLY_FILE).first() if report else None
    if part is None or part.reporter_key is None:
        return None
    try:
        private = services.reporter_private(part.report, slow)
        part_key = primitives.open_sealed(private, part.reporter_key)
        return whole_file(part, part_key, open_body(part, part_key))
    except (SealError, ValueError):
        return None


def whole_file(part: SealedPart, part_key: bytes, content: dict[str, Any]) -> OpenedFile | None:
    """Return the file of an opened part, None when a chunk is missing, damaged or swapped."""
    if not sealing.is_whole(part, part_key, str(content.get("sha256", ""))):
        return None
    name, kind = str(content.get("stored_name", "")), str(content.get("kind", ""))
    return OpenedFile(part, part_key, name, kind, int(content.get("size", 0)))
