"""Paper as tagged PDF (PDF/UA), set in a process of its own and kept in memory.

A guide takes seconds to set; done in the server, everybody else's pages would wait. The process sets one
paper and ends. It gives way to the server (nice), has no database and no secret in its environment, and
fetches nothing. At most one paper is set at a time in a server process, and the same one is not set twice.
"""

from __future__ import annotations

import hashlib
import html
import json
import logging
import os
import resource
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portal.lib import typesetting

# Stands in the HTML of a sheet before each part that may be left out, and once more behind the last.
PART = "<!--part-->"
# Stands where the sheet says how many of them were left out.
LEFT_OUT = "<!--left-out-->"
_BASE = Path(__file__).resolve().parent.parent.parent
_KEPT = 24  # papers
_TURN_SECONDS, _PAPER_SECONDS = 30, 60
_ADDRESS_SPACE = 1 << 30
_log = logging.getLogger("portal.printing")
_turn = threading.Lock()
_done: OrderedDict[bytes, bytes] = OrderedDict()


class CannotPrint(Exception):
    """No paper can be printed now. A later try may do."""


def printed(text: str, style: Path, left_out: Sequence[str] = (), *, patience: float | None = None) -> bytes:
    """Return the PDF of the HTML `text`, a whole document with a language and a title. Raise CannotPrint.

    left_out: for a sheet, which is one page whatever its parts (PART) are: they are left out from the end
    until it is. What stands in place of LEFT_OUT when as many parts are left out as its index says.
    patience: seconds to wait while another paper is set, half a minute when None.
    """
    job = json.dumps({"text": text, "style": str(style), "left_out": list(left_out)}).encode()
    name = hashlib.blake2b(job, digest_size=16).digest()
    if name in _done:
        return _done[name]
    if not _turn.acquire(timeout=_TURN_SECONDS if patience is None else patience):
        raise CannotPrint
    try:
        if name not in _done:
            _done[name] = _set(job)
            if len(_done) > _KEPT:
                _done.popitem(last=False)
        return _done[name]
    finally:
        _turn.release()


def _set(job: bytes) -> bytes:
    try:
        run = subprocess.run(
            [sys.executable, "-B", "-s", "-m", "portal.lib.printing"],
            cwd=_BASE,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            input=job,
            capture_output=True,
            timeout=_PAPER_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as fault:
        _log.error("a paper could not be printed: %s", type(fault).__name__)
        raise CannotPrint from fault
    return run.stdout


def main() -> None:
    """Read one job on the standard input, write its PDF to the standard output."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    job = json.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(paper(job["text"], Path(job["style"]), job["left_out"]))


def paper(text: str, style: Path, left_out: Sequence[str]) -> bytes:
    """Set what `printed` was asked for, in this very process."""
    sheets = [typesetting.style_of(style)]
    if not left_out:
        return _pdf(_laid_out(text, sheets))
    head, *parts, tail = text.split(PART)

    def with_first(count: int, left: int) -> Any:
        says = html.escape(left_out[left])
        shown = [f'<div id="part-{place}">{part}</div>' for place, part in enumerate(parts[:count])]
        return _laid_out("".join([head, *shown, tail]).replace(LEFT_OUT, says), sheets)

    # What comes to stand on the first page, beside the sentence on what is left out, fits there.
    document = with_first(len(parts), len(parts))
    count = sum(f"part-{place}" in document.pages[0].anchors for place in range(len(parts)))
    while True:
        document = with_first(count, len(parts) - count)
        if len(document.pages) == 1:
            return _pdf(document)
        count -= 1
        if count < 0:
            raise ValueError("a sheet without any parts is longer than a page")


def _laid_out(text: str, sheets: list[Any]) -> Any:
    from weasyprint import HTML

    fonts, fetcher = typesetting.set_up()
    return HTML(string=text, url_fetcher=fetcher).render(
        stylesheets=sheets,
        font_config=fonts,
        presentational_hints=True,  # steps that go on from an earlier screen keep their numbers
        pdf_variant="pdf/ua-1",
    )


def _pdf(document: Any) -> bytes:
    content: bytes = document.write_pdf(finisher=_set_margins_aside, pdf_variant="pdf/ua-1")
    return content


def _set_margins_aside(_document: Any, pdf: Any) -> None:
    """Mark what stands in the margins, the page numbers, as no part of the text (an artifact).

    WeasyPrint tags it and leaves the tag out of the tree (its issue 1836), which PDF/UA does not allow.
    """

    def at(reference: Any) -> Any:
        return pdf.objects[int(bytes(reference).split()[0])]

    in_tree: set[tuple[bytes, int]] = set()
    waiting = [at(pdf.catalog["StructTreeRoot"])]
    while waiting:
        element = waiting.pop()
        for kid in element.get("K", ()):
            if isinstance(kid, int):
                in_tree.add((bytes(element["Pg"]), kid))
            else:
                waiting.append(at(kid))
    pages: list[Any] = [
        part for part in pdf.objects if isinstance(part, dict) and part.get("Type") == "/Page"
    ]
    for page in pages:
        known = {number for where, number in in_tree if where == page.reference}
        _mark_strangers(at(page["Contents"]).stream, known)


def _mark_strangers(stream: list[Any], known: set[int]) -> None:
    for place, part in enumerate(stream):
        if isinstance(part, dict) and "MCID" in part and part["MCID"] not in known:
            # The tag, its number and the operator become the tag and operator of an artifact.
            stream[place - 1 : place + 2] = ["/Artifact", b"", b"BMC"]


if __name__ == "__main__":
    main()
