"""Drafts: what is written and not yet sent, as ciphertext that only the writer's page or code can open.

"Save and finish later" wraps the draft's key under the code. The same code is then the code of the report.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from reporting import keys, services
from reporting.formtoken import Filing, StaleToken
from reporting.models import Draft, this_week
from reporting.schema import STEP_BY_SLUG
from reporting.schema.flow import Place
from reporting.services import Box, CodeKeys
from reporting.vault import primitives
from reporting.vault.primitives import SealError

KEEP_FOR = dt.timedelta(days=14)
# In the answers of a draft alone: the page to go on at.
_AT = "_at"


@dataclass(frozen=True)
class Resumed:
    """A draft opened with its code: where the writer stopped, None for the check page."""

    filing: Filing
    answers: dict[str, Any]
    place: Place | None


def load_draft(filing: Filing) -> dict[str, Any]:
    """Return the answers of this filing's draft; none when there is no draft or it is damaged."""
    draft = Draft.objects.filter(pk=filing.draft_id).first()
    if draft is None:
        return {}
    try:
        return filing.unlock(bytes(draft.body))
    except StaleToken:
        return {}


def save_draft(filing: Filing, answers: dict[str, Any]) -> None:
    """Keep `answers` until they are sent, or for 14 days and up to a week more (rows name weeks only)."""
    _save(filing, answers)


def _save(filing: Filing, answers: dict[str, Any], **wrap: Any) -> None:
    # Always from the Monday on or after the fourteenth day: never earlier than promised.
    purge_week = this_week() + KEEP_FOR + dt.timedelta(days=7)
    Draft.objects.update_or_create(
        pk=filing.draft_id, defaults={"body": filing.lock(answers), "purge_week": purge_week, **wrap}
    )


def _place(lookup: str) -> bytes:
    return f"draft|{lookup}".encode()


def keep_for_later(filing: Filing, answers: dict[str, Any], at: Place | None) -> None:
    """Keep the draft so that its code opens it, at the page `at`.

    Raise Busy, VaultClosed, or django.db.Error.
    """
    code_keys = services.code_keys(filing.code, keys.vault_site())
    content = {name: value for name, value in answers.items() if name != _AT}
    if at:
        content[_AT] = list(at)
    plain = filing.draft_id.bytes + filing.draft_key
    wrapped = primitives.encrypt(code_keys.wrap, plain, _place(code_keys.lookup))
    _save(filing, content, lookup=code_keys.lookup, wrapped_key=wrapped)


def open_code(code: str) -> Box | Resumed | None:
    """Return what `code` (as codes.parse gives it) opens: a sent report's box, a draft, or nothing.

    One Argon2 whatever is found; wrong, expired and purged are alike. Raise Busy, or VaultClosed before the
    set-up.
    """
    code_keys = services.code_keys(code, keys.vault_site())
    return services.box_of(code_keys) or _resume(code, code_keys)


def _resume(code: str, code_keys: CodeKeys) -> Resumed | None:
    draft = Draft.objects.filter(lookup=code_keys.lookup, purge_week__gt=this_week()).first()
    if draft is None or draft.wrapped_key is None:
        return None
    try:
        plain = primitives.decrypt(code_keys.wrap, draft.wrapped_key, _place(code_keys.lookup))
        filing = Filing(code, uuid.UUID(bytes=plain[:16]), plain[16:])
        answers = filing.unlock(bytes(draft.body))
    except (SealError, StaleToken, ValueError):
        return None
    slug, item = answers.pop(_AT, None) or ("", 0)
    return Resumed(filing, answers, Place(slug, item) if slug in STEP_BY_SLUG else None)
