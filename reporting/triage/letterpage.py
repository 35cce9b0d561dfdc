"""One kept letter as a page to print."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from reporting import services
from reporting.models import Report, SealedPart
from reporting.staffview import needs, open_case_room, page


@needs("reporting.change_report")
def letter(request: HttpRequest, part: uuid.UUID) -> HttpResponseBase:
    """Show a letter of a report this member may see; the opening is written down."""
    room = open_case_room(request)
    letters = SealedPart.objects.filter(
        kind=SealedPart.Kind.REFERRAL, report__in=Report.objects.visible_to(request.user)
    )
    found = get_object_or_404(letters.select_related("report"), pk=part)
    try:
        content = services.open_part(part=found, room=room, by=request.user)  # type: ignore[arg-type]
    except services.Damaged as damaged:
        raise Http404 from damaged
    return page(
        request,
        "letter",
        _("Letter"),
        report=found.report,
        text=content.get("text", ""),
        language=content.get("language", "en"),
    )
