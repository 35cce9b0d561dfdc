"""What all paper is set with: fonts of our own, and a fetcher that fetches nothing from elsewhere.

It needs no Django: paper is set in processes of their own. WeasyPrint is not safe in threads, and one set-up
serves a process.
"""

from __future__ import annotations

import atexit
import functools
import os
import warnings
from pathlib import Path
from typing import Any

from portal.lib import qr

FONTS = Path(__file__).parent / "fonts"
_QR = "qr:"


@functools.lru_cache(maxsize=1)
def set_up() -> tuple[Any, Any]:
    """Return (fonts, fetcher), which all papers of this process share."""
    # No font of the machine is looked at: the paper is the same everywhere, and the start is quick.
    os.environ["FONTCONFIG_FILE"] = str(FONTS / "fonts.conf")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No fonts configured")
        from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        """Knows files beside the style sheet, pictures in the page itself, and QR codes, which it draws."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith(_QR):
                picture = qr.svg(url.removeprefix(_QR)).encode()
                return URLFetcherResponse(url, picture, {"Content-Type": "image/svg+xml"})
            return super().fetch(url, headers)

    return FontConfiguration(), Fetcher(allowed_protocols={"file", "data"})


def style_of(path: Path) -> Any:
    """Return the style sheet at `path`, with the fonts that it names."""
    from weasyprint import CSS

    fonts, fetcher = set_up()
    return CSS(filename=str(path), font_config=fonts, url_fetcher=fetcher)


# Otherwise the set-up is taken down after the parts of Python that it needs for that.
atexit.register(set_up.cache_clear)
