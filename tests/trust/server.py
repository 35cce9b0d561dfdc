"""The whole portal as `bin/run` starts it, in a folder of its own, to be killed and starved."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
# The last lines of bin/run: what really serves.
_SERVE = "exec $BIN/granian " + (ROOT / "bin/run").read_text().rpartition("exec $BIN/granian ")[2]
STARTING_SECONDS = 40
ANSWER_SECONDS = 25
IDLE_SECONDS = 15
FORM = "application/x-www-form-urlencoded"
_HIDDEN = re.compile(r'name="(token|box|kept)" value="([^"]*)"')
_CODE = re.compile(r'class="code"[^>]*>\s*([0-9A-Z-]{20})')


def free_port() -> int:
    """Return a port nobody listens on.

    Below those that connections get by themselves (from 32768): while a killed server is away, a connection
    of a sender could sit on its port, and the server could not come back.
    """
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Portal:
    """A portal with the test kit's vault. `database_url` empty: SQLite in its folder."""

    def __init__(self, folder: Path, database_url: str = "", **env: str) -> None:
        self.folder, self.port = folder, free_port()
        taken = {"DATABASE_URL", "TRIAL", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "TRUST"}
        self.env = {name: value for name, value in os.environ.items() if name not in taken}
        self.env |= {
            "BIN": str(Path(sys.executable).parent), "DATA_DIR": str(folder), "PORT": str(self.port),
            "VAULT_TEST": "1", "VAULT_TEST_KDF": "fast", "PLAIN_STATIC": "1", "WORKERS": "2", **env,
        }  # fmt: skip
        if database_url:
            self.env["DATABASE_URL"] = database_url
        self.server: subprocess.Popen[bytes] | None = None
        self.log = folder / "server.log"

    def manage(self, *args: str, **options: Any) -> str:
        """Return what `manage.py` prints."""
        return subprocess.run(
            [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), *args],
            env=self.env, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300, **options,
        ).stdout  # fmt: skip

    def run(self, code: str) -> Any:
        """Return the JSON that `code` prints, run with the portal's settings."""
        env = {**self.env, "DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", f"import django; django.setup()\n{code}"],
            env=env, cwd=self.folder, check=False, capture_output=True, text=True, timeout=1200,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    def prepare(self) -> dict[str, Any]:
        """Make tables, vault and staff; return the test kit."""
        self.manage("migrate", "-v0")
        kit: dict[str, Any] = json.loads(self.manage("vault_testkit", "--json"))
        return kit

    def start(self) -> None:
        """Serve, and return when the portal answers."""
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                ["bash", "-c", _SERVE],
                env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + STARTING_SECONDS
        while time.monotonic() < deadline:
            assert self.server.poll() is None, self.log.read_text()[-3000:]
            visitor = Visitor(self.port)
            try:
                if visitor.get("/healthz")[0] == 200:
                    return
            except (OSError, HTTPException):
                time.sleep(0.05)
            finally:
                visitor.close()
        raise AssertionError("the portal did not start")

    def kill(self, how: int = signal.SIGKILL) -> None:
        """End server and workers at once."""
        if self.server:
            os.killpg(self.server.pid, how)
            self.server.wait(30)
            self.server = None

    def workers(self) -> list[int]:
        """Return the process ids of the server and its workers."""
        assert self.server
        found = subprocess.run(
            ["pgrep", "-g", str(self.server.pid)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in found.stdout.split()]


class Served(Portal):
    """A portal that several checks share. reports: how many have been sent to it so far."""

    kit: dict[str, Any]
    cluster: Cluster | None = None
    reports = 0

    def tell(self, told: Any, code: str) -> Any:
        """Return the JSON that `code` prints, with `told` in the file told.json beside it."""
        (self.folder / "told.json").write_text(json.dumps(told))
        return self.run(code)


class Visitor:
    """One browser: a kept connection, from an address of this machine that others do not share."""

    def __init__(self, port: int) -> None:
        # All of 127/8 is this machine, so that each visitor has a limit of their own.
        self.address = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(2, 254)}"
        self.port = port
        self.line: HTTPConnection | None = None
        self.asked_at = 0.0

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> HTTPResponse:
        # The server hangs up on a line that was quiet for half a minute.
        if time.monotonic() - self.asked_at > IDLE_SECONDS:
            self.close()
        self.asked_at = time.monotonic()
        if self.line is None:
            self.line = HTTPConnection(
                "127.0.0.1", self.port, timeout=ANSWER_SECONDS, source_address=(self.address, 0)
            )
        try:
            self.line.request(method, path, body=body, headers=headers)
            return self.line.getresponse()
        except (OSError, HTTPException):
            self.close()
            raise

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Return (status, page). Raise OSError or HTTPException when no whole answer came."""
        try:
            response = self._ask(method, path, body, headers or {})
            text = response.read().decode()
        except (OSError, HTTPException):
            self.close()
            raise
        if response.will_close:
            self.close()
        return response.status, text

    def get(self, path: str) -> tuple[int, str]:
        """Return (status, page) of a GET."""
        return self.ask("GET", path)

    def post(self, path: str, typed: dict[str, Any]) -> tuple[int, str]:
        """Return (status, page) of a form."""
        return self.ask("POST", path, urlencode(typed, doseq=True).encode(), {"Content-Type": FORM})

    def upload(self, path: str, typed: dict[str, str], files: list[tuple[str, bytes]]) -> tuple[int, str]:
        """Return (status, page) of a form with files: pairs of name and bytes."""
        edge = f"edge{random.getrandbits(60)}"
        parts = [f'form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in typed.items()]
        parts += [
            f'form-data; name="files"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode() + body
            for name, body in files
        ]
        body = b"".join(b"--%s\r\nContent-Disposition: %s\r\n" % (edge.encode(), part) for part in parts)
        body += f"--{edge}--\r\n".encode()
        return self.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def close(self) -> None:
        """Hang up."""
        if self.line:
            self.line.close()
            self.line = None


def story_fields(story: str) -> dict[str, str]:
    """Return the fields of the form's page that asks what happened."""
    return {"step": "story", "story": story}


