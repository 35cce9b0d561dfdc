"""Six-digit codes from a member's phone, and ten codes on paper (RFC 6238; sealed reports, section 4)."""

from __future__ import annotations

import secrets
import time

import pyotp
from django.conf import settings
from django.db import transaction

from portal.lib import qr
from portal.lib.codes import ALPHABET
from portal.models import BackupCode, SecondFactor, User
from reporting.vault import primitives

STEP_SECONDS = 30
BACKUP_CODES = 10
_BACKUP_LENGTH = 10


def new_seed() -> str:
    """Return a new seed in base32, as phones want it."""
    return pyotp.random_base32()


def _pepper(person: str, *parts: bytes) -> bytes:
    return primitives.keyed_hash(settings.VAULT_PEPPER.encode(), person, *parts)


def _place(user: User) -> bytes:
    return f"totp|{user.pk}".encode()


def step_of(seed: str, code: str, now: float | None = None) -> int | None:
    """Return the half minute that `code` belongs to, this one or a neighbour; None when it is wrong."""
    step = int((time.time() if now is None else now) // STEP_SECONDS)
    totp = pyotp.TOTP(seed)
    found = None
    for near in (step - 1, step, step + 1):
        if primitives.same(totp.at(near * STEP_SECONDS).encode(), code.encode()):
            found = near
    return found


def seed_of(user: User) -> str | None:
    """Return the seed of `user`, None when no second factor is set up. Raise SealError for a wrong pepper."""
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        return None
    return primitives.decrypt(_pepper("totp-seed"), factor.seed, _place(user)).decode()


@transaction.atomic
def enroll(user: User, seed: str, step: int) -> list[str]:
    """Keep `seed` for `user`; return ten new backup codes, to be shown once. step: of the code just used."""
    sealed = primitives.encrypt(_pepper("totp-seed"), seed.encode(), _place(user))
    SecondFactor.objects.update_or_create(user=user, defaults={"seed": sealed, "last_step": step})
    BackupCode.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(_BACKUP_LENGTH)) for _ in range(BACKUP_CODES)]
    BackupCode.objects.bulk_create(
        BackupCode(user=user, code_hash=_backup_hash(user, code)) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _backup_hash(user: User, code: str) -> str:
    return _pepper("backup-code", str(user.pk).encode(), code.encode("utf-8", "replace")).hex()


def use(user: User, typed: str) -> bool:
    """Return whether `typed` is a code of `user` that was not used before, and use it up."""
    code = typed.replace(" ", "").replace("-", "").upper()
    seed = seed_of(user)
    if seed is None:
        return False
    if code.isascii() and code.isdigit() and len(code) == 6:
        step = step_of(seed, code)
        if step is None:
            return False
        # One statement, so that two requests with the same code cannot both win.
        fresh = SecondFactor.objects.filter(user=user, last_step__lt=step)
        return bool(fresh.update(last_step=step))
    code = code.replace("O", "0").replace("I", "1").replace("L", "1")
    deleted, _ = BackupCode.objects.filter(user=user, code_hash=_backup_hash(user, code)).delete()
    return bool(deleted)


def picture(user: User, seed: str) -> tuple[int, str]:
    """Return side and path of the QR code that a phone scans, for an SVG whose unit is one dot."""
    uri = pyotp.TOTP(seed).provisioning_uri(name=user.get_username(), issuer_name=settings.SITE_NAME)
    return qr.path_of(uri)
