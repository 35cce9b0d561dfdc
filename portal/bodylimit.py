"""Refuse a request body over the limit before Django holds it in memory."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings

from portal.pagecache import App, Message, Receive, Scope, Send

_WORDS = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>Too large</title>"
    b"<h1>That is too large to send</h1>"
    b"<p>Nothing was saved. Go back: your words are still there. Send less at once, or leave out a file.</p>"
)


def limit_at(path: str) -> int:
    """Return how many bytes may be sent to `path`: more where files are taken, little everywhere else."""
    languages = "|".join(re.escape(code) for code, _name in settings.LANGUAGES)
    takes_files = re.fullmatch(f"(/({languages}))?({settings.UPLOAD_ADDRESSES})", path)
    return settings.UPLOAD_LIMIT if takes_files else settings.BODY_LIMIT


class BodyTooLargeError(Exception):
    """The body passed the limit while it was being read."""


class BodyLimit:
    """ASGI application that answers 413 when a body is larger than its address takes, told or counted.

    limit_at: the largest number of bytes for a path.
    """

    def __init__(self, app: App, limit_at: Callable[[str], int]) -> None:
        self._app = app
        self._limit_at = limit_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        limit = self._limit_at(scope["path"])
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > limit:
            await _refuse(send)
            return
        read = 0
        started = False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise BodyTooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except BodyTooLargeError:
            if not started:
                await _refuse(send)


async def _refuse(send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 413,
            "headers": [
                (b"content-type", b"text/html; charset=utf-8"),
                (b"content-length", str(len(_WORDS)).encode()),
                (b"cache-control", b"no-store"),
                (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
                (b"x-content-type-options", b"nosniff"),
                (b"referrer-policy", b"same-origin"),
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": _WORDS})
