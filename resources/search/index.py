"""The index of search: which folded word stands where, and how much it weighs there.

It is made from `Service.objects.listed()` alone, so it holds only what a page may show. Whoever changes
what readers see of a service calls `refresh` or `index` afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from django.db import models, transaction

from portal.lib.translated import Translations
from resources.models import Category, Location, Organization, SearchEntry, SearchWord, Service
from resources.search.words import counted

# The longest word the table takes; nobody types a longer one.
_LONGEST = SearchWord._meta.get_field("word").max_length
_AT_ONCE = 500
Item = TypeVar("Item")


def weighed(service: Service) -> list[tuple[str, float]]:
    """Return the texts of a listed service in all languages, each with the weight of its words."""
    topics = " ".join(_all(topic.name) for topic in service.categories.all())
    counties = " ".join(county.name for county in service.served_counties)
    cities = " ".join(place.shown_city for place in service.listed_places)
    phones = " ".join(
        f"{_all(phone.label)} {phone.number} {phone.keyword}" for phone in service.listed_phones
    )
    runner = service.organization
    return [
        (_all(service.name), 3.0),
        (topics, 3.5),  # what an editor sorted it under says more than a word of a long name
        (f"{runner.name} {runner.short_name}", 2.0),
        (f"{_all(service.area)} {cities} {counties}", 2.0),
        (_all(service.summary), 1.5),
        (phones, 1.0),
        (f"{_all(service.details)} {_all(service.eligibility)} {_all(service.cost)}", 1.0),
    ]


def _all(texts: Translations) -> str:
    """Return a text in all its languages, without the addresses of its links."""
    return re.sub(r"\]\([^)]*\)", "] ", " ".join(texts.values()))


@transaction.atomic
def index(pks: Iterable[int]) -> None:
    """Write the entries of the services with these keys anew. Those that are not listed lose theirs."""
    for some in _batches(list(pks)):
        SearchEntry.objects.filter(service__in=some).delete()
        found = {
            service.pk: {word[:_LONGEST]: weight for word, weight in counted(weighed(service)).items()}
            for service in Service.objects.listed().filter(pk__in=some)
        }
        words = _words({word for weights in found.values() for word in weights})
        SearchEntry.objects.bulk_create(
            SearchEntry(word_id=words[word], service_id=pk, weight=weight)
            for pk, weights in found.items()
            for word, weight in weights.items()
        )
    SearchWord.objects.filter(entries=None).delete()


def index_all() -> int:
    """Write the whole index anew; return how many services it holds."""
    index(list(Service.objects.order_by("pk").values_list("pk", flat=True)))
    return SearchEntry.objects.values("service").distinct().count()


def services_showing(row: models.Model) -> set[int]:
    """Return the keys of the services that show something of `row`: its own, or those it runs or houses."""
    services = Service.objects.all()
    if isinstance(row, Service):
        return {row.pk}
    if isinstance(row, Organization):
        services = services.filter(organization=row)
    elif isinstance(row, Category):
        services = services.filter(categories=row)
    elif isinstance(row, Location):
        services = services.filter(locations=row)
    else:
        return set()
    return set(services.values_list("pk", flat=True))


def refresh(*rows: models.Model) -> None:
    """Write the entries anew of all services that show something of `rows`."""
    pks = {pk for row in rows for pk in services_showing(row)}
    if pks:
        index(sorted(pks))


def _words(wanted: set[str]) -> dict[str, int]:
    """Return the keys of `wanted`, which are made where they are not there yet."""
    found: dict[str, int] = {}
    for some in _batches(sorted(wanted)):
        SearchWord.objects.bulk_create([SearchWord(word=word) for word in some], ignore_conflicts=True)
        found |= dict(SearchWord.objects.filter(word__in=some).values_list("word", "pk"))
    return found


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield `items` in parts that a database takes in one question."""
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
