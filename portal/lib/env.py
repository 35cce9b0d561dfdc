"""Settings from the environment: every value is checked once, at the start.

A value that is missing or misspelt raises ImproperlyConfigured with one sentence that says what to type.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SWITCH = {"1": True, "true": True, "0": False, "false": False}


def switch(name: str, *, default: bool = False) -> bool:
    """Return the on/off variable `name`, `default` when it is not set.

    Raise ImproperlyConfigured for anything but 1, 0, true or false: a typing error must not pick a side.
    """
    typed = os.environ.get(name, "1" if default else "0").strip().lower()
    if typed not in _SWITCH:
        raise ImproperlyConfigured(f"{name} is {typed!r}. Set it to 1 or 0.")
    return _SWITCH[typed]


def whole_number(name: str, default: int) -> int:
    """Return the variable `name` as a whole number of at least 0, `default` when it is not set."""
    typed = os.environ.get(name, str(default)).strip()
    if not typed.isascii() or not typed.isdigit():
        raise ImproperlyConfigured(f"{name} is {typed!r}. Set it to a whole number such as {default}.")
    return int(typed)


def hours(name: str, default: str) -> list[int]:
    """Return the comma-separated full hours of the day (0 to 23) in `name`, in order.

    Raise ImproperlyConfigured for anything else, and for none.
    """
    typed = names(name, default)
    if not typed or not all(part.isascii() and part.isdigit() and int(part) < 24 for part in typed):
        raise ImproperlyConfigured(f"{name} names no hours of the day. Set it to such as {default}.")
    return sorted({int(part) for part in typed})


def names(name: str, default: str) -> list[str]:
    """Return the comma-separated variable `name` as a list without blanks."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def kept_secret(name: str, folder: Path) -> str:
    """Return the secret `name` from the environment, else from `folder`, where it is made once.

    The file is readable by its owner only. At least 32 characters are asked for, because a short secret
    can be guessed. Raise ImproperlyConfigured for a shorter one.
    """
    value = os.environ.get(name) or _made_once(folder / name.lower())
    if len(value) < 32:
        raise ImproperlyConfigured(f"{name} is too short. Give it at least 32 random characters.")
    return value


def _made_once(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
        return path.read_text().strip()
    except OSError as fault:
        raise ImproperlyConfigured(
            f"{path} cannot be written or read ({fault.strerror}). Let DATA_DIR name a folder of yours."
        ) from fault


def database(default: Path) -> dict[str, object]:
    """Return Django's database settings for DATABASE_URL, SQLite in `default` when it is not set.

    Raise ImproperlyConfigured for any other kind of database.
    """
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{default}"
    kind = url.split(":", 1)[0]
    if kind not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL starts with {kind!r}. Use postgresql://user:password@host/name or sqlite:///file."
        )
    return dict(environ.Env.db_url_config(url))


def cache(name: str) -> dict[str, object]:
    """Return Django's cache settings for the URL in `name`, memory of this process when it is not set."""
    try:
        return dict(environ.Env.cache_url_config(os.environ.get(name) or "locmemcache://"))
    except Exception as fault:  # the parser raises what it likes for a bad URL
        raise ImproperlyConfigured(f"{name} is not a cache address. Use redis://host:6379/0.") from fault


def mail(name: str) -> dict[str, object]:
    """Return Django's EMAIL_… settings for the URL in `name`, the terminal when it is not set."""
    try:
        return dict(environ.Env.email_url_config(os.environ.get(name) or "consolemail://"))
    except Exception as fault:  # the parser raises what it likes for a bad URL
        raise ImproperlyConfigured(
            f"{name} is not a mail address. Use smtp+tls://user:password@host:587."
        ) from fault


def scanner(name: str) -> str:
    """Return the address of a ClamAV in `name`, empty when it is not set and nothing is scanned.

    Raise ImproperlyConfigured for an address nobody can reach: a typing error must not turn the scan off.
    """
    url = os.environ.get(name, "").strip()
    parts = urlsplit(url)
    is_socket = parts.scheme == "unix" and parts.path.startswith("/")
    try:
        is_host = parts.scheme == "tcp" and bool(parts.hostname and parts.port)
    except ValueError:  # a port that is no number
        is_host = False
    if url and not is_socket and not is_host:
        raise ImproperlyConfigured(
            f"{name} is not the address of a ClamAV. Use tcp://host:3310 or unix:///run/clamav/clamd.ctl."
        )
    return url
