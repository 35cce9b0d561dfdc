"""What leaves the site: a sheet of one page for a county or a topic, and the file of a county.

What was true at one moment only, such as "open now", is on neither of them.
"""

from __future__ import annotations

import datetime as dt
import html
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import get_language, gettext, ngettext, override

from portal.lib import markdown, places, printing
from portal.lib.languages import BASE, BY_CODE
from portal.lib.translated import EnglishText
from resources import selectors
from resources.hours import Status
from resources.listing import Asked, Section, whole
from resources.models import Category, Service, checked_label

# Languages that sheets are set in; in others the sheet is in English, as its listings mostly are.
SHEET_LANGUAGES = (BASE, "es")
# So many listings can never stand on one page.
MOST_ON_SHEET = 60
MOST_BYTES = 300_000
_LONGEST_TYPED = 40  # characters
_STYLE = Path(__file__).parent / "sheet.css"
# Who waits holds one of the server's few connections to the database; the page to print is there at once.
_PATIENCE = 3.0  # seconds
_LARGE_STYLE = Path(__file__).parent / "sheet-large.css"


@dataclass(frozen=True)
class Copied:
    """One listed service as it is copied. hours: lines. checked: empty when the foot of the sheet says it."""

    service: Service
    hours: list[str]
    checked: str
    heading: str = ""

    @property
    def caution(self) -> str:
        """What a person must know before they rely on it, in words alone: its links lead back to the site."""
        words = str(self.service.caution)
        bare = html.unescape(strip_tags(markdown.render(str.__str__(words)))).strip()
        return EnglishText(bare) if isinstance(words, EnglishText) else bare

    @property
    def site(self) -> str:
        """The address of its website as somebody may type it: a long one is the name of the site alone."""
        bare = self.service.url.partition("://")[2].removeprefix("www.").rstrip("/")
        return bare if len(bare) <= _LONGEST_TYPED else bare.partition("/")[0]


def hours_lines(service: Service, status: Status) -> list[str]:
    """Return the hours of a listed service as lines that stay true when the moment has passed."""
    lines = [gettext("Open day and night")] if service.always_open else []
    lines += [f"{days}: {text}" for days, text in status.table]
    if service.by_appointment and not lines:
        lines.append(gettext("By appointment: call first"))
    if status.words:
        lines.append(status.words)
    return lines or ([gettext("Hours not known")] if service.is_staffed else [])


def copied(sections: Sequence[Section], usual: tuple[str, dt.date | None] | None = None) -> list[Copied]:
    """Return the services of `sections` in order, the first of each with its heading.

    usual: how and when listings were checked of which that is not said with each.
    """
    return [
        Copied(
            service,
            hours_lines(service, service.now),
            "" if (service.checked_how, service.checked_on) == usual else service.checked_label,
            "" if place else section.title,
        )
        for section in sections
        for place, service in enumerate(section.services)
    ]


def sheet(county: places.County | None, topic: Category | None, *, is_large: bool, now: dt.datetime) -> bytes:
    """Return the sheet of a county or of a topic as PDF. Raise printing.CannotPrint."""
    code = get_language() or BASE
    with override(code if code in SHEET_LANGUAGES else BASE):
        text, left_out = sheet_html(county, topic, is_large=is_large, now=now)
    style = _LARGE_STYLE if is_large else _STYLE
    return printing.printed(text, style, left_out, patience=_PATIENCE)


def sheet_html(
    county: places.County | None, topic: Category | None, *, is_large: bool, now: dt.datetime
) -> tuple[str, list[str]]:
    """Return the sheet as `printing.printed` takes it: its HTML, and what it says of listings left out."""
    sections = whole(Asked(county=county, topic=topic), now)
    usual = _usual(service for section in sections for service in section.services)
    rows = copied(sections, usual)
    beyond = max(0, len(rows) - MOST_ON_SHEET)
    rows = rows[:MOST_ON_SHEET]
    address = live_page(county, topic)
    context = {
        **_common(county, topic, address, now),
        "rows": rows,
        # "Not yet test-called" is true of what has no number, too.
        "usual": checked_label(*usual, has_phone=True) if usual else "",
        "is_large": is_large,
        "part": printing.PART,
        "left_out": printing.LEFT_OUT,
    }
    return (
        render_to_string("resources/paper/sheet.html", context),
        [_left_out(count + beyond) for count in range(len(rows) + 1)],
    )


def _usual(services: Iterable[Service]) -> tuple[str, dt.date | None] | None:
    """Return how and on which day most of `services` were checked, None without any."""
    checks = Counter((service.checked_how, service.checked_on) for service in services)
    return checks.most_common(1)[0][0] if checks else None


def saved(county: places.County, *, now: dt.datetime) -> str:
    """Return one HTML file with all help for a county, at most MOST_BYTES long; it needs no network.

    When everything would be longer, the last ones are left out, and the file says how many.
    """
    rows = copied(whole(Asked(county=county), now))
    context = _common(county, None, live_page(county, None), now)
    count = len(rows)
    while True:
        told = {**context, "rows": rows[:count], "left_out": _left_out(len(rows) - count)}
        text = render_to_string("resources/paper/saved.html", told)
        size = len(text.encode())
        if size <= MOST_BYTES or not count:
            return text
        count = min(count - 1, count * MOST_BYTES // size)


def _common(
    county: places.County | None, topic: Category | None, address: str, now: dt.datetime
) -> dict[str, Any]:
    code = get_language() or BASE
    return {
        "county": county,
        "topic": topic,
        "address": address,
        "crisis_lines": selectors.crisis_lines(),
        "today": timezone.localdate(now),
        "site_name": settings.SITE_NAME,
        "language": BY_CODE[code],
        "is_draft": not BY_CODE[code].is_checked,
    }


def live_page(county: places.County | None, topic: Category | None) -> str:
    """Return the whole address of the page on the site that a sheet or file was copied from."""
    if county:
        return settings.SITE_URL + reverse("resources:county", args=[county.slug])
    query = f"?category={topic.slug}" if topic else ""
    return f"{settings.SITE_URL}{reverse('resources:services')}{query}"


def _left_out(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)d more listing is on the website.", "%(count)d more listings are on the website.", count
    ) % {"count": count}
