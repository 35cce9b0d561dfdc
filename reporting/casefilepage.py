"""One report on paper: black on white, without the frame of the site. Printing is reading, and says why."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from reporting import casework, duplicates, events, facets, queue, staffview
from reporting.models import Facet, Report, ReportEvent

REASONS = [
    ("meeting", _("A meeting of the team")),
    ("authorities", _("For the authorities the law names")),
    ("lawyer", _("For a lawyer, with the reporter’s consent")),
    ("court", _("A court ordered it")),
    ("reporter", _("The reporter asked for it")),
]


class PrintForm(forms.Form):
    """Why a report is put on paper. A choice, so that the log never holds what anybody wrote."""

    reason = forms.ChoiceField(label=_("Why is it printed?"), choices=REASONS)


@staffview.needs("reporting.change_report")
@require_POST
def case_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show everything the case room holds of one report, made for paper. Name and contact are not in it."""
    room = staffview.open_case_room(request)
    user: Any = request.user
    report = staffview.visible_report(request, pk)
    form = PrintForm(request.POST)
    if not form.is_valid():
        return HttpResponseRedirect(reverse("admin:reporting_report_change", args=[report.pk]))
    with transaction.atomic():
        reason = form.cleaned_data["reason"]
        events.record(kind=ReportEvent.Kind.EXPORTED, by=user, report=report, detail=f"printed: {reason}")
        parts = casework.open_parts(report=report, room=room, by=user)
    tokens = queue.tags_of([report]).get(report.pk, [])
    words = facets.labels_of(tokens, room)
    return staffview.page(
        request,
        "casefile",
        report.reference,
        report=report,
        parts=parts,
        tags=[words[Facet.Kind.TAG, token] for token in tokens if (Facet.Kind.TAG, token) in words],
        first=duplicates.first_of(report, user),
        copies=duplicates.of_report(report, user),
        events=report.events.order_by("number"),
        reason=dict(REASONS)[reason],
        printed_at=timezone.now(),
        back=_case(report),
    )


def _case(report: Report) -> str:
    return reverse("admin:reporting_report_change", args=[report.pk])
