"""The rules of questions: each fault is refused beside the same question that passes."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training import bank

FOLDER = Path(__file__).parents[2] / "training" / "content" / "naloxone"
FACTS = {
    "F01": bank.Backing(has_source=True),
    "F98": bank.Backing(has_source=False, is_known=True),
    "F99": bank.Backing(has_source=False),
}
HARD = "Administration of respiratory stimulation necessitates considerable interdisciplinary experience."


def entries(name):
    return tomllib.loads((FOLDER / name).read_text())


def question(kind="single", right=("a",), **changed):
    options = tuple(bank.Option(key, f"Answer {key}.", "This is why.", key in right) for key in "abcd")
    text = "Which? Choose all that apply." if kind == "multi" else "Which?"
    return replace(bank.Written("q", kind, "", text, ("F01",), options), **changed)


def with_option(number, **changed):
    options = list(question().options)
    options[number] = replace(options[number], **changed)
    return question(options=tuple(options))


def with_lengths(number, *lengths, **changed):
    """Return a question whose options have these lengths; the first one is right."""
    options = tuple(
        bank.Option(key, "x" * length, "This is why.", key == "a")
        for key, length in zip("abcd", lengths, strict=False)
    )
    return question(slug=f"q{number}", options=options, **changed)


@pytest.mark.parametrize(
    "good",
    [
        question(),
        question("multi", "ab"),
        question(critical="K1"),
        question(facts=("F01", "F98")),
        question(facts=("F98",), is_draft=True),
        question(text="Which? (Draft: ask a lawyer.)", is_draft=True),
    ],
)
def test_a_good_question_has_no_fault(good):
    assert bank.faults(good, FACTS) == []


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (with_option(1, text=" answer  A."), "repeats the text"),
        (with_option(1, text=""), "has no text"),
        (with_option(2, feedback=" "), "has no feedback"),
        (with_option(2, key="a"), "same letter"),
        (with_option(0, text="I am not sure"), "cannot be the right answer"),
        (question(right=()), "needs exactly 1"),
        (question(right=("a", "b")), "needs exactly 1"),
        (question("multi", "a"), "needs at least 2"),
        (question("multi", "ab", text="Which?"), "Choose all that apply"),
        (question(options=question().options[:2]), "Write 3 or 4"),
        (question(options=question().options * 2), "Write 3 or 4"),
        (question("essay"), "The kind is"),
        (question(critical="K9"), "The critical topic"),
        (question(facts=()), "names no fact"),
        (question(facts=("F01", "F77")), "Fact F77 does not exist"),
        (question("multi", "abcd"), "needs a wrong one"),
        (question(facts=("F01", "F99")), "Fact F99 has no source"),
        (question(facts=("F99",), is_draft=True), "Fact F99 has no source"),
        (question(facts=("F98",)), "None of its facts (F98) has a source"),
        (question(text="Which? (Draft: ask a lawyer.)"), "Mark it as a draft"),
        (with_option(3, feedback="Wrong. (DRAFT: check.)"), "Mark it as a draft"),
        (with_option(3, feedback=" ".join([HARD] * 3)), "Its reading grade is"),
        (question(text=""), "no text"),
    ],
)
def test_each_fault_is_refused_with_a_sentence(bad, says):
    assert any(says in fault for fault in bank.faults(bad, FACTS))


@settings(deadline=None)
@given(
    st.sampled_from(("single", "multi", "true-false")),
    st.lists(
        st.tuples(st.sampled_from(("Yes", "yes.", "No", "May be")), st.booleans()), min_size=1, max_size=5
    ),
)
def test_options_are_good_exactly_when_they_differ_and_enough_are_right(kind, drawn):
    options = tuple(
        bank.Option("abcde"[number], text, "This is why.", is_right)
        for number, (text, is_right) in enumerate(drawn)
    )
    right, asked = sum(is_right for _text, is_right in drawn), len(drawn)
    has_right_count = 2 <= right < asked if kind == "multi" else right == 1
    differ = len({text.lower().strip(".") for text, _is_right in drawn}) == asked

    is_good = bank.faults(question(kind, options=options), FACTS) == []

    assert is_good == (has_right_count and differ and asked in (3, 4))


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_the_only_longest_is_longer_than_every_other(lengths):
    found = bank.only_longest(["x" * length + " " for length in lengths])

    longest = [number for number, length in enumerate(lengths) if length == max(lengths)]
    assert found == (longest[0] if len(longest) == 1 else None)


def test_length_must_not_give_the_answer_away():
    tell = [with_lengths(number, 9, 3, 4) for number in range(5)]
    hide = [with_lengths(number, 9, 9, 4) for number in range(5, 11)]

    assert bank.longest_right(tell + hide) == (["q0", "q1", "q2", "q3", "q4"], 11)
    assert bank.share_faults(tell[:4] + hide, "the quiz") == []  # 4 of 10 is just allowed
    assert "5 of 11 questions (45.5%). At most 40%" in bank.share_faults(tell + hide, "the quiz")[0]
    assert "q0, q1, q2, q3, q4" in bank.share_faults(tell + hide, "the quiz")[0]


def test_drafts_do_not_count_and_a_small_bank_has_no_share():
    tell = [with_lengths(number, 9, 3, 4) for number in range(5)]
    hide = [with_lengths(number, 3, 9, 4) for number in range(5, 10)]
    held_back = [replace(each, is_draft=True) for each in tell[:1]]

    assert bank.is_too_often(tell + hide)
    assert not bank.is_too_often(tell + hide[:4])
    assert not bank.is_too_often(held_back + tell[1:] + hide)


def test_each_critical_topic_needs_two_questions_that_are_asked():
    topics = [with_lengths(n, 3, 3, 3, critical=f"K{n % 8 + 1}") for n in range(16)]
    one_draft = [replace(topics[0], is_draft=True), *topics[1:]]

    assert bank.bank_faults(topics) == []
    (fault,) = bank.bank_faults(one_draft)
    assert "Questions on critical topic K1 that are asked: 1. Each topic needs 2" in fault


def test_a_question_is_read_from_a_file_in_plain_words_or_in_languages():
    entry = entries("bank.toml")["question"][0]
    in_two = entry | {"text": {"en": entry["text"], "es": "¿Qué piensa?"}}

    assert bank.written(entry) == bank.written(in_two)
    with pytest.raises(bank.BankFault, match="'options' is missing"):
        bank.written({key: value for key, value in entry.items() if key != "options"})


def test_the_shipped_bank_is_whole():
    questions = entries("bank.toml")["question"]

    assert len(questions) == 42
    assert Counter(q["critical"] for q in questions if "critical" in q) == {f"K{n}": 2 for n in range(1, 9)}
    assert [q["slug"] for q in questions if q.get("draft")] == ["q34"]
    assert {q["slug"] for q in questions if q.get("signoff")} >= {"q14", "q15", "q34", "q42"}


def test_right_answers_are_spread_and_seldom_the_longest():
    questions = [bank.written(each) for each in entries("bank.toml")["question"]]
    letters = Counter(option.key for each in questions if each.kind == "single" for option in each.options
                      if option.is_right)  # fmt: skip

    assert min(letters.values()) >= 8
    assert bank.share(questions) <= bank.MOST_LONGEST_RIGHT


def test_no_lesson_rests_on_what_nobody_has_confirmed():
    marks = {fact["id"]: fact["mark"] for fact in entries("facts.toml")["fact"]}
    lessons = entries("course.toml")["lesson"]

    resting = {code for lesson in lessons for code in lesson["facts"] if marks[code] == "known"}

    assert resting == set()
    assert not {"F36", "F57", "F74"} & {code for lesson in lessons for code in lesson["facts"]}
