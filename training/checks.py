"""What must be true before certificates are printed: `manage.py check`, and every start, says what is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from training import pdf


@register(Tags.security)
def certificates_can_be_signed(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Make the signing key at the first start, and find one that is broken later.

    `migrate`, the first step of every start, runs this check. A certificate is never given out unsigned.
    """
    # Only commands check; a worker never loads what signs.
    from training import signature

    try:
        signature.identity(*pdf.signed_by())
    except signature.CannotSign as fault:
        return [Error(str(fault), hint="docs/operations.md tells what belongs there.", id="training.E001")]
    return []
