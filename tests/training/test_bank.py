"""The rules of the bank: each fault is refused, and the shipped bank has none."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from training import bank

FOLDER = Path(__file__).parents[2] / "training" / "content" / "naloxone"
SOURCES = {"F01": {"S15"}, "F99": set()}


def entries(name):
    return tomllib.loads((FOLDER / name).read_text())


def question(kind="single", right=("a",), **changed):
    options = tuple(bank.Option(key, f"Answer {key}", "Because.", key in right) for key in "abcd")
    text = "Which? Choose all that apply." if kind == "multi" else "Which?"
    return replace(bank.Written("q", kind, "", text, ("F01",), options), **changed)


def with_option(number, **changed):
    options = list(question().options)
    options[number] = replace(options[number], **changed)
    return question(options=tuple(options))


@pytest.mark.parametrize("good", [question(), question("multi", "ab"), question(critical="K1")])
def test_a_good_question_has_no_fault(good):
    assert bank.faults(good, SOURCES) == []


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
        (question(facts=("F99",)), "has a source"),
        (question(text=""), "no text"),
    ],
)
def test_each_fault_is_refused_with_a_sentence(bad, says):
    assert any(says in fault for fault in bank.faults(bad, SOURCES))


def test_faults_name_the_question_and_stop_the_bank():
    entry = entries("bank.toml")["question"][0]
    broken = entry | {"options": [*entry["options"][:3], entry["options"][0]]}

    with pytest.raises(bank.BankFault, match="q01: Option a repeats"):
        bank.check_bank([broken], {code: {"S01"} for code in entry["facts"]})
    with pytest.raises(bank.BankFault, match="q01: two questions"):
        bank.check_bank([entry, entry], {code: {"S01"} for code in entry["facts"]})
    with pytest.raises(bank.BankFault, match="'options' is missing"):
        bank.check_bank([{key: value for key, value in entry.items() if key != "options"}], {})


def test_the_shipped_bank_is_whole():
    questions = entries("bank.toml")["question"]
    sources = {fact["id"]: set(fact["sources"]) for fact in entries("facts.toml")["fact"]}

    bank.check_bank(questions, sources)

    assert len(questions) == 42
    assert Counter(q["critical"] for q in questions if "critical" in q) == {f"K{n}": 2 for n in range(1, 9)}
    assert [q["slug"] for q in questions if q.get("draft")] == ["q34"]
    assert {q["slug"] for q in questions if q.get("signoff")} >= {"q14", "q15", "q34", "q42"}


def test_right_answers_are_spread_and_seldom_the_longest():
    singles = [q for q in entries("bank.toml")["question"] if q["kind"] == "single"]
    letters = Counter(next(o["key"] for o in q["options"] if o.get("right")) for q in singles)
    longest = sum(max(q["options"], key=lambda o: len(o["text"])).get("right", False) for q in singles)

    assert min(letters.values()) >= 8
    assert longest / len(singles) <= 0.4


def test_no_lesson_rests_on_what_nobody_has_confirmed():
    marks = {fact["id"]: fact["mark"] for fact in entries("facts.toml")["fact"]}
    lessons = entries("course.toml")["lesson"]

    resting = {code for lesson in lessons for code in lesson["facts"] if marks[code] == "known"}

    assert resting == set()
    assert not {"F36", "F57", "F74"} & {code for lesson in lessons for code in lesson["facts"]}
