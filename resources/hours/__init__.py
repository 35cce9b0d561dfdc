"""Honest opening hours of listed services: open now, until when, and when again.

The clock is that of the place, never of the reader; what is not known is said to be so. The rules stand in
`spans` and `status`; here a listed Service is read into them, without a query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone

from portal.lib import places
from resources.hours.spans import Hours, Kind, OnHolidays, Span
from resources.hours.status import AtPlace, Status, status_of
from resources.hours.table import Row
from resources.models import Location, Schedule, Service
from resources.models.directory import WEEKDAYS

__all__ = ["AtPlace", "Hours", "Kind", "Row", "Span", "Status", "open_or_unknown", "status", "week_table"]

_NUMBERS = {code: number for number, code in enumerate(WEEKDAYS)}
# What is said of a service whose places differ: what serves the reader best, and a doubt before a no.
_BEST = [Kind.OPEN, Kind.APPOINTMENT, Kind.HOLIDAY_UNKNOWN, Kind.NOT_KNOWN, Kind.CLOSED]


def status(service: Service, at: dt.datetime) -> Status:
    """Return the status of a listed service at the moment `at`, which carries a time zone.

    It is open when one of its places is; `places` holds those whose hours differ, or one for all.
    """
    of_places = _hours_of_places(service)
    found = [
        AtPlace(", ".join(names) if len(of_places) > 1 else "", hours, status_of(hours, at))
        for hours, names in of_places.items()
    ]
    best = min((each.status for each in found), key=_rank)
    return replace(best, places=tuple(found))


def week_table(service: Service, at: dt.datetime | None = None) -> list[Row]:
    """Return the hours of a listed service as rows of days and text, in the language of the page.

    at: the moment of reading, now if not given: what is over is left out.
    """
    return status(service, at or timezone.now()).table


def open_or_unknown(services: Iterable[Service], at: dt.datetime) -> list[Service]:
    """Return the listed `services` not known to be closed at `at`: the open ones, then those in doubt."""
    found = [(service, _kind(service, at)) for service in services]
    kept = [(service, kind) for service, kind in found if kind is not Kind.CLOSED]
    return [service for service, _kind in sorted(kept, key=lambda each: each[1] is not Kind.OPEN)]


def _kind(service: Service, at: dt.datetime) -> Kind:
    """Return the kind of the status of a service, in a quarter of the time."""
    kinds = (status_of(hours, at, days_ahead=0).kind for hours in _hours_of_places(service))
    return min(kinds, key=_BEST.index)


def _rank(status: Status) -> tuple[int, float]:
    """Return a key that sorts what serves a reader best first: open for longest, or open again soonest."""
    far = float("inf")
    moment = status.opens.timestamp() if status.opens else far
    if status.is_open:
        moment = -status.until.timestamp() if status.until else -far
    return _BEST.index(status.kind), moment


def _hours_of_places(service: Service) -> dict[Hours, list[str]]:
    """Return the hours told of a listed service, each with the places of which they are told."""
    if not service.listed_places:
        return {_hours(service, None): []}
    found: dict[Hours, list[str]] = {}
    for place in service.listed_places:
        street_and_city = ", ".join(filter(None, [place.shown_street, place.shown_city]))
        names = found.setdefault(_hours(service, place), [])
        if street_and_city not in names:
            names.append(street_and_city)
    return found


def _hours(service: Service, place: Location | None) -> Hours:
    return Hours(
        spans=tuple(
            _span(schedule)
            for schedule in service.listed_schedules
            if schedule.location_id is None or (place and schedule.location_id == place.pk)
        ),
        zone=_zone(service, place),
        always_open=service.always_open,
        by_appointment=service.by_appointment,
        on_holidays=OnHolidays(service.on_holidays),
        words=str(service.hours),
    )


def _zone(service: Service, place: Location | None) -> str:
    """Return the zone of the county of the place, or the one that all counties of the service share."""
    county = places.county(place.shown_county) if place else None
    zones = {county.timezone} if county else {each.timezone for each in service.served_counties}
    return zones.pop() if len(zones) == 1 else ""


def _span(schedule: Schedule) -> Span:
    return Span(
        kind=Kind(schedule.kind),
        weekdays=frozenset(_NUMBERS[code] for code in schedule.weekdays),
        weeks=frozenset(schedule.weeks),
        day=schedule.day,
        opens_at=schedule.opens_at,
        closes_at=schedule.closes_at,
        valid_from=schedule.valid_from,
        valid_to=schedule.valid_to,
        every_year=schedule.every_year,
    )
