"""Deadlines that may run, worked out from days that are known, roughly known or not known. Pure.

Each clock names the source of its rule. How days are counted: the day it happened is day 0; "180 days" end on
day 180; "1 year" ends on the same date a year later, on 28 February when there is no 29th. Nothing is moved
for a weekend or a holiday. Because others may count the first day, or have a rule we do not know, pages say
"before" a day, never "on" it. Of a span the first day counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EXACT, ABOUT, RANGE, ONGOING, UNSURE = "exact", "about", "range", "ongoing", "unsure"
KNOWN, APPROXIMATE, UNKNOWN = "known", "approximate", "unknown"

# "About" a day is taken as up to a month sooner or later: our own caution, not a rule of law.
ABOUT_MARGIN = dt.timedelta(days=31)
_WEEK = dt.timedelta(days=6)

# Youngest and oldest age of each band of the form, in full years; 18 has no upper end.
AGE_BANDS = {"0-8": (0, 8), "9-11": (9, 11), "12-14": (12, 14), "15-17": (15, 17)}
GROWN_UP = "18"
# Who may use the state's special education complaint: an IEP, or being evaluated for one.
_SPECIAL_EDUCATION = {"iep", "evaluating"}


class FutureDay(ValueError):
    """A day after today: nothing has happened on it yet."""


class BackwardRange(ValueError):
    """A span that ends before it begins."""


@dataclass(frozen=True)
class Span:
    """The first and the last day on which it may have happened; None where nobody can say."""

    first: dt.date | None
    last: dt.date | None
    certainty: str


@dataclass(frozen=True)
class Clock:
    """One deadline that may run.

    may: the sentence. earliest: the day before which to act, to be safe; latest: the last day it could be,
    None when no day can be said. years: first and last year, where only years can be said. is_over: even the
    latest day has passed. may_be_over: the earliest has, or nobody can say.
    """

    slug: str
    name: str | Promise
    may: str | Promise
    earliest: dt.date | None
    latest: dt.date | None
    certainty: str
    source: str | Promise
    years: tuple[int, int] | None = None
    is_over: bool = False
    may_be_over: bool = False

    @property
    def is_one_day(self) -> bool:
        """Return whether one single day can be named."""
        return self.earliest is not None and self.earliest == self.latest


def add_years(day: dt.date, years: int) -> dt.date:
    """Return the same date `years` later; 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def span_of(
    kind: str,
    first: dt.date | None,
    last: dt.date | None,
    *,
    today: dt.date,
    reported: dt.date | None = None,
) -> Span:
    """Return when it may have happened. kind: EXACT, ABOUT, RANGE, ONGOING or UNSURE.

    reported: Monday of the week the report came in: it cannot have begun later than that week. Raise
    FutureDay for a day after `today`, BackwardRange when `last` is before `first`.
    """
    if any(day is not None and day > today for day in (first, last)):
        raise FutureDay
    if first and last and last < first:
        raise BackwardRange
    newest = min(today, reported + _WEEK) if reported else today
    if kind == ONGOING:
        # The first day counts; what still goes on has no last one.
        return Span(first, None, APPROXIMATE if first else UNKNOWN)
    if kind == UNSURE or (first is None and last is None):
        return Span(None, newest, UNKNOWN)
    if kind == EXACT and first:
        return Span(first, first, KNOWN)
    if kind == ABOUT and first and last is None:
        return Span(first - ABOUT_MARGIN, max(first, min(first + ABOUT_MARGIN, newest)), APPROXIMATE)
    return Span(first, last or newest, APPROXIMATE if first else UNKNOWN)


def _day(text: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text or ""))
    except ValueError:
        return None


def span_told(occurrence: Mapping[str, Any], *, today: dt.date, reported: dt.date | None = None) -> Span:
    """Return the span of one of `answers.occurrences`. A day that makes no sense counts as not known."""
    kind = str(occurrence.get("date_kind") or UNSURE)
    first, last = _day(occurrence.get("date_from")), _day(occurrence.get("date_to"))
    try:
        return span_of(kind, first, last, today=today, reported=reported)
    except (FutureDay, BackwardRange, OverflowError):
        return span_of(UNSURE, None, None, today=today, reported=reported)


def clocks(
    span: Span,
    *,
    today: dt.date,
    age: str = "",
    charged: bool = False,
    special_education: str = "",
    grievance_ended: dt.date | None = None,
) -> list[Clock]:
    """Return the deadlines that may run for what happened in `span`, the soonest rules first.

    age: a band of the form, "18", "unsure" or "". charged: whether criminal charges were brought against the
    person said to be at fault. special_education: slug of the answer on a disability plan. Raise FutureDay
    for a grievance that ended after `today`.
    """
    if grievance_ended and grievance_ended > today:
        raise FutureDay
    found = [_ocr(span, today)]
    if grievance_ended:
        found.append(_ocr_after_grievance(grievance_ended, today))
    found += [_cred(span, today), _lawsuit(span, today, charged=charged), _tort_claim(span, today)]
    if age != GROWN_UP:
        found.append(_own_claim(span, age, today))
    if special_education in {*_SPECIAL_EDUCATION, "unsure"}:
        found.append(_special_education(span, today))
    return found


