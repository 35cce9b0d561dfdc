"""The figures of the course for staff: one page with charts and tables, and the same numbers as CSV."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.lib.languages import KNOWN
from portal.lib.places import county
from portal.lib.spreadsheet import cell
from training import charts, figures
from training.admin.base import KeptRows, needs, page
from training.figures import NOT_TOLD, RATINGS, Period
from training.models import Course, DailyCount, RatingCount

_KINDS = list(DailyCount.Kind)
_LANGUAGES = {language.code: language.name for language in KNOWN}
_BY = {
    DailyCount.By.COUNTY: gettext_lazy("County"),
    DailyCount.By.LANGUAGE: gettext_lazy("Language of the page"),
}
TOO_FEW = f"under {figures.ENOUGH_ANSWERS}"


@admin.register(DailyCount)
class DailyCountAdmin(KeptRows):
    """All counts by day. What is counted by county, language or class stands on the page of figures alone."""

    list_display = ["day", "course", "kind", "count"]
    list_filter = ["course", "kind"]
    list_select_related = ["course"]
    date_hierarchy = "day"
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out the rows about one property: one of them may be a single person's day."""
        return super().get_queryset(request).filter(by=DailyCount.By.ALL)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class PeriodForm(forms.Form):
    """Which course, from which month to which."""

    def __init__(self, courses: Iterable[Course], first: dt.date, today: dt.date, *args: Any) -> None:
        super().__init__(*args)
        months = reversed(Period(first, today.replace(day=1)).months)
        choices = [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in months]
        self.fields["course"] = forms.ChoiceField(
            label=_("Course"), choices=[(course.slug, str(course.title)) for course in courses]
        )
        self.fields["from"] = forms.ChoiceField(label=_("From"), choices=choices)
        self.fields["to"] = forms.ChoiceField(label=_("To"), choices=choices)

    def period(self) -> Period:
        """Return the chosen period, whichever month was chosen first. Call it on a valid form only."""
        chosen = (dt.date.fromisoformat(f"{self.cleaned_data[name]}-01") for name in ("from", "to"))
        return Period(*sorted(chosen))


def _chosen(request: HttpRequest) -> tuple[PeriodForm, Course, Period, dt.date]:
    """Return the form, the course, the period and today. Nonsense in the address gives the last year."""
    today = timezone.localdate()
    courses = list(Course.objects.all())
    if not courses:
        raise Http404
    course = next((each for each in courses if each.slug == request.GET.get("course")), courses[0])
    first = figures.first_month(course, today)
    usual = Period.of_last_year(today)
    usual = Period(max(usual.first, first), usual.last)
    told = {"course": course.slug, "from": f"{usual.first:%Y-%m}", "to": f"{usual.last:%Y-%m}"}
    told |= {name: request.GET[name] for name in ("from", "to") if name in request.GET}
    form = PeriodForm(courses, first, today, told)
    return form, course, form.period() if form.is_valid() else usual, today


@needs("training.view_dailycount")
@require_safe
def figures_page(request: HttpRequest) -> HttpResponse:
    """Show the figures of a course, or answer with one of its tables as CSV."""
    form, course, period, today = _chosen(request)
    if "csv" in request.GET:
        table = _TABLES.get(request.GET["csv"])
        if table is None:
            raise Http404
        name = f"{course.slug}-{request.GET['csv']}-{period.first:%Y-%m}-{period.last:%Y-%m}"
        return _as_csv(name, table(course, period, today))
    all_counts = figures.totals(course, period)
    is_month = period.first == period.last
    return page(
        request,
        "figures",
        _("Figures of the course"),
        form=form,
        course=course,
        query=f"course={course.slug}&from={period.first:%Y-%m}&to={period.last:%Y-%m}",
        kinds=[kind.label for kind in _KINDS],
        whole=_in_order(all_counts.whole()),
        over_time=_over_time(all_counts, period, by_day=is_month),
        is_month=is_month,
        lines=_time_lines(all_counts, period, course, by_day=is_month),
        quarters=[_quarter(quarter) for quarter in period.quarters_over(today)],
        breakdowns=[_grid(each) for each in figures.breakdowns(course, period, today).values()],
        classes=[(row, _in_order(row.counts)) for row in figures.classes(course, period)],
        items=[item for item in figures.items(course) if item.version == course.version],
        enough=figures.ENOUGH_ANSWERS,
        ratings=_ratings(figures.rated_months(course, period, today)),
        csv_tables=list(_CSV_LABELS.items()),
    )


# --- In words, for the page ---


