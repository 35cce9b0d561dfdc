"""The figures of a course: how many, never who. What may be shown of them is decided here, not on the page.

Totals are by day. A breakdown by county or language is by whole quarters that are over, each by itself, and
self-ratings by whole months that are over: the difference between any two periods that somebody asks for is
then a sum of numbers that may be seen (docs/decisions/0020-figures-of-the-course.md).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Min, QuerySet, Sum
from django.db.models.functions import TruncMonth, TruncQuarter

from training.models import Course, DailyCount, ItemCount, Question, RatingCount, TrainingClass
from training.smallcells import LEAST, Shown, join_small

ENOUGH_ANSWERS = 10
NOT_TOLD = "not-told"
RATINGS = (1, 2, 3, 4, 5)


def next_month(day: dt.date) -> dt.date:
    """Return the first day of the month after `day`."""
    return (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def first_of_quarter(day: dt.date) -> dt.date:
    """Return the first day of the quarter in which `day` lies."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


@dataclass(frozen=True)
class Period:
    """Whole months. first, last: the first day of the first and of the last month."""

    first: dt.date
    last: dt.date

    @classmethod
    def of_last_year(cls, today: dt.date) -> Period:
        """Return the last four quarters and the months of this one."""
        quarter = first_of_quarter(today)
        return cls(quarter.replace(year=quarter.year - 1), today.replace(day=1))

    @property
    def end(self) -> dt.date:
        """The day after the last."""
        return next_month(self.last)

    @property
    def months(self) -> list[dt.date]:
        """The first days of all months."""
        months = [self.first]
        while months[-1] < self.last:
            months.append(next_month(months[-1]))
        return months

    def months_over(self, today: dt.date) -> list[dt.date]:
        """Return the months that are over on the day `today`."""
        return [month for month in self.months if next_month(month) <= today]

    def quarters_over(self, today: dt.date) -> list[dt.date]:
        """Return the first days of the quarters that lie in the period as a whole and are over."""
        over = set(self.months_over(today))
        quarters = [month for month in self.months if month == first_of_quarter(month)]
        return [quarter for quarter in quarters if over.issuperset(_months_of(quarter))]


def _months_of(quarter: dt.date) -> list[dt.date]:
    second = next_month(quarter)
    return [quarter, second, next_month(second)]


def last_day(quarter: dt.date) -> dt.date:
    """Return the last day of the quarter that begins on `quarter`."""
    return next_month(_months_of(quarter)[-1]) - dt.timedelta(days=1)


def first_month(course: Course, today: dt.date) -> dt.date:
    """Return the first day of the quarter in which something was counted first, or of that of `today`."""
    first = DailyCount.objects.filter(course=course).aggregate(first=Min("day"))["first"]
    return first_of_quarter(min(first or today, today))


@dataclass(frozen=True)
class Breakdown:
    """Counts by one property. by_quarter: (first day of quarter, kind) to what may be shown of it."""

    by: str
    by_quarter: dict[tuple[dt.date, str], Shown]

    @property
    def values(self) -> list[str]:
        """Every value that stands alone somewhere, the largest first."""
        sums = Counter[str]()
        for shown in self.by_quarter.values():
            sums.update(shown.alone)
        return sorted(sums, key=lambda value: (value == NOT_TOLD, -sums[value], value))

    def alone(self, value: str, kind: str) -> int | None:
        """Return how many of `kind` stand alone with `value`; None when all there may be are in the rest."""
        told = sum(shown.alone.get(value, 0) for shown in self._of(kind))
        return None if not told and self.rest(kind) else told

    def rest(self, kind: str) -> int:
        """Return how many of `kind` are counted together because they may not stand alone."""
        return sum(shown.rest for shown in self._of(kind))

    def _of(self, kind: str) -> Iterable[Shown]:
        return (shown for (_quarter, of), shown in self.by_quarter.items() if of == kind)


