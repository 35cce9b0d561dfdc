"""Bodies over the limit are refused, whether their size is told or only found out."""

from __future__ import annotations

import asyncio

import pytest

from portal import bodylimit
from portal.bodylimit import BodyLimit, BodyTooLargeError, limit_at

LIMIT = 100


async def read_all(scope, receive, send):
    """Read the whole body and answer with its length, as Django does before a view."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def post(chunks, *, method="POST", app=read_all, scheme="http", path="/", **headers):
    """Send `chunks` to a limited application; return (status, body, headers)."""
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": at < len(chunks) - 1}
        for at, chunk in enumerate(chunks)
    ]
    sent = []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "method": method,
        "scheme": scheme,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(BodyLimit(app, lambda path: LIMIT)(scope, receive, send))
    return sent[0]["status"], sent[1]["body"], dict(sent[0]["headers"])


def test_a_body_of_the_limit_passes():
    assert post([b"x" * LIMIT], content_length=str(LIMIT))[:2] == (200, b"100")


def test_a_body_in_parts_passes():
    assert post([b"x" * 40, b"x" * 40, b""])[:2] == (200, b"80")


def test_a_told_size_over_the_limit_is_refused_unread():
    status, body, headers = post([], content_length=str(LIMIT + 1))

    assert status == 413
    assert b"your words are still there" in body
    assert headers[b"cache-control"] == b"no-store"
    assert b"default-src 'none'" in headers[b"content-security-policy"]


def test_a_refusal_speaks_the_language_of_the_address():
    english = post([], content_length=str(LIMIT + 1))[1]
    arabic = post([], path="/ar/report/files/", content_length=str(LIMIT + 1))[1]

    assert english.startswith(b"<!doctype html><html lang=en dir=ltr>")
    assert arabic.startswith(b"<!doctype html><html lang=ar dir=rtl>")


def test_a_refusal_has_the_headers_of_every_other_answer(client, settings):
    settings.SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
    ours = client.get("/no-such-page/", secure=True).headers
    _status, _body, headers = post([], content_length=str(LIMIT + 1), scheme="https")
    told = {name.decode(): value.decode() for name, value in headers.items()}

    for name in (
        "Cache-Control", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy", "Permissions-Policy", "Referrer-Policy", "Strict-Transport-Security",
        "X-Content-Type-Options", "X-Frame-Options",
    ):  # fmt: skip
        assert told[name.lower()] == ours[name], name
    for rule in told["content-security-policy"].split("; "):
        assert rule in ours["Content-Security-Policy"]


def test_a_refusal_tells_browsers_to_insist_on_tls_only_over_tls(settings):
    settings.SECURE_HSTS_SECONDS, settings.BEHIND_PROXY = 31536000, True
    assert b"strict-transport-security" not in post([], content_length="999")[2]
    assert b"strict-transport-security" in post([], content_length="999", x_forwarded_proto="https")[2]
    settings.BEHIND_PROXY = False
    assert b"strict-transport-security" not in post([], content_length="999", x_forwarded_proto="https")[2]


def test_an_untold_size_is_counted_and_refused():
    assert post([b"x" * 60, b"x" * 60, b"x" * 60])[0] == 413


def test_a_lie_about_the_size_is_counted_and_refused():
    assert post([b"x" * 200], content_length="10")[0] == 413


@pytest.mark.parametrize("told", ["", "-1", "1e9", "ten"])
def test_a_size_that_is_no_number_is_refused(told):
    assert post([b"x"], content_length=told)[0] == 413


@pytest.mark.parametrize(
    ("path", "mebibytes"),
    [
        ("/report/files/", 27),
        ("/report/return/files/", 27),
        ("/ckb/report/files/", 27),
        ("/admin/reporting/report/00000000-0000-0000-0000-000000000000/files/", 27),
        ("/report/", 6),
        ("/report/review/", 6),
        ("/report/files", 6),
        ("/report/files/x/", 6),
        ("/x/report/files/", 6),
        ("/admin/reporting/report/00000000-0000-0000-0000-000000000000/change/", 6),
        ("/admin/login/", 6),
    ],
)
def test_only_the_addresses_that_take_files_take_large_bodies(path, mebibytes):
    assert limit_at(path) == mebibytes * 1024 * 1024


def test_too_many_uploads_at_once_are_asked_to_wait_and_words_are_not(monkeypatch):
    monkeypatch.setattr(bodylimit, "MOST_HELD", 100)
    limited = BodyLimit(read_all, limit_at)
    answers = {}

    async def send_to(path, size, meanwhile=None):
        chunks = [b"x" * size, b""]

        async def receive():
            if len(chunks) == 1 and meanwhile:
                await meanwhile()
            body = chunks.pop(0)
            return {"type": "http.request", "body": body, "more_body": bool(chunks)}

        async def send(message):
            answers.setdefault((path, size), message.get("status"))

        await limited({"type": "http", "path": path, "method": "POST", "headers": []}, receive, send)

    async def others():
        await send_to("/report/files/", 60)
        await send_to("/report/review/", 61)

    async def crowd():
        await send_to("/report/files/", 59, others)
        await send_to("/report/files/", 62)

    asyncio.run(crowd())

    assert answers == {
        ("/report/files/", 60): 503,  # while the first one still holds its 59
        ("/report/review/", 61): 200,
        ("/report/files/", 59): 200,
        ("/report/files/", 62): 200,  # all is given back
    }


def test_reading_has_no_limit_to_meet():
    assert post([b""], method="GET", content_length="999999999")[0] == 200


def test_an_answer_that_has_begun_is_not_answered_twice():
    async def hasty(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await receive()

    assert post([b"x" * 200], app=hasty)[:2] == (200, b"half")


def test_the_refusal_is_its_own_kind_of_fault():
    assert not issubclass(BodyTooLargeError, OSError)
