"""The press is a process of its own: it may die, hang or grow, and no page and no name is lost or seen."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pikepdf
import pytest

from training import press, signature, typesetting

NAME = "Ana Pérez"


def page(name=NAME):
    """Return the smallest page that holds a name."""
    return f'<html lang="en"><title>T</title><section><p><span>{name}</span></p></section></html>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a signing key."""
    made = tmp_path_factory.mktemp("var") / "certificate-signing"
    signature.identity(made, "Site")
    return made


@pytest.fixture(scope="module")
def running(folder):
    """Return a press that has printed once."""
    made = press.Press(folder, "Site")
    made.printed(page(), NAME)
    yield made
    made.stop()


@pytest.fixture
def logged():
    """Return what is written to any log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def wait_until(true, seconds=20):
    """Wait until `true()` is, and fail when it does not become so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(pid):
    """Return whether no process of this number runs (one that only waits to be fetched counts as gone)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_it_prints_one_after_another_in_one_process(running):
    pid = running.pid

    for name in (NAME, "Eva", "王小明"):
        with pikepdf.open(io.BytesIO(running.printed(page(name), name))) as file:
            assert len(file.Root.AcroForm.Fields) == 1

    assert running.pid == pid
    assert pid != os.getpid()


def test_it_gives_way_and_knows_no_secret(running):
    stat = Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()
    surroundings = Path(f"/proc/{running.pid}/environ").read_bytes().split(b"\0")
    said = Path(f"/proc/{running.pid}/cmdline").read_bytes()
    limits = Path(f"/proc/{running.pid}/limits").read_text()

    assert int(stat[16]) >= os.nice(0) + 10 or int(stat[16]) == 19
    assert sorted(entry.partition(b"=")[0] for entry in surroundings if entry) == [b"LC_ALL", b"PATH"]
    assert NAME.encode() not in said
    assert "Max core file size        0" in limits
    assert f"Max address space         {1 << 30}" in limits


def test_it_opens_no_network_and_writes_no_file(running):
    running.printed(page(), NAME)
    opened = [str(path.readlink()) for path in Path(f"/proc/{running.pid}/fd").iterdir()]

    assert not [path for path in opened if path.startswith("socket:")]
    assert opened.count("/dev/null") == 1  # where warnings go, which could hold letters of a name
    assert not [
        path
        for path in opened
        # Between two papers it reads how large it is.
        if path.startswith("/") and not path.startswith(("/proc/", "/dev/null")) and "/fonts/" not in path
    ]


def test_killed_between_two_papers_the_next_one_comes(running):
    pid = running.pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid))

    assert running.printed(page(), NAME).startswith(b"%PDF")
    assert running.pid not in {None, pid}


def test_killed_in_the_middle_it_is_tried_again(running, logged):
    """It is stopped while it has the job, and killed there."""
    pid = running.pid
    os.kill(pid, signal.SIGSTOP)
    came = []
    waiting = threading.Thread(target=lambda: came.append(running.printed(page(), NAME)))
    waiting.start()
    wait_until(lambda: not running._turn.acquire(blocking=False) or running._turn.release())
    os.kill(pid, signal.SIGKILL)
    waiting.join(20)

    assert came
    assert came[0].startswith(b"%PDF")
    assert logged.getvalue() == ""


def test_killed_again_and_again_it_says_so_and_lives_on(running, logged, monkeypatch):
    start = press.Press._running

    def killed(self):
        process = start(self)
        process.kill()
        process.wait()
        return process

    with monkeypatch.context() as patch:
        patch.setattr(press.Press, "_running", killed)
        with pytest.raises(press.PressAway):
            running.printed(page(), NAME)

    assert "fell over twice" in logged.getvalue()
    assert "Ana" not in logged.getvalue()
    assert running.printed(page(), NAME).startswith(b"%PDF")


def test_one_that_hangs_is_ended(running, logged, monkeypatch):
    running.printed(page(), NAME)
    pid = running.pid
    os.kill(pid, signal.SIGSTOP)

    with monkeypatch.context() as patch:
        patch.setattr(press, "_PAPER_SECONDS", 0.1)
        with pytest.raises(press.PressAway):
            running.printed(page(), NAME)

    assert is_gone(pid)
    assert "took too long" in logged.getvalue()
    assert running.printed(page(), NAME).startswith(b"%PDF")


def test_who_waits_too_long_for_a_turn_is_told(running, logged, monkeypatch):
    monkeypatch.setattr(press, "_TURN_SECONDS", 0.05)

    with running._turn, pytest.raises(press.PressAway):
        running.printed(page(), NAME)

    assert "too much to do" in logged.getvalue()
    assert running.printed(page(), NAME).startswith(b"%PDF")


def test_a_fault_names_its_kind_and_no_word_of_the_page(running, logged):
    with pytest.raises(press.PressAway):
        running.printed("<p>no section, Ana</p>", NAME)

    assert "cannot print: StopIteration" in logged.getvalue()
    assert "Ana" not in logged.getvalue()


def test_missing_letters_are_told_and_not_printed(running, logged):
    with pytest.raises(typesetting.MissingLetters):
        running.printed(page("\U0010fffd"), "\U0010fffd")

    assert logged.getvalue() == ""


def test_with_a_broken_key_nothing_is_printed_unsigned(tmp_path, logged):
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / signature.KEY_FILE).write_text("broken")
    (folder / signature.CHAIN_FILE).write_text("broken")
    broken = press.Press(folder, "Site")

    with pytest.raises(press.PressAway):
        broken.printed(page(), NAME)

    broken.stop()
    assert "is not a private key in PEM" in logged.getvalue()


def test_it_ends_with_its_worker(folder):
    """A worker that is killed cannot tell its press to end."""
    worker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"""
