"""One report as a ZIP, to hand over: JSON, CSV, a page to print, the cleaned files, and a list of hashes.

Made in memory, never on the disk. Files as they came (originals) are not in it: each is saved by itself.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.spreadsheet import cell
from reporting import events, services
from reporting.casework import OpenedPart, lines_of
from reporting.files import replying
from reporting.files.sealing import opened_pieces
from reporting.keys import RoomKey
from reporting.models import CASE, IDENTITY, Report, ReportEvent, SealedPart
from reporting.shown import Told
from reporting.vault import primitives
from reporting.vault.primitives import SealError

_FILES = (SealedPart.Kind.FILE, SealedPart.Kind.REPLY_FILE)
# The keys of a file's content that say which row of ours it is; nobody outside needs them.
_OURS = ("original", "reporter")


class Reason(models.TextChoices):
    """Why a report leaves the portal. Only this stands in the log, never the words of who took it."""

    REFERRAL = "referral", _("To refer it to an agency or a partner")
    LAWYER = "lawyer", _("For a lawyer")
    COURT = "court", _("For a court or an official demand")
    REPORTER = "reporter", _("The reporter asked for it")
    OTHER = "other", _("Something else")


@dataclass(frozen=True)
class Export:
    """A finished ZIP. name: of the file, with the reference alone; damaged: how many parts did not open."""

    name: str
    body: bytes
    damaged: int


def export_report(
    *, report: Report, by: AbstractUser, case: RoomKey, identity: RoomKey | None, reason: str
) -> Export:
    """Return `report` as a ZIP, and write down that `by` took it and for which `reason` (a `Reason`).

    case: the opened case room. identity: the opened identity room when names and contacts are to be in it,
    else None. Raise ValueError for another reason, services.Damaged when nothing of it opens.
    """
    reason = Reason(reason).value
    rooms = {CASE: case} | ({IDENTITY: identity} if identity else {})
    parts = list(
        report.parts.filter(room__in=rooms)
        .exclude(kind=SealedPart.Kind.ORIGINAL)
        .select_related("report")
        .order_by("number")
    )
    opened = [_opened(part, rooms[part.room]) for part in parts]
    if all(part.is_damaged for part in opened):
        raise services.Damaged
    files = [file for part in opened if (file := _file(part, rooms[part.part.room]))]
    with transaction.atomic():
        count = f"{len(opened)} part{'s' if len(opened) > 1 else ''}"
        detail = f"{reason}, {count}{', with names' if identity else ''}"
        events.record(kind=ReportEvent.Kind.EXPORTED, by=by, report=report, detail=detail)
    documents = [
        ("report.json", _json(report, opened)),
        ("report.csv", _csv(opened)),
        ("report.html", _html(report, opened)),
        *files,
    ]
    damaged = sum(part.is_damaged for part in opened)
    return Export(f"{report.reference}.zip", _zipped(documents), damaged)


def _opened(part: SealedPart, room: RoomKey) -> OpenedPart:
    try:
        content = services.unseal_part(part=part, room=room)
    except services.Damaged:
        return OpenedPart(part, is_damaged=True)
    content = {name: value for name, value in content.items() if name not in _OURS}
    return OpenedPart(part, content, lines_of(part, content))


def _file(opened: OpenedPart, room: RoomKey) -> tuple[str, bytes] | None:
    """Return a file's name in the ZIP and its bytes, None for what is no file or does not open."""
    part = opened.part
    if part.kind not in _FILES or opened.is_damaged:
        return None
    try:
        key = primitives.open_sealed(room.privates[part.epoch], part.sealed_key)
    except SealError:
        return None
    found = replying.whole_file(part, key, opened.content)
    # The name it came with may say who sent it, and may be hostile: the one we made is neither.
    if found is None:
        return None
    name = "".join(one for one in found.name if one.isascii() and (one.isalnum() or one in "-.")) or "file"
    return f"files/{part.number:02}-{name}", b"".join(opened_pieces(part, key))


def _when(part: SealedPart) -> str:
    return part.week.isoformat()


def _json(report: Report, opened: list[OpenedPart]) -> bytes:
    told = {
        "reference": report.reference,
        "status": report.status,
        "kind": report.kind,
        "week": report.week.isoformat(),
        "parts": [
            {
                "number": each.part.number,
                "kind": each.part.kind,
                "week": _when(each.part),
                "damaged": each.is_damaged,
                **({"content": each.content} if not each.is_damaged else {}),
            }
            for each in opened
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _csv(opened: list[OpenedPart]) -> bytes:
    told = io.StringIO(newline="")
    writer = csv.writer(told)
    writer.writerow(["part", "kind", "week", "question", "answer"])
    for each in opened:
        first = [each.part.number, each.part.get_kind_display(), _when(each.part)]
        lines = each.lines or [Told("", "damaged" if each.is_damaged else "")]
        writer.writerows([cell(value) for value in (*first, line.heading, line.text)] for line in lines)
    # Spreadsheets take a file for UTF-8 only with a mark in front.
    return told.getvalue().encode("utf-8-sig", "replace")


def _html(report: Report, opened: list[OpenedPart]) -> bytes:
    context = {"report": report, "parts": opened, "today": timezone.localdate()}
    return render_to_string("admin/reporting/report/export_print.html", context).encode("utf-8", "replace")


def _zipped(documents: list[tuple[str, bytes]]) -> bytes:
    hashes = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in documents)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in [*documents, ("SHA256SUMS", hashes.encode())]:
            # A fixed moment: the clock of this machine is nobody's business.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return whole.getvalue()
