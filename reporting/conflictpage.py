"""The page where members say whom they are tied to, and leads see and end it; the button that indexes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal.lib.text import CleanCharField
from reporting import conflicts, facets, staffview
from reporting.keys import RoomKey

# Only leads hold it: who may open the identity room also says who may not read.
LEADS = "reporting.view_identity"


class ConflictForm(forms.Form):
    """Whom or what a member is tied to."""

    member: Any = forms.ModelChoiceField(
        label=gettext_lazy("Member"),
        queryset=None,
        empty_label=gettext_lazy("Choose a member"),
        error_messages={"required": gettext_lazy("Choose the member.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Tied to"), choices=[(kind.value, kind.label) for kind in conflicts.KINDS]
    )
    name = CleanCharField(
        label=gettext_lazy("Name or number"),
        help_text=gettext_lazy(
            "As you would write it. Other ways of writing it count too, and so do names that sound alike."
        ),
        max_length=200,
        error_messages={"required": gettext_lazy("Type the name of the school, agency, officer or place.")},
    )

    def __init__(self, typed: Any = None, *, by: Any) -> None:
        super().__init__(typed)
        if by.has_perm(LEADS):
            members = get_user_model().objects.filter(is_active=True).order_by("username")
            self.fields["member"].queryset = members  # type: ignore[attr-defined]
        else:
            del self.fields["member"]

    def clean(self) -> dict[str, Any]:
        """Say when the name tells nothing."""
        kind, name = self.cleaned_data.get("kind"), self.cleaned_data.get("name")
        if kind and name:
            try:
                conflicts.ties_of(kind, name)
            except conflicts.Unclear:
                self.add_error(
                    "name", _("This names nothing of this kind, or several. Type one name, one at a time.")
                )
        return self.cleaned_data


@staffview.needs("reporting.change_report")
def conflict_page(request: HttpRequest) -> HttpResponse:
    """Show the conflicts a member may see, and take a new one or the end of one."""
    room = staffview.open_case_room(request)
    by: Any = request.user
    is_lead = by.has_perm(LEADS)
    act = request.POST.get("do")
    form = ConflictForm(request.POST if act == "declare" else None, by=by)
    if act == "declare" and form.is_valid():
        _declare(request, form, room)
        return redirect("admin:report_conflicts")
    if act == "lift" and is_lead:
        _lift(request, room)
        return redirect("admin:report_conflicts")
    return staffview.page(
        request,
        "conflicts",
        _("Who may not see which reports"),
        form=form,
        is_lead=is_lead,
        ties=conflicts.ties(room=room, member=None if is_lead else by),
    )


def _declare(request: HttpRequest, form: ConflictForm, room: RoomKey) -> None:
    by: Any = request.user
    member = form.cleaned_data.get("member") or by
    conflicts.declare(
        member=member,
        kind=form.cleaned_data["kind"],
        text=form.cleaned_data["name"],
        by=by,
        room=room,
    )
    # Until every report has facets, the member sees fewer than they may.
    facets.index_new(room=room)
    messages.success(
        request,
        _("%(name)s no longer sees reports that name this, nor reports that are not indexed yet.")
        % {"name": member.get_username()},
    )


def _lift(request: HttpRequest, room: RoomKey) -> None:
    by: Any = request.user
    number = request.POST.get("tie", "")
    try:
        lifted = number.isdecimal() and conflicts.lift(pk=int(number), by=by, room=room)
    except PermissionError:
        messages.error(request, _("Nobody ends their own. Ask another lead."))
    else:
        if lifted:
            messages.success(request, _("Ended."))


@require_POST
@staffview.needs("reporting.change_report")
def index_page(request: HttpRequest) -> HttpResponse:
    """Write the facets of reports that have none yet, as the button in the queue asks."""
    done = facets.index_new(room=staffview.open_case_room(request))
    # The number may count reports that are hidden from this member, so it is not told.
    messages.success(
        request,
        _("New reports are indexed.")
        if done < facets.AT_ONCE
        else _("Many new reports are indexed. Press the button again for the rest."),
    )
    return redirect("admin:reporting_report_changelist")
