"""The pages that change many reports: of the ticked ones at once, of all in a view after a second look."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.lib.text import CleanCharField
from reporting import bulk, queuepage, staffview, tags
from reporting.casework import readers
from reporting.facets import label_of
from reporting.filters import Filters
from reporting.keys import RoomKey
from reporting.models import BulkAct, Facet, Label, Report

CHOSEN, ALL = "chosen", "all"


class BulkForm(forms.Form):
    """What to do, to which reports."""

    act = forms.CharField(
        max_length=60, error_messages={"required": gettext_lazy("Choose what to do with the reports.")}
    )
    tag = CleanCharField(max_length=tags.LONGEST, required=False)
    which = forms.ChoiceField(choices=[(CHOSEN, CHOSEN), (ALL, ALL)])

    def __init__(self, typed: Any, room: RoomKey, by: Any) -> None:
        super().__init__(typed)
        self.room = room
        self.by = by

    def clean(self) -> dict[str, Any]:
        """Split what is to be done into act and value. Refuse what does not exist."""
        cleaned = super().clean() or self.cleaned_data
        act, _colon, value = cleaned.get("act", "").partition(":")
        if act in {BulkAct.Act.TAG, BulkAct.Act.UNTAG} and not value:
            if not cleaned.get("tag"):
                raise ValidationError(_("Write the tag, then choose what to do with it."))
            of = tags.keep_words if act == BulkAct.Act.TAG else tags.token_of
            value = of(cleaned["tag"], self.room)
        if act == BulkAct.Act.ASSIGN and value == bulk.ME:
            value = str(self.by.pk)
        is_member = act == BulkAct.Act.ASSIGN and value not in {bulk.NOBODY, bulk.OTHER}
        if is_member and not (value.isdigit() and readers().filter(pk=value[:9]).exists()):
            raise ValidationError(_("This member cannot read reports. Choose another."))
        return {**cleaned, "act": act, "value": value}


@staffview.needs("reporting.change_report")
def change_many(request: HttpRequest) -> HttpResponse:
    """Change the ticked reports; for all of a view, ask first. Lead two ticked ones to the comparison.

    By GET: what the member changed last, to take it back or to go on.
    """
    room = staffview.open_case_room(request)
    if request.method != "POST":
        return _last(request, room)
    filters = Filters.read(request.POST.get("query", ""))
    chosen = [staffview.as_uuid(text) for text in request.POST.getlist("report")]
    back = HttpResponseRedirect(f"{queuepage.address()}?{filters.query()}")
    if request.POST.get("do") == "compare":
        return _compared(request, chosen) or back
    form = BulkForm(request.POST, room, request.user)
    if not form.is_valid():
        for faults in form.errors.values():
            messages.error(request, " ".join(str(fault) for fault in faults))
        return back
    asked = form.cleaned_data
    try:
        return _done(request, filters, chosen, asked, room) or back
    except bulk.Unknown:
        messages.error(request, _("Choose what to do with the reports."))
        return back


def _last(request: HttpRequest, room: RoomKey) -> HttpResponse:
    user: Any = request.user
    acts = [
        (row, _words((row.takes_back or row).act, (row.takes_back or row).value, room), outcome(row))
        for row in bulk.last_of(user)
    ]
    return staffview.page(request, "bulk_last", _("Your changes of many reports"), acts=acts)


def _compared(request: HttpRequest, chosen: list[str]) -> HttpResponse | None:
    if len(chosen) == 2:
        address = reverse("admin:report_compare")
        return HttpResponseRedirect(f"{address}?one={chosen[0]}&other={chosen[1]}")
    messages.error(request, _("Tick exactly two reports to compare them."))
    return None


def _done(
    request: HttpRequest, filters: Filters, chosen: list[str], asked: dict[str, Any], room: RoomKey
) -> HttpResponse | None:
    """Do what was asked, or ask back. Raise bulk.Unknown."""
    user: Any = request.user
    if asked["which"] == CHOSEN and not chosen:
        messages.error(request, _("Tick at least one report, or choose all that fit the filters."))
        return None
    if asked["act"] == BulkAct.Act.ASSIGN and asked["value"] == bulk.OTHER:
        return staffview.page(
            request,
            "bulk_who",
            _("Who works on them?"),
            members=readers(),
            query=filters.query(),
            chosen=chosen,
            which=asked["which"],
        )
    if asked["which"] == CHOSEN:
        row = bulk.change_chosen(
            by=user, act=asked["act"], value=asked["value"], chosen=chosen, filters=filters
        )
        text = outcome(row)
        if row.changed:
            address = reverse("admin:report_bulk_act", args=[row.pk])
            text = format_html('{} <a href="{}">{}</a>', text, address, _("Take it back"))
        (messages.warning if row.refused else messages.success)(request, text)
        return None
    if sent := request.POST.get("id"):
        pk = uuid.UUID(staffview.as_uuid(sent))
        row = bulk.begin(pk=pk, by=user, act=asked["act"], value=asked["value"], filters=filters)
        bulk.go_on(pk=row.pk, by=user)
        return HttpResponseRedirect(reverse("admin:report_bulk_act", args=[row.pk]))
    bulk.check(asked["act"], asked["value"])
    return staffview.page(
        request,
        "bulk_ask",
        _("Change all that fit?"),
        what=_words(asked["act"], asked["value"], room),
        wish=f"{asked['act']}:{asked['value']}",
        id=uuid.uuid4(),
        query=filters.query(),
        told=_told(filters),
        chips=queuepage.chips(filters, room),
    )


def _told(filters: Filters) -> list[tuple[str, str]]:
    """Return the drop-down filters in words."""
    told = []
    for choice in queuepage.choices(list(readers())):
        value = filters.chosen.get(choice["name"], "")
        if value and choice["name"] != "order":
            told.append((str(choice["label"]), str(dict(choice["choices"]).get(value, value))))
    return told


@staffview.needs("reporting.change_report")
def bulk_act(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show how far an act came; go on with it, or take it back."""
    room = staffview.open_case_room(request)
    user: Any = request.user
    row = get_object_or_404(BulkAct, pk=pk, by=user)
    if request.method == "POST":
        if request.POST.get("do") == "take_back" and row.act != BulkAct.Act.TAKE_BACK:
            row = bulk.take_back(act=row, by=user)
        bulk.go_on(pk=row.pk, by=user)
        return HttpResponseRedirect(reverse("admin:report_bulk_act", args=[row.pk]))
    is_undoing = row.act == BulkAct.Act.TAKE_BACK
    original = row.takes_back if is_undoing and row.takes_back else row
    return staffview.page(
        request,
        "bulk_act",
        _("Take back") if is_undoing else _("Change of many reports"),
        row=row,
        what=_words(original.act, original.value, room),
        outcome=outcome(row),
        is_undoing=is_undoing,
        was_taken_back=BulkAct.objects.filter(takes_back=row).exists(),
        back=f"{queuepage.address()}?{original.query}",
    )


def outcome(row: BulkAct) -> str:
    """Return in words what an act has done so far."""
    done = ngettext("%(n)d report changed.", "%(n)d reports changed.", row.changed) % {"n": row.changed}
    if not row.refused:
        return done
    if row.act == BulkAct.Act.TAKE_BACK:
        left = _("%(n)d left as they are: somebody changed them meanwhile, or you may not see them.")
    else:
        left = _("%(n)d left as they are: nobody has decided on the duty to report yet.")
    return f"{done} {left % {'n': row.refused}}"


def _words(act: str, value: str, room: RoomKey) -> str:
    """Return in words what an act does."""
    what = str(BulkAct.Act(act).label)
    if act in {BulkAct.Act.TAG, BulkAct.Act.UNTAG}:
        label = Label.objects.filter(kind=Facet.Kind.TAG, token=value).first()
        return f"{what}: {label_of(label, room) if label else _('a tag nobody has used')}"
    if act == BulkAct.Act.ASSIGN:
        member = readers().filter(pk=value).first() if value != bulk.NOBODY else None
        return f"{what}: {member or _('Nobody')}"
    choices: Any = Report.Status if act == BulkAct.Act.STATUS else Report.Priority
    return f"{what}: {choices(value).label}"
