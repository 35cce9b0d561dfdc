"""Pages of the staff site beside Django's own: signing in, members, keys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import login as sign_in
from django.contrib.auth import logout as sign_out
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal.lib.text import CleanCharField
from portal.models import User
from portal.staff import attempts, members, passphrases, secondfactor
from portal.staff.login import LoginForm
from portal.staff.passphrases import NewPassphraseForm, SecretField
from portal.staff.sessions import SessionStore
from reporting import keys
from reporting.models import CASE, IDENTITY, KeyGrant, StaffKey, VaultSite

_SEED = "activation_seed"
_OFFERED = "offered_passphrase"
_BUSY = gettext_lazy("Too many people are signing in. Nothing was changed. Try again in a minute.")


def _page(request: HttpRequest, template: str, title: Any, **context: Any) -> TemplateResponse:
    response = TemplateResponse(
        request, f"staff/{template}.html", {**admin.site.each_context(request), "title": title, **context}
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _offered(request: HttpRequest) -> str:
    """Return the six words offered to this visitor: the same again after a slip in the form."""
    words: str = request.session.setdefault(_OFFERED, passphrases.suggestion())
    return words


def _member(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _lead(request: HttpRequest) -> User:
    member = _member(request)
    if member.role != User.Role.LEAD:
        raise PermissionDenied
    return member


# --- Signing in ---


@sensitive_post_parameters()
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    """Show and take the login form."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        wanted = reverse("admin:index")
    if request.method == "GET" and admin.site.has_permission(request):
        return HttpResponseRedirect(wanted)
    form = LoginForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        assert user is not None  # noqa: S101 - a valid form has one
        request.session.flush()  # nothing of the visit before comes along, not even for the same account
        sign_in(request, user, backend="portal.staff.backends.RoleBackend")
        form.fill(request.session)
        # Tables that any visitor's try adds to are tidied by every login; no timer is needed.
        SessionStore.clear_expired()
        attempts.clear_old()
        return HttpResponseRedirect(wanted)
    return _page(request, "login", _("Sign in"), form=form, next=wanted)


