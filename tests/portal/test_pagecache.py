"""Kept pages: who gets them, in which bytes, and when they go."""

from __future__ import annotations

import asyncio
import gzip
import importlib
from dataclasses import dataclass, field

import brotli
import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from portal import pagecache
from portal.lib.caching import KEEP_HEADER, private_page, public_page

BODY = "<h1>Náloxone</h1>".encode() * 50
CSP = (b"content-security-policy", b"default-src 'none'")


@dataclass
class Answer:
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


async def ask(app, path="/", *, method="GET", query=b"", **headers: str) -> Answer:
    """Ask an ASGI application as a server would, and gather its answer."""
    answer = Answer()

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = dict(message["headers"])
        else:
            answer.body += message.get("body", b"")

    await app(
        {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query,
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        },
        receive,
        send,
    )
    return answer


class Inner:
    """The application beneath: counts how often it was asked."""

    def __init__(self, keep="300", status=200):
        self.asked = []
        self.keep = keep
        self.status = status

    async def __call__(self, scope, receive, send):
        self.asked.append((scope["method"], scope["path"]))
        headers = [(b"Content-Type", b"text/html"), CSP]
        if self.keep:
            headers.append((KEEP_HEADER.encode(), self.keep.encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": BODY[:100], "more_body": True})
        await send({"type": "http.response.body", "body": BODY[100:]})


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def version():
    return [1]


@pytest.fixture
def inner():
    return Inner()


@pytest.fixture
def cache(inner, version, clock):
    return pagecache.PageCache(inner, version=lambda: version[0], clock=clock)


def run(coroutine):
    return asyncio.run(coroutine)


def test_the_second_reader_is_answered_without_asking_again(cache, inner):
    first, second = run(ask(cache)), run(ask(cache))

    assert (first.status, first.body) == (second.status, second.body) == (200, BODY)
    assert inner.asked == [("GET", "/")]


def test_a_kept_page_carries_the_security_headers_and_not_the_mark(cache):
    run(ask(cache))

    kept = run(ask(cache)).headers

    assert kept[CSP[0]] == CSP[1]
    assert kept[b"vary"] == b"Accept-Encoding"
    assert KEEP_HEADER.lower().encode() not in kept


@pytest.mark.parametrize(
    ("accepted", "encoding", "unpack"),
    [
        ("gzip, deflate, br, zstd", b"br", brotli.decompress),
        ("gzip, deflate", b"gzip", gzip.decompress),
        ("identity", None, bytes),
        ("", None, bytes),
    ],
)
def test_each_browser_gets_an_encoding_it_reads(cache, accepted, encoding, unpack):
    answer = run(ask(cache, accept_encoding=accepted))

    assert answer.headers.get(b"content-encoding") == encoding
    assert int(answer.headers[b"content-length"]) == len(answer.body)
    assert unpack(answer.body) == BODY


def test_head_gives_the_headers_alone_and_leaves_a_whole_page_behind(cache, inner):
    head = run(ask(cache, method="HEAD"))
    page = run(ask(cache))

    assert (head.status, head.body) == (200, b"")
    assert int(head.headers[b"content-length"]) == len(BODY)
    assert page.body == BODY
    assert inner.asked == [("GET", "/")]


def test_a_browser_that_has_the_page_is_told_so(cache):
    tag = run(ask(cache, accept_encoding="br")).headers[b"etag"].decode()

    known = run(ask(cache, accept_encoding="br", if_none_match=tag))
    other_encoding = run(ask(cache, accept_encoding="gzip", if_none_match=tag))

    assert (known.status, known.body) == (304, b"")
    assert known.headers[CSP[0]] == CSP[1]
    assert other_encoding.status == 200


def test_a_raised_version_empties_the_pages_within_a_second(cache, inner, version, clock):
    run(ask(cache))
    version[0] = 2
    run(ask(cache))
    assert len(inner.asked) == 1

    clock.now += pagecache.LOOK_EVERY
    run(ask(cache))

    assert len(inner.asked) == 2


def test_a_page_grows_too_old(cache, inner, clock):
    run(ask(cache))
    clock.now = 299
    run(ask(cache))
    assert len(inner.asked) == 1

    clock.now = 301
    run(ask(cache))

    assert len(inner.asked) == 2


def test_kept_pages_are_answered_while_the_database_is_away(inner, clock):
    answers = [1]

    def version():
        if answers:
            return answers.pop()
        raise OperationalError("away")

    cache = pagecache.PageCache(inner, version=version, clock=clock)
    run(ask(cache))
    clock.now += 2 * pagecache.LOOK_EVERY

    answer = run(ask(cache))

    assert (answer.status, answer.body) == (200, BODY)
    assert len(inner.asked) == 1


@pytest.mark.parametrize("app", [Inner(keep=""), Inner(status=404), Inner(status=503)])
def test_what_is_not_marked_or_not_well_is_never_kept(app, clock):
    cache = pagecache.PageCache(app, version=lambda: 1, clock=clock)

    answers = [run(ask(cache)), run(ask(cache))]

    assert [answer.body for answer in answers] == [BODY, BODY]
    assert len(app.asked) == 2
    assert all(KEEP_HEADER.lower().encode() not in answer.headers for answer in answers)


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("GET", "/admin/"), ("HEAD", "/admin/login/")])
def test_forms_and_staff_pages_pass_by(cache, inner, method, path):
    run(ask(cache, path, method=method))
    run(ask(cache, path, method=method))

    assert len(inner.asked) == 2


