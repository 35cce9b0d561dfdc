"""Loading again and again never undoes what staff changed; the words stay easy."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

from portal.lib.translated import Translations
from training import bank, content
from training.models import Course, Fact, Lesson, Question

LESSONS = sorted((Path(content.FOLDER) / "naloxone" / "lessons").glob("*.md"))
HIGHEST_GRADE = 6.5


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the course's files that a test may change."""
    return Path(shutil.copytree(content.FOLDER / "naloxone", tmp_path / "naloxone"))


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_everything_is_loaded_once(course):
    lines = []
    content.load(lines.append)

    assert Lesson.objects.count() == 7
    assert sum(Lesson.objects.values_list("seconds", flat=True)) == 15 * 60
    assert Question.objects.filter(purpose="quiz").count() == 42
    assert Question.objects.served().count() == 41
    assert Question.objects.checks().count() == 7
    assert Fact.objects.count() == 122
    assert not any("Kept" in line for line in lines)


def test_new_words_in_a_file_reach_the_page_and_empty_the_sign_off(course, folder):
    Lesson.objects.filter(number=5).update(reviewed_role="Nurse", reviewed_on=dt.date(2026, 11, 1))
    change(folder / "lessons" / "after-the-dose.md", "## And you?", "## And how are you?")

    content.load_course(folder, lambda line: None)

    lesson = Lesson.objects.get(number=5)
    assert "## And how are you?" in str(lesson.body)
    assert lesson.reviewed_on is None
    assert lesson.reviewed_role == ""


def test_what_staff_wrote_is_kept_and_reported(course, folder):
    lesson = Lesson.objects.get(number=5)
    lesson.title = Translations.of("After a dose")
    lesson.save()
    choice = Question.objects.get(slug="q20").choices.get(key="a")
    choice.feedback = Translations.of("Hunger is not the point.")
    choice.save()
    change(folder / "lessons" / "after-the-dose.md", "## And you?", "## New")
    change(folder / "bank.toml", "What makes an opioid overdose deadly?", "Why do people die of it?")
    lines = []

    content.load_course(folder, lines.append)

    lesson.refresh_from_db()
    choice.refresh_from_db()
    assert str(lesson.title) == "After a dose"
    assert "## New" not in str(lesson.body)
    assert str(choice.feedback) == "Hunger is not the point."
    assert "Kept what staff wrote: lesson 5. After a dose." in lines
    assert "Kept what staff wrote: question q20." in lines


def test_a_sign_off_survives_loading_the_same_words(course):
    Question.objects.filter(slug="q14").update(reviewed_role="Physician", reviewed_on=dt.date(2026, 11, 1))

    content.load(lambda line: None)

    assert Question.objects.get(slug="q14").awaits == ""
    assert Question.objects.get(slug="q15").awaits == "clinician"


def test_a_bank_with_a_fault_changes_nothing(course, folder):
    change(folder / "course.toml", "version = 1", "version = 2")
    change(
        folder / "bank.toml", '"Only nurses may give it."', '"Yes, you must carry it with you at all times."'
    )

    with pytest.raises(bank.BankFault, match="q35: Option c repeats"):
        content.load_course(folder, lambda line: None)
    assert Course.objects.get().version == 1


def test_a_lesson_with_an_unknown_fact_is_refused(db, folder):
    change(folder / "course.toml", '"F24"', '"F999"')

    with pytest.raises(bank.BankFault, match="F999 does not exist"):
        content.load_course(folder, lambda line: None)


def plain(text):
    """Return Markdown as sentences, each list line ended by a full stop."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    lines = [re.sub(r"^[#>\-\d. ]+", "", line).replace("*", "").strip() for line in text.splitlines()]
    return " ".join(line if line[-1] in ".?!:" else f"{line}." for line in lines if line)


def syllables(word):
    """Count the groups of vowels; a last silent e does not count. It errs upwards for short words."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(1, groups - (word.lower().endswith("e") and not word.lower().endswith(("le", "ee"))))


def grade(text):
    """Return the Flesch-Kincaid grade of `text` (Kincaid and others, 1975)."""
    sentences = max(1, len(re.findall(r"[.?!:]+(?=\s|$)", text)))
    words = re.findall(r"[A-Za-z][A-Za-z'’-]*", text)
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_is_easy_to_read_and_short(path):
    text = plain(path.read_text())
    figure = grade(text)
    print(f"{path.stem}: grade {figure:.1f}, {len(text.split())} words")  # noqa: T201 (the figures are the point)

    assert figure <= HIGHEST_GRADE
    assert len(text.split()) <= 470
    assert len(re.findall(r"^## ", path.read_text(), re.M)) in range(3, 6)


def test_the_questions_are_easy_to_read(course):
    texts = [str(question.text) for question in Question.objects.all()]

    assert grade(" ".join(texts)) <= HIGHEST_GRADE


@pytest.mark.parametrize("word", ["addict", "abuser", "victim", "clean", "dirty"])
def test_no_text_uses_a_word_that_shames(word):
    for path in LESSONS:
        assert not re.search(rf"\b{word}s?\b", path.read_text(), re.I), path.stem