@dataclass(frozen=True)
class OptionFigure:
    """One option and by how many it was chosen."""

    key: str
    text: str
    is_right: bool
    chosen: int
    percent: int


@dataclass(frozen=True)
class ItemFigure:
    """One question in one version of the course. `options` is empty while too few have answered."""

    question: Question
    version: int
    asked: int
    right: int
    options: list[OptionFigure] = field(default_factory=list)

    @property
    def is_telling(self) -> bool:
        """Whether enough people have answered."""
        return self.asked >= ENOUGH_ANSWERS

    @property
    def percent(self) -> int:
        """Right answers in whole percent, rounded."""
        return _percent(self.right, self.asked)


@dataclass(frozen=True)
class RatingFigure:
    """How one statement was rated at one moment. counts: of the ratings 1 to 5."""

    counts: tuple[int, ...]

    @property
    def answers(self) -> int:
        """How many have rated it."""
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        """The mean rating, None without answers."""
        if not self.answers:
            return None
        return sum(rating * count for rating, count in zip(RATINGS, self.counts, strict=True)) / self.answers


def _percent(part: int, whole: int) -> int:
    return (200 * part + whole) // (2 * whole) if whole else 0


@dataclass(frozen=True)
class Totals:
    """All counts of a period. by_day: day to kind to count; days without a count are not in it."""

    by_day: dict[dt.date, Counter[str]]

    def by_month(self, period: Period) -> list[tuple[dt.date, Counter[str]]]:
        """Return the counts of every month of `period`."""
        months: dict[dt.date, Counter[str]] = {month: Counter() for month in period.months}
        for day, counts in self.by_day.items():
            months[day.replace(day=1)].update(counts)
        return list(months.items())

    def every_day(self, period: Period) -> list[tuple[dt.date, Counter[str]]]:
        """Return the counts of every day of `period`."""
        days = (
            period.first + dt.timedelta(days=number) for number in range((period.end - period.first).days)
        )
        return [(day, self.by_day.get(day, Counter())) for day in days]

    def whole(self) -> Counter[str]:
        """Return the counts of the whole period."""
        return sum(self.by_day.values(), Counter())


def totals(course: Course, period: Period) -> Totals:
    """Return all counts of `period`. One query."""
    by_day: dict[dt.date, Counter[str]] = defaultdict(Counter)
    rows = _counted(course, period, [DailyCount.By.ALL]).values_list("day", "kind", "count")
    for day, kind, count in rows.order_by("day"):
        by_day[day][kind] += count
    return Totals(dict(by_day))


def _counted(course: Course, period: Period, by: list[str]) -> QuerySet[DailyCount]:
    return DailyCount.objects.filter(course=course, by__in=by, day__gte=period.first, day__lt=period.end)


def breakdowns(course: Course, period: Period, today: dt.date) -> dict[str, Breakdown]:
    """Return what may be shown by county and by language: property to Breakdown. One query."""
    quarters = period.quarters_over(today)
    shown = [DailyCount.By.COUNTY, DailyCount.By.LANGUAGE]
    found: dict[tuple[str, dt.date, str], Counter[str]] = defaultdict(Counter)
    rows = (
        _counted(course, period, [DailyCount.By.ALL, *shown])
        .annotate(quarter=TruncQuarter("day"))
        .values_list("by", "quarter", "kind", "value")
        .annotate(total=Sum("count"))
        .order_by()
    )
    for by, quarter, kind, value, total in rows:
        if quarter in quarters:
            found[by, quarter, kind][value] += total
    return {
        by: Breakdown(
            by,
            {
                (quarter, kind): join_small(_with_the_untold(found[by, quarter, kind], all_of[""]))
                for (of, quarter, kind), all_of in sorted(found.items())
                if of == DailyCount.By.ALL
            },
        )
        for by in shown
    }


def _with_the_untold(told: Mapping[str, int], total: int) -> dict[str, int]:
    # Who did not tell is a group like the others: small, it could be worked out and give another away.
    return {**told, NOT_TOLD: max(total - sum(told.values()), 0)}


