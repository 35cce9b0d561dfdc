"""The staff queue. What the sender wrote is read here, never changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from portal.lib.text import CleanCharField
from portal.lib.translated import Translations
from reporting import casework, events, facets, queue, queuepage, savedviews, services, staffpages, staffview
from reporting.filters import Filters
from reporting.models import Report, ReportQuerySet, Template
from reporting.panels import PANELS, Case, Panel
from reporting.panels.log import SHOWN
from reporting.triage import letters


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
    ) -> HttpResponse:
        """Show one page of the queue; without filters in the address, the view its member wants first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        room = staffview.case_room(request)
        user: Any = request.user
        rows = savedviews.rows_of(user)
        if not request.GET and (first := savedviews.first_query(rows, user)):
            return HttpResponseRedirect(f"{request.path}?{first}")
        chosen = Filters.parse(request.GET)
        context = queuepage.context(request, chosen, room, rows)
        request.banners_may_be_old = True  # type: ignore[attr-defined]
        return staffview.page(request, "queue", _("Reports"), **context)

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
        report = staffview.visible_case(request, object_id)
        room = staffview.case_room(request)
        case = Case(request, report, by, room)
        panels = [panel for kind in PANELS if (panel := kind(case)).is_shown]
        if request.method == "POST" and (done := self._acted(request, panels)):
            messages.success(request, done)
            if room and not report.indexed:
                facets.index_report(report=report, room=room)
            return HttpResponseRedirect(request.get_full_path())
        case.events = events.newest_of(report, SHOWN + 1)
        if room:
            case.parts, case.events = casework.open_with_log(
                report=report, room=room, by=by, newest=case.events
            )
        shown: dict[str, list[str]] = {"top": [], "main": [], "side": []}
        for panel in panels:
            context = {"case": case, "panel": panel, "report": report, **panel.context()}
            shown[panel.place].append(render_to_string(panel.template, context, request))
        view = Filters.parse(request.GET)
        request.banners_may_be_old = True  # type: ignore[attr-defined]
        newer, older = queue.neighbours(view, by, report)
        return staffview.page(
            request,
            "case",
            report.reference,
            report=report,
            case=case,
            panels=shown,
            query=view.query(),
            newer=newer,
            older=older,
        )

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


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A text in each language it may have, also one in which the site itself has no pages."""

    title_en = CleanCharField(label=_lazy("Title (English)"), max_length=200)
    title_es = CleanCharField(label=_lazy("Title (Español)"), max_length=200, required=False)
    body_en = CleanCharField(label=_lazy("Text (English)"), max_length=casework.LONGEST, multiline=True)
    body_es = CleanCharField(
        label=_lazy("Text (Español)"), max_length=casework.LONGEST, multiline=True, required=False
    )

    class Meta:
        model = Template
        fields = ["slug", "use", "draft_languages"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("title", "body"):
            now = Translations.of(getattr(self.instance, name))
            for code, _language in letters.LANGUAGES:
                self.fields[f"{name}_{code}"].initial = now.get(code, "")


@admin.register(Template)
class TemplateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Texts that answers and letters begin with. Leads write them; loading the files again keeps that."""

    form = TemplateForm
    list_display = ["__str__", "use", "draft_languages"]
    list_filter = ["use"]
    fields = [
        "slug",
        "use",
        *(f"{name}_{code}" for name in ("title", "body") for code, _language in letters.LANGUAGES),
        "draft_languages",
    ]

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        """Keep every language that was typed, and those the form does not show."""
        for name in ("title", "body"):
            kept = Translations.of(getattr(obj, name))
            typed = {code: form.cleaned_data[f"{name}_{code}"] for code, _language in letters.LANGUAGES}
            setattr(obj, name, Translations.of({**kept, **typed}))
        super().save_model(request, obj, form, change)

    def get_readonly_fields(self, request: HttpRequest, obj: Template | None = None) -> list[str]:
        """Keep the name by which the file knows the text."""
        return ["slug", "use"] if obj else []
