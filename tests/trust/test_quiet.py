"""Who knocked is nowhere kept, and a fault tells nobody anything."""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client

from portal.logs import QuietJson
from reporting import keys, services
from reporting.vault import kdf
from tests.reporting.test_dump import dump
from tests.trust import people

pytestmark = [pytest.mark.trust, pytest.mark.django_db]
ADDRESS, BROWSER, WORDS = "203.0.113.77", "MarkerBrowser/7.7", "marker-of-what-was-typed"
FROM = {
    "REMOTE_ADDR": ADDRESS,
    "HTTP_X_FORWARDED_FOR": f"{ADDRESS}, {ADDRESS}",
    "HTTP_FORWARDED": f"for={ADDRESS}",
    "HTTP_X_REAL_IP": ADDRESS,
    "HTTP_USER_AGENT": BROWSER,
}
ASKED = [
    "/",
    "/about/",
    "/no-such-page/",
    "/report/",
    "/report/return/",
    "/training/",
    "/resources/",
    "/admin/",
]


@contextmanager
def logged():
    """Give a stream that gets every line of every logger, as the portal writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(QuietJson())
    loggers = [logging.getLogger(name) for name in (None, *django_settings.LOGGING["loggers"])]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


def found_in(stream, words):
    """Return which of `words` stand in the logs, in the database, or in mail."""
    kept = (
        stream.getvalue().encode()
        + dump()
        + "".join(str(letter.message()) for letter in mail.outbox).encode()
    )
    return {word for word in words if word.encode() in kept}


@pytest.fixture
def cast():
    return people.gather()


def test_no_address_and_no_browser_is_kept(cast, client, figures, count):
    client.raise_request_exception = False
    statuses = {}
    with logged() as stream:
        for number in range(count(40, 500)):
            path = ASKED[number % len(ASKED)]
            typed = {"code": cast.code_a, "token": WORDS, "username": WORDS, "password": WORDS}
            ask = client.post if number % 3 else client.get
            status = ask(path, typed if number % 3 else {}, secure=True, **FROM).status_code
            statuses[status] = statuses.get(status, 0) + 1
        for _ in range(count(5, 130)):  # beyond the limit of codes
            status = client.post("/report/return/", {"code": cast.code_a}, secure=True, **FROM).status_code
            statuses[status] = statuses.get(status, 0) + 1
        figures(f"answers by status: {dict(sorted(statuses.items()))}")
        assert found_in(stream, [ADDRESS, BROWSER, WORDS]) == set()


FAULTS = (RuntimeError, ValueError, KeyError, DatabaseError, MemoryError, UnicodeError)
BREAKABLE = {
    "looking for the vault": (keys, "vault_site"),
    "hashing a code": (kdf, "derive"),
    "opening a part": (services, "unseal_part"),
    "keeping a note": (services, "add_note"),
    "answering": (services, "answer_reporter"),
}


def act(name, cast):
    """Ask for the page in which `name` breaks, with words in the form, and return the answer."""
    client, typed = Client(raise_request_exception=False), {"code": cast.code_a, "text": WORDS}
    path = "/report/return/"
    if BREAKABLE[name][0] is services:
        client, path = cast.clients["lead"], f"/admin/reporting/report/{cast.a.pk}/change/"
        do = {"keeping a note": "note", "answering": "answer"}.get(name)
        if do is None:
            return client.get(path, {"q": WORDS}, secure=True, **FROM)
        typed = {"do": do, f"{do}-text": WORDS}
    return client.post(path, typed, secure=True, **FROM)


@pytest.mark.parametrize("name", BREAKABLE)
def test_a_fault_with_words_in_it_tells_nobody(cast, monkeypatch, name):
    module, function = BREAKABLE[name]
    for kind in FAULTS:

        def broken(*args, kind=kind, **kwargs):
            story = f"{WORDS} in a local"
            raise kind(f"{story} and in the message")

        with monkeypatch.context() as patched, logged() as stream:
            patched.setattr(module, function, broken)
            cache.clear()
            response = act(name, cast)
            page = response.content.decode()
            assert response.status_code in {500, 503}, (kind, response.status_code)
            # A form that comes back keeps what was typed in its own field; a fault page says nothing.
            assert f"{WORDS} in a local" not in page
            assert "Traceback" not in page
            assert ADDRESS not in page
            assert stream.getvalue()
            assert found_in(stream, [ADDRESS, BROWSER, WORDS]) == set()


def test_a_log_line_and_a_row_with_the_address_are_found(cast):
    with logged() as stream:
        assert found_in(stream, [ADDRESS]) == set()
        logging.getLogger("reporting").error("from %s", ADDRESS)
        assert found_in(stream, [ADDRESS]) == {ADDRESS}
    with logged() as stream, connection.cursor() as cursor:
        cursor.execute("UPDATE reporting_report SET code_cost = %s", [ADDRESS])
        assert found_in(stream, [ADDRESS]) == {ADDRESS}
