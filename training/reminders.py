"""A calendar file that brings somebody back to the refresher: no e-mail address is needed."""

from __future__ import annotations

import datetime as dt
import hashlib

# Knowledge fades by 3 months and a short booster brings it back (content F96); the second is a year on.
AFTER_MONTHS = (3, 12)


def calendar_file(*, title: str, words: str, address: str, today: dt.date, stamp: dt.datetime) -> bytes:
    """Return an iCalendar file (RFC 5545) with one whole-day event for each of AFTER_MONTHS after `today`.

    address: the page of the refresher. stamp: when the file is made. It holds nothing about a person, and the
    same file for everybody on one day.
    """
    # Few ask for the file, and what makes it takes 10 MiB of every worker.
    from dateutil.relativedelta import relativedelta
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Harm Reduction Portal//Refresher//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for months in AFTER_MONTHS:
        day = today + relativedelta(months=months)
        event = Event()
        event.add("uid", hashlib.blake2b(f"{address} {day}".encode(), digest_size=16).hexdigest())
        event.add("dtstamp", stamp)
        event.add("dtstart", day)
        event.add("dtend", day + dt.timedelta(days=1))
        event.add("summary", title)
        event.add("description", f"{words} {address}")
        event.add("url", address)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
