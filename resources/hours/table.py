"""Opening hours as a short table for pages and paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext

from resources.hours import words
from resources.hours.spans import Hours, Kind, OnHolidays, Span, joined, runs_of

# Days, and the hours on them.
Row = tuple[str, str]
MINUTES_OF_A_DAY = 24 * 60
# Days in a row from which "Monday to Wednesday" is shorter than naming each.
LONG_RUN = 3


def table_of(hours: Hours, today: dt.date) -> list[Row]:
    """Return `hours` as rows of days and text, those that are over left out.

    Weekdays with the same hours are one row; then single dates in order; then public holidays.
    """
    lasting = [span for span in hours.spans if not span.is_over(today)]
    weekly = [span for span in lasting if not span.day]
    rows = _weekly_rows(weekly, hours)
    for day in sorted({span.day for span in lasting if span.day}):
        text = _text([span for span in lasting if span.day == day], hours)
        rows.append((f"{words.weekday(day.weekday())}, {date_format(day, 'DATE_FORMAT')}", text))
    if weekly or hours.on_holidays is not OnHolidays.NOT_KNOWN:
        rows.append((gettext("Public holidays"), _on_holidays(hours.on_holidays)))
    return [(capfirst(days), capfirst(text)) for days, text in rows]


def _on_holidays(rule: OnHolidays) -> str:
    if rule is OnHolidays.OPEN:
        return gettext("Open as on any day")
    return gettext("Closed") if rule is OnHolidays.CLOSED else gettext("Not known")


def _weekly_rows(weekly: Iterable[Span], hours: Hours) -> list[Row]:
    """Return a row for each set of weekdays with the same hours in the same season and weeks."""
    seasons: dict[str, list[Span]] = {}
    for span in weekly:
        seasons.setdefault(_when(span), []).append(span)
    rows = []
    for when, spans in seasons.items():
        days_of: dict[str, list[int]] = {}
        for number in range(7):
            on = [span for span in spans if number in span.weekdays]
            if on:
                days_of.setdefault(_text(on, hours), []).append(number)
        rows += [(_days(numbers) + when, text) for text, numbers in days_of.items()]
    return rows


def _days(numbers: list[int]) -> str:
    if len(numbers) == len(range(7)):
        return gettext("Every day")
    names: list[str] = []
    for run in runs_of(numbers):
        each = [words.weekday(number) for number in run]
        names += [words.from_to(each[0], each[-1])] if len(run) >= LONG_RUN else each
    return ", ".join(names)


def _when(span: Span) -> str:
    """Return which of these weekdays are meant, such as " (1st, 3rd of the month), June 1 to July 31"."""
    weeks = [_ordinals()[number] for number in sorted(span.weeks, key=lambda number: number % 7)]
    which = " " + gettext("(%(weeks)s of the month)") % {"weeks": ", ".join(weeks)} if weeks else ""
    season = _season(span)
    return f"{which}, {season}" if season else which


def _ordinals() -> dict[int, str]:
    """Return the names of the weeks of a month; the last is -1."""
    return {
        1: gettext("first"),
        2: gettext("second"),
        3: gettext("third"),
        4: gettext("fourth"),
        5: gettext("fifth"),
        -1: gettext("last"),
    }


def _season(span: Span) -> str:
    shape = "MONTH_DAY_FORMAT" if span.every_year else "DATE_FORMAT"
    first, last = (date_format(day, shape) if day else "" for day in (span.valid_from, span.valid_to))
    if first and last:
        return words.from_to(first, last)
    if first:
        return gettext("from %(day)s") % {"day": first}
    return gettext("until %(day)s") % {"day": last} if last else ""


def _text(spans: list[Span], hours: Hours) -> str:
    """Return the hours of one day: open, by appointment, closed."""
    of = {kind: [span for span in spans if span.kind is kind] for kind in Kind}
    if any(span.is_whole_day for span in of[Kind.CLOSED]):
        return gettext("Closed")
    if hours.by_appointment:
        of[Kind.APPOINTMENT], of[Kind.OPEN] = [*of[Kind.OPEN], *of[Kind.APPOINTMENT]], []
    parts = []
    if of[Kind.OPEN]:
        parts.append(_times(of[Kind.OPEN], hours.zone))
    if of[Kind.APPOINTMENT]:
        times = _times(of[Kind.APPOINTMENT], hours.zone)
        parts.append(gettext("%(hours)s, by appointment") % {"hours": times})
    if of[Kind.CLOSED]:
        times = _times(of[Kind.CLOSED], "" if parts else hours.zone)
        parts.append(gettext("closed %(hours)s") % {"hours": times})
    return ", ".join(parts)


def _times(spans: list[Span], zone: str) -> str:
    """Return the times of spans that start on the same day, those that touch or overlap as one."""
    each = sorted(_minutes(span) for span in spans)
    shorter = joined(each)
    # More than a day in one stretch would be read as its few hours after midnight.
    runs = each if any(end - start > MINUTES_OF_A_DAY for start, end in shorter) else shorter
    if runs == [(0, MINUTES_OF_A_DAY)]:
        return gettext("all day")
    return words.in_zone(", ".join(words.from_to(_clock(start), _clock(end)) for start, end in runs), zone)


def _minutes(span: Span) -> tuple[int, int]:
    start, end = (time.hour * 60 + time.minute if time else 0 for time in (span.opens_at, span.closes_at))
    return start, end if start < end else end + MINUTES_OF_A_DAY


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes % MINUTES_OF_A_DAY, 60)
    return words.clock(dt.time(hour, minute))
