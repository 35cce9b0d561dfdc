"""PDFs: the pages alone are copied into a new file, without anything that runs, links, hides or tells."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Name

from reporting.files.kinds import Refused

MOST_PAGES = 300
_MOST_OBJECTS = 60_000
_MOST_STREAM_BYTES = 64 * 1024 * 1024
_MOST_BYTES_IN_ALL = 256 * 1024 * 1024

# What a page needs to be drawn. All else goes: notes, links, actions, thumbnails, the maker's private parts.
_PAGE_KEYS = {
    "/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents", "/Group", "/UserUnit",
}  # fmt: skip
# What may hang on any other object and is not needed to draw it.
_HIDDEN_KEYS = (
    "/Metadata", "/PieceInfo", "/LastModified", "/AA", "/A", "/OpenAction", "/JS", "/JavaScript", "/Names",
    "/EmbeddedFiles", "/EF", "/AF", "/Annots", "/Thumb", "/StructParent", "/StructParents", "/OC", "/OCGs",
    "/Properties", "/Measure", "/PtData", "/VP", "/OPI", "/Ref", "/PS", "/Alternates", "/URI", "/Info",
    "/XFA",
)  # fmt: skip
_STREAM_KEYS_TO_OUTSIDE = ("/F", "/FFilter", "/FDecodeParms")
_TELLTALES = (b"Exif\x00\x00", b"<x:xmpmeta", b"<?xpacket", b"ns.adobe.com/xap")
# In the coded picture 0xFF is followed by 0 or by a restart mark; anything else begins a segment or ends it.
_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])", re.DOTALL)
_JP2_BOXES = {b"jP  ", b"ftyp", b"jp2h", b"jp2c", b"rreq"}


def clean_pdf(body: bytes) -> bytes:
    """Return a new PDF of the same pages. What was written into a form or as a note becomes part of the page.

    Raise Refused: locked, damaged, too long, or with something in it that cannot be made harmless.
    """
    try:
        with pikepdf.open(io.BytesIO(body), suppress_warnings=True) as pdf, pikepdf.new() as fresh:
            if pdf.is_encrypted:
                raise Refused("locked")
            _copy_pages(pdf, fresh)
            _strip(fresh)
            out = io.BytesIO()
            fresh.save(
                out,
                deterministic_id=True,
                linearize=False,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )
            return out.getvalue()
    except pikepdf.PasswordError as fault:
        raise Refused("locked") from fault
    except (Refused, MemoryError):
        raise
    except Exception as fault:  # pikepdf raises many kinds for a damaged file
        raise Refused("damaged") from fault


def _copy_pages(pdf: pikepdf.Pdf, fresh: pikepdf.Pdf) -> None:
    if pdf.Root.get("/NeedsRendering"):
        raise Refused("form-needs-adobe")
    if not 0 < len(pdf.pages) <= MOST_PAGES:
        raise Refused("too-many-pages" if pdf.pages else "damaged")
    if len(pdf.objects) > _MOST_OBJECTS:
        raise Refused("too-complicated")
    form = pdf.Root.get("/AcroForm")
    if form is not None and form.get("/NeedAppearances"):
        pdf.generate_appearance_streams()
    # What one sees of a form field or of a written note is drawn into the page before the field goes.
    pdf.flatten_annotations("screen")
    for page in pdf.pages:
        # Inherited values are set on the page itself when it is copied.
        fresh.pages.append(page)
    fresh.remove_unreferenced_resources()


def _strip(fresh: pikepdf.Pdf) -> None:
    for page in fresh.pages:
        for key in set(page.obj.keys()) - _PAGE_KEYS:
            del page.obj[key]
    for key in set(fresh.Root.keys()) - {"/Type", "/Pages"}:
        del fresh.Root[key]
    for thing in _everything(fresh.Root):
        _strip_one(thing)
    # Only now are the streams read: those that hung on what went are gone.
    total = 0
    for thing in _everything(fresh.Root):
        if isinstance(thing, pikepdf.Stream):
            total += _tidy_stream(fresh, thing)
            if total > _MOST_BYTES_IN_ALL:
                raise Refused("too-complicated")


def _everything(root: pikepdf.Object) -> Iterator[Any]:
    """Yield each dictionary, stream and array that can be reached from `root`, once; loops end."""
    waiting: list[Any] = [root]
    seen: set[tuple[int, int]] = set()
    steps = 0
    while waiting:
        thing = waiting.pop()
        if thing.is_indirect:
            if thing.objgen in seen:
                continue
            seen.add(thing.objgen)
        steps += 1
        if steps > 10 * _MOST_OBJECTS:
            raise Refused("too-complicated")
        yield thing
        keys = None if isinstance(thing, pikepdf.Array) else thing.keys()
        held = list(thing) if keys is None else [thing[key] for key in keys]
        waiting += [
            one for one in held if isinstance(one, pikepdf.Dictionary | pikepdf.Stream | pikepdf.Array)
        ]


def _strip_one(thing: Any) -> None:
    if isinstance(thing, pikepdf.Array):
        return
    for key in _HIDDEN_KEYS:
        if key in thing:
            del thing[key]
    if isinstance(thing, pikepdf.Stream):
        if thing.get("/Subtype") == Name.PS or thing.get("/Subtype2") == Name.PS:
            raise Refused("too-complicated")
        for key in _STREAM_KEYS_TO_OUTSIDE:
            if key in thing:
                del thing[key]


def _filters(stream: pikepdf.Stream) -> list[str]:
    named = stream.get("/Filter")
    if named is None:
        return []
    return [str(one) for one in named] if isinstance(named, pikepdf.Array) else [str(named)]


def _tidy_stream(pdf: pikepdf.Pdf, stream: pikepdf.Stream) -> int:
    """Take the hidden details out of an image; look through all else. Return how many bytes it unpacks to."""
    filters = _filters(stream)
    if filters[-1:] == ["/DCTDecode"] or filters[-1:] == ["/JPXDecode"]:
        packed = _outer(pdf, stream, filters)
        plain = _bare_jpeg(packed) if filters[-1] == "/DCTDecode" else _bare_jp2(packed)
        parms = stream.get("/DecodeParms")
        last = parms[-1] if isinstance(parms, pikepdf.Array) and len(parms) else parms
        stream.write(
            plain,
            filter=Name(filters[-1]),
            decode_parms=last if isinstance(last, pikepdf.Dictionary) else None,
        )
    elif filters[-1:] in (["/CCITTFaxDecode"], ["/JBIG2Decode"]):
        plain = stream.read_raw_bytes()
    else:
        plain = _unpacked(stream, filters)
    if any(mark in plain for mark in _TELLTALES):
        raise Refused("hidden-details")
    return len(plain)


def _unpacked(stream: pikepdf.Stream, filters: list[str]) -> bytes:
    if filters == ["/FlateDecode"] and "/DecodeParms" not in stream:
        unpacking = zlib.decompressobj()
        try:
            plain = unpacking.decompress(stream.read_raw_bytes(), _MOST_STREAM_BYTES)
        except zlib.error:
            return stream.read_bytes()  # the tolerant way; it refuses what nothing can read
        if unpacking.unconsumed_tail:
            raise Refused("too-complicated")
        return plain
    plain = stream.read_bytes()
    if len(plain) > _MOST_STREAM_BYTES:
        raise Refused("too-complicated")
    return plain


def _outer(pdf: pikepdf.Pdf, stream: pikepdf.Stream, filters: list[str]) -> bytes:
    """Return the image as its own format has it: all filters undone but the last."""
    raw = stream.read_raw_bytes()
    if len(filters) == 1:
        return raw
    parms = stream.get("/DecodeParms")
    wrapped = pikepdf.Stream(pdf, raw)
    wrapped.Filter = pikepdf.Array([Name(one) for one in filters[:-1]])
    if isinstance(parms, pikepdf.Array):
        wrapped.DecodeParms = pikepdf.Array(list(parms)[:-1])
    return wrapped.read_bytes()


def _bare_jpeg(body: bytes) -> bytes:
    """Return a JPEG without comments and application segments (Adobe's colour mark stays), up to its end."""
    if body[:2] != b"\xff\xd8":
        raise Refused("damaged")
    kept, at = [b"\xff\xd8"], 2
    while (found := _MARKER.search(body, at)) and found[1] != b"\xd9":
        if found.start() != at and at == 2:
            raise Refused("damaged")
        # Between a scan and the next marker stands the picture itself.
        kept.append(body[at : found.start()])
        start, at = found.start(), found.end()
        segment = body[at : at + int.from_bytes(body[at : at + 2], "big")]
        at += max(len(segment), 2)
        if not _is_detail(found[1][0], segment):
            kept.append(body[start:at])
    if len(kept) == 1:
        raise Refused("damaged")
    kept.append(body[at : found.start()] if found else body[at:])
    return b"".join(kept) + b"\xff\xd9"


def _is_detail(marker: int, segment: bytes) -> bool:
    is_colour = marker == 0xEE and segment[2:7] == b"Adobe"
    return (0xE0 <= marker <= 0xEF or marker == 0xFE) and not is_colour


def _bare_jp2(body: bytes) -> bytes:
    """Return a JPEG 2000 picture without the boxes that hold words; a bare code stream stays as it is."""
    if body[:4] == b"\xff\x4f\xff\x51":
        return body
    kept, at = [], 0
    while at + 8 <= len(body):
        size, name = int.from_bytes(body[at : at + 4], "big"), body[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(body[at + 8 : at + 16], "big")
        size = size or len(body) - at
        if size < 8:
            raise Refused("damaged")
        if name in _JP2_BOXES:
            kept.append(body[at : at + size])
        at += size
    return b"".join(kept)
