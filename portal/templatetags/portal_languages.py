"""Addresses in another language than the page's."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.translation import override

register = template.Library()


@register.simple_tag
def url_in(code: str, name: str, *args: str) -> str:
    """Return the address called `name` in the language `code`."""
    with override(code):
        return reverse(name, args=args)
