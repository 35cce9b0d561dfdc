"""Uploaded files of one request: cleaned one after the other, each taken or refused with a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from portal.lib import throttle
from reporting.files import gate
from reporting.files.cleaning import CleanFile, clean
from reporting.files.drafted import why_too_many
from reporting.files.kinds import Refused
from reporting.files.names import shown_name
from reporting.files.sentences import sentence

_FILES_IN_TEN_MINUTES = 300


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not taken: its name as it may be shown, and what to do instead."""

    name: str
    words: Any


@dataclass
class Received:
    """What came of the uploads. taken: clean files, each with the bytes as they came or None."""

    taken: list[tuple[CleanFile, bytes | None]] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)


def receive_files(request: HttpRequest, sizes: Sequence[int] = (), *, keep_original: bool) -> Received:
    """Clean what was uploaded under "files". sizes: of files that are there already, in bytes."""
    received, sizes = Received(), list(sizes)
    for upload in request.FILES.getlist("files"):
        name = str(upload.name or "")
        try:
            body = _body(request, upload, sizes)
            received.taken.append((clean(body, name), body if keep_original else None))
            sizes.append(len(body))
        except Refused as refused:
            received.refused.append(RefusedFile(shown_name(name), sentence(refused.reason)))
    return received


def _body(request: HttpRequest, upload: UploadedFile[Any], sizes: list[int]) -> bytes:
    size = int(upload.size or 0)
    if reason := why_too_many(sizes, size):
        raise Refused(reason)
    if gate.are_off() or not throttle.allow(request, "files", _FILES_IN_TEN_MINUTES, 600):
        raise Refused("off")
    gate.count(size)
    return bytes(upload.read())
