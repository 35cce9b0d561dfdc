"""The words of the course stay easy. Run with `-s` to see the table of figures."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from training import content, readability

FOLDER = content.FOLDER / "naloxone"
HARD = (
    "Administration of an opioid antagonist necessitates immediate assessment of respiratory function, "
    "particularly whenever additional pharmaceutical substances may potentially be involved."
)


def entries(name, table):
    return tomllib.loads((FOLDER / name).read_text())[table]


QUESTIONS = [*entries("bank.toml", "question"), *entries("checks.toml", "question")]
LESSONS = entries("course.toml", "lesson")


def test_easy_words_have_a_low_grade_and_hard_ones_a_high_one():
    assert readability.grade("Call 911. Give the spray. Help them breathe.") < 3
    assert readability.grade(HARD) > 12
    assert readability.grade("") == readability.grade("---") == readability.grade_of(["", " – "]) == 0


def test_only_the_words_of_markdown_are_measured():
    plain = "Stay safe.\n\nStay near them until the medics come.\n\nSee our list."
    marked = (
        "## Stay safe\n\n{drawing: recovery-position}\n\n- **Stay** near them until the medics come\n\n"
        "> See [our list](/resources/extraordinarily-administrative-organizations/)."
    )

    assert readability.blocks(marked) == [
        "Stay safe",
        "Stay near them until the medics come",
        "See our list.",
    ]
    assert readability.grade(marked) == readability.grade(plain)


def test_each_item_of_a_list_ends_as_a_sentence():
    items = ["a limp body all over", "cold or damp skin there", "lips that turn very blue"]
    as_list = "\n".join(f"- {item}" for item in items)

    assert readability.grade(as_list) == readability.grade(". ".join(items) + ".")
    assert readability.grade(as_list) < readability.grade(", ".join(items) + ".")


def test_a_point_in_a_number_and_a_quote_do_not_end_twice():
    assert readability.grade_of(["Take all of the 0.4 mg now"]) == readability.grade_of(
        ["Take all of the 4 mg now."]
    )
    assert readability.grade_of(["“Stay here with me.”"]) == readability.grade_of(["“Stay here with me”"])


def test_the_measure_is_not_rounded_on_the_way():
    text = " ".join(
        ["The brain can be hurt within minutes without oxygen."] * 7 + ["Act now, please, all of you."]
    )
    measure = readability._textstat()
    words, sentences = measure.lexicon_count(text), measure.sentence_count(text)
    expected = 0.39 * words / sentences + 11.8 * measure.syllable_count(text) / words - 15.59

    assert readability.grade(text) == pytest.approx(expected)


def test_importing_the_site_does_not_import_textstat():
    code = "import sys, training.readability; assert 'textstat' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=content.FOLDER.parents[1])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson["slug"])
def test_each_lesson_is_at_grade_6_or_lower(lesson):
    figure = readability.grade((FOLDER / "lessons" / f"{lesson['slug']}.md").read_text())

    print(f"\nlesson  {lesson['slug']:<32} grade {figure:4.1f}", end="")  # noqa: T201 (the figures are the point)
    assert figure <= readability.LIMIT


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["slug"])
def test_each_question_is_at_grade_6_or_lower(question):
    """The whole item counts. A stem of one sentence is too short for the formula: its figure is shown."""
    options = [text for option in question["options"] for text in (option["text"], option["feedback"])]
    figure = readability.grade_of([question["text"], *options])
    stem = readability.grade_of([question["text"]])

    print(f"\nitem    {question['slug']:<32} grade {figure:4.1f}   stem alone {stem:4.1f}", end="")  # noqa: T201
    assert figure <= readability.LIMIT
