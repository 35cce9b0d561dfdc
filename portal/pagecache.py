"""Public pages kept ready beneath Django's middleware.

A reading page is the same for everybody, so its bytes, already compressed and with all their headers, are
answered before Django starts. What may be kept says the view (`portal.lib.caching.public_page`). A number in
the database, raised by every change of staff, empties the pages of every worker on every machine within a
second. While the database is away the kept pages are still answered: the steps for an overdose above all.
"""

from __future__ import annotations

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import brotli
from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.db.models import F
from django.http import HttpRequest, HttpResponseBase

from portal.lib.caching import KEEP_HEADER

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]
_Key = tuple[bytes, bool, str, bytes]  # name, whether HTTPS, path, query

MOST_PAGES = 512  # a page takes about 10 KB in three encodings
LOOK_EVERY = 1.0  # seconds between two looks at the version
_KEEP = KEEP_HEADER.lower().encode()
# Made anew for each answer, so they are not stored with the page.
_UNKEPT = {_KEEP, b"content-length", b"content-encoding", b"vary", b"etag"}


def current_version() -> int:
    """Return the number that every change of public content raises."""
    from portal.models import PageVersion

    return PageVersion.objects.values_list("number", flat=True).filter(pk=1).first() or 0


def empty() -> None:
    """Raise the version, so that every worker forgets its pages within a second."""
    from portal.models import PageVersion

    if not PageVersion.objects.filter(pk=1).update(number=F("number") + 1):
        PageVersion.objects.get_or_create(pk=1, defaults={"number": 1})


class EmptyAfterStaffChange:
    """Empty the page cache after every form a member of staff sent: what they see is what readers get."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            request.method == "POST"
            and response.status_code < 400
            and request.path_info.startswith("/admin/")
        ):
            empty()
        return response


@dataclass(frozen=True)
class _Encoded:
    headers: RawHeaders
    body: bytes
    etag: bytes


class _Page:
    """One kept page in the encodings that browsers ask for."""

    def __init__(self, headers: RawHeaders, body: bytes, until: float) -> None:
        self.until = until
        tag = hashlib.blake2b(body, digest_size=12).hexdigest()
        self._plain = self._encode(headers, body, b"", tag)
        self._gzip = self._encode(headers, gzip.compress(body, 9, mtime=0), b"gzip", tag)
        # The highest quality: a page is pressed once and sent often, and Burmese letters take three bytes.
        self._brotli = self._encode(headers, brotli.compress(body, quality=11), b"br", tag)

    @staticmethod
    def _encode(headers: RawHeaders, body: bytes, encoding: bytes, tag: str) -> _Encoded:
        etag = f'"{tag}-{encoding.decode()}"'.encode()
        more: RawHeaders = [
            (b"content-length", str(len(body)).encode()),
            (b"vary", b"Accept-Encoding"),
            (b"etag", etag),
        ]
        if encoding:
            more.append((b"content-encoding", encoding))
        return _Encoded([*headers, *more], body, etag)

    def for_encodings(self, accepted: bytes) -> _Encoded:
        if b"br" in accepted:
            return self._brotli
        return self._gzip if b"gzip" in accepted else self._plain


class PageCache:
    """ASGI application that answers kept pages and passes everything else on.

    app: the application beneath. version: returns the number that empties the pages when it changes; it may
    ask the database. clock: seconds, for tests.
    """

    def __init__(
        self,
        app: App,
        version: Callable[[], int] = current_version,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._version_now = version
        self._clock = clock
        self._pages: OrderedDict[_Key, _Page] = OrderedDict()
        self._version = -1
        self._looked_at = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] not in {"GET", "HEAD"}
            or scope["path"].startswith("/admin/")
        ):
            await self._app(scope, receive, send)
            return
        await self._look_at_version()
        asked = dict(scope["headers"])
        # Name and scheme are part of the key, so that a page kept for one is not an answer to a request that
        # Django would refuse (a foreign name) or send on to HTTPS.
        is_https = asked.get(b"x-forwarded-proto", b"") == b"https" or scope.get("scheme") == "https"
        key = (asked.get(b"host", b""), is_https, scope["path"], scope["query_string"])
        page = self._pages.get(key)
        if page is None or page.until < self._clock():
            page = await self._fetch(key, scope, receive, send)
            if page is None:
                return
        else:
            self._pages.move_to_end(key)
        await self._answer(page, asked, scope["method"] == "HEAD", send)

    async def _look_at_version(self) -> None:
        now = self._clock()
        if now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        try:
            version = await sync_to_async(self._asked_version)()
        except (DatabaseError, InterfaceError):
            return  # kept pages are better than none while the database is away
        if version != self._version:
            self._version = version
            self._pages.clear()

    def _asked_version(self) -> int:
        try:
            return self._version_now()
        finally:
            close_old_connections()

    async def _fetch(self, key: _Key, scope: Scope, receive: Receive, send: Send) -> _Page | None:
        """Ask the application; return the page when it may be kept, else answer it and return None."""
        start: Message = {}
        body = bytearray()
        version = self._version

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            if not _keep_for(start):
                if start:
                    await send({**start, "headers": _without(start["headers"], {_KEEP})})
                    start.clear()
                await send(message)
                return
            body.extend(message.get("body", b""))

        # A HEAD request would leave an empty body in the cache.
        await self._app({**scope, "method": "GET"} if scope["method"] == "HEAD" else scope, receive, collect)
        if not start:
            return None
        page = _Page(_without(start["headers"], _UNKEPT), bytes(body), self._clock() + _keep_for(start))
        if version == self._version:
            self._pages[key] = page
            if len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
        return page

    async def _answer(self, page: _Page, asked: dict[bytes, bytes], is_head: bool, send: Send) -> None:
        encoded = page.for_encodings(asked.get(b"accept-encoding", b""))
        known = asked.get(b"if-none-match") == encoded.etag
        bare = known or is_head
        headers = _without(encoded.headers, {b"content-length"}) if known else encoded.headers
        await send({"type": "http.response.start", "status": 304 if known else 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if bare else encoded.body})


def _without(headers: RawHeaders, names: set[bytes]) -> RawHeaders:
    return [(name.lower(), value) for name, value in headers if name.lower() not in names]


def _keep_for(start: Message) -> int:
    """Return for how many seconds a response may be kept, 0 when it may not."""
    if not start or start["status"] != 200:
        return 0
    return next((int(value) for name, value in start["headers"] if name.lower() == _KEEP), 0)
