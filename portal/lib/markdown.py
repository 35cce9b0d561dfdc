"""Staff's Markdown as harmless HTML: no raw HTML, no images (an image elsewhere follows the reader)."""

from __future__ import annotations

import functools

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_PARSER = MarkdownIt("commonmark", {"html": False, "typographer": False}).disable("image").enable("table")
_TAGS = {
    "p", "ul", "ol", "li", "strong", "em", "a", "h2", "h3", "h4", "blockquote", "code", "hr", "br",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


@functools.lru_cache(maxsize=512)
def render(text: str) -> SafeString:
    """Return `text` (Markdown) as HTML that holds only harmless tags and links."""
    return mark_safe(  # noqa: S308 (cleaned by nh3 on the same line)
        nh3.clean(
            _PARSER.render(text),
            tags=_TAGS,
            attributes={"a": {"href"}, "ol": {"start"}},
            url_schemes={"https", "http", "tel", "sms", "mailto"},
            link_rel="noreferrer",
        )
    )


def links(text: str) -> list[tuple[str, str]]:
    """Return where the links of `text` (Markdown) lead, each with the words that are its link."""
    found: list[tuple[str, str]] = []
    if not any(sign in text for sign in ("](", "]:", "<")):
        return found  # most texts have none, and reading them takes time
    for block in _PARSER.parse(text):
        is_inside = False
        for part in block.children or ():
            if part.type == "link_open":
                found.append((str(part.attrs["href"]), ""))
            if is_inside and part.content:
                found[-1] = (found[-1][0], found[-1][1] + part.content)
            is_inside = part.type == "link_open" or (is_inside and part.type != "link_close")
    return found
