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
from reporting import facets, keys, rotation
from reporting.models import CASE, IDENTITY, StaffKey

_SEED = "activation_seed"
_OFFERED = "offered_passphrase"
WORK_SECONDS = 4.0
BUSY = gettext_lazy("Too many people are signing in. Nothing was changed. Try again in a minute.")


def page(request: HttpRequest, template: str, title: Any, **context: Any) -> TemplateResponse:
    """Return the staff page `template` (in `staff/`), which no browser keeps."""
    response = TemplateResponse(
        request, f"staff/{template}.html", {**admin.site.each_context(request), "title": title, **context}
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _offered(request: HttpRequest) -> str:
    """Return the six words offered to this visitor: the same again after a slip in the form."""
    words: str = request.session.setdefault(_OFFERED, passphrases.suggestion())
    return words


def member_of(request: HttpRequest) -> User:
    """Return who asks. Raise PermissionDenied for a visitor."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def lead_of(request: HttpRequest) -> User:
    """Return who asks. Raise PermissionDenied for anybody but a lead."""
    member = member_of(request)
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
        # Facets need an opened key; the first moment one is there is now.
        facets.index_at_sign_in(user=user, staff_key=form.staff_key)
        # Tables that any visitor's try adds to are tidied by every login; no timer is needed.
        SessionStore.clear_expired()
        attempts.clear_old()
        return HttpResponseRedirect(wanted)
    return page(request, "login", _("Sign in"), form=form, next=wanted)


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
        response = page(request, "link_over", _("This link does not work any more"))
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
            form.add_error(None, str(BUSY))
        else:
            request.session.flush()
            if codes is None:
                return redirect(request.path)
            return page(request, "activated", _("Your account is ready"), codes=codes)
    size, dots = secondfactor.picture(user, seed)
    return page(
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
    user = member_of(request)
    form = ChangeForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            rewrapped = members.change_passphrase(
                user=user, old=form.cleaned_data["old"], new=form.cleaned_data["new"]
            )
        except keys.Busy:
            form.add_error(None, str(BUSY))
        else:
            attempts.forget(user.get_username())
            sign_out(request)
            return page(request, "passphrase_changed", _("Passphrase changed"), rewrapped=rewrapped)
    return page(
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

    def __init__(self, *args: Any, user: User, may_stay_locked: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.may_stay_locked = user, may_stay_locked

    def clean_passphrase(self) -> str:
        """Check it as a login does, and open the staff key with it; it stays empty when it may."""
        typed: str = self.cleaned_data["passphrase"]
        name = self.user.get_username()
        if not attempts.judge(name) or not self.user.check_password(typed):
            raise forms.ValidationError(_("This is not your passphrase. Nothing was changed."))
        attempts.forget(name)
        try:
            self.staff_key = keys.unlock_staff_key(user=self.user, passphrase=typed)
        except keys.Busy as busy:
            raise forms.ValidationError(str(BUSY)) from busy
        except (keys.LockedOut, keys.KeySwapped) as locked:
            if not self.may_stay_locked:
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
    lead = lead_of(request)
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
    return page(
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
    lead_of(request)
    member = get_object_or_404(User, pk=pk, is_active=True)
    return page(
        request,
        "link",
        _("Activation link for %(name)s") % {"name": member.get_username()},
        link=request.build_absolute_uri(members.new_link(member)),
        hours=members.LINK_HOURS,
        member=member,
    )


@sensitive_post_parameters()
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a member: account, sessions, key and grants end at once, and the room keys change.

    A lead whose own vault is locked may do it too; then the keys wait for a lead who can open the reports.
    """
    lead = lead_of(request)
    member = get_object_or_404(User, pk=pk, is_active=True)
    form = AgainForm(request.POST or None, user=lead, may_stay_locked=True)
    if request.method == "POST" and form.is_valid():
        if member.pk == lead.pk:
            form.add_error(None, _("You cannot close your own account. Ask another lead."))
        else:
            try:
                members.remove(user=member, by=lead, by_key=form.staff_key or None)
            except members.LastReader:
                form.add_error(None, _("Nobody else can open the reports. Let another member in first."))
            else:
                messages.success(request, _("The account is closed."))
                return changed_keys(request, lead, form.staff_key)
    return page(
        request,
        "close",
        _("Close the account of %(name)s") % {"name": member.get_username()},
        form=form,
        member=member,
    )


class RoleForm(AgainForm):
    """Another role, and the lead's passphrase."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=User.Role)
    field_order = ["role", "passphrase"]


@sensitive_post_parameters()
def role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a member another role. Who may read less loses that room, and its key changes."""
    lead = lead_of(request)
    member = get_object_or_404(User, pk=pk, is_active=True)
    form = RoleForm(request.POST or None, user=lead, may_stay_locked=True, initial={"role": member.role})
    if request.method == "POST" and form.is_valid():
        try:
            members.change_role(
                user=member, role=form.cleaned_data["role"], by=lead, by_key=form.staff_key or None
            )
        except members.LastReader:
            form.add_error(None, _("Nobody else can open the reports. Let another member in first."))
        except members.LastLead:
            form.add_error("role", _("There must be one lead at least. Make another member a lead first."))
        else:
            messages.success(request, _("The role is changed."))
            return changed_keys(request, lead, form.staff_key)
    title = _("Role of %(name)s") % {"name": member.get_username()}
    return page(request, "role", title, form=form, member=member)


def changed_keys(request: HttpRequest, lead: User, staff_key: bytes) -> HttpResponse:
    """Lock the first reports anew, and go to the page that says how far it is when some are left."""
    if staff_key:
        rotation.work(by=lead, by_key=staff_key, seconds=WORK_SECONDS)
    state = keys.vault_is_open()
    is_done = not state.is_mixed and not rotation.due(state)
    return redirect("admin:portal_user_changelist" if is_done else "admin:rotation")
