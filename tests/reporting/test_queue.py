"""The order of the queue, as a property: whatever comes in between, every report once, newest first."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.auth import get_user_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from reporting import bulk, comparepage, queue, search, tags
from reporting.filters import Filters
from reporting.models import Report
from reporting.queue import Cursor
from reporting.shown import Told

MONDAY = dt.date(2026, 1, 5)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(Report.Priority.values), st.sampled_from(Report.Status.values)
    ),
    min_size=1,
    max_size=14,
)


def put(weeks, priority="normal", status="new"):
    return Report.objects.create(
        id=uuid.uuid4(),
        week=MONDAY + dt.timedelta(weeks=weeks),
        priority=priority,
        status=status,
        lookup=uuid.uuid4().hex,
        reporter_public=b"",
        reporter_wrapped=b"",
    )


def walked(filters, user, size, between=lambda: None):
    """Return what paging shows; `between` runs between two pages."""
    seen, cursor = [], None
    while found := queue.following(filters, user, cursor, size):
        seen += found
        cursor = Cursor.parse(Cursor.of(found[-1]).text())
        between()
    return seen


class Paging(TestCase):
    """Each example runs in a transaction of its own."""

    @property
    def user(self):
        return get_user_model().objects.get_or_create(username="ann")[0]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        rows=ROWS, size=st.integers(1, 5), by_priority=st.booleans(), status=st.sampled_from(["open", "all"])
    )
    def test_every_report_stands_once_and_in_order_while_others_come_in(
        self, rows, size, by_priority, status
    ):
        filters = Filters.parse({"status": status, "order": "priority" if by_priority else ""})
        known = {put(*row).pk for row in rows}
        expected = set(filters.narrow(self.user).values_list("pk", flat=True))

        seen = walked(filters, self.user, size, between=lambda: len(rows) < 6 and put(5))

        pks = [report.pk for report in seen]
        assert len(pks) == len(set(pks))
        assert set(pks) & known == expected
        places = [
            (
                queue.RANKS.index(report.priority) if by_priority else 0,
                -report.week.toordinal(),
                -report.pk.int,
            )
            for report in seen
        ]
        assert places == sorted(places)

    @settings(max_examples=15, deadline=None)
    @given(rows=ROWS, piece=st.integers(1, 4))
    def test_a_bulk_act_reaches_every_report_once_and_is_taken_back(self, rows, piece):
        was = {put(*row).pk: row for row in rows}
        before, bulk.PIECE = bulk.PIECE, piece
        try:
            filters = Filters.parse({"status": "all"})
            act = bulk.begin(pk=uuid.uuid4(), by=self.user, act="priority", value="high", filters=filters)
            while not bulk.go_on(pk=act.pk, by=self.user, seconds=0).is_done:
                pass
            assert set(Report.objects.values_list("priority", flat=True)) == {"high"}
            back = bulk.take_back(act=act, by=self.user)
            while not bulk.go_on(pk=back.pk, by=self.user, seconds=0).is_done:
                pass
        finally:
            bulk.PIECE = before
        assert {report.pk: report.priority for report in Report.objects.all()} == {
            pk: priority for pk, (_weeks, priority, _status) in was.items()
        }


@given(st.text(max_size=60))
def test_a_cursor_is_what_it_was_or_nothing(text):
    cursor = Cursor.parse(text)
    assert cursor is None or Cursor.parse(cursor.text()) == cursor


@given(
    st.dictionaries(
        st.sampled_from(["status", "kind", "tag", "assigned", "order", "x"]), st.text(max_size=40)
    )
)
def test_filters_are_the_same_after_a_way_through_an_address(given_filters):
    filters = Filters.parse(given_filters)
    assert Filters.read(filters.query()) == filters


@given(st.text(max_size=60))
def test_a_tag_and_a_word_have_one_form(text):
    assert tags.normal(tags.normal(text)) == tags.normal(text)
    assert search.plain(search.plain(text)) == search.plain(text)


def test_words_are_found_without_case_accents_and_in_every_script():
    for written, typed in [("Reunión", "REUNION"), ("ﬁre", "FIRE"), ("שָׁלוֹם", "שלום"), ("Straße", "strasse")]:
        assert search.plain(typed) in search.plain(written)


def test_compared_answers_stand_beside_each_other():
    lines = comparepage.lines_of(
        [Told("Officer 1: Who", "a"), Told("Officer 2: Who", "b")],
        [Told("Who", "a"), Told("Words", "c", upsetting=True)],
    )
    assert [(line.heading, line.one, line.other, line.same, line.upsetting) for line in lines] == [
        ("Who", "a", "a", True, False),
        ("Officer 2: Who", "b", "", False, False),
        ("Words", "", "c", False, True),
    ]
