"""Erasing a report early, as members see it: ask, agree, stop, and the list of what waits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reporting import erasing
from reporting.models import Erasure, Held, Report
from reporting.staffview import needs, open_case_room, page, visible_report


class AskForm(forms.Form):
    """Why a report should be erased before its day."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why?"), choices=Erasure.Reason, widget=forms.RadioSelect, required=True
    )


@needs("reporting.change_report")
def erase(request: HttpRequest, pk: object) -> HttpResponse:
    """Show whether somebody asked to erase the report early; take the wish, the agreement, or the stop."""
    open_case_room(request)
    report = visible_report(request, pk)
    form = AskForm(request.POST if request.POST.get("do") == "ask" else None)
    if request.method == "POST":
        try:
            answer = _act(request, report, form)
        except Held:
            messages.error(request, _("This report is under legal hold. Nothing of it is erased."))
            answer = _back_to(report)
        except erasing.NotAsked:
            messages.error(request, _("Nobody asks to erase this report any more. It was stopped meanwhile."))
            answer = _back_to(report)
        except erasing.OneMember:
            messages.error(request, _("You cannot be the second member. Nothing was erased."))
            answer = HttpResponseRedirect(reverse("admin:report_erase", args=[report.pk]))
        if answer:
            return answer
    erasure = Erasure.objects.select_related("asked_by").filter(report=report).first()
    context: dict[str, Any] = {"report": report, "form": form, "erasure": erasure}
    if erasure:
        context["at"] = erasure.asked_at + erasing.WAIT
        context["may_confirm"] = erasing.may_confirm(erasure=erasure, by=request.user)  # type: ignore[arg-type]
        context["is_mine"] = erasure.asked_by_id == request.user.pk
    return page(request, "erase", _("Erase %(report)s early") % {"report": report.reference}, **context)


def _act(request: HttpRequest, report: Report, form: AskForm) -> HttpResponse | None:
    """Do what was asked; None when the form is faulty. Raise Held, NotAsked or OneMember."""
    by: Any = request.user
    asked = request.POST.get("do")
    if asked == "stop":
        erasing.stop_erasure(report=report, by=by)
        messages.success(request, _("Stopped. The report is kept."))
        return _back_to(report)
    if asked == "confirm":
        erasing.confirm_erasure(report=report, by=by)
        messages.success(request, _("Erased."))
        return HttpResponseRedirect(reverse("admin:reporting_report_changelist"))
    if not form.is_valid():
        return None
    erasing.ask_erasure(report=report, by=by, reason=form.cleaned_data["reason"])
    messages.success(request, _("Asked. All members are told that something waits."))
    return _back_to(report)


def _back_to(report: Report) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:reporting_report_change", args=[report.pk]))


@needs("reporting.change_report")
def erasures(request: HttpRequest) -> HttpResponse:
    """List the reports that wait to be erased early."""
    waiting = [
        {"erasure": erasure, "at": erasure.asked_at + erasing.WAIT}
        for erasure in erasing.waiting(request.user)[:100]  # type: ignore[arg-type]
    ]
    return page(request, "erasures", _("Waiting to be erased"), waiting=waiting)