def test_each_query_is_a_page_of_its_own(cache, inner):
    run(ask(cache, query=b"county=knox"))
    run(ask(cache, query=b"county=shelby"))
    run(ask(cache, query=b"county=knox"))

    assert len(inner.asked) == 2


@pytest.mark.parametrize(
    "other", [{"host": "other.example"}, {"host": "portal.example", "x_forwarded_proto": "http"}]
)
def test_a_page_kept_for_one_name_and_https_answers_no_other(cache, inner, other):
    secure = {"host": "portal.example", "x_forwarded_proto": "https"}
    run(ask(cache, **secure))
    run(ask(cache, **secure))
    assert len(inner.asked) == 1

    run(ask(cache, **other))

    assert len(inner.asked) == 2


def test_the_memory_is_bounded(cache, monkeypatch):
    monkeypatch.setattr(pagecache, "MOST_PAGES", 3)

    for number in range(10):
        run(ask(cache, f"/{number}/"))

    assert len(cache._pages) == 3


def test_a_change_during_the_making_of_a_page_keeps_the_old_page_out(version, clock):
    class Changing(Inner):
        async def __call__(self, scope, receive, send):
            if not self.asked:
                cache._version = 2  # what another reader's look at the version does meanwhile
            await super().__call__(scope, receive, send)

    app = Changing()
    cache = pagecache.PageCache(app, version=lambda: version[0], clock=clock)
    run(ask(cache))
    run(ask(cache))

    assert len(app.asked) == 2


def marked(view, query=""):
    return view(RequestFactory().get(f"/{query}")).headers


@public_page(query=("county",))
def _public(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


@private_page
def _private(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def test_only_the_named_query_keys_are_kept():
    assert KEEP_HEADER in marked(_public)
    assert KEEP_HEADER in marked(_public, "?county=knox")
    assert KEEP_HEADER not in marked(_public, "?county=knox&strange=1")


def test_a_private_page_is_kept_nowhere():
    headers = marked(_private)

    assert headers["Cache-Control"] == "no-store"
    assert KEEP_HEADER not in headers


@pytest.mark.django_db
def test_emptying_raises_the_version():
    before = pagecache.current_version()

    pagecache.empty()
    pagecache.empty()

    assert pagecache.current_version() == before + 2


def test_the_portal_is_served_through_the_cache(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    application = importlib.import_module("portal.asgi").application

    assert isinstance(application, pagecache.PageCache)