def standing_clocks() -> list[Clock]:
    """Return the two that no date changes: video, and the bodies with no limit that we found."""
    return [
        Clock(
            "video",
            _("School and body camera video"),
            _(
                "Video is often recorded over, and we do not know after how many days. Ask today, in "
                "writing, that it be kept. (Commonly known; we could not open a source.)"
            ),
            None,
            None,
            UNKNOWN,
            _("commonly known"),
        ),
        Clock(
            "no-limit",
            _("Police department, school board, POST Commission"),
            _("We found no single limit. Complain as soon as you can."),
            None,
            None,
            UNKNOWN,
            _("none found"),
        ),
    ]


def _made(
    slug: str,
    words: tuple[Any, Any, Any],
    span: Span,
    today: dt.date,
    *,
    years: int = 0,
    days: int = 0,
    certainty: str = "",
) -> Clock:
    def end(day: dt.date | None) -> dt.date | None:
        if day is None:
            return None
        return add_years(day, years) if years else day + dt.timedelta(days=days)

    earliest, latest = end(span.first), end(span.last)
    name, may, source = words
    return Clock(
        slug,
        name,
        may,
        earliest,
        latest,
        certainty or span.certainty,
        source,
        is_over=latest is not None and latest < today,
        may_be_over=earliest is None or earliest < today,
    )


def _ocr(span: Span, today: dt.date) -> Clock:
    words = (
        _("Complaint to the U.S. Department of Education (OCR)"),
        _("May be 180 calendar days. OCR can make an exception for good cause."),
        "OCR",
    )
    return _made("ocr", words, span, today, days=180)


def _ocr_after_grievance(ended: dt.date, today: dt.date) -> Clock:
    words = (
        _("Complaint to OCR after the school’s own complaint process"),
        _("May be 60 days after that process ended."),
        "OCR",
    )
    return _made("ocr-grievance", words, Span(ended, ended, KNOWN), today, days=60)


def _cred(span: Span, today: dt.date) -> Clock:
    words = (
        _("Complaint to the Tennessee Attorney General (CRED)"),
        _("May be 180 days."),
        _("state page"),
    )
    return _made("cred", words, span, today, days=180)


def _lawsuit(span: Span, today: dt.date, *, charged: bool) -> Clock:
    name = _("Lawsuit for injury, false imprisonment or civil rights")
    if charged:
        may = _(
            "May be 2 years, because the person said to be at fault was charged with a crime. Without that "
            "it may be 1 year. See a lawyer in the first year."
        )
        return _made("lawsuit", (name, may, "28-3-104"), span, today, years=2)
    may = _("May be 1 year; may be 2 years if the person said to be at fault was charged with a crime.")
    return _made("lawsuit", (name, may, "28-3-104"), span, today, years=1)


def _tort_claim(span: Span, today: dt.date) -> Clock:
    words = (
        _("Claim against a city, county or school board"),
        _("May be 12 months. We do not know whether it waits for a child to grow up: see a lawyer early."),
        _("Governmental Tort Liability Act (mtas.tennessee.edu)"),
    )
    return _made("tort-claim", words, span, today, years=1)


def _own_claim(span: Span, age: str, today: dt.date) -> Clock:
    """Return the child's own claim: only years, because a band of ages is all that is known."""
    may = _(
        "The child’s own claim generally may run until one year after the child turns 18. We believe that "
        "parents’ own claims do not wait (commonly known; we could not open a source)."
    )
    years = _own_claim_years(span, age, today)
    return Clock(
        "own-claim",
        _("The child’s own claim, for someone who was under 18"),
        may,
        None,
        None,
        APPROXIMATE if years else UNKNOWN,
        "28-1-106",
        years=years,
        is_over=bool(years) and years[1] < today.year,  # type: ignore[index]  # bool(years) was asked
        may_be_over=years is None or years[0] <= today.year,
    )


def _own_claim_years(span: Span, age: str, today: dt.date) -> tuple[int, int] | None:
    """Return the first and last year in which that year may end.

    The age may be that of the day it happened or of today, so the first year is counted from the former with
    the oldest age of the band, the last from today with the youngest.
    """
    if age not in AGE_BANDS or span.first is None:
        return None
    youngest, oldest = AGE_BANDS[age]
    return add_years(span.first, 18 - oldest).year, add_years(today, 19 - youngest).year


def _special_education(span: Span, today: dt.date) -> Clock:
    words = (
        _("State special education complaint"),
        _(
            "May look back 1 year (commonly known; we could not open the rule). A decision may take 60 days. "
            "It cannot be anonymous."
        ),
        "34 CFR 300.153",
    )
    return _made("special-education", words, span, today, years=1)


def soonest(found: Iterable[Clock]) -> Clock | None:
    """Return the clock that may end first of those that are not over, None when no day is known."""
    dated = [clock for clock in found if clock.earliest and not clock.is_over]
    return min(dated, key=lambda clock: clock.earliest or dt.date.max, default=None)
