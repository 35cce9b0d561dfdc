"""How a check-back code is written."""

from __future__ import annotations

from django import template

from portal.lib import codes

register = template.Library()


@register.filter
def as_code(code: str) -> str:
    """Return the code in three groups of six."""
    return codes.shown(code)
