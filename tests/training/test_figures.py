"""Figures against numbers counted by hand, and what no page and no CSV may give away."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.lib.spreadsheet import FORMULA
from tests.training.staff import Member
from training import charts, figures
from training.figures import Period
from training.models import DailyCount, ItemCount, Question, RatingCount, TrainingClass

PAGE = "figures/"
TODAY = dt.date(2026, 11, 23)
MAY = dt.date(2026, 5, 5)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *args, **kwargs: TODAY)


@pytest.fixture
def trainer(course):
    return Member("trainer")


@pytest.fixture
def count(course):
    """Return a function that counts `times` on a day, as the pages of the course do."""

    def add(times, day=MAY, kind="started", **values):
        for by, value in [("all", ""), *values.items()]:
            row, _new = DailyCount.objects.get_or_create(
                course=course, day=day, kind=kind, by=by, value=value
            )
            row.count += times
            row.save()

    return add


def text_of(response):
    """Return the words of a page, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def table_of(response):
    """Return a CSV answer as dicts."""
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


# --- Who may ---


@pytest.mark.parametrize(
    ("role", "status"),
    [("editor", 200), ("trainer", 200), ("reviewer", 403), ("lead", 403), ("operator", 403)],
)
def test_editors_and_trainers_read_the_figures(course, role, status):
    member = Member(role)

    assert member.get(PAGE).status_code == status
    assert member.get(PAGE, csv="days").status_code == status


def test_a_visitor_is_sent_to_the_sign_in(client, course):
    assert client.get("/admin/training/figures/", secure=True).status_code == 302


def test_the_list_of_counts_holds_no_single_property(trainer, count):
    count(1, county="polk")

    page = text_of(trainer.get("dailycount/"))

    assert "1 daily count" in page
    assert not re.search("polk", page, re.I)
    for row in DailyCount.objects.all():
        status = trainer.get(f"dailycount/{row.pk}/change/").status_code
        assert status == (200 if row.by == "all" else 302)


# --- Totals ---


def test_totals_by_month_and_by_day_are_those_counted(trainer, count):
    count(3, dt.date(2026, 5, 5))
    count(4, dt.date(2026, 5, 31))
    count(2, dt.date(2026, 6, 1))
    count(1, dt.date(2026, 6, 1), kind="finished")

    months = text_of(trainer.get(PAGE))
    days = text_of(trainer.get(PAGE, **{"from": "2026-05", "to": "2026-05"}))
    told = table_of(trainer.get(PAGE, csv="days"))

    assert "May 2026 0 7 0 0 0 June 2026 0 2 1 0 0 July 2026 0 0 0 0 0" in months
    assert "All 0 9 1 0 0" in months
    assert "May 5, 2026 0 3 0 0 0 May 31, 2026 0 4 0 0 0 All 0 7 0 0 0" in days
    assert [(row["day"], row["started"], row["finished"]) for row in told] == [
        ("2026-05-05", "3", "0"), ("2026-05-31", "4", "0"), ("2026-06-01", "2", "1"),
    ]  # fmt: skip


def test_a_period_may_be_typed_the_wrong_way_round_and_nonsense_gives_the_last_year(trainer, count):
    count(3, dt.date(2026, 5, 5))

    turned = text_of(trainer.get(PAGE, **{"from": "2026-06", "to": "2026-05"}))
    nonsense = trainer.get(PAGE, **{"from": "2026-13", "to": "'; --"})

    assert "All 0 3 0 0 0" in turned
    assert nonsense.status_code == 200
    assert "Shown are the latest months" in text_of(nonsense)
    assert trainer.get(PAGE, csv="people").status_code == 404


def test_quarters_count_when_they_are_over_and_whole():
    period = Period(dt.date(2026, 2, 1), dt.date(2026, 11, 1))

    assert period.quarters_over(TODAY) == [dt.date(2026, 4, 1), dt.date(2026, 7, 1)]
    assert period.quarters_over(dt.date(2026, 9, 30)) == [dt.date(2026, 4, 1)]
    assert Period.of_last_year(TODAY).first == dt.date(2025, 10, 1)


# --- Counties and languages ---


def test_small_counties_are_told_together(trainer, count):
    count(12, county="shelby")
    count(7, county="knox")
    count(2, county="polk")
    count(9)

    page = trainer.get(PAGE)
    told = table_of(trainer.get(PAGE, csv="properties"))

    shown = {
        row["value"]: row["count"] for row in told if row["by"] == "county" and row["event"] == "started"
    }
    # Polk's two alone would be 30 less the rest: the seven of Knox go with them.
    assert shown == {"shelby": "12", "not-told": "9", "joined": "9"}
    assert "Shelby 0 12 0 0 0 Not told 0 9 0 0 0 Under 5 each, or joined with them 0 9 0 0 0" in text_of(page)
    assert not re.search("polk|knox", page.content.decode(), re.I)


