"""Times, days and seasons in the language of the page."""

from __future__ import annotations

import datetime as dt

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext, pgettext


def clock(time: dt.time) -> str:
    """Return a time of day, such as "5 p.m."."""
    return time_format(time, "TIME_FORMAT")


def in_zone(times: str, zone: str) -> str:
    """Return `times` with the name of their zone, of which Tennessee has two. zone: IANA name, or empty."""
    if zone == "America/New_York":
        return gettext("%(time)s Eastern time") % {"time": times}
    if zone == "America/Chicago":
        return gettext("%(time)s Central time") % {"time": times}
    return f"{times} ({zone})" if zone else times


def weekday(number: int) -> str:
    """Return the name of a weekday, 0 for Monday."""
    return str(WEEKDAYS[number])


def from_to(first: str, last: str) -> str:
    """Return a stretch of days or times, such as "9 a.m. to noon"."""
    return pgettext("first and last day, or time", "%(first)s to %(last)s") % {"first": first, "last": last}


def near_day(day: dt.date, today: dt.date) -> str:
    """Return a day soon after `today`: its weekday within a week, else its date."""
    is_near = day - today < dt.timedelta(days=7)
    return weekday(day.weekday()) if is_near else date_format(day, "MONTH_DAY_FORMAT")


def at_place(place: str, days: str) -> str:
    """Return `days` with the place they are told of before them, if it has a name."""
    return f"{place}: {days}" if place else days
