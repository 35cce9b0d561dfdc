"""One form: account, passphrase, code. Only when all three are right is the staff key opened."""

from __future__ import annotations

import base64
from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import CleanCharField
from portal.models import User
from portal.staff import attempts, secondfactor
from portal.staff.passphrases import LONGEST, SecretField
from reporting import keys
from reporting.vault.primitives import SealError

SECOND_FACTOR = "second_factor"


class LoginForm(forms.Form):
    """Signs a member in. `staff_key` is the opened private key, None when the vault stays locked."""

    username = CleanCharField(
        label=gettext_lazy("Account"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        error_messages={"required": gettext_lazy("Type the name of your account.")},
    )
    password = SecretField(
        label=gettext_lazy("Passphrase"),
        autocomplete="current-password",
        max_length=None,
        error_messages={"required": gettext_lazy("Type your passphrase.")},
    )
    code = CleanCharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Six digits from your app, or one of your backup codes. Each works once."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
        error_messages={"required": gettext_lazy("Type the code from your app.")},
    )

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None
        self.staff_key: bytes | None = None

    def clean(self) -> dict[str, Any]:
        """Judge all three together; which of them was wrong is never said."""
        name, passphrase = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        code = self.cleaned_data.get("code")
        if name and passphrase and code:
            user = self._judged(name[:150], passphrase, code)
            if user is None:
                raise ValidationError(
                    _(
                        "Account, passphrase and code do not fit together. "
                        "After 20 tries in 15 minutes none works for a while: wait 15 minutes. "
                        "Each code works once: wait for the next one."
                    )
                )
            self.user = user
            try:
                self.staff_key = keys.unlock_staff_key(user=user, passphrase=passphrase)
            except keys.Busy as busy:
                raise ValidationError(_("Too many people are signing in. Try again in a minute.")) from busy
            except (keys.LockedOut, keys.KeySwapped):
                self.staff_key = None
            else:
                keys.prove_grants(user=user, staff_private_key=self.staff_key)
        return self.cleaned_data

    def _judged(self, name: str, passphrase: str, code: str) -> User | None:
        if len(passphrase) > LONGEST or not attempts.judge(name):
            return None
        user = authenticate(self.request, username=name, password=passphrase)
        if not isinstance(user, User) or not attempts.judge(name, "code", attempts.CODE):
            return None
        try:
            if not secondfactor.use(user, code):
                return None
        except SealError:
            return None  # the pepper is not the one the seed was kept under
        attempts.forget(name)
        attempts.forget(name, "code")
        return user

    def get_user(self) -> User | None:
        """Return the member, for Django's login."""
        return self.user

    def fill(self, session: Any) -> None:
        """Put into the new session that two factors were given, and the staff key."""
        session[SECOND_FACTOR] = True
        if self.staff_key:
            session[keys.SESSION_NAME] = base64.b64encode(self.staff_key).decode()
