"""The HTML of a certificate becomes a tagged PDF with its fonts inside and the name as it was typed.

It needs no Django: the press does this in a process of its own.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import logging
import unicodedata
from pathlib import Path
from typing import Any

from portal.lib import typesetting

_STYLE = Path(__file__).parent / "certificate.css"
_LEFT_TO_RIGHT_MARK = "\u200e"
_PLAIN_PLANE = 0x10000
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
# Kinds of letters (Unicode's bidirectional classes) that readers turn round as they should, and those that
# poppler leaves where they are.
_TURNED_WELL = _RIGHT_TO_LEFT | {"WS"}
_NEVER_TURNED = frozenset({"L", "EN", "AN", "ES", "ET", "CS"})


class MissingLetters(Exception):
    """The name has letters that no font here can draw. It holds none of them: they are part of a name."""


class _BoxWatch(logging.Handler):
    """Notices the warning that a letter became a box. The line holds letters of a name: it goes nowhere."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.has_box = False

    def emit(self, record: logging.LogRecord) -> None:
        self.has_box = self.has_box or ".notdef" in record.getMessage()


def runs_of(name: str) -> list[tuple[str, bool]]:
    """Return `name` in runs of one direction: (text, whether readers turn it round themselves).

    A PDF holds right-to-left letters in the order seen, and readers turn them back into the order typed.
    Adlam, which is younger than they are, they take as it stands.
    """
    runs: list[tuple[str, bool]] = []
    for letter in name:
        kind = unicodedata.bidirectional(letter)
        turns = kind in _RIGHT_TO_LEFT and ord(letter) < _PLAIN_PLANE
        if runs and (runs[-1][1] == turns or (runs[-1][1] and kind in {"NSM", "BN"})):
            runs[-1] = (runs[-1][0] + letter, runs[-1][1])
        else:
            runs.append((letter, turns))
    return _joined_over_blanks(runs)


def _joined_over_blanks(runs: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Join two right-to-left runs with nothing but blanks, hyphens and the like between them."""
    joined: list[tuple[str, bool]] = []
    for text, turns in runs:
        is_between = len(joined) > 1 and turns and joined[-2][1] and not any(map(str.isalnum, joined[-1][0]))
        if is_between:
            between = joined.pop()[0]
            joined[-1] = (joined[-1][0] + between + text, True)
        else:
            joined.append((text, turns))
    return joined


@functools.lru_cache(maxsize=1)
def set_up() -> tuple[Any, Any, Any]:
    """Return (fonts, style sheet, fetcher), which all certificates of this process share."""
    fonts, fetcher = typesetting.set_up()
    return fonts, typesetting.style_of(_STYLE), fetcher


# Otherwise the set-up is taken down after the parts of Python that it needs for that.
atexit.register(set_up.cache_clear)


def typeset(html: str, name: str) -> bytes:
    """Return the PDF of `html`, whose one `<section>` holds `name`.

    Each of runs_of(name) is a `<bdi>` there when readers turn it round, else a `<span>`. Raise MissingLetters
    when a letter would have been printed as a box. One call at a time.
    """
    from weasyprint import HTML

    fonts, style, fetcher = set_up()
    watch = _BoxWatch()
    logger = logging.getLogger("weasyprint")
    propagated, level = logger.propagate, logger.level
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(watch)
    try:
        content: bytes = HTML(string=html, url_fetcher=fetcher).write_pdf(
            stylesheets=[style],
            font_config=fonts,
            pdf_variant="pdf/ua-1",
            finisher=functools.partial(_write_name, name),
        )
    finally:
        logger.removeHandler(watch)
        logger.propagate, logger.level = propagated, level
    if watch.has_box:
        raise MissingLetters
    return content


def _write_name(name: str, document: Any, pdf: Any) -> None:
    """Write the typed name beside its letters: shapes alone do not give it back in most scripts.

    Screen readers take it from the tag of the section. Who copies or searches takes it from the marks around
    the letters. Plain right-to-left letters need none: every reader turns those round.
    """
    import pydyf  # type: ignore[import-untyped]

    section = next(item for item in pdf.objects if isinstance(item, dict) and item.get("S") == "/Sect")
    section["ActualText"] = pydyf.String(name)
    stream = next(item.stream for item in pdf.objects if b"BDC" in getattr(item, "stream", ()))
    marks = {part["MCID"]: part for part in stream if isinstance(part, dict) and "MCID" in part}
    after_turned = False
    for (text, turns), numbers in zip(runs_of(name), _marks_of_runs(pdf, section), strict=True):
        told, inner = text, ""
        if not turns:
            # The mark keeps a blank after a right-to-left run from being turned round with it, and a hyphen
            # at the end of a line from being taken for a broken word.
            told = (_LEFT_TO_RIGHT_MARK if after_turned else "") + text
            told += _LEFT_TO_RIGHT_MARK if text.endswith("-") else ""
        elif any(unicodedata.bidirectional(letter) not in _TURNED_WELL for letter in text):
            inner = turned(text)
        if not turns or inner:
            for number in numbers:
                marks[number]["ActualText"] = pydyf.String(told)
                if inner or turns:
                    _mark_inside(stream, marks[number], pydyf.Dictionary({"ActualText": pydyf.String(inner)}))
                told = inner = ""
        after_turned = turns


def _mark_inside(stream: list[Any], mark: Any, told: Any) -> None:
    """Put a second mark with `told` around all that `mark` holds."""
    start = next(place for place, part in enumerate(stream) if part is mark) + 2
    end = stream.index(b"EMC", start)
    stream[end:end] = [b"EMC"]
    stream[start:start] = ["/Span", told, b"BDC"]


def turned(text: str) -> str:
    """Return the right-to-left `text` so that poppler, which turns it round once more, gives `text`.

    It turns each stretch between figures and signs of arithmetic, blanks at its end included.
    """
    stretches = itertools.groupby(text, key=lambda letter: unicodedata.bidirectional(letter) in _NEVER_TURNED)
    parts = []
    for stays, letters in stretches:
        stretch = "".join(letters)
        core = stretch.rstrip()
        parts.append(stretch if stays else core[::-1] + _LEFT_TO_RIGHT_MARK + stretch[len(core) :])
    return "".join(parts)


def _marks_of_runs(pdf: Any, section: Any) -> list[list[int]]:
    """Return the numbers of the marks of each run, a run being all neighbours with the same tag."""

    def children(element: Any) -> list[Any]:
        return [pdf.objects[int(bytes(reference).split()[0])] for reference in element["K"]]

    [paragraph] = children(section)
    return [
        [number for part in same for leaf in children(part) for number in leaf["K"]]
        for _tag, same in itertools.groupby(children(paragraph), key=lambda part: part["S"])
    ]
