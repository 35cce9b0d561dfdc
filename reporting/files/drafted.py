"""Files of a draft: sealed chunks under the draft's key; what is known of them stands in the draft's answers.

`answers["files"]` is a list of dicts: number, name, kind, original_kind, size, sha256, original_sha256,
original_size, keep_original, note, who.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reporting.files.cleaning import CleanFile
from reporting.files.names import stored_name
from reporting.formtoken import Filing
from reporting.models import DraftFile
from reporting.vault import primitives

# The name under which the draft's answers hold the list; no question of the form has it.
FILES = "files"
CHUNK = 1024 * 1024
MOST_FILES = 5
MOST_BYTES = 25 * 1024 * 1024


def listed(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the files in `answers`, in the order they were added."""
    return [dict(file) for file in answers.get(FILES) or []]


def without_files(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return `answers` as they are sealed with the report: its files are parts of their own."""
    return {name: value for name, value in answers.items() if name != FILES}


def why_no_room(answers: Mapping[str, Any], size: int) -> str:
    """Return the reason why a file of `size` bytes cannot be added, empty when it can."""
    return why_too_many([int(file["original_size"]) for file in listed(answers)], size)


def why_too_many(sizes: list[int], size: int) -> str:
    """Return the reason why `size` bytes do not go with files of `sizes`, empty when they do."""
    if len(sizes) >= MOST_FILES:
        return "too-many"
    return "too-much" if sum(sizes) + size > MOST_BYTES else ""


def chunks_of(body: bytes) -> list[bytes]:
    """Return `body` in pieces of one mebibyte."""
    return [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)]


def told_of(clean: CleanFile, number: int) -> dict[str, Any]:
    """Return what is sealed about a clean file, for chain of custody too. number: for its neutral name."""
    return {
        "name": clean.name,
        "stored_name": stored_name(clean.kind, number),
        "kind": clean.kind,
        "original_kind": clean.original_kind,
        "size": len(clean.body),
        "sha256": clean.sha256,
        "original_sha256": clean.original_sha256,
        "original_size": clean.original_size,
    }


def add_file(
    *, filing: Filing, answers: dict[str, Any], clean: CleanFile, original: bytes | None
) -> dict[str, Any]:
    """Keep a clean file with the draft, whose row is there, and put it into `answers`; return its entry.

    original: the bytes as they came, when they are to be kept too.
    """
    files = listed(answers)
    number = max((file["number"] for file in files), default=0) + 1
    # A row left by a page that was sent twice must not stand in the way.
    DraftFile.objects.filter(draft_id=filing.draft_id, number=number).delete()
    _keep(filing, number, clean.body, original=False)
    if original is not None:
        _keep(filing, number, original, original=True)
    entry = {
        "number": number,
        **told_of(clean, number),
        "keep_original": original is not None,
        "note": "",
        "who": "",
    }
    answers[FILES] = [*files, entry]
    return entry


def _keep(filing: Filing, number: int, body: bytes, *, original: bool) -> None:
    pieces = chunks_of(body)
    for at, piece in enumerate(pieces, 1):
        place = _place(filing, number, at, len(pieces), original=original)
        DraftFile.objects.create(
            draft_id=filing.draft_id,
            number=number,
            original=original,
            chunk=at,
            of=len(pieces),
            body=primitives.encrypt_padded(filing.draft_key, piece, place, primitives.FILE_BLOCK),
        )


def _place(filing: Filing, number: int, chunk: int, of: int, *, original: bool) -> bytes:
    kind = "original" if original else "file"
    return f"draft|{filing.draft_id}|{kind}|{number}|{chunk}/{of}".encode()


def remove_file(*, filing: Filing, answers: dict[str, Any], number: int) -> None:
    """Take file `number` out of the draft and out of `answers`."""
    DraftFile.objects.filter(draft_id=filing.draft_id, number=number).delete()
    answers[FILES] = [file for file in listed(answers) if file["number"] != number]


def is_whole(filing: Filing, number: int, *, original: bool) -> bool:
    """Return whether every chunk of file `number` is there."""
    rows = DraftFile.objects.filter(draft_id=filing.draft_id, number=number, original=original)
    found = list(rows.order_by("chunk").values_list("chunk", "of"))
    return bool(found) and found == [(at, len(found)) for at in range(1, len(found) + 1)]


def read_file(filing: Filing, number: int, *, original: bool) -> Iterator[bytes]:
    """Yield file `number` piece by piece. Raise SealError when a piece does not open."""
    rows = DraftFile.objects.filter(draft_id=filing.draft_id, number=number, original=original)
    for pk in list(rows.order_by("chunk").values_list("pk", flat=True)):
        row = DraftFile.objects.get(pk=pk)
        place = _place(filing, number, row.chunk, row.of, original=original)
        yield primitives.decrypt_padded(filing.draft_key, row.body, place, primitives.FILE_BLOCK)
