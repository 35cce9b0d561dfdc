"""The page where members keep, rename, share and remove views of the queue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import CleanCharField
from reporting import savedviews, staffview
from reporting.filters import Filters
from reporting.models import SavedView


class ViewForm(forms.Form):
    """Name of a view, and who sees it."""

    name = CleanCharField(
        label=gettext_lazy("Name of the view"),
        max_length=savedviews.LONGEST_NAME,
        error_messages={"required": gettext_lazy("Give the view a name, then keep it.")},
    )
    shared = forms.BooleanField(label=gettext_lazy("All reviewers see it"), required=False)


@staffview.needs("reporting.change_report")
def saved_views(request: HttpRequest) -> HttpResponse:
    """Show the views a member sees, with what they may do; keep a new one of the filters in the address."""
    room = staffview.open_case_room(request)
    filters = Filters.read(request.GET.urlencode())
    form = ViewForm()
    if request.method == "POST":
        form = ViewForm(request.POST)
        done = _act(request, form, filters)
        if done:
            messages.success(request, done)
            return HttpResponseRedirect(reverse("admin:report_views"))
    return staffview.page(
        request,
        "views",
        _("Saved views"),
        views=savedviews.seen_by(request.user, room),  # type: ignore[arg-type]
        form=form,
        error_form=form,
        query=filters.query(),
        is_new=bool(request.GET),
    )


def _act(request: HttpRequest, form: ViewForm, filters: Filters) -> str:
    """Do what was asked and return its sentence, "" when the form has a fault."""
    user: Any = request.user
    act = request.POST.get("do")
    if act == "everything":
        savedviews.open_first(row=None, owner=user)
        return _("The queue opens with everything open.")
    if act in {"first", "remove"}:
        return _act_on(request, act)
    if not form.is_valid():
        return ""
    name, shared = form.cleaned_data["name"], form.cleaned_data["shared"]
    if act == "change":
        savedviews.change(row=_own(request), name=name, shared=shared)
        return _("Changed.")
    try:
        savedviews.keep(owner=user, name=name, filters=filters, shared=shared)
    except savedviews.TooMany:
        form.add_error(None, _("You keep 60 views already. Remove one first."))
        return ""
    return _("The view is kept.")


def _act_on(request: HttpRequest, act: str) -> str:
    user: Any = request.user
    if act == "first":
        savedviews.open_first(row=_own(request), owner=user)
        return _("The queue opens with this view.")
    row = get_object_or_404(SavedView, pk=_number(request))
    if not savedviews.may_remove(row, user):
        raise PermissionDenied
    row.delete()
    return _("The view is removed.")


def _number(request: HttpRequest) -> int:
    text = request.POST.get("view", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _own(request: HttpRequest) -> SavedView:
    """Return the view that is meant. Raise Http404 unless it is the member's own."""
    return get_object_or_404(SavedView, pk=_number(request), owner=request.user)