def _in_order(counts: Counter[str]) -> list[int]:
    return [counts[kind] for kind in _KINDS]


def _quarter(quarter: dt.date) -> str:
    last = figures.last_day(quarter)
    return _("%(first)s to %(last)s") % {
        "first": date_format(quarter, "F Y"),
        "last": date_format(last, "F Y"),
    }


def _steps(totals: figures.Totals, period: Period, *, by_day: bool) -> list[tuple[dt.date, Counter[str]]]:
    return totals.every_day(period) if by_day else totals.by_month(period)


def _over_time(totals: figures.Totals, period: Period, *, by_day: bool) -> list[tuple[str, SafeString]]:
    """Return one chart for each thing that is counted: (heading, chart)."""
    steps = _steps(totals, period, by_day=by_day)
    # "Nov 5", "Nov", or "Nov 2026" where only the first and the last month have a word.
    short = "M j" if by_day else "M" if len(steps) <= charts.MOST_WORDS else "M Y"
    return [
        (
            str(kind.label),
            charts.columns(
                _("%(what)s over time. The numbers stand in the table below.") % {"what": kind.label},
                [(date_format(day, short), counts[kind]) for day, counts in steps],
            ),
        )
        for kind in _KINDS
    ]


def _time_lines(
    totals: figures.Totals, period: Period, course: Course, *, by_day: bool
) -> list[tuple[str, str, list[int]]]:
    """Return (day or month, address of its days, counts); days on which nothing was counted are left out."""
    lines = []
    for day, counts in _steps(totals, period, by_day=by_day):
        if by_day and not counts:
            continue
        link = "" if by_day else f"?course={course.slug}&from={day:%Y-%m}&to={day:%Y-%m}"
        lines.append((date_format(day, "F j, Y" if by_day else "F Y"), link, _in_order(counts)))
    return lines


def _name(by: str, value: str) -> str:
    if value == NOT_TOLD:
        return _("Not told")
    if by == DailyCount.By.LANGUAGE:
        return _LANGUAGES.get(value, value)
    place = county(value)
    return place.name if place else value


@dataclass(frozen=True)
class Grid:
    """A breakdown in words. lines: (value, count for each kind, None where it is in the rest)."""

    heading: str
    lines: list[tuple[str, list[int | None]]]
    rest: list[int]


def _grid(found: figures.Breakdown) -> Grid:
    return Grid(
        str(_BY[DailyCount.By(found.by)]),
        [(_name(found.by, value), [found.alone(value, kind) for kind in _KINDS]) for value in found.values],
        [found.rest(kind) for kind in _KINDS],
    )


@dataclass(frozen=True)
class Rated:
    """One statement before and after. moments: (moment, figure, chart or an empty text)."""

    statement: str
    moments: list[tuple[str, figures.RatingFigure, SafeString]]

    @property
    def has_answers(self) -> bool:
        """Whether there is anything to show."""
        return any(figure.answers for _moment, figure, _chart in self.moments)

    @property
    def lines(self) -> list[tuple[int, list[int]]]:
        """The table: each rating with its counts."""
        return [
            (rating, [figure.counts[place] for _moment, figure, _chart in self.moments])
            for place, rating in enumerate(RATINGS)
        ]


def _ratings(months: dict[tuple[str, str, dt.date], figures.RatingFigure]) -> list[Rated]:
    found = []
    for statement in RatingCount.Statement:
        moments = []
        for moment in RatingCount.Moment:
            figure = figures.summed(months, statement, moment)
            label = _("Ratings, %(when)s. The numbers stand in the table.") % {"when": moment.label}
            points = [(str(rating), count) for rating, count in zip(RATINGS, figure.counts, strict=True)]
            moments.append(
                (str(moment.label), figure, charts.columns(label, points) if figure.answers else SafeString())
            )
        found.append(Rated(str(statement.label), moments))
    return found


# --- As CSV ---

Lines = Iterable[Iterable[Any]]


def _as_csv(name: str, lines: Lines) -> HttpResponse:
    # Spreadsheets take a file for UTF-8 only with a mark in front.
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = "no-store"
    csv.writer(response).writerows([cell(value) for value in line] for line in lines)
    return response


def _days(course: Course, period: Period, today: dt.date) -> Lines:
    yield ["day", *_KINDS]
    for day, counts in figures.totals(course, period).by_day.items():
        yield [day.isoformat(), *_in_order(counts)]


