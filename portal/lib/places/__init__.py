"""Tennessee's counties, ZIP codes and school districts: reference data from the CSV files beside this file.

Another state is another set of files; each file's head names its source. No tables, no network.
"""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).resolve().parent
_EARTH_RADIUS = 3958.8  # miles, mean radius (IUGG)


class County(NamedTuple):
    """One county.

    fips: five digits. timezone: IANA name, for opening hours. division: "west", "middle" or "east", for a
    first sorting by staff only, never shown to the public.
    """

    name: str
    slug: str
    fips: str
    timezone: str
    division: str


class ZipPlace(NamedTuple):
    """One ZIP code: its county as the source has it (None: not known) and its middle in degrees."""

    zip: str
    county: County | None
    latitude: float
    longitude: float


class District(NamedTuple):
    """One public school district.

    kind: "county", "municipal", "special" or "state". counties: those it lies in, empty for state-run ones.
    leaid: federal number of seven digits, empty where it was not seen.
    """

    name: str
    kind: str
    counties: tuple[County, ...]
    leaid: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


@functools.cache
def counties() -> tuple[County, ...]:
    """Return all counties in plain alphabetical order (Macon before McMinn)."""
    return tuple(County(**row) for row in _rows("counties.csv"))


@functools.cache
def _by_slug() -> dict[str, County]:
    return {county.slug: county for county in counties()}


@functools.cache
def _by_name() -> dict[str, County]:
    return {county.name: county for county in counties()}


def county(slug: str) -> County | None:
    """Return the county with this slug, such as "van-buren", or None."""
    return _by_slug().get(slug)


@functools.cache
def _zips() -> dict[str, ZipPlace]:
    return {
        row["zip"]: ZipPlace(
            row["zip"], _by_name().get(row["county"]), float(row["latitude"]), float(row["longitude"])
        )
        for row in _rows("zips.csv")
    }


def zip_codes() -> tuple[ZipPlace, ...]:
    """Return all ZIP codes in order."""
    return tuple(_zips().values())


def zip_place(zip_code: str) -> ZipPlace | None:
    """Return what is known of a ZIP code, or None when it is not one of ours."""
    return _zips().get(zip_code)


def zip_counties(zip_code: str) -> list[County]:
    """Return the counties of a ZIP code, likeliest first; empty for an unknown ZIP or an unknown county."""
    place = zip_place(zip_code)
    return [place.county, *_further_counties().get(zip_code, ())] if place and place.county else []


@functools.cache
def _further_counties() -> dict[str, tuple[County, ...]]:
    return {
        row["zip"]: tuple(_by_name()[name] for name in row["counties"].split("/"))
        for row in _rows("zip_counties.csv")
    }


def miles_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the miles between two points of (latitude, longitude) in degrees, over the round of the earth.

    The haversine formula: right within half a percent, since the earth is not quite round.
    """
    north, east, other_north, other_east = map(math.radians, (*one, *other))
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))


def nearest_zip(point: tuple[float, float]) -> tuple[ZipPlace, float]:
    """Return the ZIP code with a known county whose middle is nearest to `point`, and its miles."""
    known = (place for place in zip_codes() if place.county)
    found = min(known, key=lambda place: miles_between(point, (place.latitude, place.longitude)))
    return found, miles_between(point, (found.latitude, found.longitude))


@functools.cache
def districts() -> tuple[District, ...]:
    """Return the school districts: county systems in alphabetical order, then municipal, special, state-run.

    The list may be incomplete; a form must also take "other" and "I do not know".
    """
    return tuple(
        District(
            row["name"],
            row["kind"],
            tuple(_by_name()[name] for name in row["county"].split("/") if name),
            row["leaid"],
        )
        for row in _rows("districts.csv")
    )
