"""Drafts: what is written and not yet sent, as ciphertext that only the writer's page can open."""

from __future__ import annotations

import datetime as dt
from typing import Any

from reporting.formtoken import Filing, StaleToken
from reporting.models import Draft, this_week

KEEP_FOR = dt.timedelta(days=14)


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
    # Always from the Monday on or after the fourteenth day: never earlier than promised.
    purge_week = this_week() + KEEP_FOR + dt.timedelta(days=7)
    Draft.objects.update_or_create(
        pk=filing.draft_id, defaults={"body": filing.lock(answers), "purge_week": purge_week}
    )