@dataclass(frozen=True)
class ClassFigure:
    """What one class counted. `group` is None for a code whose class is not known."""

    code: str
    group: TrainingClass | None
    counts: Counter[str]


def classes(course: Course, period: Period) -> list[ClassFigure]:
    """Return the classes that counted something in `period`, the latest first. Two queries."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    rows = _counted(course, period, [DailyCount.By.CLASS]).values_list("value", "kind")
    for code, kind, total in rows.annotate(total=Sum("count")).order_by():
        counts[code][kind] += total
    groups = {group.code: group for group in TrainingClass.objects.filter(code__in=counts)}
    found = [ClassFigure(code, groups.get(code), counts[code]) for code in counts]
    return sorted(
        found, key=lambda row: (row.group.held_on if row.group else dt.date.min, row.code), reverse=True
    )


def class_counts(group: TrainingClass) -> Counter[str]:
    """Return what the class has counted since it was made: kind to count. One query."""
    rows = DailyCount.objects.filter(course_id=group.course_id, by=DailyCount.By.CLASS, value=group.code)
    return Counter(dict(rows.values_list("kind").annotate(total=Sum("count")).order_by()))


def items(course: Course) -> list[ItemFigure]:
    """Return the quiz questions in every version that was answered, the hardest first. Three queries.

    Those with too few answers come last. A question that was never asked stands with the version of now.
    """
    counts: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for question_id, version, what, count in ItemCount.objects.filter(question__course=course).values_list(
        "question", "course_version", "what", "count"
    ):
        counts[question_id, version][what] = count
    found = []
    questions = Question.objects.filter(course=course, purpose=Question.Purpose.QUIZ)
    for question in questions.prefetch_related("choices"):
        versions = {version for pk, version in counts if pk == question.pk}
        if not question.is_draft:
            versions.add(course.version)
        found += [_item(question, version, counts[question.pk, version]) for version in versions]
    return sorted(
        found,
        key=lambda item: (not item.is_telling, item.percent, item.question.slug, -item.version),
    )


def _item(question: Question, version: int, counts: Counter[str]) -> ItemFigure:
    asked = counts[ItemCount.ASKED]
    options = [
        OptionFigure(
            choice.key,
            str(choice.text),
            choice.is_right,
            counts[choice.key],
            _percent(counts[choice.key], asked),
        )
        for choice in question.choices.all()
    ]
    return ItemFigure(
        question, version, asked, counts[ItemCount.RIGHT], options if asked >= ENOUGH_ANSWERS else []
    )


def rated_months(
    course: Course, period: Period, today: dt.date
) -> dict[tuple[str, str, dt.date], RatingFigure]:
    """Return (statement, moment, month) to its ratings, where there are enough, of months over. One query."""
    months = period.months_over(today)
    counts: dict[tuple[str, str, dt.date], Counter[int]] = defaultdict(Counter)
    rows = (
        RatingCount.objects.filter(course=course, day__gte=period.first, day__lt=period.end)
        .annotate(month=TruncMonth("day"))
        .values_list("statement", "moment", "month", "rating")
        .annotate(total=Sum("count"))
        .order_by()
    )
    for statement, moment, month, rating, total in rows:
        if month in months:
            counts[statement, moment, month][rating] += total
    return {
        key: RatingFigure(tuple(counted[rating] for rating in RATINGS))
        for key, counted in sorted(counts.items())
        if sum(counted.values()) >= LEAST
    }


def summed(
    months: Mapping[tuple[str, str, dt.date], RatingFigure], statement: str, moment: str
) -> RatingFigure:
    """Return the ratings of one statement at one moment in all of `months` together."""
    chosen = [
        figure.counts
        for (what, when, _month), figure in months.items()
        if (what, when) == (statement, moment)
    ]
    return RatingFigure(tuple(map(sum, zip(*chosen, strict=True))) if chosen else (0,) * len(RATINGS))
