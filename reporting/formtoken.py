"""The hidden token of a form: what a session would hold, in the reporter's page instead of with us.

It is encrypted under a key made from `SECRET_KEY`, so a page that is left open shows no code, and it dies by
age. Where it goes: only into hidden fields of pages that are never stored.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
import uuid
import zlib
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from portal.lib import codes
from reporting.vault import primitives
from reporting.vault.primitives import SealError

FILING_SECONDS = 24 * 3600
BOX_SECONDS = 30 * 60
_MOST_KEPT_BYTES = 1_000_000


class StaleToken(Exception):
    """The token is missing, foreign, damaged or too old."""


def _key() -> bytes:
    return primitives.keyed_hash(settings.SECRET_KEY.encode(), "form-token", b"1")


def _seal(purpose: str, content: dict[str, str]) -> str:
    plain = json.dumps({**content, "at": int(time.time())}).encode()
    return base64.urlsafe_b64encode(primitives.encrypt(_key(), plain, purpose.encode())).decode()


def _open(purpose: str, token: str, seconds: int) -> dict[str, Any]:
    try:
        blob = base64.urlsafe_b64decode(token.encode("ascii"))
        content: dict[str, Any] = json.loads(primitives.decrypt(_key(), blob, purpose.encode()))
    except (ValueError, binascii.Error, SealError) as error:
        raise StaleToken from error
    if not 0 <= time.time() - content["at"] + 60 <= seconds + 60:
        raise StaleToken
    return content


@dataclass(frozen=True)
class Filing:
    """One report on its way: its future code, its draft and the key of the draft (32 bytes)."""

    code: str = field(repr=False)
    draft_id: uuid.UUID
    draft_key: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Filing:
        """Return a filing that nobody has seen yet."""
        return cls(codes.new_code(), uuid.uuid4(), primitives.new_key())

    @classmethod
    def open(cls, token: str) -> Filing:
        """Return the filing in `token`. Raise StaleToken after 24 hours, or when it is not ours."""
        content = _open("filing", token, FILING_SECONDS)
        return cls(content["code"], uuid.UUID(content["draft"]), bytes.fromhex(content["key"]))

    def token(self) -> str:
        """Return the token to put into the next page."""
        return _seal("filing", {"code": self.code, "draft": str(self.draft_id), "key": self.draft_key.hex()})

    def lock(self, answers: dict[str, Any]) -> bytes:
        """Return `answers` encrypted under the draft key: for the draft's row and for the page itself."""
        plain = zlib.compress(json.dumps(answers, ensure_ascii=False).encode("utf-8", "replace"))
        return primitives.encrypt(self.draft_key, plain, self._place())

    def unlock(self, blob: bytes) -> dict[str, Any]:
        """Return the answers that `lock` closed. Raise StaleToken."""
        try:
            packed = primitives.decrypt(self.draft_key, blob, self._place())
            plain = zlib.decompressobj().decompress(packed, _MOST_KEPT_BYTES)
            answers: dict[str, Any] = json.loads(plain)
        except (SealError, zlib.error, ValueError) as error:
            raise StaleToken from error
        return answers

    def kept(self, answers: dict[str, Any]) -> str:
        """Return `answers` for a hidden field: the page can be sent again when the database is away."""
        return base64.urlsafe_b64encode(self.lock(answers)).decode()

    def from_kept(self, text: str) -> dict[str, Any]:
        """Return the answers in such a hidden field; none when it is missing or damaged."""
        try:
            return self.unlock(base64.urlsafe_b64decode(text.encode("ascii")))
        except (ValueError, binascii.Error, StaleToken):
            return {}

    def _place(self) -> bytes:
        return f"draft|{self.draft_id}".encode()


@dataclass(frozen=True)
class BoxToken:
    """The right to add to one report for half an hour. nonce: 32 bytes, new on each page.

    It carries the code only so that a message holding it can be refused.
    """

    report_id: uuid.UUID
    code: str = field(repr=False)
    nonce: bytes = field(repr=False)

    @classmethod
    def new(cls, report_id: uuid.UUID, code: str) -> BoxToken:
        """Return a fresh token for the report that `code` belongs to."""
        return cls(report_id, code, primitives.new_key())

    @classmethod
    def open(cls, token: str) -> BoxToken:
        """Return what `token` holds. Raise StaleToken after 30 minutes, or when it is not ours."""
        content = _open("box", token, BOX_SECONDS)
        return cls(uuid.UUID(content["report"]), content["code"], bytes.fromhex(content["nonce"]))

    def token(self) -> str:
        """Return the token to put into the page."""
        return _seal("box", {"report": str(self.report_id), "code": self.code, "nonce": self.nonce.hex()})
