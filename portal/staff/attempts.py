"""How many logins are judged for one account: a count in the database, shared by all machines."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.models import LoginWindow
from reporting.vault import primitives

MOST = 20
LOGIN = timedelta(minutes=15)
CODE = timedelta(hours=1)


def judge(name: str, purpose: str = "login", window: timedelta = LOGIN) -> bool:
    """Count one try for the account `name`; return False when it must not be judged any more.

    At most 20 in a window that begins with the first, whether the account exists or not. The count is taken
    before the passphrase is looked at, so that twenty requests at once count as twenty.
    """
    key = _key(name, purpose)
    now = timezone.now()
    with transaction.atomic():
        LoginWindow.objects.get_or_create(name_hash=key, defaults={"began": now})
        row = LoginWindow.objects.select_for_update().get(name_hash=key)
        if now - row.began >= window:
            row.began, row.count = now, 0
        if row.count >= MOST:
            return False
        row.count += 1
        row.save(update_fields=["began", "count"])
    return True


def forget(name: str, purpose: str = "login") -> None:
    """Begin anew after the right answer."""
    LoginWindow.objects.filter(name_hash=_key(name, purpose)).delete()


def clear_old() -> None:
    """Erase counts whose window is over."""
    LoginWindow.objects.filter(began__lt=timezone.now() - CODE).delete()


def _key(name: str, purpose: str) -> str:
    typed = name.casefold().encode("utf-8", "replace")
    return primitives.keyed_hash(settings.SECRET_KEY.encode(), "login-name", purpose.encode(), typed).hex()
