"""Staff's side of files: saving one of their case, and putting one into the reporter's box."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.lib.text import clean_text
from reporting import events, services, staffview
from reporting.files import replying
from reporting.files.download import OpenedFile, attachment
from reporting.files.receiving import receive_files
from reporting.keys import RoomKey
from reporting.models import ReportEvent, SealedPart
from reporting.vault import primitives
from reporting.vault.primitives import SealError

_KINDS = (SealedPart.Kind.FILE, SealedPart.Kind.ORIGINAL, SealedPart.Kind.REPLY_FILE)
_NOTE_LENGTH = 1000


@require_POST
@staffview.needs("reporting.view_report")
def download(request: HttpRequest, report_id: uuid.UUID, part_id: uuid.UUID) -> HttpResponseBase:
    """Hand out one file of this very report. Originals open for leads only; each saving is written down."""
    report = staffview.visible_report(request, report_id)
    part = report.parts.select_related("report").filter(pk=part_id, kind__in=_KINDS).first()
    if part is None:
        raise Http404
    room = _identity_room(request) if part.kind == SealedPart.Kind.ORIGINAL else None
    found = _whole(part, room or staffview.open_case_room(request))
    if found is None:
        return staffview.page(request, "file_damaged", _("This file cannot be opened"), report=report)
    by: Any = request.user
    with transaction.atomic():
        detail = f"part {part.number}, {part.kind}"
        events.record(kind=ReportEvent.Kind.DOWNLOADED, by=by, report=report, detail=detail)
    return attachment(request, found)


def _identity_room(request: HttpRequest) -> RoomKey:
    """Return the opened identity room. Raise PermissionDenied for who was not let in."""
    by: Any = request.user
    if not by.has_perm("reporting.view_identity"):
        raise PermissionDenied
    return staffview.open_identity_room(request)


def _whole(part: SealedPart, room: RoomKey) -> OpenedFile | None:
    try:
        content = services.unseal_part(part=part, room=room)
        part_key = primitives.open_sealed(room.privates[part.epoch], part.sealed_key)
    except (services.Damaged, SealError):
        return None
    return replying.whole_file(part, part_key, content)


@require_POST
@staffview.needs("reporting.change_report")
def reply(request: HttpRequest, report_id: uuid.UUID) -> HttpResponseBase:
    """Put one file into the reporter's box, cleaned like theirs: it must not tell who of us sent it."""
    report = staffview.visible_report(request, report_id)
    room = staffview.open_case_room(request)
    received = receive_files(request, keep_original=False)
    note = clean_text(request.POST.get("note", ""))[:_NOTE_LENGTH]
    by: Any = request.user
    for refused in received.refused:
        messages.error(request, f"{refused.name}: {refused.words}")
    if not received.taken and not received.refused:
        messages.error(request, _("Choose a file first, then send it."))
    for clean, _original in received.taken:
        try:
            replying.reply_with_file(report=report, by=by, key=room, clean=clean, note=note)
        except services.Damaged:
            messages.error(
                request, _("This report cannot be opened, so nothing was kept. Tell the operator.")
            )
        else:
            messages.success(request, _("File kept for the reporter."))
    return redirect("admin:reporting_report_change", report.pk)
