"""What search engines may show of a listing beside its link, in the words of schema.org."""

from __future__ import annotations

from typing import NamedTuple

from resources.models import Schedule, Service

_DAYS = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday",
    "FR": "Friday", "SA": "Saturday", "SU": "Sunday",
}  # fmt: skip


class Span(NamedTuple):
    """Opening hours on some weekdays: English names of the days, and times such as "09:00"."""

    days: list[str]
    opens: str
    closes: str


def weekly_hours(service: Service) -> list[Span]:
    """Return the hours of a listed service when the same week always comes back, else none.

    Half of the truth would be shown as all of it: a season, a date, a week of the month, an appointment, or
    hours of one place alone, and nothing is told but on our page.
    """
    if service.always_open:
        return [Span(list(_DAYS.values()), "00:00", "23:59")]
    if service.by_appointment or service.hours or not all(map(_is_plain, service.listed_schedules)):
        return []
    return [
        Span([_DAYS[code] for code in span.weekdays], f"{span.opens_at:%H:%M}", f"{span.closes_at:%H:%M}")
        for span in service.listed_schedules
    ]


def _is_plain(span: Schedule) -> bool:
    is_bound = span.location_id or span.day or span.weeks or span.valid_from or span.valid_to
    return bool(span.kind == Schedule.Kind.OPEN and span.opens_at and span.closes_at and not is_bound)