def test_the_quarter_that_runs_is_not_told_yet(trainer, count):
    count(50, dt.date(2026, 10, 1), county="shelby")

    assert "No quarter of these months is over yet" in text_of(
        trainer.get(PAGE, **{"from": "2026-10", "to": "2026-11"})
    )
    assert table_of(trainer.get(PAGE, csv="properties")) == []


def test_a_county_is_counted_in_the_quarters_in_which_it_stands_alone(trainer, count):
    for day, knox in ((dt.date(2026, 2, 2), 6), (dt.date(2026, 5, 5), 3), (dt.date(2026, 8, 8), 8)):
        count(knox, day, county="knox")
        count(4, day, county="polk")
        count(20, day)

    found = figures.breakdowns(
        DailyCount.objects.first().course, Period(dt.date(2026, 1, 1), dt.date(2026, 9, 1)), TODAY
    )["county"]

    # In the first and last quarter the four of Polk take Knox with them; in the second both are small.
    assert found.alone("knox", "started") is None
    assert found.alone(figures.NOT_TOLD, "started") == 60
    assert found.rest("started") == 10 + 7 + 12


@settings(
    max_examples=25, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["shelby", "knox", "polk", ""]),
            st.sampled_from([dt.date(2026, 1, 9), dt.date(2026, 3, 9), MAY, dt.date(2026, 8, 1)]),
            st.integers(1, 9),
        ),
        max_size=8,
    )
)
def test_no_period_page_or_csv_gives_a_small_county_away(trainer, count, course, told):
    DailyCount.objects.all().delete()
    true = {}
    for county, day, times in told:
        count(times, day, **({"county": county} if county else {}))
        key = (figures.first_of_quarter(day), county or figures.NOT_TOLD)
        true[key] = true.get(key, 0) + times

    seen = set()
    for first, last in (
        ("2026-01", "2026-01"),
        ("2026-01", "2026-03"),
        ("2026-01", "2026-09"),
        ("2026-03", "2026-11"),
    ):
        for row in table_of(trainer.get(PAGE, csv="properties", **{"from": first, "to": last})):
            if row["by"] == "county":
                seen.add((dt.date.fromisoformat(row["from"]), row["value"], int(row["count"])))

    # Whatever period is asked for, a quarter looks the same, so that no difference tells more.
    assert len({(quarter, value) for quarter, value, _count in seen}) == len(seen)
    for quarter, value, times in seen - {each for each in seen if each[1] == "joined"}:
        assert true[quarter, value] == times >= 5
    for quarter in {quarter for quarter, _value, _count in seen}:
        hidden = [
            times for (of, value), times in true.items() if of == quarter
            and not any(each[:2] == (quarter, value) for each in seen)
        ]  # fmt: skip
        rest = next(each[2] for each in seen if each[:2] == (quarter, "joined"))
        alone = [each for each in seen if each[0] == quarter and each[1] != "joined"]
        assert rest == sum(hidden)
        # tests/training/test_smallcells.py shows that then none of them can be worked out.
        assert not alone or len(hidden) != 1


# --- Classes ---


def test_a_class_is_shown_from_one_person_up(trainer, count, course):
    TrainingClass.objects.create(course=course, code="AAAAAA", place="Library", held_on=MAY, closes_on=MAY)
    count(1, **{"class": "AAAAAA"})

    page = text_of(trainer.get(PAGE))
    told = table_of(trainer.get(PAGE, csv="properties"))

    assert "AAAAAA Library, May 5, 2026 0 1 0 0 0" in page
    assert [row["count"] for row in told if row["value"] == "AAAAAA" and row["event"] == "started"] == ["1"]


# --- Questions ---


