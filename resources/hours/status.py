"""What may honestly be said of a place at one moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext

from resources.hours import holidays, words
from resources.hours.spans import AHEAD, ONE_DAY, Hours, Kind, OnHolidays, Stretch, day_of, without
from resources.hours.table import Row, table_of


@dataclass(frozen=True)
class AtPlace:
    """One place of a service. name: what the public may read of its address, empty for one place alone."""

    name: str
    hours: Hours
    status: Status

    @property
    def table(self) -> list[Row]:
        """Its hours as rows, those left out that are over."""
        return table_of(self.hours, timezone.localdate(self.status.at))


@dataclass(frozen=True)
class Status:
    """Whether a place is open at one moment.

    until: when that ends, None for never within a fortnight. opens: the next opening of a closed place, None
    when there is none within a fortnight, or none known. Both carry the zone of the place. by_appointment:
    the next opening is for those who have one. has_times, tells_weeks: whether any hours are known, and
    those of every week. words: what is told in words. places: those of a service.
    """

    kind: Kind
    at: dt.datetime
    zone: str = ""
    until: dt.datetime | None = None
    opens: dt.datetime | None = None
    by_appointment: bool = False
    has_times: bool = False
    tells_weeks: bool = False
    words: str = ""
    places: tuple[AtPlace, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is open to all who come."""
        return self.kind is Kind.OPEN

    @property
    def label(self) -> str:
        """One short sentence for readers, in the language of the page."""
        match self.kind:
            case Kind.OPEN:
                return self._until()
            case Kind.APPOINTMENT:
                return gettext("By appointment: call first")
            case Kind.HOLIDAY_UNKNOWN:
                return gettext("Public holiday: hours may differ, so call first")
            case Kind.NOT_KNOWN if self.has_times:
                return gettext("We cannot tell if it is open now")
            case Kind.NOT_KNOWN:
                return self.words or gettext("Hours not known")
        # Apart, since the collector of texts does not look into f-strings.
        closed = gettext("Closed now.")
        return f"{closed} {self._opens()}".strip()

    @property
    def note(self) -> str:
        """What is told of the hours in words, if the label does not say it already."""
        is_label = self.kind is Kind.NOT_KNOWN and not self.has_times
        return "" if is_label else self.words

    @property
    def table(self) -> list[Row]:
        """The hours of all its places as rows, each with the name of its place where they differ."""
        return [
            (words.at_place(place.name, days), text) for place in self.places for days, text in place.table
        ]

    def _until(self) -> str:
        if self.until is None:
            return gettext("Open day and night")
        now = self.at.astimezone(self.until.tzinfo)
        says = {"time": words.in_zone(words.clock(self.until.time()), self.zone)}
        # On the clock of the place: a closing at the same hour of the next day needs the name of that day.
        if self.until.replace(tzinfo=None) - now.replace(tzinfo=None) < ONE_DAY:
            return gettext("Open now, until %(time)s") % says
        # Midnight is the end of a day for who reads it, though the clock begins the next.
        ends_on = (self.until - dt.timedelta(microseconds=1)).date()
        says["day"] = words.near_day(ends_on, now.date())
        return gettext("Open now, until %(day)s at %(time)s") % says

    def _opens(self) -> str:
        if self.by_appointment:
            return gettext("By appointment: call first")
        if self.opens is None:
            return gettext("It does not open in the next two weeks") if self.tells_weeks else ""
        today = self.at.astimezone(self.opens.tzinfo).date()
        says = {"time": words.in_zone(words.clock(self.opens.time()), self.zone)}
        if self.opens.time() == dt.time.min:
            # "At midnight" would be read as the end of that day.
            return gettext("Opens on %(day)s") % {"day": words.near_day(self.opens.date(), today)}
        if self.opens.date() == today:
            return gettext("Opens today at %(time)s") % says
        if self.opens.date() == today + ONE_DAY:
            return gettext("Opens tomorrow at %(time)s") % says
        says["day"] = words.near_day(self.opens.date(), today)
        return gettext("Opens on %(day)s at %(time)s") % says


# An opening at the end of the fortnight may last into the next day, and the clock may change until then.
DAYS_AHEAD = AHEAD.days + 2


def status_of(
    hours: Hours,
    at: dt.datetime,
    is_holiday: Callable[[dt.date], bool] = holidays.is_public,
    days_ahead: int = DAYS_AHEAD,
) -> Status:
    """Return the status of one place at the moment `at`, which carries a time zone.

    days_ahead: how many days after today are looked at; with none of them only `kind` can be relied on.
    """
    plain = Status(Kind.NOT_KNOWN, at, hours.zone, has_times=bool(hours.spans), words=hours.words)
    is_the_same_always = not hours.spans and hours.on_holidays is not OnHolidays.CLOSED
    if hours.zone and not is_the_same_always:
        return _Fortnight(hours, at.astimezone(dt.UTC), is_holiday, days_ahead).status(plain)
    if hours.by_appointment:
        return replace(plain, kind=Kind.APPOINTMENT)
    return replace(plain, kind=Kind.OPEN) if hours.always_open and is_the_same_always else plain


class _Fortnight:
    """The stretches of one place from yesterday on, whose late hours may last, to two weeks from now."""

    def __init__(
        self, hours: Hours, at: dt.datetime, is_holiday: Callable[[dt.date], bool], days_ahead: int
    ) -> None:
        self.hours, self.at, self.zone = hours, at, ZoneInfo(hours.zone)
        self.today = at.astimezone(self.zone).date()
        days = {
            number: day_of(hours, self.today + dt.timedelta(days=number), self.zone, is_holiday)
            for number in range(-1, days_ahead + 1)
        }
        self.is_told = days[0].is_told
        cuts = list(chain.from_iterable(day.cuts for day in days.values()))
        self.is_cut = any(start <= at < end for start, end in cuts)
        self.runs = {
            kind: without(chain.from_iterable(day.runs.get(kind, ()) for day in days.values()), cuts)
            for kind in (Kind.OPEN, Kind.APPOINTMENT, Kind.HOLIDAY_UNKNOWN)
        }

    def status(self, plain: Status) -> Status:
        """Return `plain` with what is true at the moment."""
        for kind, runs in self.runs.items():
            for start, end in runs:
                if start <= self.at < end:
                    # What is still going on after a fortnight has no end worth a word.
                    until = self._local(end) if end - self.at <= AHEAD else None
                    return replace(plain, kind=kind, until=until)
        if not self.is_told and not self.is_cut:
            return replace(plain, kind=Kind.APPOINTMENT if self.hours.by_appointment else Kind.NOT_KNOWN)
        coming = self._coming()
        if coming is None:
            tells_weeks = self.hours.tells_weeks_from(self.today)
            return replace(plain, kind=Kind.CLOSED, tells_weeks=tells_weeks)
        kind, (start, _end) = coming
        if kind is Kind.HOLIDAY_UNKNOWN:
            return replace(plain, kind=kind)
        by_appointment = kind is Kind.APPOINTMENT
        return replace(plain, kind=Kind.CLOSED, opens=self._local(start), by_appointment=by_appointment)

    def _coming(self) -> tuple[Kind, Stretch] | None:
        """Return what starts next, of a holiday without rule only if that is today."""
        found = [
            (run[0], kind, run)
            for kind, runs in self.runs.items()
            for run in runs
            if self.at < run[0] <= self.at + AHEAD
            and (kind is not Kind.HOLIDAY_UNKNOWN or run[0].astimezone(self.zone).date() == self.today)
        ]
        return min(found, key=itemgetter(0))[1:] if found else None

    def _local(self, moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(self.zone)