def hidden(page: str, name: str) -> str:
    """Return the value of the hidden field `name`, empty when there is none."""
    return next((value for found, value in _HIDDEN.findall(page) if found == name), "")


def code_on(page: str) -> str:
    """Return the check-back code that a page shows, empty when it shows none."""
    found = _CODE.search(page)
    return found[1].replace("-", "") if found else ""


class Cluster:
    """A PostgreSQL of its own with `fsync` on, to be killed with its server processes."""

    def __init__(self, folder: Path) -> None:
        versions = sorted(Path("/usr/lib/postgresql").iterdir(), key=lambda path: float(path.name))
        self.bin, self.folder, self.port = versions[-1] / "bin", folder / "cluster", free_port()
        self.log = folder / "postgres.log"
        self.server: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root.
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self.folder.mkdir()
        self.log.touch()
        if self.user:
            for path in (self.folder, self.log):
                shutil.chown(path, "postgres", "postgres")
        self._open_the_way()
        self._run(
            "initdb", "-D", str(self.folder), "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"
        )
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "portal", "portal")
        self.url = f"postgresql://portal@127.0.0.1:{self.port}/portal"

    def _run(self, name: str, *args: str) -> None:
        done = subprocess.run(
            [str(self.bin / name), *args], cwd="/", capture_output=True, text=True, check=False, **self.user
        )
        assert done.returncode == 0, done.stderr

    def _open_the_way(self) -> None:
        """Let PostgreSQL's account through to its folder; another run of the tests closes the way again."""
        for path in self.folder.parents if self.user else []:
            if path.stat().st_uid == os.geteuid() and not path.stat().st_mode & 0o001:
                path.chmod(path.stat().st_mode | 0o011)

    def start(self) -> None:
        """Serve, and return when it takes connections; it may have to recover first."""
        self._serve()
        deadline = time.monotonic() + STARTING_SECONDS
        while time.monotonic() < deadline:
            ready = subprocess.run(
                [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
            )
            if ready.returncode == 0:
                return
            if self.server.poll() is not None:
                # A backend that was killed with it may hold the shared memory for a moment more.
                time.sleep(0.2)
                self._serve()
            time.sleep(0.05)
        raise AssertionError("PostgreSQL did not start")

    def _serve(self) -> None:
        self._open_the_way()
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                [str(self.bin / "postgres"), "-D", str(self.folder), "-p", str(self.port),
                 "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}",
                 "-c", "max_connections=60"],
                cwd="/", stdout=log, stderr=log, start_new_session=True, **self.user,
            )  # fmt: skip

    def processes(self) -> list[int]:
        """Return the process ids of the server and its backends, the server first."""
        assert self.server
        backends = subprocess.run(
            ["pgrep", "-P", str(self.server.pid)], capture_output=True, text=True, check=False
        )
        return [self.server.pid, *map(int, backends.stdout.split())]

    def kill(self, how: int = signal.SIGKILL) -> None:
        """End the server and every backend at once."""
        if self.server:
            if how == signal.SIGKILL:
                # A stopped server starts no backend that would be missed, and keep the shared memory.
                self.server.send_signal(signal.SIGSTOP)
            for pid in self.processes() if how == signal.SIGKILL else [self.server.pid]:
                try:
                    os.kill(pid, how)
                except ProcessLookupError:
                    continue
            self.server.wait(60)
            self.server = None

    def stop(self) -> None:
        """End it in order."""
        self.kill(signal.SIGINT)