def test_questions_come_hardest_first_with_the_share_of_each_option(trainer, course):
    first, second, third = Question.objects.served()[:3]
    for question, right, wrong in ((first, 8, 4), (second, 3, 9), (third, 2, 7)):
        keys = {choice.key: choice.is_right for choice in question.choices.all()}
        good = frozenset(key for key, is_right in keys.items() if is_right)
        bad = frozenset([next(key for key, is_right in keys.items() if not is_right)])
        for _each in range(right):
            ItemCount.add(question, course.version, good, is_right=True)
        for _each in range(wrong):
            ItemCount.add(question, course.version, bad, is_right=False)

    page = text_of(trainer.get(PAGE))
    told = table_of(trainer.get(PAGE, csv="items"))

    assert "Right: 25 % (3 of 12 answers)" in page
    assert (
        page.index("Right: 25 %") < page.index("Right: 67 %") < page.index("Too few to tell: fewer than 10")
    )
    assert " (right)" in page.replace("( right )", "(right)")
    by_option = {(row["question"], row["option"]): row for row in told}
    good = next(choice for choice in first.choices.all() if choice.is_right)
    row = by_option[first.slug, good.key]
    assert (row["asked"], row["right_percent"], row["chosen"], row["chosen_percent"]) == (
        "12",
        "67",
        "8",
        "67",
    )
    assert (row["is_right"], row["option_text"]) == ("yes", str(good.text))
    few = [row for row in told if row["question"] == third.slug]
    assert [(row["asked"], row["right"], row["chosen"]) for row in few] == [("under 10", "", "")]


# --- Self-ratings ---


def test_ratings_are_told_by_months_that_are_over_and_have_five(trainer, count, course):
    days = [MAY] * 5 + [dt.date(2026, 6, 6)] * 4 + [dt.date(2026, 11, 1)] * 9
    for day in days:
        RatingCount.add(course, "before", day, {"spot": 2})
    RatingCount.add(course, "before", MAY, {"spot": 5})
    count(1)

    page = text_of(trainer.get(PAGE))
    told = table_of(trainer.get(PAGE, csv="ratings"))

    assert "Mean 2.5, 6 answers." in page
    assert page.count("Too few to tell.") == 5
    assert [row["count"] for row in told] == ["0", "5", "0", "0", "1"]
    assert {row["month"] for row in told} == {"2026-05"}


# --- The whole page ---


def test_the_page_asks_the_database_the_same_number_of_questions_whatever_it_shows(trainer, count, course):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert trainer.get(PAGE).status_code == 200
        return len(asked)

    TrainingClass.objects.create(course=course, code="AAAAAA", place="x", held_on=MAY, closes_on=MAY)
    count(1, **{"class": "AAAAAA"})
    queries()
    few = queries()
    for number, place in enumerate(["shelby", "knox", "polk", "wilson"] * 5):
        code = f"AAAA{number:02}"
        TrainingClass.objects.create(course=course, code=code, place="x", held_on=MAY, closes_on=MAY)
        day = MAY + dt.timedelta(days=7 * number)
        count(6, day, county=place, language="en", **{"class": code})
        RatingCount.add(course, "before", day, {"spot": 1, "give": 2, "stay": 3})
    for question in Question.objects.served():
        for _each in range(12):
            ItemCount.add(question, course.version, frozenset("a"), is_right=False)

    assert queries() == few


def test_every_column_is_explained_and_no_cell_is_a_formula(trainer, count, course):
    group = TrainingClass.objects.create(
        course=course, code="AAAAAA", place="=cmd|' /C calc'!A0", held_on=MAY, closes_on=MAY
    )
    count(6, county="shelby", **{"class": group.code})
    RatingCount.add(course, "before", MAY, {"spot": 1})
    explained = table_of(trainer.get(PAGE, csv="dictionary"))

    for name in ("days", "properties", "items", "ratings"):
        answer = trainer.get(PAGE, csv=name)
        lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert lines[0] == [row["column"] for row in explained if row["file"] == name]
        assert not any(value.startswith(FORMULA) for line in lines for value in line)
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"].startswith(f'attachment; filename="naloxone-{name}-')
        assert "no-store" in answer["Cache-Control"]
    assert "'=cmd|" in trainer.get(PAGE, csv="properties").content.decode()


def test_without_any_count_the_page_says_so(trainer):
    page = text_of(trainer.get(PAGE))

    assert "No class has counted anything" in page
    assert page.count("Too few to tell.") == 6


def test_charts_are_announced_and_carry_no_style(trainer, count):
    count(3)
    page = trainer.get(PAGE).content.decode()

    assert page.count('role="img" aria-label="') == len(DailyCount.Kind)
    assert "style=" not in page


@pytest.mark.parametrize("number", [0, 1, 15, 31])
def test_a_chart_has_a_column_for_each_point(number):
    chart = charts.columns("Days <b>", [(f"day {place}", place) for place in range(number)])

    assert chart.count("<rect") == number
    assert "Days &lt;b&gt;" in chart
    assert chart.count("<text") == (2 * number if number <= charts.MOST_WORDS else 3)
