"""CSV that a spreadsheet shows and does not run."""

from __future__ import annotations

from typing import Any

# OWASP, CSV injection.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def cell(value: Any) -> str:
    """Return `value` so that no spreadsheet takes it for a formula: such cells begin with an apostrophe."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
