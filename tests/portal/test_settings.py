"""A wrong word in the environment stops the start with one sentence; the right word starts."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = (
    "ALLOWED_HOSTS", "BEHIND_PROXY", "CACHE_URL", "CHECK_ADDRESSES", "DATABASE_URL", "DATA_DIR", "DEBUG",
    "EMAIL_URL", "PLAIN_STATIC", "PORT", "SECRET_KEY", "SITE_URL", "TRIAL", "VAULT_PEPPER", "VAULT_TEST",
    "VAULT_TEST_KDF",
)  # fmt: skip


@pytest.fixture
def start(tmp_path):
    """Load the settings in a process of its own, with only the given variables set."""

    def started(print_out: str = "", **given: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        show = f"from portal import settings; print({print_out or 'settings.DEBUG'})"
        return subprocess.run(
            [sys.executable, "-c", show],
            cwd=ROOT,
            env={**kept, "DATA_DIR": str(tmp_path / "var"), **given},
            capture_output=True,
            text=True,
            check=False,
        )

    return started


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DEBUG", "yes", "DEBUG is 'yes'. Set it to 1 or 0."),
        ("DEBUG", "ture", "DEBUG is 'ture'. Set it to 1 or 0."),
        ("TRIAL", "2", "TRIAL is '2'. Set it to 1 or 0."),
        ("BEHIND_PROXY", "on", "BEHIND_PROXY is 'on'. Set it to 1 or 0."),
        ("PORT", "eight", "PORT is 'eight'. Set it to a whole number such as 8000."),
        ("PORT", "-1", "PORT is '-1'. Set it to a whole number such as 8000."),
        ("SECRET_KEY", "short", "SECRET_KEY is too short. Give it at least 32 random characters."),
        ("VAULT_PEPPER", "short", "VAULT_PEPPER is too short. Give it at least 32 random characters."),
        ("DATABASE_URL", "mysql://a@b/c", "DATABASE_URL starts with 'mysql'."),
        ("DATABASE_URL", "portal.sqlite3", "DATABASE_URL starts with 'portal.sqlite3'."),
        ("CACHE_URL", "nonsense://x", "CACHE_URL is not a cache address."),
        ("EMAIL_URL", "nonsense://x", "EMAIL_URL is not a mail address."),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(start, name, value, sentence):
    refused = start(**{name: value})

    last = refused.stderr.strip().splitlines()[-1]
    assert refused.returncode != 0
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert sentence in last


@pytest.mark.parametrize("name", ["DEBUG", "TRIAL"])
def test_debug_and_trial_start_on_this_machine_only(start, name):
    refused = start(**{name: "1", "ALLOWED_HOSTS": "portal.example"})
    mixed = start(**{name: "1", "ALLOWED_HOSTS": "localhost,portal.example"})
    allowed = start(**{name: "1", "ALLOWED_HOSTS": "localhost,127.0.0.1"})

    assert "ALLOWED_HOSTS be localhost" in refused.stderr
    assert "ALLOWED_HOSTS be localhost" in mixed.stderr
    assert allowed.returncode == 0, allowed.stderr


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        ({}, "False"),
        ({"ALLOWED_HOSTS": "portal.example"}, "True"),
        ({"ALLOWED_HOSTS": "portal.example", "CHECK_ADDRESSES": "0"}, "False"),
        ({"CHECK_ADDRESSES": "1"}, "True"),
    ],
)
def test_a_public_portal_asks_websites_at_night_unless_it_is_told_not_to(start, given, asks):
    assert start("settings.CHECK_ADDRESSES", **given).stdout.strip() == asks


def test_secrets_are_made_once_and_are_the_owner_s_alone(start, tmp_path):
    show = "settings.SECRET_KEY + ' ' + settings.VAULT_PEPPER"
    first, second = start(show).stdout.split(), start(show).stdout.split()

    assert first == second
    assert len(set(first)) == 2
    assert all(len(secret) >= 32 for secret in first)
    for name in ("secret_key", "vault_pepper"):
        assert stat.S_IMODE((tmp_path / "var" / name).stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_named(start, tmp_path):
    (tmp_path / "file").write_text("not a folder")

    refused = start(DATA_DIR=str(tmp_path / "file"))

    assert "cannot be written or read" in refused.stderr.strip().splitlines()[-1]
    assert "Let DATA_DIR name a folder of yours" in refused.stderr


def test_nothing_set_means_a_quiet_portal_on_this_machine(start):
    shown = start(
        "settings.DEBUG, settings.TRIAL, settings.ON_LOOPBACK, settings.SESSION_COOKIE_SECURE,"
        "settings.DATABASES['default']['ENGINE']"
    )

    assert shown.stdout.strip() == "False False True True django.db.backends.sqlite3"


def test_a_public_name_brings_https(start):
    shown = start(
        "settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS > 0, settings.SESSION_COOKIE_NAME",
        ALLOWED_HOSTS="portal.example",
    )

    assert shown.stdout.strip() == "True True __Host-staff"


def test_an_older_sqlite_keeps_the_older_journal(start):
    shown = start("settings.DATABASES['default']['OPTIONS']['init_command']").stdout

    assert ("journal_mode=DELETE; PRAGMA synchronous=EXTRA" in shown) or (
        "journal_mode=WAL; PRAGMA synchronous=FULL" in shown
    )
    assert "secure_delete=ON" in shown
