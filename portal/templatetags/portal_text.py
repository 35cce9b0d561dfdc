"""Template filters for text that staff wrote."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from portal.lib import markdown as md

register = template.Library()


@register.filter
def markdown(text: object) -> SafeString:
    """Return Markdown `text` as harmless HTML."""
    return md.render(str(text or ""))
