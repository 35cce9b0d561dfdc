"""Log lines carry a time, a level, a place in the code: nothing of a person."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.conf import settings
from django.db import OperationalError

from portal.logs import QuietJson

TYPED = "Officer-Marker-Words"
ADDRESS = "203.0.113.77"


def line(record: logging.LogRecord) -> dict[str, object]:
    return json.loads(QuietJson().format(record))


def record(message: str = "a message", **more: object) -> logging.LogRecord:
    made = logging.LogRecord("portal.test", logging.ERROR, __file__, 1, message, None, None)
    made.__dict__.update(more)
    return made


def test_a_line_has_four_fields():
    assert set(line(record())) == {"time", "level", "logger", "message"}


def test_what_a_caller_hangs_on_a_record_stays_out():
    written = json.dumps(line(record(request=f"<POST {TYPED}>", status_code=500, ip=ADDRESS)))

    assert TYPED not in written
    assert ADDRESS not in written


def test_a_fault_keeps_its_frames_and_loses_its_message():
    try:
        raise OperationalError(f"row ({TYPED}) refused")
    except OperationalError:
        made = record(exc_info=sys.exc_info())

    written = line(made)

    assert "OperationalError" in written["fault"]
    assert "test_logs.py" in written["fault"]
    assert TYPED not in json.dumps(written)


def test_the_cause_of_a_fault_loses_its_message_too():
    try:
        try:
            raise ValueError(TYPED)
        except ValueError as cause:
            raise RuntimeError(TYPED) from cause
    except RuntimeError:
        made = record(exc_info=sys.exc_info())

    assert TYPED not in QuietJson().format(made)


@pytest.fixture
def lines(monkeypatch):
    """Every line the portal would write to the terminal, as text."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, made: logging.LogRecord) -> None:
            written.append(self.format(made))

    keep = Keep()
    keep.setFormatter(QuietJson())
    named = [logging.getLogger(), logging.getLogger("django")]
    for logger in named:
        monkeypatch.setattr(logger, "handlers", [keep])
    return written


@pytest.mark.django_db
def test_a_request_leaves_no_address_and_no_typed_words(client, lines):
    client.raise_request_exception = False
    known = {"REMOTE_ADDR": ADDRESS, "HTTP_X_FORWARDED_FOR": ADDRESS, "HTTP_USER_AGENT": TYPED}

    client.get("/nowhere/", {"q": TYPED}, **known)
    client.post("/nowhere/", {"story": TYPED}, **known)
    client.get("/", {"q": TYPED}, **{**known, "HTTP_HOST": "wrong host"})

    assert lines
    assert ADDRESS not in "".join(lines)
    assert TYPED not in "".join(lines)


@pytest.mark.django_db
def test_a_typed_address_of_a_page_is_not_written_down(client, lines):
    client.get(f"/training/certificates/{TYPED}/nothing/")

    assert [json.loads(written)["message"] for written in lines] == ["404 no such page"]


def test_the_server_s_own_access_lines_are_off():
    loggers = settings.LOGGING["loggers"]

    assert loggers["django.server"]["handlers"] == []
    assert loggers["weasyprint"] == {"handlers": [], "level": "ERROR", "propagate": False}
    assert settings.LOGGING["formatters"]["json"]["()"] == "portal.logs.QuietJson"
