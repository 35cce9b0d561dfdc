"""Every address that published content tells readers to open, call or write to, and where it stands."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse

from portal.lib.markdown import links
from portal.lib.translated import Translations
from resources.checker import numbers
from resources.models import AddressCheck, Page, Principle, Service, Tool

WEB = ("https", "http")
_LONGEST: int = AddressCheck._meta.get_field("address").max_length or 0


@dataclass(frozen=True)
class Use:
    """Where an address stands. path: of the form in which staff change it. printed: the words beside it."""

    label: str
    path: str
    is_crisis: bool = False
    printed: str = ""


Uses = dict[str, list[Use]]


def scheme_of(address: str) -> str:
    """Return what `address` begins with: "https", "http", "tel" or "mailto"."""
    return address.partition(":")[0]


def collect() -> Uses:
    """Return every address of what readers see with its uses, each once; a fixed number of queries.

    Web addresses are without fragment, `tel:` holds bare digits, also for `sms:`. Pages of this site
    itself and those too long to be kept (400 letters) are left out.
    """
    uses: Uses = defaultdict(list)
    for typed, use in _typed():
        address = _tidy(typed)
        if address and len(address) <= _LONGEST and use not in uses[address]:
            uses[address].append(use)
    return {address: found for address, found in uses.items() if found}


def _typed() -> Iterator[tuple[str, Use]]:
    for service in Service.objects.listed():
        yield from _of_service(service)
    readings: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (Page.objects.all(), ("body",)),
        (Principle.objects.all(), ("body",)),
        (Tool.objects.filter(is_published=True), ("tennessee_note",)),
    )
    for rows, fields in readings:
        for row in rows:
            yield from _of_texts(row, fields)


def _of_service(service: Service) -> Iterator[tuple[str, Use]]:
    is_crisis = service.crisis_order is not None
    place = _place(service)
    here = Use(str(service), place, is_crisis)
    yield service.url, here
    if service.email:
        yield f"mailto:{service.email}", here
    for phone in service.listed_phones:
        yield f"tel:{phone.dial}", Use(str(service), place, is_crisis, phone.number)
    yield from _of_texts(service, ("details", "caution"), is_crisis=is_crisis)
    runs_it = service.organization
    yield runs_it.url, Use(f"{runs_it.name} (organization)", _place(runs_it), is_crisis)


def _of_texts(row: Model, fields: tuple[str, ...], *, is_crisis: bool = False) -> Iterator[tuple[str, Use]]:
    for field in fields:
        texts: Translations = getattr(row, field)
        for text in texts.values():
            for target, words in links(text):
                yield target, Use(str(row), _place(row), is_crisis, _number_in(words))


def _place(row: Model) -> str:
    return reverse(f"admin:resources_{row._meta.model_name}_change", args=[row.pk])


_NUMBER = re.compile(r"\+?\(?\d[\d\s().–-]*(?:[A-Z]{2,}[A-Z\d\s-]*)?")


def _number_in(words: str) -> str:
    """Return the first number of three digits or more in the words of a link, empty when there is none."""
    found = (match[0] for match in _NUMBER.finditer(words))
    return next((piece.strip() for piece in found if len(re.sub(r"\D", "", piece)) >= 3), "")


def _tidy(typed: str) -> str:
    """Return `typed` as it is kept, empty for what is not asked, such as a page of our own."""
    scheme, _colon, rest = typed.strip().partition(":")
    scheme = scheme.lower()
    if scheme in WEB:
        return f"{scheme}:{rest}".partition("#")[0]
    if scheme in {"tel", "sms"}:
        return f"tel:{numbers.digits(rest.partition('?')[0])}"
    if scheme == "mailto":
        return f"mailto:{rest.partition('?')[0]}"
    return ""
