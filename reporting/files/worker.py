"""The process that opens a stranger's file: `python -m reporting.files.worker`, bytes in, clean bytes out.

It reads the file from its standard input and writes one line of JSON, then the clean bytes. It knows no
secret, no database and no Django, and it bounds itself before it looks at the first byte: a decoder that is
driven mad takes this process down and nothing else.
"""

from __future__ import annotations

import json
import os
import resource
import sys

SECONDS = 15
MEMORY_BYTES = 1024 * 1024 * 1024
FILE_BYTES = 32 * 1024 * 1024


def bound_itself() -> None:
    """Set limits that cannot be raised again: time, memory, size of any file, no picture of the memory."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(5)


def clean(body: bytes) -> tuple[dict[str, str], bytes]:
    """Return (what was found, the clean bytes). Raise Refused."""
    from reporting.files.kinds import KINDS, kind_of

    slug = kind_of(body).slug
    if slug == "pdf":
        from reporting.files.pdfs import clean_pdf

        cleaned = clean_pdf(body)
    elif KINDS[slug].content_type.startswith("image/"):
        from reporting.files.images import clean_image

        cleaned, slug = clean_image(body, slug)
    else:
        from reporting.files.media import clean_media

        cleaned = clean_media(body, slug)
    return {"kind": slug}, cleaned


def main() -> None:
    """Clean what stands on the standard input."""
    bound_itself()
    from reporting.files.kinds import Refused

    try:
        found, cleaned = clean(sys.stdin.buffer.read())
    except Refused as refused:
        found, cleaned = {"refused": refused.reason}, b""
    except MemoryError:
        found, cleaned = {"refused": "too-complicated"}, b""
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n" + cleaned)
    sys.stdout.buffer.flush()
    # Libraries need not tidy up: the process is over.
    os._exit(0)


if __name__ == "__main__":
    main()
