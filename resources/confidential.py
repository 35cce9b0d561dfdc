"""Whether a text for the public tells where a place is that is kept private.

A column can be redacted; a sentence that somebody typed cannot. So staff are stopped when they type it. For
staff's forms alone: this reads addresses that no public code may read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from portal.lib.translated import TranslatedField
from resources.models import Location, Service

# What staff type freely and the public reads.
PUBLIC_TEXTS = (
    *(column.name for column in Service._meta.concrete_fields if isinstance(column, TranslatedField)),
    "source",
    "last_known",
)


def telling(texts: dict[str, Any], kept: Iterable[Location]) -> list[str]:
    """Return the names of the `texts` that hold the street or the postal code of a place that keeps them.

    texts: by name, each a string or a text by language. kept: places of any kind; those whose address is
    public are passed over. A street is found by its house number and the word after it, however the rest is
    spelt.
    """
    marks = {
        mark for place in kept if place.visibility != Location.Visibility.PUBLIC for mark in _marks(place)
    }
    return [name for name, text in texts.items() if any(f" {mark} " in _plain(text) for mark in marks)]


def telling_services(place: Location) -> list[Service]:
    """Return the services given at `place` whose public texts tell where it is, as `place` now stands."""
    services: QuerySet[Service] = (
        Service.objects.filter(locations=place) if place.pk else Service.objects.none()
    )
    return [service for service in services if telling(public_texts(service), [place])]


def public_texts(service: Service) -> dict[str, Any]:
    """Return the PUBLIC_TEXTS of `service` by name."""
    return {name: getattr(service, name) for name in PUBLIC_TEXTS}


def _marks(place: Location) -> Iterator[str]:
    words = _plain(place.street).split()
    numbered = next((n for n, word in enumerate(words[:-1]) if word[0].isdigit()), None)
    if numbered is not None:
        yield " ".join(words[numbered : numbered + 2])
    elif words:
        yield " ".join(words)
    code = _plain(place.postal_code).split()
    if code:
        yield code[0]


def _plain(text: Any) -> str:
    """Return `text` in small letters and single spaces, with one before and after; all its languages."""
    whole = " | ".join(map(str, text.values())) if isinstance(text, dict) else str(text or "")
    words = re.findall(r"[^\W_]+", whole.casefold())
    return f" {' '.join(words)} "
