"""The staff queue. What the sender wrote is read here, never changed."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from reporting import casework, keys, queue, services
from reporting.keys import NotGranted, RoomKey
from reporting.models import IDENTITY, Report


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none at run time
    """The queue and one report. Nothing is added or deleted here; every change goes through a service."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Reports come from reporters."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        """Erasing is a command with its own rules."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show one page of the queue."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = {name: request.GET.get(name, "") for name in queue.FILTER_NAMES}
        room = queue.case_room(request.user, keys.session_key(request))  # type: ignore[arg-type]
        reports = queue.filtered(chosen, request.user)  # type: ignore[arg-type]
        page = queue.page_of(reports, request.GET.get("after", ""), room)
        kept = {name: value for name, value in chosen.items() if value}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reports"),
            "opts": self.opts,
            "page": page,
            "room": room,
            "chosen": chosen,
            "filters": _filters(),
            "next_query": urlencode({**kept, "after": page.following}) if page.following else "",
            "first_query": urlencode(kept),
            "is_later_page": bool(request.GET.get("after")),
        }
        return TemplateResponse(request, "admin/reporting/report/queue.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one report opened with the reader's key, and take what they do with it.

        Each opening of a part is written into the read log; who wrote is opened only on request.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = get_object_or_404(Report.objects.select_related("assigned_to"), pk=_uuid(object_id))
        room = queue.case_room(request.user, keys.session_key(request))  # type: ignore[arg-type]
        forms: dict[str, Any] = {name: form(report=report) for name, form in casework.FORMS.items()}
        identity = None
        if request.method == "POST":
            act = request.POST.get("do", "")
            if act == "identity":
                identity = self._identity(request, report)
            elif self._acted(request, report, room, act, forms):
                return HttpResponseRedirect(reverse("admin:reporting_report_change", args=[report.pk]))
        by = request.user
        context = {
            **self.admin_site.each_context(request),
            "title": report.reference,
            "opts": self.opts,
            "report": report,
            "room": room,
            "parts": casework.open_parts(report=report, room=room, by=by) if room else [],  # type: ignore[arg-type]
            "identity": identity,
            "may_ask_identity": request.user.has_perm("reporting.view_identity"),
            "events": report.events.order_by("-at", "-number")[:100],
            **{f"{name}_form": form for name, form in forms.items()},
        }
        return TemplateResponse(request, "admin/reporting/report/case.html", context)

    def _acted(
        self, request: HttpRequest, report: Report, room: RoomKey | None, act: str, forms: dict[str, Any]
    ) -> bool:
        """Do what was asked and return whether it was done; a faulty form stays in `forms` with its words."""
        if not self.has_change_permission(request, report) or room is None:
            raise PermissionDenied
        if act not in casework.FORMS:
            return False
        form = forms[act] = casework.FORMS[act](request.POST, report=report)
        if not form.is_valid():
            return False
        by: Any = request.user
        try:
            form.save(by=by, key=room)
        except services.Damaged:
            form.add_error(None, _("This report cannot be opened, so nothing was kept. Tell the operator."))
            return False
        messages.success(request, form.done)
        return True

    def _identity(self, request: HttpRequest, report: Report) -> list[casework.OpenedPart]:
        """Return name and contact, opened and written down, for a lead who asked."""
        staff_key = keys.session_key(request)
        if staff_key is None or not request.user.has_perm("reporting.view_identity"):
            raise PermissionDenied
        by: Any = request.user
        try:
            room = keys.open_room(staff_private_key=staff_key, user=by, room=IDENTITY)
        except NotGranted as refused:
            raise PermissionDenied from refused
        return casework.open_parts(report=report, room=room, by=by)


def _uuid(text: str) -> str:
    """Return the id as the database knows it; a strange one is nobody's id."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.UUID(int=0))


def _filters() -> list[dict[str, Any]]:
    assigned = [(queue.MINE, _("Me")), (queue.NOBODY, _("Nobody"))]
    status = [(queue.OPEN, _("Everything open")), *Report.Status.choices]
    return [
        {"name": "status", "label": _("Status"), "choices": status},
        {"name": "priority", "label": _("Priority"), "choices": Report.Priority.choices},
        {"name": "kind", "label": _("Kind"), "choices": Report.Kind.choices},
        {"name": "division", "label": _("Part of Tennessee"), "choices": Report.Division.choices},
        {"name": "assigned", "label": _("Who works on it"), "choices": assigned},
    ]
