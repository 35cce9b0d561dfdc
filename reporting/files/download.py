"""A file on its way out: as an attachment, chunk by chunk, in a form that no browser runs or shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from reporting.files.kinds import KINDS
from reporting.files.sealing import opened_pieces
from reporting.models import SealedPart


@dataclass(frozen=True)
class OpenedFile:
    """A file that was found whole. name: the neutral one; key: of its part, 32 bytes; size in bytes."""

    part: SealedPart
    key: bytes = field(repr=False)
    name: str
    kind: str
    size: int


def attachment(request: HttpRequest, file: OpenedFile) -> StreamingHttpResponse:
    """Return the response that saves `file` on the reader's device."""
    pieces = opened_pieces(file.part, file.key)
    kind = KINDS.get(file.kind)
    response = StreamingHttpResponse(
        # Under ASGI a plain iterator would be gathered in memory first.
        _apart(pieces) if isinstance(request, ASGIRequest) else pieces,
        content_type=kind.content_type if kind else "application/octet-stream",
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{_safe(file.name)}"'
    response.headers["Content-Length"] = str(file.size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _safe(name: str) -> str:
    return "".join(one for one in name if one.isascii() and (one.isalnum() or one in "-.")) or "file"


async def _apart(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece
