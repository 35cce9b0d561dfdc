"""Fixtures that every test may use."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from django.core.cache import cache


def pytest_configure():
    """Stop at once without compiled catalogues: the pages of the other languages would not be there."""
    catalogues = (Path(__file__).parent.parent / "locale").glob("*/LC_MESSAGES/django.po")
    if not all(catalogue.with_suffix(".mo").exists() for catalogue in catalogues):
        pytest.exit("Compile the languages first: make .venv/stamps/catalogues", returncode=2)


@pytest.fixture(autouse=True)
def _fresh_limits():
    """Start each test with no counted request and no known word, as on another day with another database."""
    from resources import search  # models cannot be imported before Django is set up

    cache.clear()
    search.forget()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Let tests reach this machine only."""
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in {"127.0.0.1", "::1", "localhost", "local"}:
            raise AssertionError(f"a test tried to reach {host}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
