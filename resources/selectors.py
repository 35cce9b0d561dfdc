"""What pages read: ordered, redacted, in few queries."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.http import Http404

from portal.lib import places
from resources import search
from resources.models import Category, Page, Principle, Service, Tool, listed_phones


def pages(*slugs: str) -> dict[str, Page]:
    """Return the pages with these slugs, keyed for templates with "_" for "-"; missing ones are left out."""
    return {page.slug.replace("-", "_"): page for page in Page.objects.filter(slug__in=slugs)}


def crisis_lines() -> list[Service]:
    """Return the lines of the crisis panel in its order; only published ones."""
    # The panel shows names and numbers: the rest of a listing is not asked for.
    return list(Service.objects.listed().crisis().prefetch_related(None).prefetch_related(listed_phones()))


def county_or_404(slug: str) -> places.County:
    """Return the county with this slug. Raise Http404 when there is none."""
    found = places.county(slug)
    if found is None:
        raise Http404
    return found


def neighbours(
    principle: Principle, principles: Iterable[Principle]
) -> tuple[Principle | None, Principle | None]:
    """Return the principles of `principles` before and after `principle`."""
    around = {other.number: other for other in principles}
    return around.get(principle.number - 1), around.get(principle.number + 1)


def zip_in(words: str) -> str:
    """Return the first Tennessee ZIP code among `words`, or an empty text."""
    return next((found for found in re.findall(r"\b\d{5}\b", words) if places.zip_place(found)), "")


def honest_answers(words: str) -> list[Tool]:
    """Return the tools that answer `words` and that Tennessee does not have, or perhaps does not have."""
    tools = Tool.objects.filter(is_published=True).select_related("category")
    found = search.rank(words, ((tool, [(" ".join(tool.name.values()), 1.0)]) for tool in tools))
    return [tool for tool in found if tool.availability != Tool.Availability.AVAILABLE]


def page_number(typed: str) -> int:
    """Return the number of a page as it stands in an address; 1 for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and 0 < len(typed) < 5 and int(typed) else 1


def tree(topics: Iterable[Category]) -> list[tuple[Category, list[Category]]]:
    """Return the topics of the first level, each with those below it."""
    rows = list(topics)
    return [(head, [row for row in rows if row.parent_id == head.pk]) for head in rows if not head.parent_id]


def told(service: Service, address: str) -> str:
    """Return a listed service as a few lines to send to somebody: name, numbers, place, and its page."""
    lines = [str(service.name)]
    lines += [phone.number for phone in service.listed_phones]
    lines += [
        ", ".join(part for part in (place.shown_street, place.shown_city, place.shown_postal_code) if part)
        for place in service.listed_places
    ]
    return "\n".join(line for line in [*lines, address] if line)
