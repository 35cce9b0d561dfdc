"""One page of the directory: which services, in which order, under which headings, and how far away.

A page is cut in the database, so it costs the same at ten thousand services. Only what is asked to be open
now has to be worked out row by row, and then no more than MOST_LOOKED_AT rows are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Case, IntegerField, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.lib import places
from resources import hours, search
from resources.models import Category, Location, Service, ServiceQuerySet

PAGE_SIZE = 20
# A county is read as a whole, and on paper; most have fewer.
COUNTY_SIZE = 60
MOST_LOOKED_AT = 300

# From the nearest to the widest.
_NEARNESS = (Service.Reach.COUNTIES, Service.Reach.UNCLEAR, Service.Reach.STATE, Service.Reach.NATION)

Point = tuple[float, float]


@dataclass
class Section:
    """Services under one heading; no heading when `title` is empty."""

    title: str
    services: list[Service] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """What a reader asked for. words: to search. near: the middle of their ZIP or their place, in degrees."""

    words: str = ""
    zip_code: str = ""
    county: places.County | None = None
    topic: Category | None = None
    is_open: bool = False
    near: Point | None = None
    page: int = 1

    @property
    def is_narrow(self) -> bool:
        """Whether anything was asked for at all."""
        return bool(self.words or self.county or self.topic or self.is_open)


@dataclass(frozen=True)
class Listing:
    """One page. total: of all pages, None when nobody counted. did_you_mean: the query as it may be meant."""

    sections: list[Section]
    page: int
    has_more: bool
    total: int | None = None
    did_you_mean: str = ""


def listing(asked: Asked, now: dt.datetime) -> Listing:
    """Return the page that answers `asked` at the moment `now`, each service with `now` and `miles_label`.

    The lines of the crisis panel stand above every list and come again only where they were looked for.
    """
    size = COUNTY_SIZE if asked.county and not asked.words else PAGE_SIZE
    start = (asked.page - 1) * size
    rows = _rows(asked)
    did_you_mean, total = "", None
    if asked.words:
        most = search.MOST_FOUND if asked.is_open else size
        found = search.find(asked.words, among=rows, start=0 if asked.is_open else start, size=most)
        services, did_you_mean = found.services, found.did_you_mean
        total = None if asked.is_open else found.total
    elif asked.is_open:
        services = list(rows[:MOST_LOOKED_AT])
    else:
        services = _nearest_first(rows, asked, start, size + 1)
    is_cut = asked.is_open and not asked.words and len(services) == MOST_LOOKED_AT
    if asked.is_open:
        services = hours.open_or_unknown(services, now)
        total = None if is_cut else len(services)
        services = services[start : start + size + 1]
    if not services and start:
        return listing(replace(asked, page=1), now)  # a page that is no longer there
    has_more = len(services) > size or (total is not None and total > start + size)
    services = services[:size]
    if total is None and not has_more and not is_cut:
        total = start + len(services)
    _tell(services, asked.near, now)
    return Listing(_sections(services, asked), asked.page, has_more, total, did_you_mean)


def whole(asked: Asked, now: dt.datetime) -> list[Section]:
    """Return everything that answers `asked`, a county or a topic, in one piece: for paper and files."""
    services = list(_rows(asked))
    _tell(services, asked.near, now)
    return _sections(services, asked)


def _rows(asked: Asked) -> ServiceQuerySet:
    rows = Service.objects.listed()
    if asked.county:
        rows = rows.serving(asked.county).annotate(
            nearness=Case(
                *(When(reach=reach, then=Value(place)) for place, reach in enumerate(_NEARNESS)),
                output_field=IntegerField(),
            )
        )
        rows = rows.order_by("nearness", "order", "slug")  # type: ignore[misc]  # the stubs lose annotations
    if asked.topic:
        return rows.about(asked.topic)
    return rows if asked.words else rows.filter(crisis_order=None)


def _nearest_first(rows: ServiceQuerySet, asked: Asked, start: int, size: int) -> list[Service]:
    """Return `rows` from the one at `start` on, at most `size`: those of one county sorted by distance.

    Of the services of one county the database says the keys alone; they are few, however many there are in
    the state.
    """
    if not asked.near or not asked.county:
        return list(rows[start : start + size])
    in_county = list(rows.filter(reach=Service.Reach.COUNTIES).values_list("pk", flat=True))
    miles = _miles_by_service(in_county, asked.near)
    in_county.sort(key=lambda pk: miles.get(pk, float("inf")))
    keys = in_county[start : start + size]
    beyond = max(0, start - len(in_county))
    wider = rows.exclude(reach=Service.Reach.COUNTIES).values_list("pk", flat=True)
    keys += wider[beyond : beyond + size - len(keys)]
    loaded = rows.in_bulk(keys) if keys else {}
    return [loaded[pk] for pk in keys if pk in loaded]


def _miles_by_service(keys: list[int], near: Point) -> dict[int, float]:
    """Return the miles to the nearest public place of each service of `keys` that has one."""
    where = Service.locations.through.objects.filter(service__in=keys)
    pairs = list(where.values_list("service_id", "location_id"))
    # Asked by their keys, since a database that has not counted its rows yet walks through all places.
    shown = Location.objects.listed().filter(pk__in={place for _service, place in pairs}).order_by()
    columns = ("pk", "shown_latitude", "shown_longitude", "shown_postal_code")
    points = {pk: _point(*point) for pk, *point in shown.values_list(*columns)}
    found: dict[int, float] = {}
    for service, place in pairs:
        if point := points.get(place):
            miles = places.miles_between(near, point)
            found[service] = min(miles, found.get(service, miles))
    return found


def _tell(services: Sequence[Service], near: Point | None, now: dt.datetime) -> None:
    """Give each service its hours of this moment, and its distance where there is one to tell."""
    for service in services:
        service.now = hours.status(service, now)
        service.miles = miles_to(service, near)
        service.miles_label = "" if service.miles is None else _miles(service.miles)


def miles_to(service: Service, near: Point | None) -> float | None:
    """Return the miles from `near` to the nearest public place of a listed service, None when there is none.

    Of a place of which only the city is public no distance is told: three of them would point at it.
    """
    if near is None:
        return None
    points = [
        point
        for place in service.listed_places
        if (point := _point(place.shown_latitude, place.shown_longitude, place.shown_postal_code))
    ]
    return min((places.miles_between(near, point) for point in points), default=None)


def _point(north: float | None, east: float | None, postal_code: str) -> Point | None:
    """Return the point of a place as it is shown: its own, or the middle of its ZIP code; None without."""
    if north is not None and east is not None:
        return north, east
    around = places.zip_place(postal_code[:5])
    return (around.latitude, around.longitude) if around else None


def _miles(miles: float) -> str:
    rounded = max(1, round(miles))
    return ngettext("about %(miles)d mile away", "about %(miles)d miles away", rounded) % {"miles": rounded}


def _sections(services: list[Service], asked: Asked) -> list[Section]:
    """Put the services of a county under how near they are; leave every other list as it is."""
    if not asked.county or asked.words or asked.is_open:
        return [Section("", services)] if services else []
    name = {"county": asked.county.name}
    titles = {
        Service.Reach.COUNTIES: _("In %(county)s County") % name,
        Service.Reach.UNCLEAR: _("May serve %(county)s County: ask first") % name,
        Service.Reach.STATE: _("For all of Tennessee"),
        Service.Reach.NATION: _("For everyone in the United States"),
    }
    sections = [
        Section(title, [service for service in services if service.reach == reach])
        for reach, title in titles.items()
    ]
    for section in sections:
        # The nearest first; what has no distance keeps its place behind them.
        section.services.sort(key=lambda service: float("inf") if service.miles is None else service.miles)
    return [section for section in sections if section.services]