import pathlib, time
from training import press
made = press.Press(pathlib.Path({str(folder)!r}), "Site")
made.printed({page()!r}, {NAME!r})
print(made.pid, flush=True)
time.sleep(60)
""",
        ],
        cwd=Path(press.__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    with worker:
        pid = int(worker.stdout.readline())
        assert not is_gone(pid)
        worker.kill()

    wait_until(lambda: is_gone(pid))


def test_two_presses_take_turns_and_a_dead_one_holds_up_nobody(running, folder, monkeypatch):
    """With few processors only one prints at a time; a third process has the turn here, and is killed."""
    monkeypatch.setattr(press, "_PAPER_SECONDS", 20)
    running.printed(page(), NAME)
    command = (
        "import fcntl, sys, time\nfile = open(sys.argv[1], 'rb')\nfcntl.flock(file, fcntl.LOCK_EX)\n"
        "print('mine', flush=True)\ntime.sleep(60)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", command, folder / signature.KEY_FILE], stdout=subprocess.PIPE, text=True
    )
    came = []
    with other:
        assert other.stdout.readline() == "mine\n"
        waiting = threading.Thread(target=lambda: came.append(running.printed(page(), NAME)))
        waiting.start()
        waiting.join(0.3)
        held_up = not came
        other.kill()
    waiting.join(20)

    assert held_up == (len(os.sched_getaffinity(0)) < press._MANY_CORES)
    assert came[0].startswith(b"%PDF")


@pytest.mark.parametrize("bound", ["_PAPERS = 1", "_LARGEST_MIB = 1", "_IDLE_SECONDS = 0.1"])
def test_it_ends_when_it_has_printed_enough_grown_or_rested(folder, bound):
    made = press.Press(folder, "Site")
    command = f"""
import pathlib
from training import press
press.{bound}
press.main(pathlib.Path({str(folder)!r}), "Site")
"""
    base = Path(press.__file__).parent.parent
    made._process = subprocess.Popen(
        [sys.executable, "-c", command], cwd=base, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    first = made.pid
    if "IDLE" not in bound:
        assert made.printed(page(), NAME).startswith(b"%PDF")
        assert made._process.pid == first

    wait_until(lambda: is_gone(first))
    made.stop()
