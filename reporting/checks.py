"""What must be true before real reports are taken: `manage.py check --deploy` says what is not.

Checks of the database read it only with `check --database default`; the others need none.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections
from django.utils import timezone

from reporting import keys
from reporting.models import VaultSite
from reporting.vault import kdf

SHORTEST_KEEPING = 21  # days: names go 14 days before the rest, and not on the day of closing
DRILL_EVERY = dt.timedelta(days=365)
# The write-ahead log of SQLite 3.7.0 to 3.51.2 can lose a commit when it is reset.
SAFE_WAL = (3, 51, 3)
_SQLITE_FULL, _SQLITE_EXTRA = 2, 3


@register(Tags.security, deploy=True)
def no_test_locks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse lowered Argon2 and the test kit."""
    found: list[CheckMessage] = []
    if kdf.is_fast() or settings.VAULT_TEST_KDF:
        found.append(Error("VAULT_TEST_KDF lowers the locks. Unset it.", id="reporting.E001"))
    if settings.VAULT_TEST:
        found.append(Error("VAULT_TEST allows known passphrases. Unset it.", id="reporting.E002"))
    if not settings.VAULT_PEPPER or settings.VAULT_PEPPER == settings.SECRET_KEY:
        found.append(Error("VAULT_PEPPER must be set, and not equal SECRET_KEY.", id="reporting.E003"))
    return found


@register(Tags.security, deploy=True)
def kept_long_enough(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse durations so short that a report closed by mistake is gone before anybody notices."""
    return [
        Error(f"Reports of class {name} would be erased {days} days after closing.", id="reporting.E005")
        for name, days in settings.KEEP_REPORTS_DAYS.items()
        if days < SHORTEST_KEEPING
    ]


@register(Tags.database)
def sent_means_written(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse a database that answers before the disk has the commit."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        reader = _sqlite_faults if connection.vendor == "sqlite" else _postgresql_faults
        found += [
            Error(f"{fault} A report could be lost after we said we have it.", id="reporting.E004")
            for fault in reader(connection)
        ]
    return found


def _shown(connection: Any, statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def _sqlite_faults(connection: Any) -> list[str]:
    journal = str(_shown(connection, "PRAGMA journal_mode")).lower()
    synchronous = int(_shown(connection, "PRAGMA synchronous"))
    if connection.is_in_memory_db():
        return []  # only tests
    if journal == "wal":
        if sqlite3.sqlite_version_info < SAFE_WAL:
            return [f"SQLite {sqlite3.sqlite_version} must not use the write-ahead log."]
        return [] if synchronous >= _SQLITE_FULL else ["SQLite must run with synchronous=FULL."]
    if journal != "delete":
        return [f"SQLite's journal_mode {journal} is not durable."]
    return [] if synchronous >= _SQLITE_EXTRA else ["SQLite must run with synchronous=EXTRA."]


def _postgresql_faults(connection: Any) -> list[str]:
    wanted = ("fsync", "full_page_writes", "synchronous_commit")
    # remote_write, local and remote_apply are at least as safe on this machine as "on" without a replica.
    fine = {"on", "local", "remote_write", "remote_apply"}
    return [
        f"PostgreSQL's {name} is off."
        for name in wanted
        if str(_shown(connection, f"SHOW {name}")) not in fine
    ]


@register(Tags.database)
def people_can_read(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn when the form is closed, when one lost passphrase would close it, or when the drill is due."""
    if not databases:
        return []
    try:
        state = keys.vault_is_open()
        reviewers = keys.reviewer_count()
        site = VaultSite.objects.first()
    except DatabaseError:
        return []  # no tables yet: the migrations come first
    found: list[CheckMessage] = []
    if not state:
        found.append(Warning(f"The report form is closed: {state.reason}", id="reporting.W001"))
    if reviewers < 2:
        found.append(
            Warning(f"{reviewers} people can read reports. Let a second one in.", id="reporting.W002")
        )
    drilled = site.drilled_on if site else None
    if drilled and timezone.localdate() - drilled > DRILL_EVERY:
        found.append(
            Warning("The recovery sheets were last tried over a year ago: try them.", id="reporting.W003")
        )
    return found
