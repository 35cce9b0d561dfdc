"""What kind of file some bytes are. The name it was given with and the type a browser told say nothing.

This module and the three cleaners know no Django: the worker that runs them has to start fast.
"""

from __future__ import annotations

from dataclasses import dataclass

import puremagic


class Refused(Exception):
    """The file is not taken. `reason` is a slug; its sentence stands in `reporting.files.sentences`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Kind:
    """One kind of file that is taken. stem: what a stored file of it is called."""

    slug: str
    extension: str
    content_type: str
    stem: str


KINDS = {
    kind.slug: kind
    for kind in (
        Kind("jpeg", "jpg", "image/jpeg", "photo"),
        Kind("png", "png", "image/png", "picture"),
        Kind("webp", "webp", "image/webp", "picture"),
        Kind("heic", "heic", "image/heic", "photo"),
        Kind("pdf", "pdf", "application/pdf", "document"),
        Kind("mp4", "mp4", "video/mp4", "video"),
        Kind("mov", "mov", "video/quicktime", "video"),
        Kind("mp3", "mp3", "audio/mpeg", "recording"),
        Kind("m4a", "m4a", "audio/mp4", "recording"),
    )
}
_BRANDS = {
    "heic": {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"},
    "mov": {b"qt  "},
    "m4a": {b"M4A ", b"M4B "},
    "mp4": {
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"avc1",
        b"M4V ",
        b"MSNV",
        b"dash",
    },
}
_PROGRAMS = {".exe", ".dll", ".elf", ".com", ".sh", ".jar", ".apk", ".dmg", ".class", ".js", ".bat"}
_ARCHIVES = {".zip", ".gz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".docx", ".docm", ".xlsx", ".odt"}
_PAGES = {".html", ".htm", ".svg", ".xml"}
_SHORTEST = 64


def kind_of(body: bytes) -> Kind:
    """Return the kind that the first bytes of `body` show. Raise Refused for all that is not taken.

    It only sorts: whether the rest fits its beginning is found out by decoding it.
    """
    if not body:
        raise Refused("empty")
    if len(body) < _SHORTEST:
        raise Refused("damaged")
    slug = _by_magic(body)
    if slug is None:
        raise Refused(_why_not(body))
    return KINDS[slug]


def _by_magic(body: bytes) -> str | None:
    if body.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    if body.startswith(b"%PDF-"):
        return "pdf"
    if body[4:8] == b"ftyp":
        return next((slug for slug, brands in _BRANDS.items() if body[8:12] in brands), None)
    # A frame of MPEG layer III begins with eleven set bits; the next bits name version and layer.
    if body[:3] == b"ID3" or (body[0] == 0xFF and body[1] & 0xE6 == 0xE2 and body[2] & 0xF0 != 0xF0):
        return "mp3"
    return None


def _why_not(body: bytes) -> str:
    """Return the reason that helps most: what puremagic takes the file for."""
    try:
        extensions = {match.extension for match in puremagic.magic_string(body[:4096])}
    except (puremagic.PureError, ValueError):
        return "unknown"
    for reason, known in (("archive", _ARCHIVES), ("program", _PROGRAMS), ("page", _PAGES)):
        if extensions & known:
            return reason
    return "gif" if ".gif" in extensions else "unknown"
