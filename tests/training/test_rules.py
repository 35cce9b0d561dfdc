"""Draw and pass rules, held against an oracle that was written apart from them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.draw import BankTooSmall, Item, draw_items, draw_refresher, shuffled, siblings
from training.scoring import is_right, score

TOPICS = [f"K{number}" for number in range(1, 9)]
KEYS = "abcd"


def bank_of(chance):
    """Return a bank with two questions a topic and three for each lesson."""

    def item(slug, lesson, critical):
        right = frozenset(chance.sample(KEYS, chance.choice([1, 1, 1, 2, 3])))
        return Item(slug, lesson, critical, tuple(KEYS), right)

    critical = [item(f"{topic}-{n}", chance.randint(1, 7), topic) for topic in TOPICS for n in (1, 2)]
    others = [item(f"l{lesson}-{n}", lesson, "") for lesson in range(1, 8) for n in (1, 2, 3)]
    return critical + others


def passes(asked, answers, again, second):
    """Say whether an attempt passes: the written rules, one by one, without the code under test."""
    right = 0
    for item in asked:
        if set(answers.get(item.slug, ())) == set(item.right):
            right += 1
    if right < 10:
        return False
    for topic in TOPICS:
        first = next(item for item in asked if item.critical == topic)
        if set(answers.get(first.slug, ())) == set(first.right):
            continue
        others = [item for item in again if item.critical == topic and item.slug != first.slug]
        if not any(set(second.get(item.slug, ())) == set(item.right) for item in others):
            return False
    return True


def sheet(chance, items, share_right):
    """Return answers, each right with the chance `share_right`, else anything or nothing."""
    answers = {}
    for item in items:
        if chance.random() < share_right:
            answers[item.slug] = item.right
        elif chance.random() < 0.9:
            answers[item.slug] = frozenset(chance.sample(KEYS, chance.randint(0, 4)))
    return answers


@given(st.integers(0, 2**32), st.sampled_from([0.2, 0.8, 0.9, 0.95, 1.0]))
@settings(max_examples=10_000, deadline=None)
def test_scoring_equals_the_oracle_on_random_sheets(seed, share):
    chance = random.Random(seed)
    bank = bank_of(chance)
    asked = draw_items(bank, chance)
    answers = sheet(chance, asked, share)
    first = score(asked, answers)
    again = siblings(bank, asked, first.missed)
    second = sheet(chance, again, share)

    whole = score(asked, answers, again, second)

    assert first.is_passed == passes(asked, answers, [], {})
    assert whole.is_passed == passes(asked, answers, again, second)
    assert whole.right == first.right == sum(is_right(i, answers.get(i.slug, frozenset())) for i in asked)
    assert not (whole.is_passed and whole.open)
    cleared = {item.critical for item in again if is_right(item, second.get(item.slug, frozenset()))}
    wrong = {item.critical for item in asked if not is_right(item, answers.get(item.slug, frozenset()))}
    assert not (whole.is_passed and (wrong - {""}) - cleared)


@given(st.integers(0, 2**32))
@settings(max_examples=500, deadline=None)
def test_every_draw_keeps_the_blueprint(seed):
    chance = random.Random(seed)
    bank = bank_of(chance)

    drawn = draw_items(bank, chance)

    others = [item.lesson for item in drawn if not item.critical]
    assert len({item.slug for item in drawn}) == 12
    assert sorted(item.critical for item in drawn if item.critical) == TOPICS
    assert sorted(5 if lesson == 4 else lesson for lesson in others) == [1, 5, 6, 7]


@given(st.integers(0, 2**32), st.sets(st.sampled_from(TOPICS)))
@settings(max_examples=200, deadline=None)
def test_the_other_question_is_on_the_same_topic_and_new(seed, topics):
    chance = random.Random(seed)
    bank = bank_of(chance)
    asked = draw_items(bank, chance)

    found = siblings(bank, asked, sorted(topics))

    assert [item.critical for item in found] == sorted(topics)
    assert not {item.slug for item in found} & {item.slug for item in asked}


def test_draws_reach_every_question():
    bank = bank_of(random.Random(1))
    chance = random.Random(2)

    seen = {item.slug for _ in range(300) for item in draw_items(bank, chance)}

    assert seen == {item.slug for item in bank if item.critical or item.lesson in {1, 4, 5, 6, 7}}


@pytest.mark.parametrize("gone", ["K3", "lesson 6", "lesson 4 or lesson 5"])
def test_a_bank_without_a_topic_is_refused_by_name(gone):
    chance = random.Random(3)
    lessons = {int(word) for word in gone.split() if word.isdigit()}
    bank = [i for i in bank_of(chance) if i.critical != gone and (i.critical or i.lesson not in lessons)]

    with pytest.raises(BankTooSmall, match=gone):
        draw_items(bank, chance)


def test_a_sheet_without_all_topics_cannot_be_scored():
    chance = random.Random(4)
    asked = draw_items(bank_of(chance), chance)

    for broken in (asked[:-1], [*asked[:-1], asked[0]], []):
        with pytest.raises(ValueError, match="full set"):
            score(broken, {})


def test_the_same_question_again_clears_nothing():
    chance = random.Random(5)
    asked = draw_items(bank_of(chance), chance)
    missed = next(item for item in asked if item.critical == "K5")
    answers = {item.slug: item.right for item in asked if item is not missed}

    assert score(asked, answers, [missed], {missed.slug: missed.right}).open == ("K5",)


@given(st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_a_refresher_asks_six_points_that_save_a_life(seed):
    chance = random.Random(seed)

    drawn = draw_refresher(bank_of(chance), chance)

    assert len({item.critical for item in drawn}) == len(drawn) == 6
    assert {item.critical for item in drawn} <= set(TOPICS)


def test_a_refresher_without_six_points_is_refused():
    bank = [item for item in bank_of(random.Random(6)) if item.critical not in TOPICS[:3]]

    with pytest.raises(BankTooSmall):
        draw_refresher(bank, random.Random(6))


def test_the_order_of_options_belongs_to_the_seed():
    orders = {tuple(shuffled(KEYS, f"seed {number}")) for number in range(500)}

    assert len(orders) == 24
    assert all(sorted(order) == list(KEYS) for order in orders)
    assert shuffled(KEYS, "one") == shuffled(KEYS, "one")
