"""One door for every file from outside: given bytes and a name, it gives a clean file or a sentence.

The file is opened by a process of its own (`reporting.files.worker`) with bounds on time and memory. Both
files of that process are in memory and have no name in any folder, so nothing reaches a disk in clear.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reporting.files import scanner
from reporting.files.kinds import KINDS, Refused, kind_of
from reporting.files.names import shown_name

LARGEST = 10 * 1024 * 1024
LARGEST_CLEAN = 16 * 1024 * 1024
_SECONDS = 25
# Two at once in each process: what a picture needs while it is open is many times its size.
_AT_ONCE = threading.BoundedSemaphore(2)
_WAIT_SECONDS = 8
_BASE = Path(__file__).resolve().parent.parent.parent
_log = logging.getLogger("reporting")


@dataclass(frozen=True)
class CleanFile:
    """A file without hidden details. name: the given one, made harmless; kind: a slug of `KINDS`."""

    name: str
    kind: str
    original_kind: str
    body: bytes = field(repr=False)
    sha256: str
    original_sha256: str
    original_size: int


def clean(body: bytes, given_name: str) -> CleanFile:
    """Return `body` cleaned. Raise Refused with the reason; then nothing of it may be kept.

    At most 25 seconds and 1 GiB for one file, and two files at once.
    """
    if not body:
        raise Refused("empty")
    if len(body) > LARGEST:
        raise Refused("too-large")
    with _turn():
        scanner.scan(body)
        kind, cleaned = _cleaned(body)
    return CleanFile(
        name=shown_name(given_name),
        kind=kind,
        original_kind=kind_of(body).slug,
        body=cleaned,
        sha256=hashlib.sha256(cleaned).hexdigest(),
        original_sha256=hashlib.sha256(body).hexdigest(),
        original_size=len(body),
    )


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_WAIT_SECONDS):
        raise Refused("busy")
    try:
        yield
    finally:
        _AT_ONCE.release()


def _cleaned(body: bytes) -> tuple[str, bytes]:
    """Return (kind, clean bytes) as the worker found them. Raise Refused, also when it fell over."""
    if not hasattr(os, "memfd_create"):
        # Without files in memory the worker's would be on a disk.
        raise Refused("scanner-away")
    source, target = os.memfd_create("upload"), os.memfd_create("clean")
    try:
        with open(source, "r+b", closefd=False) as file:
            file.write(body)
            file.seek(0)
        _work(source, target)
        with open(target, "rb", closefd=False) as file:
            file.seek(0)
            return _understood(file.readline(1000), file.read(LARGEST_CLEAN + 1))
    finally:
        os.close(source)
        os.close(target)


def _understood(line: bytes, cleaned: bytes) -> tuple[str, bytes]:
    try:
        found = json.loads(line)
    except ValueError as fault:  # it was stopped before it could say anything
        raise Refused("too-complicated") from fault
    if "refused" in found:
        raise Refused(str(found["refused"]))
    if found.get("kind") not in KINDS or not cleaned:
        raise Refused("damaged")
    if len(cleaned) > LARGEST_CLEAN:
        raise Refused("too-large")
    return str(found["kind"]), cleaned


def _work(source: int, target: int) -> None:
    """Run the worker on two files in memory. Raise Refused when it takes too long."""
    # No secret of the site is in its environment.
    surroundings = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-B", "-s", "-m", "reporting.files.worker"]
    worker = subprocess.Popen(  # noqa: S603 - our own words only; nothing of the upload is among them
        command,
        cwd=_BASE,
        env=surroundings,
        stdin=source,
        stdout=target,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        worker.wait(_SECONDS)
    except subprocess.TimeoutExpired as fault:
        raise Refused("took-too-long") from fault
    finally:
        if worker.returncode != 0:
            # It may have started ffmpeg: the whole group ends.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            _log.warning("a file was refused: its worker ended with %s", worker.returncode)
    if worker.returncode != 0:
        raise Refused("too-complicated")
