"""Paper for trainers as tagged PDF (PDF/UA), set in a process of its own and kept in memory.

A guide takes seconds to set; done in the server, everybody else's pages would wait. The process sets one
paper and ends. It gives way to the server (nice), has no database and no secret in its environment, and
fetches nothing. At most one paper is set at a time in a server process, and the same one is not set twice.
"""

from __future__ import annotations

import hashlib
import logging
import os
import resource
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from training import typesetting

_BASE = Path(__file__).resolve().parent.parent
_STYLE = Path(__file__).parent / "paper.css"
_KEPT = 12  # papers
_TURN_SECONDS, _PAPER_SECONDS = 30, 60
_ADDRESS_SPACE = 1 << 30
_log = logging.getLogger("training")
_turn = threading.Lock()
_done: OrderedDict[bytes, bytes] = OrderedDict()


class CannotPrint(Exception):
    """No paper can be printed now. A later try may do."""


def printed(html: str) -> bytes:
    """Return the PDF of `html`, a whole document with a language and a title. Raise CannotPrint."""
    name = hashlib.blake2b(html.encode(), digest_size=16).digest()
    if name in _done:
        return _done[name]
    if not _turn.acquire(timeout=_TURN_SECONDS):
        raise CannotPrint
    try:
        if name not in _done:
            _done[name] = _set(html)
            if len(_done) > _KEPT:
                _done.popitem(last=False)
        return _done[name]
    finally:
        _turn.release()


def _set(html: str) -> bytes:
    try:
        run = subprocess.run(
            [sys.executable, "-B", "-s", "-m", "training.printing"],
            cwd=_BASE,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            input=html.encode(),
            capture_output=True,
            timeout=_PAPER_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as fault:
        _log.error("a paper could not be printed: %s", type(fault).__name__)
        raise CannotPrint from fault
    return run.stdout


def main() -> None:
    """Read HTML on the standard input, write its PDF to the standard output."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    fonts, _certificate, fetcher = typesetting.set_up()
    from weasyprint import CSS, HTML

    style = CSS(filename=str(_STYLE), font_config=fonts, url_fetcher=fetcher)
    HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=fetcher).write_pdf(
        sys.stdout.buffer,
        stylesheets=[style],
        font_config=fonts,
        pdf_variant="pdf/ua-1",
        presentational_hints=True,  # steps that go on from an earlier screen keep their numbers
        finisher=_set_margins_aside,
    )


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
