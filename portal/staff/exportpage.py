"""The page that takes one report out of the portal: a reason, the passphrase again, then one ZIP."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from portal.models import User
from portal.staff.views import AgainForm, member_of, page
from reporting import keys, services
from reporting.export import Export, Reason, export_report
from reporting.models import CASE, IDENTITY, Report


class ExportForm(AgainForm):
    """Why, whether with names, and the passphrase."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you need it?"),
        choices=Reason,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why you need it.")},
    )
    names = forms.BooleanField(label=gettext_lazy("Name and contact"), required=False)
    field_order = ["reason", "names", "passphrase"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        if user.has_perm("reporting.view_identity"):
            self.fields["names"].choice_label = _(  # type: ignore[attr-defined]  # read by the field's template
                "With the name and contact of who wrote"
            )
        else:
            del self.fields["names"]


@sensitive_post_parameters()
def export(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hand out one report as a ZIP. The log gets the reason's kind, never a word of the report."""
    member = member_of(request)
    if not member.has_perm("reporting.change_report"):
        raise PermissionDenied
    report = get_object_or_404(Report.objects.visible_to(member), pk=pk)
    form = ExportForm(request.POST or None, user=member)
    if request.method == "POST" and form.is_valid() and (made := _made(form, member, report)):
        return _attached(made)
    title = _("Export %(reference)s") % {"reference": report.reference}
    return page(request, "export", title, form=form, report=report)


def _made(form: ExportForm, member: User, report: Report) -> Export | None:
    def opened(room: str) -> keys.RoomKey:
        return keys.open_room(staff_private_key=form.staff_key, user=member, room=room)

    try:
        return export_report(
            report=report,
            by=member,
            case=opened(CASE),
            identity=opened(IDENTITY) if form.cleaned_data.get("names") else None,
            reason=form.cleaned_data["reason"],
        )
    except keys.NotGranted:
        form.add_error(None, _("You were not let into what you asked for. Ask a lead to let you in."))
    except services.Damaged:
        form.add_error(None, _("This report cannot be opened. Tell the operator; a backup may have it."))
    return None


def _attached(made: Export) -> HttpResponse:
    response = HttpResponse(made.body, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
