"""What pages read: ordered, redacted, in few queries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import Http404
from django.utils.translation import gettext as _

from portal.lib import places
from resources import search
from resources.models import Category, Page, Principle, Service, Tool


@dataclass
class Section:
    """Services under one heading."""

    title: str
    services: list[Service] = field(default_factory=list)
    slug: str = ""


def pages(*slugs: str) -> dict[str, Page]:
    """Return the pages with these slugs, keyed for templates with "_" for "-"; missing ones are left out."""
    return {page.slug.replace("-", "_"): page for page in Page.objects.filter(slug__in=slugs)}


def crisis_lines() -> list[Service]:
    """Return the lines of the crisis panel in its order; only published ones."""
    return list(Service.objects.listed().crisis())


def panel(found: Iterable[Service]) -> list[Service]:
    """Return the lines of the crisis panel among `found`, in the panel's order."""
    return sorted(
        (row for row in found if row.crisis_order is not None), key=lambda row: (row.crisis_order, row.slug)
    )


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


def by_topic(services: Iterable[Service], topics: Iterable[Category]) -> list[Section]:
    """Return `services` under their topics of the first level, each once, under its first topic."""
    top = {topic.pk: topic.parent_id or topic.pk for topic in topics}
    sections = {topic.pk: Section(str(topic), slug=topic.slug) for topic in topics if topic.parent_id is None}
    for service in services:
        topic = next(iter(service.categories.all()), None)
        if topic:
            sections[top[topic.pk]].services.append(service)
    return [section for section in sections.values() if section.services]


def by_reach(services: Iterable[Service], county: places.County) -> list[Section]:
    """Return `services`, which serve `county`, from the nearest to the widest."""
    sections = {
        Service.Reach.COUNTIES: Section(_("In %(county)s County") % {"county": county.name}),
        Service.Reach.UNCLEAR: Section(_("May serve %(county)s County: ask first") % {"county": county.name}),
        Service.Reach.STATE: Section(_("For all of Tennessee")),
        Service.Reach.NATION: Section(_("For everyone in the United States")),
    }
    for service in services:
        sections[Service.Reach(service.reach)].services.append(service)
    return [section for section in sections.values() if section.services]


def zip_in(words: str) -> str:
    """Return the first Tennessee ZIP code among `words`, or an empty text."""
    return next((found for found in re.findall(r"\b\d{5}\b", words) if places.zip_place(found)), "")


def honest_answers(words: str) -> list[Tool]:
    """Return the tools that answer `words` and that Tennessee does not have, or perhaps does not have."""
    tools = Tool.objects.filter(is_published=True).select_related("category")
    found = search.rank(words, ((tool, [(" ".join(tool.name.values()), 1.0)]) for tool in tools))
    return [tool for tool in found if tool.availability != Tool.Availability.AVAILABLE]
