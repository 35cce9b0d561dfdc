"""The press: certificates are set and signed in a process of its own, one for each worker of the server.

To set a page holds Python for some hundredths of a second; done in the worker, a burst of certificates would
let everybody else's pages wait. The process starts with the first certificate, gives way to the worker
(nice), has no database and no secret in its environment, hears HTML and a name on its standard input and
answers with a PDF. It keeps neither, writes neither anywhere, and ends with the worker, after a while without
work, or when it has grown.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import json
import logging
import os
import resource
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from training import typesetting

if TYPE_CHECKING:
    from training import signature

_BASE = Path(__file__).resolve().parent.parent
_HEAD = struct.Struct(">cI")
_JOB, _PRINTED, _MISSING, _UNABLE = b"J", b"P", b"M", b"U"
# So long a request waits for its turn and for its paper; servers in front usually wait 60 seconds.
_TURN_SECONDS, _PAPER_SECONDS = 30.0, 20.0
# The process ends after so many papers, when it is larger than this, or after so long without work.
_PAPERS, _LARGEST_MIB, _IDLE_SECONDS = 500, 300, 900
_ADDRESS_SPACE = 1 << 30
_MANY_CORES = 4
_log = logging.getLogger("training")


class PressAway(Exception):
    """No certificate can be printed now; a later try may do. It says nothing of the name."""


class Press:
    """The process of this worker, and the turns of those who wait for it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)

    @property
    def pid(self) -> int | None:
        """The number of the process, None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def printed(self, html: str, name: str) -> bytes:
        """Return the signed PDF of `html` for `name`.

        Raise MissingLetters when a letter would have been printed as a box, PressAway when the press is busy
        for too long or fell over twice.
        """
        job = json.dumps({"html": html, "name": name}).encode()
        if not self._turn.acquire(timeout=_TURN_SECONDS):
            _log.error("the press has too much to do: a certificate was put off")
            raise PressAway
        try:
            kind, content = self._tried_twice(job)
        finally:
            self._turn.release()
        if kind == _MISSING:
            raise typesetting.MissingLetters
        if kind != _PRINTED:
            _log.error("the press cannot print: %s", content.decode())
            raise PressAway
        return content

    def _tried_twice(self, job: bytes) -> tuple[bytes, bytes]:
        for _try in range(2):
            try:
                return self._asked(job)
            except TimeoutError:
                self._end()
                _log.error("the press took too long: a certificate was put off")
                raise PressAway from None
            except (OSError, EOFError):  # it had ended, by itself or not
                self._end()
        _log.error("the press fell over twice: a certificate was put off")
        raise PressAway

    def stop(self) -> None:
        """End the process, if there is one."""
        self._end()

    def _asked(self, job: bytes) -> tuple[bytes, bytes]:
        process = self._running()
        assert process.stdin  # noqa: S101 (a pipe)
        assert process.stdout  # noqa: S101 (a pipe)
        process.stdin.write(_HEAD.pack(_JOB, len(job)) + job)
        process.stdin.flush()
        deadline = time.monotonic() + _PAPER_SECONDS
        kind, length = _HEAD.unpack(_read(process.stdout.fileno(), _HEAD.size, deadline))
        return kind, _read(process.stdout.fileno(), length, deadline)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is None:
            return self._process
        self._end()
        self._process = subprocess.Popen(  # noqa: S603 (our own words only)
            [sys.executable, "-B", "-s", "-m", "training.press", str(self._folder), self._name],
            cwd=_BASE,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with contextlib.suppress(OSError):  # what was still to be written
                        pipe.close()


def _read(descriptor: int, size: int, deadline: float | None = None) -> bytes:
    """Return `size` bytes. Raise EOFError when the other side ended, TimeoutError after `deadline`."""
    parts = []
    while size:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not select.select([descriptor], [], [], left)[0]:
            raise TimeoutError
        part = os.read(descriptor, size)
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _grown() -> bool:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") > _LARGEST_MIB << 20


def main(folder: Path, name: str) -> None:
    """Print what is asked on the standard input until it ends."""
    os.nice(10)
    # A crash must not write a name to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    # What signs is heavy, and the worker that holds the other end has no use for it.
    from training import signature

    try:
        seal = signature.Seal(signature.identity(folder, name))
    except signature.CannotSign as fault:
        _read_job()
        _write(_UNABLE, str(fault).encode())
        return
    typesetting.set_up()
    # What is there now stays; it need not be looked through again and again.
    gc.freeze()
    for _paper in range(_PAPERS):
        if not select.select([0], [], [], _IDLE_SECONDS)[0]:
            return
        try:
            job = _read_job()
            with _turn_of_the_machine(folder / signature.KEY_FILE):
                kind, content = _answer(seal, **job)
            _write(kind, content)
            del job, content
        except (EOFError, BrokenPipeError):  # the worker has ended
            return
        if _grown():
            return


def _read_job() -> dict[str, str]:
    _kind, length = _HEAD.unpack(_read(0, _HEAD.size))
    job: dict[str, str] = json.loads(_read(0, length))
    return job


def _write(kind: bytes, content: bytes) -> None:
    rest = memoryview(_HEAD.pack(kind, len(content)) + content)
    while rest:
        rest = rest[os.write(1, rest) :]


@contextlib.contextmanager
def _turn_of_the_machine(key: Path) -> Iterator[None]:
    """Wait until no press of another worker prints, where processors are few: the pages need one of them.

    It is a lock of the system on the key, which ends with the process that has it.
    """
    with key.open("rb") as file:
        if len(os.sched_getaffinity(0)) < _MANY_CORES:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _answer(seal: signature.Seal, html: str, name: str) -> tuple[bytes, bytes]:
    try:
        return _PRINTED, seal.signed(typesetting.typeset(html, name))
    except typesetting.MissingLetters:
        return _MISSING, b""
    except Exception as fault:
        # Its words could hold the name.
        return _UNABLE, type(fault).__name__.encode()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
