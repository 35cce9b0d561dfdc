"""Public holidays, on which many places are closed."""

from __future__ import annotations

import datetime as dt
import functools

COUNTRY, STATE = "US", "TN"


@functools.lru_cache(maxsize=8)
def in_year(year: int) -> frozenset[dt.date]:
    """Return the public holidays of Tennessee in `year`, with the days on which they are made up for.

    Source: the library `holidays`. Its version 0.109 holds New Year's Day, Martin Luther King Jr. Day,
    Presidents' Day, Good Friday, Memorial Day, Juneteenth, Independence Day, Labor Day, Veterans Day,
    Thanksgiving and Christmas; not Columbus Day, the Friday after Thanksgiving or Christmas Eve.
    """
    # It takes 11 MiB of a worker: only one that meets the timetable of a place loads it.
    import holidays

    return frozenset(holidays.country_holidays(COUNTRY, subdiv=STATE, years=year, expand=False))


def is_public(day: dt.date) -> bool:
    """Return whether `day` is a public holiday in Tennessee."""
    return day in in_year(day.year)