def _properties(course: Course, period: Period, today: dt.date) -> Lines:
    yield ["from", "to", "by", "value", "name", "event", "count"]
    for by, found in figures.breakdowns(course, period, today).items():
        for (quarter, kind), shown in found.by_quarter.items():
            head = [quarter.isoformat(), figures.last_day(quarter).isoformat(), by]
            for value, count in sorted(shown.alone.items()):
                yield [*head, value, _name(by, value), kind, count]
            yield [*head, "joined", _("Under 5 each, or joined with them"), kind, shown.rest]
    whole = [period.first.isoformat(), (period.end - dt.timedelta(days=1)).isoformat(), DailyCount.By.CLASS]
    for row in figures.classes(course, period):
        for kind in _KINDS:
            yield [*whole, row.code, row.group.place if row.group else "", kind, row.counts[kind]]


def _items(course: Course, period: Period, today: dt.date) -> Lines:
    yield [
        "question", "course_version", "critical", "text", "asked", "right", "right_percent",
        "option", "option_text", "is_right", "chosen", "chosen_percent",
    ]  # fmt: skip
    for item in figures.items(course):
        head = [item.question.slug, item.version, item.question.critical, str(item.question.text)]
        if not item.is_telling:
            yield [*head, TOO_FEW, *[""] * 7]
        for option in item.options:
            is_right = "yes" if option.is_right else "no"
            told = [option.key, option.text, is_right, option.chosen, option.percent]
            yield [*head, item.asked, item.right, item.percent, *told]


def _rating_lines(course: Course, period: Period, today: dt.date) -> Lines:
    yield ["month", "moment", "statement", "text", "rating", "count"]
    for (statement, moment, month), figure in figures.rated_months(course, period, today).items():
        head = [f"{month:%Y-%m}", moment, statement, RatingCount.Statement(statement).label]
        for rating, count in zip(RATINGS, figure.counts, strict=True):
            yield [*head, rating, count]


def _dictionary(course: Course, period: Period, today: dt.date) -> Lines:
    yield ["file", "column", "meaning"]
    yield from _MEANINGS


_TABLES: dict[str, Callable[[Course, Period, dt.date], Lines]] = {
    "days": _days,
    "properties": _properties,
    "items": _items,
    "ratings": _rating_lines,
    "dictionary": _dictionary,
}
_CSV_LABELS = {
    "days": gettext_lazy("Days"),
    "properties": gettext_lazy("Counties, languages, classes"),
    "items": gettext_lazy("Questions"),
    "ratings": gettext_lazy("Self-ratings"),
    "dictionary": gettext_lazy("What the columns mean"),
}
_MEANINGS = [
    ("days", "day", "Year, month and day in Tennessee. Days on which nothing was counted are left out."),
    ("days", "course", "How often the course was begun."),
    ("days", "started", "How often the quiz was begun."),
    ("days", "finished", "How often the quiz was passed."),
    ("days", "certificate", "How many certificates were made. A re-issued one is not counted again."),
    ("days", "refresher", "How often the refresher was finished."),
    ("properties", "from", "First day counted. Counties and languages: of a quarter that is over."),
    ("properties", "to", "Last day counted."),
    ("properties", "by", "The one property: county, language or class. No line tells two of them."),
    ("properties", "value", "County, language or class code; not-told: nobody said; joined: see count."),
    ("properties", "name", "The value in words."),
    ("properties", "event", "What was counted, as the columns of days."),
    (
        "properties", "count",
        "How many. What is under 5 stands in the line joined, with others that it could be worked out from.",
    ),
    ("items", "question", "Short name of the question."),
    ("items", "course_version", "Version of the course in which it was asked. Texts are those of now."),
    ("items", "critical", "Critical topic K1 to K8, or empty."),
    ("items", "text", "The question."),
    ("items", "asked", f"How often it was answered. “{TOO_FEW}”: too few to tell; the rest is empty."),
    ("items", "right", "How often the answer was right."),
    ("items", "right_percent", "right in percent of asked, rounded."),
    ("items", "option", "Letter of the option in the bank. On the page options are shuffled."),
    ("items", "option_text", "The option."),
    ("items", "is_right", "Whether choosing it is right."),
    ("items", "chosen", "How often it was chosen. Some questions take more than one option."),
    ("items", "chosen_percent", "chosen in percent of asked, rounded."),
    ("ratings", "month", "A month that is over. Months with fewer than 5 answers are left out."),
    ("ratings", "moment", "before: before the course; after: after the quiz."),
    ("ratings", "statement", "Short name of the statement."),
    ("ratings", "text", "The statement."),
    ("ratings", "rating", "1: not at all, to 5: very much."),
    ("ratings", "count", "How many gave this rating. Each answer stands alone: no line joins two."),
]  # fmt: skip
