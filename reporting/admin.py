"""The staff queue. What the sender wrote is read here, never changed."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from reporting import casework, facets, keys, queue, services, staffpages
from reporting.models import Report, ReportQuerySet
from reporting.panels import PANELS, Case, Panel


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none at run time
    """The queue and one report. Nothing is added or deleted here; every change goes through a service."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Reports come from reporters."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        """Erasing is a command with its own rules."""
        return False

    def get_queryset(self, request: HttpRequest) -> ReportQuerySet:
        """Return what this member may see, for Django's own pages too, such as the history."""
        return Report.objects.visible_to(request.user)

    def get_urls(self) -> list[Any]:
        """Add the pages beside the queue, below /admin/reporting/report/."""
        own = [
            path(route, self.admin_site.admin_view(view), name=name) for route, view, name in staffpages.PAGES
        ]
        return [*own, *super().get_urls()]

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
        by: Any = request.user
        visible = Report.objects.visible_to(by).select_related("assigned_to")
        report = get_object_or_404(visible, pk=_uuid(object_id))
        room = queue.case_room(by, keys.session_key(request))
        case = Case(request, report, by, room)
        panels = [panel for kind in PANELS if (panel := kind(case)).is_shown]
        if request.method == "POST" and (done := self._acted(request, panels)):
            messages.success(request, done)
            if room and not report.indexed:
                facets.index_report(report=report, room=room)
            return HttpResponseRedirect(reverse("admin:reporting_report_change", args=[report.pk]))
        case.parts = casework.open_parts(report=report, room=room, by=by) if room else []
        shown: dict[str, list[str]] = {"top": [], "main": [], "side": []}
        for panel in panels:
            context = {"case": case, "panel": panel, "report": report, **panel.context()}
            shown[panel.place].append(render_to_string(panel.template, context, request))
        context = {
            **self.admin_site.each_context(request),
            "title": report.reference,
            "opts": self.opts,
            "report": report,
            "case": case,
            "panels": shown,
        }
        return TemplateResponse(request, "admin/reporting/report/case.html", context)

    def _acted(self, request: HttpRequest, panels: list[Panel]) -> Any:
        """Do what was asked and return its sentence; a faulty form stays in its panel with its words.

        Raise PermissionDenied when no panel of this member has the button that was pressed.
        """
        name = request.POST.get("do", "")
        panel = next((panel for panel in panels if name in panel.forms), None)
        if panel is None:
            raise PermissionDenied
        form = panel.take(name)
        if not form.is_valid():
            return ""
        try:
            form.save()
        except services.Damaged:
            form.add_error(None, _("This report cannot be opened, so nothing was kept. Tell the operator."))
            return ""
        return form.done


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
