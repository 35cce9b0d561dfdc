"""Template filters for text that staff wrote, and for what stands in one direction in every language."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils import formats, html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from portal.lib import markdown as md
from portal.lib import translated
from portal.lib.languages import BASE

register = template.Library()


@register.filter
def markdown(text: object) -> SafeString:
    """Return Markdown `text` as harmless HTML, marked where it is English on a page of another language."""
    # str() of English words would forget that they are marked as English.
    words = text if isinstance(text, str) else str(text or "")
    shown = md.render(str.__str__(words))
    if isinstance(words, translated.EnglishText):
        return html.format_html('<div lang="en" dir="ltr">{}</div>', shown)
    return shown


@register.filter
def in_english(text: object) -> str:
    """Return a text that exists in English only: a source, a name of a page elsewhere."""
    return translated.in_english(str(text or ""))


@register.filter
def ltr(text: object) -> SafeString:
    """Return a number, a code or an address so that its parts keep their order in every script."""
    return html.format_html('<bdi dir="ltr">{}</bdi>', text)


@register.filter
def day(date: dt.date) -> str:
    """Return a day with its month in words, as the language of the page writes it."""
    return formats.date_format(date, "F j, Y" if get_language() == BASE else "DATE_FORMAT")


@register.filter
def words_alone(text: object) -> str:
    """Return a text for a place that takes no markup: what a template has made loses its tags."""
    if isinstance(text, SafeString):
        return mark_safe(html.strip_tags(text))  # noqa: S308 (what was escaped stays escaped)
    return str.__str__(str(text))


@register.filter
def english_attributes(text: object) -> SafeString:
    """Return the attributes of an element that holds `text` alone and takes no markup, such as an option."""
    return SafeString(' lang="en" dir="ltr"' if isinstance(text, translated.EnglishText) else "")
