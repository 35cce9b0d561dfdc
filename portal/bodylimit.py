"""Refuse a request body over the limit before Django holds it in memory."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from portal.headers import bare_headers
from portal.lib.languages import BASE
from portal.pagecache import App, Message, Receive, Scope, Send

_WORDS = (
    _("Too large"),
    _("That is too large to send"),
    _("Nothing was saved. Go back: your words are still there. Send less at once, or leave out a file."),
)


def limit_at(path: str) -> int:
    """Return how many bytes may be sent to `path`: more where files are taken, little everywhere else."""
    languages = "|".join(re.escape(code) for code, _name in settings.LANGUAGES)
    takes_files = re.fullmatch(f"(/({languages}))?({settings.UPLOAD_ADDRESSES})", path)
    return settings.UPLOAD_LIMIT if takes_files else settings.BODY_LIMIT


# What all bodies at the addresses that take files may hold in memory together, in one process.
MOST_HELD = 256 * 1024 * 1024
_BUSY_WORDS = (
    _("Try again in a minute"),
    _("Many files are coming in just now"),
    _(
        "Nothing was saved. Go back: your words are still there. Wait a minute, or go on without the file: "
        "you can add it later with your code."
    ),
)


class BodyTooLargeError(Exception):
    """The body passed the limit while it was being read."""

    status, words = 413, _WORDS


class TooManyBodiesError(BodyTooLargeError):
    """Too much is being uploaded at once."""

    status, words = 503, _BUSY_WORDS


class BodyLimit:
    """ASGI application that answers 413 when a body is larger than its address takes, told or counted.

    limit_at: the largest number of bytes for a path.
    """

    def __init__(self, app: App, limit_at: Callable[[str], int]) -> None:
        self._app = app
        self._limit_at = limit_at
        self._held = 0

    def _hold(self, size: int) -> None:
        """Count `size` bytes of an upload; words are never turned away for the sake of files."""
        self._held += size
        if self._held > MOST_HELD:
            raise TooManyBodiesError

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        limit = self._limit_at(scope["path"])
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > limit:
            await _refuse(scope, send, BodyTooLargeError())
            return
        read = held = 0
        started = False

        async def counted() -> Message:
            nonlocal read, held
            message = await receive()
            size = len(message.get("body", b""))
            read += size
            if read > limit:
                raise BodyTooLargeError
            if limit > settings.BODY_LIMIT:
                held += size
                self._hold(size)
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except BodyTooLargeError as refused:
            if not started:
                await _refuse(scope, send, refused)
        finally:
            self._held -= held


def _is_secure(scope: Scope) -> bool:
    told = dict(scope["headers"]).get(b"x-forwarded-proto", b"") if settings.BEHIND_PROXY else b""
    return told == b"https" or scope.get("scheme") == "https"


def _page(path: str, refused: BodyTooLargeError) -> bytes:
    """Return the page that says so, in the language of the address."""
    with translation.override(translation.get_language_from_path(path) or BASE):
        return format_html(
            "<!doctype html><html lang={} dir={}><meta charset=utf-8><title>{}</title><h1>{}</h1><p>{}</p>",
            translation.get_language(),
            "rtl" if translation.get_language_bidi() else "ltr",
            *refused.words,
        ).encode()


async def _refuse(scope: Scope, send: Send, refused: BodyTooLargeError) -> None:
    page = _page(scope["path"], refused)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(page)),
        "Connection": "close",
        **bare_headers(is_secure=_is_secure(scope)),
    }
    await send(
        {
            "type": "http.response.start",
            "status": refused.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": page})
