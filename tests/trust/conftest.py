"""The trust checks: what the portal must survive. `make trust` runs them in full, `make test` in short form.

Each check says what it found in one line of figures, and stands beside a planted fault that it finds.
"""

from __future__ import annotations

import os

import pytest
from django.db import connection

from tests.trust.server import Cluster, Served, story_fields

FULL = os.environ.get("TRUST") == "full"


@pytest.fixture(autouse=True)
def _fast_hashing(settings):
    settings.VAULT_TEST_KDF = "fast"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def figures(record_property):
    """Return a function that tells the figures of this check in one line."""

    def tell(text: str) -> None:
        record_property("figures", text)

    return tell


@pytest.fixture
def count():
    """Return a function that chooses how often something is tried: (in `make test`, in `make trust`)."""
    return lambda short, full: full if FULL else short


@pytest.fixture
def full_only():
    """Skip in `make test`: what takes minutes has its short form elsewhere, or none."""
    if not FULL:
        pytest.skip("runs in make trust")


@pytest.fixture
def sqlite_turn():
    """Skip unless this run is the one on SQLite: checks with servers of their own run once, not twice."""
    if connection.vendor != "sqlite":
        pytest.skip("runs beside SQLite")


@pytest.fixture
def postgresql_turn():
    """Skip unless this run is the one on PostgreSQL."""
    if connection.vendor != "postgresql":
        pytest.skip("runs beside PostgreSQL")


@pytest.fixture(scope="session")
def served(tmp_path_factory, worker_vendor):
    """Return a running portal, as `bin/run` serves it, on a database of its own of the kind of this run."""
    folder = tmp_path_factory.mktemp("served")
    cluster = Cluster(folder) if worker_vendor == "postgresql" else None
    portal = Served(folder, cluster.url if cluster else "")
    portal.cluster = cluster
    try:
        portal.kit = portal.prepare()
        portal.start()
        yield portal
    finally:
        portal.kill()
        if cluster:
            cluster.stop()


@pytest.fixture(scope="session")
def worker_vendor():
    return connection.vendor


@pytest.fixture
def first_step():
    """Return a function that gives the fields of the form's page with the story, for a post of its own."""
    return story_fields


def pytest_terminal_summary(terminalreporter):
    """Print the lines of figures after a full run."""
    if not FULL:
        return
    terminalreporter.section("figures")
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            name = report.nodeid.rpartition("::")[2]
            if outcome == "skipped":
                terminalreporter.line(f"skipped  {name}: {report.longrepr[2]}")
            for _key, text in getattr(report, "user_properties", []):
                terminalreporter.line(f"{outcome:<8} {name}: {text}")
