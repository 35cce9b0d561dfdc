"""Small charts as SVG, for pages on which the same numbers stand in a table. Colours are in staff.css."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WIDTH, _HEIGHT = 360, 150
_TOP, _BASE = 22, 124
# More columns than these leave no room for a word under each.
MOST_WORDS = 15


def columns(label: str, points: Sequence[tuple[str, int]]) -> SafeString:
    """Return a column chart of `points` (word under the column, count), which is announced as `label`.

    The count stands above each column. Where there are more than MOST_WORDS, only the first and last have a
    word, and only the highest its count.
    """
    most = max((count for _word, count in points), default=0)
    step = _WIDTH / max(len(points), 1)
    bars, counts, words = [], [], []
    for place, (word, count) in enumerate(points):
        height = round((_BASE - _TOP) * count / most, 1) if most else 0
        middle = round((place + 0.5) * step, 1)
        bars.append((round((place + 0.15) * step, 1), _BASE - height, round(step * 0.7, 1), height))
        counts.append((middle, _BASE - height - 5, count))
        words.append((middle, _BASE + 16, "chart__word", word))
    if len(points) > MOST_WORDS:
        counts = [max(counts, key=lambda each: each[2])]
        first, last = points[0][0], points[-1][0]
        words = [
            (0, _BASE + 16, "chart__word--first", first),
            (_WIDTH, _BASE + 16, "chart__word--last", last),
        ]
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path class="chart__base" d="M0 {}h{}"/>{}{}{}</svg>',
        _WIDTH,
        _HEIGHT,
        label,
        _BASE,
        _WIDTH,
        format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}"/>', bars),
        format_html_join("", '<text x="{}" y="{}">{}</text>', counts),
        format_html_join("", '<text x="{}" y="{}" class="{}">{}</text>', words),
    )
