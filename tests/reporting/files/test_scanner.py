"""The optional ClamAV: a real one with a one-line signature of our own, and what happens when it is away."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.lib import env
from reporting.files.cleaning import clean
from reporting.files.kinds import Refused
from tests.reporting.files import making

MARK = b"Signature-Of-The-Test-4471"


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    """Start a clamd that knows one signature; return its address."""
    if not shutil.which("clamd"):
        pytest.skip("clamd is not installed")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "base").mkdir()
    (folder / "base" / "test.ndb").write_text(f"Test.Mark:0:*:{MARK.hex()}\n")
    socket = folder / "socket"
    (folder / "conf").write_text(
        f"DatabaseDirectory {folder}/base\nLocalSocket {socket}\nTemporaryDirectory /dev/shm\n"
        "Foreground yes\nStreamMaxLength 12M\n"
    )
    running = subprocess.Popen(
        ["clamd", "-c", str(folder / "conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _try in range(300):
        if socket.exists() or running.poll() is not None:
            break
        time.sleep(0.1)
    assert socket.exists(), "clamd did not start"
    yield f"unix://{socket}"
    running.terminate()
    running.wait(20)


def test_a_file_with_a_known_mark_is_refused_and_a_plain_one_taken(settings, clamd):
    settings.CLAMAV_URL = clamd

    assert clean(making.jpeg(), "a.jpg").kind == "jpeg"
    with pytest.raises(Refused, match="malware"):
        clean(making.jpeg(comment=MARK), "a.jpg")


@pytest.mark.parametrize("url", ["unix:///nowhere/clamd.ctl", "tcp://127.0.0.1:9"])
def test_a_scanner_that_is_away_refuses_the_file(settings, url):
    settings.CLAMAV_URL = url
    with pytest.raises(Refused, match="scanner-away"):
        clean(making.jpeg(), "a.jpg")


@pytest.mark.parametrize("said", [{}, {"stream": ("ERROR", "x")}, {"stream": ("OK?", None)}])
def test_a_strange_word_of_the_scanner_refuses_the_file(settings, monkeypatch, said):
    settings.CLAMAV_URL = "tcp://127.0.0.1:3310"
    monkeypatch.setattr("reporting.files.scanner.ClamdNetworkSocket.instream", lambda self, body: said)
    with pytest.raises(Refused, match="scanner-away"):
        clean(making.jpeg(), "a.jpg")


@pytest.mark.parametrize("typed", ["", "tcp://clamav:3310", "unix:///run/clamav/clamd.ctl"])
def test_an_address_of_a_scanner_is_taken(monkeypatch, typed):
    monkeypatch.setenv("CLAMAV_URL", typed)
    assert env.scanner("CLAMAV_URL") == typed


@pytest.mark.parametrize(
    "typed", ["clamav", "tcp://clamav", "tcp://clamav:x", "unix://run", "http://clamav:1"]
)
def test_a_misspelt_address_stops_the_start(monkeypatch, typed):
    monkeypatch.setenv("CLAMAV_URL", typed)
    with pytest.raises(ImproperlyConfigured, match="CLAMAV_URL"):
        env.scanner("CLAMAV_URL")
