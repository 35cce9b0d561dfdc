"""A member of staff at the other end of a real connection."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pyotp

from tests.trust.server import FORM, Visitor

_COOKIE = re.compile(r"((?:__Host-)?[\w-]*staff)=([^;]*)")
_SECRET = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_CASE = re.compile(r'href="(/admin/reporting/report/[0-9a-f-]{36}/change/)[^"]*"')
QUEUE = "/admin/reporting/report/"


class Staff(Visitor):
    """A signed-in member of the test kit."""

    def __init__(self, port: int, name: str, kit: dict[str, Any]) -> None:
        super().__init__(port)
        self.cookie = ""
        _status, page = self.get("/admin/login/")
        typed = {
            "username": name,
            "password": kit["passphrase"],
            "code": pyotp.TOTP(kit["seeds"][name]).now(),
            "csrfmiddlewaretoken": secret_of(page),
        }
        status, page = self.post("/admin/login/", typed)
        assert status == 302, page[-2000:]

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Ask with the cookie, and keep the one that is given."""
        sent = {**(headers or {}), **({"Cookie": self.cookie} if self.cookie else {})}
        response = self._ask(method, path, body, sent)
        text = response.read().decode()
        for header in response.headers.get_all("Set-Cookie") or []:
            if found := _COOKIE.match(header):
                self.cookie = f"{found[1]}={found[2]}"
        return response.status, text

    def submit(self, page: str, path: str, typed: dict[str, Any]) -> tuple[int, str]:
        """Send a form of `page` with its secret token."""
        body = urlencode({**typed, "csrfmiddlewaretoken": secret_of(page)}, doseq=True).encode()
        return self.ask("POST", path, body, {"Content-Type": FORM})

    def read_everything(self) -> int:
        """Open every report of the queue, page after page; return how many."""
        address, opened = QUEUE, 0
        while address:
            status, page = self.get(address)
            assert status == 200, page[-1000:]
            for case in dict.fromkeys(_CASE.findall(page)):
                assert self.get(case)[0] == 200
                opened += 1
            following = re.search(r'href="(\?[^"]*after=[^"]*)"', page)
            address = QUEUE + following[1].replace("&amp;", "&") if following else ""
        return opened


def secret_of(page: str) -> str:
    """Return the secret token of the forms of a staff page."""
    found = _SECRET.search(page)
    return found[1] if found else ""
