"""Pages about the report keys: set-up, recovery sheets, the yearly drill, new keys after somebody left."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from portal.lib.text import CleanCharField
from portal.models import User
from portal.staff.views import BUSY, WORK_SECONDS, AgainForm, changed_keys, lead_of, member_of, page
from reporting import keys, recovery, rotation
from reporting.models import Room, VaultSite


class SheetsForm(forms.Form):
    """Two recovery sheets, typed from paper."""

    first = CleanCharField(
        label=gettext_lazy("One sheet"),
        help_text=gettext_lazy("All 16 groups. Small letters and missing spaces do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": gettext_lazy("Type the first sheet.")},
    )
    second = CleanCharField(
        label=gettext_lazy("Another sheet"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": gettext_lazy("Type the second sheet.")},
    )

    def says(self, fault: Exception) -> None:
        """Show in words why the sheets were not taken. fault: what the keys raised."""
        if isinstance(fault, keys.KeySwapped):
            self.add_error(None, _("A report key was changed from outside. Tell the operator at once."))
        elif isinstance(fault, keys.Busy):
            self.add_error(None, str(BUSY))
        else:
            self.add_error(None, str(fault))


_FAULTS = (keys.SheetError, keys.VaultClosed, keys.KeySwapped, keys.Busy)


@sensitive_post_parameters()
def report_keys(request: HttpRequest) -> HttpResponse:
    """Set up the report keys: three sheets shown once, two of them typed back. Later: what can be done."""
    lead = lead_of(request)
    site = VaultSite.objects.first()
    confirmed = bool(site and site.sheets_confirmed)
    act = request.POST.get("do")
    make = AgainForm(request.POST if act == "make" else None, user=lead)
    confirm = SheetsForm(request.POST if act == "confirm" else None)
    papers: list[keys.Sheet] = []
    if act == "make" and not confirmed and make.is_valid():
        try:
            papers = keys.setup_vault(lead=lead, passphrase=make.cleaned_data["passphrase"])
        except keys.AlreadySetUp:
            make.add_error(None, _("The keys are already set up. New ones would lose the reports."))
        except keys.Busy:
            make.add_error(None, str(BUSY))
    elif act == "confirm" and not confirmed and confirm.is_valid():
        try:
            keys.confirm_sheets(by=lead, **confirm.cleaned_data)
        except _FAULTS as fault:
            confirm.says(fault)
        else:
            messages.success(request, _("The two sheets open the reports. Keep all three apart."))
            return redirect("admin:report_keys")
    return page(
        request,
        "report_keys",
        _("Report keys and recovery sheets"),
        is_made=bool(papers) or site is not None,
        confirmed=confirmed,
        site=site,
        papers=papers,
        make=make,
        confirm=confirm,
        state=keys.vault_is_open(),
    )


@sensitive_post_parameters()
def recover(request: HttpRequest) -> HttpResponse:
    """Let the lead in with two recovery sheets, when nobody else can. New sheets are due then."""
    lead = lead_of(request)
    form = SheetsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            keys.recover_rooms(to=lead, **form.cleaned_data)
        except keys.LockedOut:
            form.add_error(None, _("You have no key of your own yet. Ask for a new activation link first."))
        except _FAULTS as fault:
            form.says(fault)
        else:
            messages.warning(
                request, _("You can read the reports again. Every member of the team sees this.")
            )
            return redirect("admin:new_sheets")
    return page(request, "recover", _("Get in with two recovery sheets"), form=form)


@sensitive_post_parameters()
def drill(request: HttpRequest) -> HttpResponse:
    """Try two sheets, once a year. Nobody is let in."""
    lead = lead_of(request)
    form = SheetsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            keys.drill(by=lead, **form.cleaned_data)
        except _FAULTS as fault:
            form.says(fault)
        else:
            messages.success(request, _("The two sheets open the reports. Nobody was let in."))
            return redirect("admin:report_keys")
    return page(request, "drill", _("Try the recovery sheets"), form=form, site=VaultSite.objects.first())


@sensitive_post_parameters()
def new_sheets(request: HttpRequest) -> HttpResponse:
    """Make new sheets, show them once, take two of them back; only then do the old ones stop to work."""
    lead = lead_of(request)
    act = request.POST.get("do")
    make = AgainForm(request.POST if act == "make" else None, user=lead)
    confirm = _ConfirmForm(request.POST if act == "confirm" else None, user=lead)
    papers: list[keys.Sheet] = []
    if act == "make" and make.is_valid():
        try:
            papers = recovery.make_sheets()
        except _FAULTS as fault:
            make.add_error(None, str(BUSY) if isinstance(fault, keys.Busy) else str(fault))
    elif act == "confirm" and confirm.is_valid():
        typed = {name: confirm.cleaned_data[name] for name in ("first", "second")}
        try:
            recovery.confirm_sheets(by=lead, by_key=confirm.staff_key, **typed)
        except keys.NotGranted:
            confirm.add_error(
                None,
                _("You cannot open everything yourself. A lead who reads reports and names must do this."),
            )
        except _FAULTS as fault:
            confirm.says(fault)
        else:
            messages.success(request, _("The new sheets count now. Destroy the old ones."))
            return redirect("admin:rotation" if rotation.due(keys.vault_is_open()) else "admin:report_keys")
    return page(
        request,
        "new_sheets",
        _("New recovery sheets"),
        site=(site := VaultSite.objects.first()),
        is_waiting=bool(papers) or recovery.is_waiting(site),
        papers=papers,
        make=make,
        confirm=confirm,
    )


class _ConfirmForm(SheetsForm, AgainForm):
    """Two of the new sheets, and the passphrase that opens the rooms they are to open."""

    field_order = ["first", "second", "passphrase"]


@sensitive_post_parameters()
def change(request: HttpRequest) -> HttpResponse:
    """Change the room keys, and go on locking everything anew. Every reader may go on; a lead may begin."""
    member = member_of(request)
    if not member.has_perm("reporting.view_report"):
        raise PermissionDenied
    is_lead = member.role == User.Role.LEAD
    act = request.POST.get("do")
    begin = AgainForm(request.POST if act == "begin" else None, user=member)
    if act == "go_on":
        staff_key = keys.session_key(request)
        if staff_key is None:
            raise PermissionDenied
        rotation.work(by=member, by_key=staff_key, seconds=WORK_SECONDS)
        return redirect("admin:rotation")
    if act == "begin" and is_lead and begin.is_valid() and _began(begin, member):
        messages.success(request, _("There are new keys. What is sent from now on is locked with them."))
        changed_keys(request, member, begin.staff_key)
        return redirect("admin:rotation")
    state = keys.vault_is_open()
    due = rotation.due(state)
    return page(
        request,
        "change_keys",
        _("New keys for the reports"),
        state=state,
        is_lead=is_lead,
        due=[Room(room).label for room in due],
        sheets_first=bool(state.site and state.site.sheets_seen),
        progress=[(Room(each.room).label, each) for each in rotation.progress()] if state.is_mixed else [],
        make=begin,
        can_open=keys.session_key(request) is not None,
    )


def _began(form: Any, lead: User) -> bool:
    state = keys.vault_is_open()
    if state.site and state.site.sheets_seen:
        form.add_error(None, _("Make new recovery sheets first: the new keys are locked to them too."))
        return False
    try:
        rotation.start(by=lead, by_key=form.staff_key, rooms=rotation.due(state) or Room.values)
    except keys.NotGranted:
        form.add_error(
            None, _("You cannot open everything yourself. A lead who reads reports and names must.")
        )
    except keys.NotProven:
        form.add_error(
            None,
            _(
                "What is kept for the recovery sheets does not carry the mark of the rooms. "
                "Try the sheets first. When this stays, tell the operator at once."
            ),
        )
    except (keys.KeySwapped, keys.VaultClosed):
        form.add_error(None, _("A report key was changed from outside. Tell the operator at once."))
    else:
        return True
    return False
