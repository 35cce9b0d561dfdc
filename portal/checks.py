"""Checks of settings and folders: what would quietly break a promise is said before it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError


@register(Tags.security)
def uploads_stay_in_memory(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Find settings under which an upload would be written to the disk in clear."""
    found: list[CheckMessage] = []
    if settings.FILE_UPLOAD_HANDLERS != ["django.core.files.uploadhandler.MemoryFileUploadHandler"]:
        found.append(
            Error(
                "FILE_UPLOAD_HANDLERS may write uploads to the disk in clear.",
                hint="Keep MemoryFileUploadHandler alone.",
                id="portal.E001",
            )
        )
    largest_body = max(settings.BODY_LIMIT, settings.UPLOAD_LIMIT)
    if largest_body >= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        found.append(
            Error(
                "FILE_UPLOAD_MAX_MEMORY_SIZE is not above the body limits: an upload would go to the disk.",
                hint="Make it larger than BODY_LIMIT and UPLOAD_LIMIT.",
                id="portal.E002",
            )
        )
    return found


@register(Tags.security, deploy=True)
def keys_are_private(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Find key files in DATA_DIR that other accounts of the machine can read."""
    return [
        Error(
            f"{path} can be read by other accounts of this machine.",
            hint=f"Type: chmod 600 {path}",
            id="portal.E003",
        )
        for path in (settings.DATA_DIR / "secret_key", settings.DATA_DIR / "vault_pepper")
        if path.exists() and path.stat().st_mode & 0o077
    ]


@register(Tags.security, deploy=True)
def the_public_address_is_whole(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Find settings of a public portal that lead to a redirect loop, or to links nobody can follow."""
    found: list[CheckMessage] = []
    if settings.ON_LOOPBACK:
        return found
    if settings.SECURE_SSL_REDIRECT and not settings.SECURE_PROXY_SSL_HEADER:
        found.append(
            Warning(
                "Every page redirects to HTTPS, and no proxy is trusted to say that HTTPS is there already.",
                hint="Set BEHIND_PROXY=1 when a proxy ends TLS and sets X-Forwarded-Proto itself.",
                id="portal.W001",
            )
        )
    if not settings.SITE_URL.startswith("https://"):
        found.append(
            Warning(
                f"SITE_URL is {settings.SITE_URL}, and certificates and the sitemap link to it.",
                hint="Set it to the public address, such as https://portal.example.",
                id="portal.W002",
            )
        )
    return found


@register(Tags.database)
def trial_and_real_stay_apart(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
) -> list[CheckMessage]:
    """Refuse to open a trial's database in earnest, and to put known passphrases into a real one.

    `migrate`, the first step of every start, runs this check before it changes anything.
    """
    if not databases:
        return []
    try:
        has_members, is_trial = _members()
    except DatabaseError:
        return []  # no tables yet: nobody is in it
    if is_trial and not settings.TRIAL:
        return [
            Error(
                "This database was a trial: its passphrases are known to everybody.",
                hint="Start the real portal with another DATABASE_URL, or an empty DATA_DIR.",
                id="portal.E004",
            )
        ]
    if has_members and settings.TRIAL and not is_trial:
        return [
            Error(
                "This database has real members, and a trial would add some with known passphrases.",
                hint="Start it with TRIAL=0, or give the trial another DATA_DIR.",
                id="portal.E005",
            )
        ]
    return []


def _members() -> tuple[bool, bool]:
    """Return whether there is any member, and whether one of the trial still has the trial's passphrase."""
    from portal.models import User
    from portal.staff.trial import MEMBERS, PASSPHRASE

    known = User.objects.filter(username__in=MEMBERS, is_active=True)
    return User.objects.exists(), any(member.check_password(PASSPHRASE) for member in known)