def vault_notice(request: HttpRequest) -> str:
    """Return what a reader of reports should know before anything else, "" when all is well."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm("reporting.view_report"):
        return ""
    state = keys.vault_is_open()
    if not state and not VaultSite.objects.exists():
        return _("The report keys are not set up, so the report form is closed.")
    if keys.session_key(request) is None:
        return _("Your passphrase no longer opens the reports. Ask a colleague to let you in again.")
    if not KeyGrant.objects.filter(staff_key__user=user, queue_key__room=CASE).exists():
        words = " ".join(keys.fingerprint_words(StaffKey.objects.get(user=user)))
        return _(
            "You are waiting for access to the reports. Call a lead and read them these six words: %(words)s"
        ) % {"words": words}
    if not state:
        return _("The report form is closed. %(reason)s") % {"reason": state.reason}
    if keys.reviewer_count() < 2:
        return _("Only one member can read reports. Let a second one in, so that no report is ever lost.")
    return ""


# --- Activation and passphrases ---


class ActivationForm(NewPassphraseForm):
    """Passphrase and the first code from the member's app."""

    code = CleanCharField(
        label=gettext_lazy("Six digits from your app"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Type the six digits your app shows now.")},
    )
    step = 0

    def __init__(self, *args: Any, seed: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seed = seed

    def clean_code(self) -> str:
        """Check that the app has the right seed."""
        code: str = self.cleaned_data["code"].replace(" ", "")
        step = secondfactor.step_of(self.seed, code)
        if step is None:
            raise forms.ValidationError(
                _("This code does not fit. Check the clock of your phone, and type the code it shows now.")
            )
        self.step = step
        return code


@sensitive_post_parameters()
@never_cache
def activate(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited member choose a passphrase and set up their codes. The link works once."""
    user = members.invited(token)
    if user is None:
        response = _page(request, "link_over", _("This link does not work any more"))
        response.status_code = 404
        return response
    seed = request.session.get(_SEED) or secondfactor.new_seed()
    request.session[_SEED] = seed
    form = ActivationForm(request.POST or None, name=user.get_username(), seed=seed)
    if request.method == "POST" and form.is_valid():
        try:
            codes = members.activate(
                token=token, passphrase=form.cleaned_data["new"], seed=seed, step=form.step
            )
        except keys.Busy:
            form.add_error(None, str(_BUSY))
        else:
            request.session.flush()
            if codes is None:
                return redirect(request.path)
            return _page(request, "activated", _("Your account is ready"), codes=codes)
    size, dots = secondfactor.picture(user, seed)
    return _page(
        request,
        "activate",
        _("Welcome, %(name)s") % {"name": user.get_username()},
        form=form,
        seed=" ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
        size=size,
        dots=dots,
        suggestion=_offered(request),
    )


class ChangeForm(NewPassphraseForm):
    """The passphrase of now, and a new one."""

    old = SecretField(
        label=gettext_lazy("Passphrase you use now"),
        autocomplete="current-password",
        error_messages={"required": gettext_lazy("Type the passphrase you use now.")},
    )
    field_order = ["old", "new", "again"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, name=user.get_username(), **kwargs)
        self.user = user

    def clean_old(self) -> str:
        """Check the passphrase of now; tries count as logins do."""
        old: str = self.cleaned_data["old"]
        if not attempts.judge(self.user.get_username()) or not self.user.check_password(old):
            raise forms.ValidationError(_("This is not your passphrase. Nothing was changed."))
        return old


@sensitive_post_parameters()
def passphrase(request: HttpRequest) -> TemplateResponse:
    """Change the member's own passphrase; the key to the reports goes along."""
    user = _member(request)
    form = ChangeForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            rewrapped = members.change_passphrase(
                user=user, old=form.cleaned_data["old"], new=form.cleaned_data["new"]
            )
        except keys.Busy:
            form.add_error(None, str(_BUSY))
        else:
            attempts.forget(user.get_username())
            sign_out(request)
            return _page(request, "passphrase_changed", _("Passphrase changed"), rewrapped=rewrapped)
    return _page(
        request,
        "passphrase",
        _("Change your passphrase"),
        form=form,
        suggestion=_offered(request),
    )


# --- Members ---


class AgainForm(forms.Form):
    """The member's own passphrase once more, before something that cannot be taken back."""

    passphrase = SecretField(
        label=gettext_lazy("Your passphrase"),
        autocomplete="current-password",
        error_messages={"required": gettext_lazy("Type your passphrase.")},
    )
    staff_key = b""

    def __init__(self, *args: Any, user: User, opens_key: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.opens_key = user, opens_key

    def clean_passphrase(self) -> str:
        """Check it as a login does, and open the staff key with it."""
        typed: str = self.cleaned_data["passphrase"]
        name = self.user.get_username()
        if not attempts.judge(name) or not self.user.check_password(typed):
            raise forms.ValidationError(_("This is not your passphrase. Nothing was changed."))
        attempts.forget(name)
        if self.opens_key:
            try:
                self.staff_key = keys.unlock_staff_key(user=self.user, passphrase=typed)
            except keys.Busy as busy:
                raise forms.ValidationError(str(_BUSY)) from busy
            except (keys.LockedOut, keys.KeySwapped) as locked:
                raise forms.ValidationError(
                    _("Your passphrase no longer opens the reports. Ask a colleague to let you in again.")
                ) from locked
        return typed


class GrantForm(AgainForm):
    """That the six words were compared, and the lead's passphrase."""

    compared = forms.BooleanField(
        label=gettext_lazy("The six words"),
        error_messages={"required": gettext_lazy("Call the member and compare the six words first.")},
    )
    field_order = ["compared", "passphrase"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["compared"].choice_label = _(  # type: ignore[attr-defined]  # read by the field's template
            "I heard the words from the member’s own mouth, and they are the same"
        )


@sensitive_post_parameters()
def access(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a member read reports: a lead compares six words by voice and types their passphrase again."""
    lead = _lead(request)
    member = get_object_or_404(User, pk=pk, is_active=True)
    may_read = member.has_perm("reporting.view_report")
    staff_key = StaffKey.objects.filter(user=member).first()
    rooms = [CASE, IDENTITY] if member.role == User.Role.LEAD else [CASE]
    form = GrantForm(request.POST or None, user=lead)
    if request.method == "POST" and may_read and staff_key and form.is_valid():
        try:
            keys.grant_rooms(by=lead, by_key=form.staff_key, to=member, rooms=rooms)
        except keys.LockedOut:
            form.add_error(None, _("You cannot open these reports yourself, so you cannot let others in."))
        except keys.KeySwapped:
            form.add_error(
                None, _("A key was changed from outside. Let nobody in; tell the operator at once.")
            )
        else:
            messages.success(request, _("%(name)s can read reports now.") % {"name": member.get_username()})
            return redirect("admin:portal_user_changelist")
    words = keys.fingerprint_words(staff_key) if staff_key else []
    return _page(
        request,
        "access",
        _("Let %(name)s read reports") % {"name": member.get_username()},
        form=form,
        member=member,
        may_read=may_read,
        words=words,
        sees_names=IDENTITY in rooms,
    )


@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a new activation link for a member, and show it once."""
    _lead(request)
    member = get_object_or_404(User, pk=pk, is_active=True)
    return _page(
        request,
        "link",
        _("Activation link for %(name)s") % {"name": member.get_username()},
        link=request.build_absolute_uri(members.new_link(member)),
        hours=members.LINK_HOURS,
        member=member,
    )


@sensitive_post_parameters()
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn an account off: sessions, key and grants end at once."""
    lead = _lead(request)
    member = get_object_or_404(User, pk=pk, is_active=True)
    form = AgainForm(request.POST or None, user=lead, opens_key=False)
    if request.method == "POST" and form.is_valid():
        if member.pk == lead.pk:
            form.add_error(None, _("You cannot close your own account. Ask another lead."))
        else:
            try:
                members.close_account(member)
            except members.LastReader:
                form.add_error(None, _("Nobody else can open the reports. Let another member in first."))
            else:
                messages.success(request, _("The account is closed."))
                return redirect("admin:portal_user_changelist")
    return _page(
        request,
        "close",
        _("Close the account of %(name)s") % {"name": member.get_username()},
        form=form,
        member=member,
    )


# --- Keys ---


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


@sensitive_post_parameters()
def report_keys(request: HttpRequest) -> HttpResponse:
    """Set up the report keys: three sheets shown once, two of them typed back."""
    lead = _lead(request)
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
            make.add_error(None, str(_BUSY))
    elif act == "confirm" and confirm.is_valid():
        try:
            keys.confirm_sheets(by=lead, **confirm.cleaned_data)
        except (keys.SheetError, keys.VaultClosed) as error:
            confirm.add_error(None, str(error))
        except keys.KeySwapped:
            confirm.add_error(None, _("A report key was changed from outside. Tell the operator at once."))
        except keys.Busy:
            confirm.add_error(None, str(_BUSY))
        else:
            messages.success(request, _("The two sheets open the reports. Keep all three apart."))
            return redirect("admin:report_keys")
    return _page(
        request,
        "report_keys",
        _("Report keys and recovery sheets"),
        is_made=bool(papers) or site is not None,
        confirmed=confirmed,
        papers=papers,
        make=make,
        confirm=confirm,
        state=keys.vault_is_open(),
    )


@sensitive_post_parameters()
def recover(request: HttpRequest) -> HttpResponse:
    """Let the lead in with two recovery sheets, when nobody else can."""
    lead = _lead(request)
    form = SheetsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            keys.recover_rooms(to=lead, **form.cleaned_data)
        except (keys.SheetError, keys.VaultClosed) as error:
            form.add_error(None, str(error))
        except keys.LockedOut:
            form.add_error(None, _("You have no key of your own yet. Ask for a new activation link first."))
        except keys.KeySwapped:
            form.add_error(None, _("A report key was changed from outside. Tell the operator at once."))
        except keys.Busy:
            form.add_error(None, str(_BUSY))
        else:
            messages.warning(request, _("You can read the reports again. Tell every member of the team."))
            return redirect("admin:index")
    return _page(request, "recover", _("Get in with two recovery sheets"), form=form)
