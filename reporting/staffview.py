"""What every page of the staff site about reports begins with: permission, the opened room, the frame."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from reporting import keys
from reporting.casework import opened_room
from reporting.keys import KeySwapped, NotGranted, RoomKey
from reporting.models import CASE, IDENTITY, Report, ReportBlock, ReportLink

_View = Callable[..., HttpResponseBase]


def needs(permission: str) -> Callable[[_View], _View]:
    """Let only members with `permission`, such as "reporting.change_report", reach the view."""

    def wrap(view: _View) -> _View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # Every staff account of this site answers for its role alone.
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def _room(request: HttpRequest, room: str) -> RoomKey | None:
    staff_key = keys.session_key(request)
    if staff_key is None:
        return None
    try:
        return keys.open_room(staff_private_key=staff_key, user=request.user, room=room)  # type: ignore[arg-type]
    except (NotGranted, KeySwapped):
        return None


def case_room(request: HttpRequest) -> RoomKey | None:
    """Return the opened case room of the member, None when the vault is locked for them.

    The request keeps it as `case_room`, for who needs to know of it later.
    """
    room = _room(request, CASE)
    if room is not None:
        request.case_room = room  # type: ignore[attr-defined]
    return room


def open_case_room(request: HttpRequest) -> RoomKey:
    """Return the opened case room. Raise PermissionDenied while the vault is locked for the member."""
    return opened_room(case_room(request))


def open_identity_room(request: HttpRequest) -> RoomKey:
    """Return the opened identity room. Raise PermissionDenied for who was not let in."""
    return opened_room(_room(request, IDENTITY))


def visible_report(request: HttpRequest, pk: object) -> Report:
    """Return the report `pk` (UUID or text). Raise Http404 when there is none this member may see."""
    reports = Report.objects.visible_to(request.user).select_related("assigned_to")
    return get_object_or_404(reports, pk=as_uuid(str(pk)))


def visible_case(request: HttpRequest, pk: object) -> Report:
    """Return as `visible_report` does, with what the panels of the case page ask of a report. One query.

    With it come `assigned_to`, `erasure`, and is_linked, has_copies, has_blocks: whether more is to be asked.
    """
    copies = Report.objects.filter(duplicate_of=OuterRef("pk"))
    links = ReportLink.objects.filter(Q(one=OuterRef("pk")) | Q(other=OuterRef("pk")))
    blocks = ReportBlock.objects.filter(report=OuterRef("pk"))
    reports = Report.objects.visible_to(request.user).select_related("assigned_to", "erasure")
    asked = reports.annotate(is_linked=Exists(links), has_copies=Exists(copies), has_blocks=Exists(blocks))
    return get_object_or_404(asked, pk=as_uuid(str(pk)))


def as_uuid(text: str) -> str:
    """Return the id as the database knows it; a strange one is nobody's id."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.UUID(int=0))


def page(request: HttpRequest, template: str, title: Any, **context: Any) -> TemplateResponse:
    """Return the page `admin/reporting/report/<template>.html` in the frame of the staff site.

    It stays in no store. title: never a word of a report.
    """
    response = TemplateResponse(
        request,
        f"admin/reporting/report/{template}.html",
        {
            **admin.site.each_context(request),
            "opts": Report._meta,
            "title": title,
            **context,
        },
    )
    response.headers["Cache-Control"] = "no-store"
    return response
