"""What a page says, without its markup."""

from __future__ import annotations

import re


def text_of(response):
    """Return the words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))
