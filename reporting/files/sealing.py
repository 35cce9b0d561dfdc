"""Files of a report: a sealed part that says what it is, and its bytes in sealed chunks of one mebibyte.

All runs inside the caller's transaction: the report, its words and its files are kept together or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone

from reporting import keys
from reporting.files import drafted
from reporting.files.cleaning import CleanFile
from reporting.files.names import stored_name
from reporting.formtoken import Filing
from reporting.models import CASE, IDENTITY, FileChunk, QueueKey, Report, SealedPart
from reporting.parts import seal_part
from reporting.vault import primitives
from reporting.vault.primitives import SealError

MOST_IN_REPORT = 25
_VERSION = 1


def seal_file(
    *,
    report: Report,
    kind: str,
    content: dict[str, Any],
    pieces: Iterable[bytes],
    of: int,
    once: str | None = None,
    reporter_public: bytes | None = None,
) -> SealedPart:
    """Add one file to `report`, whose row is locked. content: what is known of it; pieces: its `of` chunks.

    kind: FILE and REPLY_FILE go to the case room, ORIGINAL to the identity room.
    """
    room = IDENTITY if kind == SealedPart.Kind.ORIGINAL else CASE
    key = primitives.new_key()
    queue_key: QueueKey = keys.current_queue_key(room)
    part = seal_part(
        report=report,
        kind=kind,
        queue_key=queue_key,
        content={"v": _VERSION, "received": timezone.now().isoformat(), **content},
        reporter_public=reporter_public,
        once=once,
        part_key=key,
    )
    for at, piece in enumerate(pieces, 1):
        body = primitives.encrypt_padded(key, piece, _place(part, at, of), primitives.FILE_BLOCK)
        FileChunk.objects.create(part=part, number=at, of=of, body=body)
    return part


def _place(part: SealedPart, chunk: int, of: int) -> bytes:
    # Not the part's own kind: the only chunk of a file must not open in the place of the part's body.
    return primitives.part_context(part.report.reference, str(part.pk), f"{part.kind}-chunk", chunk, of)


def seal_drafted_files(*, report: Report, filing: Filing, files: list[dict[str, Any]]) -> int:
    """Move the draft's files to `report`, each once however often the form is sent; return how many are lost.

    A file is lost when its draft died before it was sent: the words are sent all the same.
    """
    lost = 0
    for file in files:
        once = _once(filing.draft_key, file["number"], file["sha256"])
        if SealedPart.objects.filter(once=once).exists():
            continue
        try:
            lost += not _seal_drafted(report, filing, file, once)
        except SealError:
            lost += 1
    return lost


def _once(key: bytes, number: int, sha256: str) -> str:
    return primitives.keyed_hash(key, "sent-file-once", str(number).encode(), sha256.encode()).hex()


def _seal_drafted(report: Report, filing: Filing, file: dict[str, Any], once: str) -> bool:
    number = int(file["number"])
    if not drafted.is_whole(filing, number, original=False):
        return False
    with_original = bool(file["keep_original"]) and drafted.is_whole(filing, number, original=True)
    # Opened before anything is written, so that a damaged piece leaves no half file.
    pieces = list(drafted.read_file(filing, number, original=False))
    raw = list(drafted.read_file(filing, number, original=True)) if with_original else None
    told = {name: value for name, value in file.items() if name not in {"number", "keep_original"}}
    _seal_pair(report, told, pieces, raw, once)
    return True


def _seal_pair(
    report: Report, told: dict[str, Any], pieces: list[bytes], raw: list[bytes] | None, once: str | None
) -> None:
    """Seal a file, and apart from it, for leads only, the file as it came (`raw`)."""
    original_id = ""
    if raw is not None:
        number = report.part_count + 1
        original = seal_file(
            report=report,
            kind=SealedPart.Kind.ORIGINAL,
            content={
                "name": told["name"],
                "stored_name": "original-" + stored_name(told["original_kind"], number),
                "kind": told["original_kind"],
                "size": told["original_size"],
                "sha256": told["original_sha256"],
            },
            pieces=raw,
            of=len(raw),
        )
        original_id = str(original.pk)
    seal_file(
        report=report,
        kind=SealedPart.Kind.FILE,
        content={**told, "original": original_id},
        pieces=pieces,
        of=len(pieces),
        once=once,
    )


def seal_clean_file(
    *,
    report: Report,
    clean: CleanFile,
    original: bytes | None,
    note: str,
    who: str,
    once_key: bytes,
) -> bool:
    """Seal a file that comes without a draft; return False when this very file came with this page before."""
    once = _once(once_key, 0, clean.original_sha256)
    if SealedPart.objects.filter(once=once).exists():
        return False
    told = {
        **drafted.told_of(clean, report.part_count + 1),
        "note": note,
        "who": who,
    }
    raw = drafted.chunks_of(original) if original is not None else None
    _seal_pair(report, told, drafted.chunks_of(clean.body), raw, once)
    return True


def opened_pieces(part: SealedPart, part_key: bytes) -> Iterator[bytes]:
    """Yield the bytes of a file's part, loaded with its report, one chunk at a time. Raise SealError."""
    rows = list(FileChunk.objects.filter(part=part).order_by("number").values_list("pk", "number", "of"))
    if [(number, of) for _pk, number, of in rows] != [(at, len(rows)) for at in range(1, len(rows) + 1)]:
        raise SealError("a chunk is missing")
    for pk, number, of in rows:
        body = FileChunk.objects.values_list("body", flat=True).get(pk=pk)
        yield primitives.decrypt_padded(part_key, body, _place(part, number, of), primitives.FILE_BLOCK)


def is_whole(part: SealedPart, part_key: bytes, sha256: str) -> bool:
    """Return whether every chunk opens and all together have the sum that was sealed with the part."""
    digest = hashlib.sha256()
    try:
        for piece in opened_pieces(part, part_key):
            digest.update(piece)
    except (SealError, FileChunk.DoesNotExist):
        return False
    return primitives.same(digest.hexdigest().encode(), sha256.encode())
