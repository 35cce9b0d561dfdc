"""An attacker who knows the total, what is shown and the rule cannot work out a small count."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.smallcells import LEAST, join_small

breakdowns = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40))


@given(breakdowns)
def test_the_sum_stays_and_nothing_small_stands_alone(counts):
    shown = join_small(counts)

    assert sum(shown.alone.values()) + shown.rest == sum(counts.values())
    assert all(counts[category] == count >= LEAST for category, count in shown.alone.items())
    # The rest is nobody, everybody, or more than one small group.
    assert shown.rest == 0 or not shown.alone or shown.rest >= LEAST


@pytest.mark.parametrize(("categories", "most"), [(2, 30), (3, 13), (4, 8)])
def test_no_small_count_can_be_worked_out(categories, most):
    worlds = defaultdict(list)
    for counts in itertools.product(range(most + 1), repeat=categories):
        shown = join_small(dict(enumerate(counts)))
        worlds[tuple(sorted(shown.alone.items())), shown.rest].append(counts)

    for (alone, _rest), possible in worlds.items():
        for category in set(range(categories)) - {name for name, _count in alone}:
            might_be = {counts[category] for counts in possible}
            assert len(might_be) > 1 or might_be == {0}, (alone, possible)


@pytest.mark.parametrize(("categories", "most"), [(3, 13), (4, 8)])
def test_nor_when_it_is_known_that_no_count_is_zero(categories, most):
    worlds = defaultdict(list)
    for counts in itertools.product(range(1, most + 1), repeat=categories):
        shown = join_small(dict(enumerate(counts)))
        worlds[tuple(sorted(shown.alone.items())), shown.rest].append(counts)

    for (alone, _rest), possible in worlds.items():
        for category in set(range(categories)) - {name for name, _count in alone}:
            # Where nothing stands alone there is only the total, which is told anyway.
            assert not alone or len({counts[category] for counts in possible}) > 1, (alone, possible)


def test_one_small_count_takes_the_next_smallest_with_it():
    shown = join_small({"davidson": 40, "knox": 12, "polk": 2, "not told": 9})

    assert shown.alone == {"davidson": 40, "knox": 12}
    assert shown.rest == 11


def test_where_nothing_is_small_everything_stands_alone():
    assert join_small({"davidson": 40, "knox": 12, "polk": 0}).alone == {"davidson": 40, "knox": 12}
