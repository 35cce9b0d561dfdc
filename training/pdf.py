"""The certificate as a PDF: one Letter page, tagged, with its fonts inside.

WeasyPrint is not safe in threads and its font set-up is dear, so one set-up serves the process, always under
one lock. Fonts come from `training/fonts` alone; nothing is fetched.
"""

from __future__ import annotations

import atexit
import base64
import functools
import io
import logging
import threading
import unicodedata
from pathlib import Path
from typing import Any

import qrcode
from django.template.loader import render_to_string
from qrcode.image.svg import SvgPathImage

FONTS = Path(__file__).parent / "fonts"
_STYLE = Path(__file__).parent / "certificate.css"
_LOCK = threading.Lock()
_JOINERS = frozenset("\u200c\u200d")


class MissingLetters(Exception):
    """The name has letters that no font here can draw. It holds none of them: they are part of a name."""


class _BoxWatch(logging.Handler):
    """Notices the warning that a letter became a box. The line holds letters of a name: it goes nowhere."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.has_box = False

    def emit(self, record: logging.LogRecord) -> None:
        self.has_box = self.has_box or ".notdef" in record.getMessage()


@functools.lru_cache(maxsize=1)
def drawable() -> frozenset[int]:
    """Return the code points that at least one of our fonts has."""
    from fontTools.ttLib import TTFont

    points: set[int] = set()
    for path in sorted(FONTS.glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            points |= set(font.getBestCmap())
    return frozenset(points)


def can_draw(name: str) -> bool:
    """Return whether our fonts have every letter of `name`, joined or taken apart."""
    points = drawable()

    def has(letter: str) -> bool:
        if letter in _JOINERS or letter.isspace() or ord(letter) in points:
            return True
        parts = unicodedata.normalize("NFD", letter)
        return len(parts) > 1 and all(ord(part) in points for part in parts)

    return all(has(letter) for letter in name)


def qr_picture(address: str) -> str:
    """Return a QR code of `address` as a `data:` URL of an SVG."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=2)
    code.add_data(address)
    file = io.BytesIO()
    code.make_image(image_factory=SvgPathImage).save(file)
    return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()


@functools.lru_cache(maxsize=1)
def _set_up() -> tuple[Any, Any, Any]:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols={"file", "data"})
    fonts = FontConfiguration()
    style = CSS(filename=str(_STYLE), font_config=fonts, url_fetcher=fetcher)
    return fonts, style, fetcher


# Otherwise the set-up is taken down after the parts of Python that it needs for that.
atexit.register(_set_up.cache_clear)


def render_certificate(context: dict[str, Any]) -> bytes:
    """Return the PDF for `context`, which `training/certificate_pdf.html` describes.

    Raise MissingLetters when a letter would have been printed as a box.
    """
    from weasyprint import HTML

    html = render_to_string("training/certificate_pdf.html", context)
    watch = _BoxWatch()
    logger = logging.getLogger("weasyprint")
    with _LOCK:
        fonts, style, fetcher = _set_up()
        propagated, level = logger.propagate, logger.level
        logger.propagate = False
        logger.setLevel(logging.WARNING)
        logger.addHandler(watch)
        try:
            content: bytes = HTML(string=html, url_fetcher=fetcher).write_pdf(
                stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1"
            )
        finally:
            logger.removeHandler(watch)
            logger.propagate, logger.level = propagated, level
    if watch.has_box:
        raise MissingLetters
    return content
