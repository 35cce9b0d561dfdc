"""Public figures: what may be shown, that nothing small can be worked out of it, and who publishes."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from itertools import product

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from reporting import figures, services
from reporting.figures import Counted, Period
from reporting.formtoken import BoxToken
from reporting.models import Conflict, FigureRelease, Report, ReportBlock, ReportEvent, SealedPart
from reporting.suppression import LEAST, Axis, cross, groups_of, is_partition, rounded
from tests.reporting.attacker import Attacker, equations_of

PERIOD = Period(None, dt.date(2026, 7, 1))
KINDS, PLACES, AGES = ("force", "policing", "other"), ("west", "east"), ("9-11", "12-14", "15-17")
SMALL = (Axis("kind", KINDS), Axis("division", PLACES), Axis("age", AGES, ordered=True))
SLUGS = {axis.name: axis.slugs for axis in SMALL}


@pytest.fixture
def small_axes(monkeypatch):
    """Let three kinds, two places and three ages be all there are, so that an attacker is quick."""
    use_small(monkeypatch.setattr)


def use_small(set_attribute):
    kind, place, age = SMALL
    for name, value in {
        "KIND": kind,
        "AXES": SMALL,
        "CROSSED": ((kind, place), (kind, age)),
    }.items():
        set_attribute(figures, name, value)


def tally_of(counts):
    """Return the tally with these counts, in the order of all combinations of the small axes."""
    combinations = product(*SLUGS.values())
    return Counter({Counted(*cell): count for cell, count in zip(combinations, counts, strict=True) if count})


# Few reports, a big group beside tiny ones, many empty cells: where suppression usually leaks.
COUNTS = st.lists(
    st.one_of(st.just(0), st.integers(0, 12), st.integers(5, 60)), min_size=18, max_size=18
).map(tally_of)


def attack(tables, tally):
    return equations_of(tables, SLUGS, lambda members: sum(tally[Counted(*cell)] for cell in members))


# --- Nothing small can be worked out ---


@pytest.mark.usefixtures("small_axes")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tally=COUNTS, extra=st.sets(st.integers(0, 17), min_size=2, max_size=4))
def test_no_combination_of_published_tables_yields_a_cell_under_ten(tally, extra):
    """For every hidden cell of under ten the attacker finds a table that fits all and has ten or more in it.

    That table is whole numbers, so it could be the true one. A sum of cells can be as large as its greatest
    part at least, so the same holds for every subtotal; some are tried all the same.
    """
    tables = figures.plan_of(PERIOD, tally).tables
    if tables is None:
        event("nothing published")
        assert sum(tally.values()) < LEAST
        return
    event(f"{len(tables['two'])} cross tables")
    cells, equations = attack(tables, tally)
    attacker = Attacker(cells, equations)
    for cell in cells:
        if tally[Counted(*cell)] >= LEAST:
            continue
        table = attacker.whole_table(cell, LEAST)
        assert table, cell
        assert table[cell] >= LEAST
        assert all(value >= 0 and value.denominator == 1 for value in table.values())
        for members, total in equations:
            assert sum(table[each] for each in members) == total
    assert attacker.greatest({cells[number] for number in extra})[0] >= LEAST


@pytest.mark.usefixtures("small_axes")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tally=COUNTS)
def test_every_published_number_counts_ten_and_is_rounded(tally):
    tables = figures.plan_of(PERIOD, tally).tables
    if tables is None:
        return
    _cells, equations = attack(tables, tally)
    assert min(total for _members, total in equations) >= LEAST
    shown = [tables["total"], *(row["count"] for rows in tables["one"].values() for row in rows)]
    shown += [cell["count"] for two in tables["two"] for cell in two["cells"]]
    assert all(count >= LEAST and count % 5 == 0 for count in shown)
    for axis in SMALL:
        groups = [tuple(row["of"]) for row in tables["one"][axis.name]]
        assert groups == [] or is_partition(groups, axis)


def test_the_attacker_finds_what_careless_tables_give_away():
    """One cell blanked, all margins shown: the attacker subtracts. Or the test above proves nothing."""
    tally = tally_of([20, 0, 0, 20, 0, 0, 3, 0, 0, 20, 0, 0, 20, 0, 0, 20, 0, 0])
    careless = {
        "one": {
            "kind": [{"of": [kind]} for kind in KINDS],
            "division": [{"of": [place]} for place in PLACES],
        },
        "two": [
            {
                "rows": "kind",
                "columns": "division",
                "cells": [
                    {"row": [kind], "column": [place]}
                    for kind, place in product(KINDS, PLACES)
                    if (kind, place) != ("policing", "west")
                ],
            }
        ],
    }
    cells, equations = attack(careless, tally)
    hidden = {cell for cell in cells if cell[:2] == ("policing", "west")}
    assert Attacker(cells, equations).greatest(hidden)[0] == 3


def test_tables_that_meet_in_a_ring_would_give_a_cell_away():
    """Why our tables meet in one axis: all these numbers are ten or more, and a cell is known to be empty."""
    slugs = {"kind": ("a", "b"), "division": ("c", "d"), "age": ("e", "f")}
    empty = {("a", "c", "e"), ("b", "d", "f")}
    pairs = [("kind", "division"), ("division", "age"), ("kind", "age")]
    ring = {
        "one": {},
        "two": [
            {
                "rows": one,
                "columns": other,
                "cells": [{"row": [x], "column": [y]} for x, y in product(slugs[one], slugs[other])],
            }
            for one, other in pairs
        ],
    }
    cells, equations = equations_of(ring, slugs, lambda members: 10 * len(members - empty))
    assert min(total for _members, total in equations) == 10
    assert Attacker(cells, equations).greatest({("a", "c", "e")})[0] == 0
    assert {rows for rows, _columns in figures.CROSSED} == {figures.KIND}


@settings(max_examples=100, deadline=None)
@given(counts=st.lists(st.integers(0, 40), min_size=7, max_size=7), ordered=st.booleans())
def test_groups_take_in_everything_once_and_neighbours_stay_together(counts, ordered):
    axis = Axis("x", tuple("abcdefg"), ordered)
    groups = groups_of(axis, dict(zip(axis.slugs, counts, strict=True)))
    assert is_partition(groups, axis)
    sizes = [sum(counts[axis.slugs.index(slug)] for slug in group) for group in groups]
    assert len(groups) == 1 or min(sizes) >= LEAST
    if ordered:
        assert "".join(slug for group in groups for slug in group) == "abcdefg"


def test_zero_is_hidden_like_one_to_nine_and_large_groups_stand_alone():
    axis = Axis("x", ("a", "b", "c", "d"))
    assert groups_of(axis, {"a": 30, "b": 20, "c": 15, "d": 10}) == [("a",), ("b",), ("c",), ("d",)]
    assert groups_of(axis, {"a": 30, "b": 20, "c": 15}) == [("a",), ("b",), ("c", "d")]
    assert groups_of(axis, {"a": 30, "b": 20, "c": 6, "d": 4}) == [("a",), ("b",), ("c", "d")]
    table = cross(axis, Axis("y", ("e", "f")), Counter({("a", "e"): 12, ("a", "f"): 3, ("b", "f"): 14}))
    assert table is None
    assert [rounded(count) for count in (10, 12, 13, 17, 18)] == [10, 10, 15, 15, 20]


# --- Releases ---


@pytest.mark.usefixtures("small_axes")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=COUNTS, later=COUNTS)
def test_two_releases_differ_by_nothing_or_by_whole_safe_periods(first, later):
    """Each number of the first is in the second unchanged; what is new is safe by itself: other reports."""
    before = figures.plan_of(PERIOD, first).tables
    added = figures.plan_of(Period(PERIOD.end, dt.date(2027, 1, 1)), later).tables
    one, two = [[each for each in (before,) if each], [each for each in (before, added) if each]]
    assert two[: len(one)] == one
    for period in two[len(one) :]:
        _cells, equations = attack(period, later)
        assert min(total for _members, total in equations) >= LEAST


def test_periods_follow_each_other_without_a_gap_and_are_thirty_days_old(db):
    assert figures.next_period(dt.date(2026, 11, 22), None) == Period(None, dt.date(2026, 7, 1))
    # The last Monday before July is June 29; its week ends on July 5.
    assert figures.next_period(dt.date(2026, 8, 4), None).end == dt.date(2026, 1, 1)
    assert figures.next_period(dt.date(2026, 8, 5), None).end == dt.date(2026, 7, 1)
    release = FigureRelease(
        published_on=dt.date(2026, 9, 1), tables={"periods": [{"from": "", "to": "2026-07-01"}]}
    )
    assert figures.next_period(dt.date(2026, 12, 1), release) is None
    assert figures.next_period(dt.date(2027, 3, 1), release) == Period(
        dt.date(2026, 7, 1), dt.date(2027, 1, 1)
    )
    assert figures.next_period(dt.date(2028, 3, 1), release) == Period(
        dt.date(2026, 7, 1), dt.date(2028, 1, 1)
    )


# --- Counting sealed reports ---


@pytest.fixture
def old_report(make_report):
    """Return a function that files a report of spring 2026, with a yes to figures."""

    def make(consents=("figures",), **answers):
        report = make_report(consents=list(consents), **answers)
        Report.objects.filter(pk=report.pk).update(week=dt.date(2026, 3, 2))
        return report

    return make


def counted(room):
    return list(figures.counted_reports(PERIOD, room))


def test_only_a_yes_in_force_counts(old_report, make_report, case_room):
    old_report(incidents=["force"], county="shelby", students=[{"age": "12-14"}])
    old_report(consents=[])
    old_report(consents=["lawyer"])
    taken_back = old_report()
    box = BoxToken.new(taken_back.pk, taken_back.code)
    services.add_to_report(box=box, text="", withdraw=["figures"])
    make_report(consents=["figures"])  # too young
    assert counted(case_room) == [Counted("force", "west", "12-14")]


def test_spam_duplicates_and_emptied_reports_do_not_count(old_report, case_room, vault):
    first, spam, double, emptied = (old_report() for _ in range(4))
    services.set_status(report=spam, by=vault, status="spam")
    Report.objects.filter(pk=double.pk).update(duplicate_of=first)
    Report.objects.filter(pk=emptied.pk).update(part_count=0)
    assert counted(case_room) == [Counted("unknown", "unknown", "unsure")]


def test_several_ages_are_a_band_of_their_own_and_damage_is_told(old_report, case_room):
    old_report(students=[{"age": "12-14"}, {"age": "15-17"}])
    old_report(students=[{"age": "15-17"}, {"age": "15-17"}])
    damaged = old_report()
    SealedPart.objects.filter(report=damaged, kind="report").update(body=b"\x01x")
    found = counted(case_room)
    assert sorted(each.age for each in found if each) == ["15-17", "several"]
    assert found.count(None) == 1
    plan = figures.plan(PERIOD, case_room)
    assert (plan.total, plan.damaged, plan.tables) == (2, 1, None)


def test_counting_asks_the_same_queries_for_ten_reports_as_for_two(
    old_report, case_room, django_assert_num_queries
):
    for _ in range(2):
        old_report()
    with django_assert_num_queries(3):
        counted(case_room)
    for _ in range(8):
        old_report()
    with django_assert_num_queries(3):
        assert len(counted(case_room)) == 10


# --- Publishing ---


@pytest.fixture
def twenty(old_report):
    for number in range(22):
        old_report(incidents=["force" if number < 12 else "arrest"], county="shelby")


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr(figures.timezone, "localdate", lambda: dt.date(2026, 11, 22))


@pytest.mark.usefixtures("twenty", "today")
def test_what_was_looked_at_is_what_is_published_and_stays(vault, case_room, old_report):
    plan = figures.plan(PERIOD, case_room)
    release = figures.publish(by=vault, room=case_room, looked_at=plan.digest)

    (period,) = release.tables["periods"]
    assert (period["from"], period["to"], period["total"]) == ("", "2026-07-01", 20)
    assert [(row["of"][0], row["count"]) for row in period["one"]["kind"]] == [
        ("force", 10),
        ("policing", 10),
    ]
    published = ReportEvent.objects.get(kind="published")
    assert (published.subject, published.detail) == ("site", "the beginning to 2026-07-01")
    with pytest.raises(figures.Changed):
        figures.publish(by=vault, room=case_room, looked_at=plan.digest)
    assert FigureRelease.objects.count() == 1


@pytest.mark.usefixtures("twenty", "today")
def test_a_count_that_changed_meanwhile_is_shown_again(vault, case_room, old_report):
    looked_at = figures.plan(PERIOD, case_room).digest
    for _ in range(3):
        old_report(incidents=["force"])
    with pytest.raises(figures.Changed) as changed:
        figures.publish(by=vault, room=case_room, looked_at=looked_at)
    assert changed.value.args[0].total == 25
    assert not FigureRelease.objects.exists()


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("tie", ["conflict", "block"])
def test_who_is_tied_to_a_report_publishes_nothing(vault, case_room, old_report, tie):
    report = old_report()
    if tie == "conflict":
        Conflict.objects.create(member=vault, kind="school", token="ab" * 16)
    else:
        ReportBlock.objects.create(member=vault, report=report)
    with pytest.raises(figures.Tied):
        figures.publish(by=vault, room=case_room, looked_at=figures.plan(PERIOD, case_room).digest)


@pytest.mark.usefixtures("today")
def test_fewer_than_ten_are_never_published(vault, case_room, old_report):
    for _ in range(9):
        old_report()
    plan = figures.plan(PERIOD, case_room)
    assert plan.tables is None
    with pytest.raises(figures.Changed):
        figures.publish(by=vault, room=case_room, looked_at=plan.digest)


# --- The public page ---


@pytest.mark.usefixtures("twenty", "today")
def test_the_public_page_and_the_csv_show_the_snapshot_in_one_query(
    client, vault, case_room, django_assert_num_queries
):
    assert "No figures are published yet" in client.get("/figures/", secure=True).content.decode()
    figures.publish(by=vault, room=case_room, looked_at=figures.plan(PERIOD, case_room).digest)
    Report.objects.all().delete()

    with django_assert_num_queries(1):
        response = client.get("/figures/", secure=True)
    page = response.content.decode()
    assert "Until the end of June 2026" in page
    assert "Force or restraint" in page
    assert page.count("<rect") == 2
    assert " style=" not in page.split("<main")[1]
    assert "public" in response.headers["Cache-Control"]
    lines = list(
        csv.DictReader(io.StringIO(client.get("/figures/figures.csv", secure=True).content.decode()))
    )
    assert lines[0]["reports_rounded_to_5"] == "20"
    assert {(line["by"], line["group"]) for line in lines[1:]} >= {("kind", "force")}
    assert all(int(line["reports_rounded_to_5"]) >= LEAST for line in lines)
    assert timezone.localdate() == dt.date(2026, 11, 22)
