"""Loading again and again never undoes what staff changed; the words stay easy."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

from portal.lib.translated import Translations
from training import bank, content
from training.content.tongues import tongues
from training.models import Choice, Course, Fact, Lesson, Question
from training.screens import screens

LESSONS = sorted((Path(content.FOLDER) / "naloxone" / "lessons").glob("*.md"))
SPANISH = sorted((Path(content.FOLDER) / "naloxone" / "es" / "lessons").glob("*.md"))


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


def test_the_lessons_take_15_minutes(course):
    lessons = list(course.lessons.all())
    words = {lesson.slug: len(str(lesson.body).split()) for lesson in lessons}
    pace = {lesson.slug: words[lesson.slug] / lesson.seconds * 60 for lesson in lessons}
    print(f"{sum(words.values())} words; words a minute: {pace}")  # noqa: T201 (the figures are the point)

    assert sum(lesson.seconds for lesson in lessons) == course.minutes * 60
    assert sum(words.values()) / course.minutes <= 180  # adults read plain text at 200 and more
    assert max(pace.values()) <= 250


@pytest.mark.parametrize("word", ["addict", "abuser", "victim", "clean", "dirty"])
def test_no_text_uses_a_word_that_shames(word):
    for path in LESSONS:
        assert not re.search(rf"\b{word}s?\b", path.read_text(), re.I), path.stem


# --- other languages ---


def test_what_is_translated_is_read_and_the_rest_stays_english(course, folder):
    spanish = folder / "es"
    (spanish / "lessons").mkdir(parents=True, exist_ok=True)
    (spanish / "course.toml").write_text('[lesson.after-the-dose]\ntitle = "Después de la dosis"\n')
    (spanish / "bank.toml").write_text(
        '[q20]\ntext = "¿Qué hace mortal una sobredosis?"\n[q20.options.a]\ntext = "El hambre."\n'
    )
    (spanish / "lessons" / "after-the-dose.md").write_text("## La meta es respirar\n\nTexto.\n")

    content.load_course(folder, lambda line: None)
    lesson = Lesson.objects.get(slug="after-the-dose")
    question = Question.objects.get(slug="q20")
    first = question.choices.get(key="a")

    assert lesson.title == {"en": "After the dose", "es": "Después de la dosis"}
    assert lesson.body["es"].startswith("## La meta")
    assert lesson.body["en"].startswith("## Good breathing")
    assert "es" not in lesson.goal
    assert question.text["es"] == "¿Qué hace mortal una sobredosis?"
    assert (first.text["es"], "es" in first.feedback) == ("El hambre.", False)


def figures_of(text):
    """Return the numbers of a text, in their order of size."""
    return sorted(re.findall(r"\d+(?:[.,]\d+)?", text.replace(",", "")))


def test_spanish_says_the_same_numbers_as_english(course):
    pairs = [
        (row.slug, name, getattr(row, name)) for row in course.lessons.all() for name in ("title", "goal")
    ]
    pairs += [(q.slug, "text", q.text) for q in course.questions.all()]
    pairs += [
        (choice.question.slug, f"{name} {choice.key}", getattr(choice, name))
        for choice in Choice.objects.select_related("question")
        for name in ("text", "feedback")
    ]
    told = [(slug, name, texts) for slug, name, texts in pairs if "es" in texts]

    assert len(told) > 400
    for slug, name, texts in told:
        assert figures_of(texts["en"]) == figures_of(texts["es"]), (slug, name)


def test_nothing_is_translated_that_is_not_there_in_english(course):
    for tongue in tongues(content.FOLDER / "naloxone"):
        known = {q.slug: {choice.key for choice in q.choices.all()} for q in course.questions.all()}
        assert tongue.bank.keys() <= known.keys()
        for slug, told in tongue.bank.items():
            assert told.get("options", {}).keys() <= known[slug], slug
        lessons = set(course.lessons.values_list("slug", flat=True))
        assert tongue.course.get("lesson", {}).keys() <= lessons
        assert {path.stem for path in (tongue.folder / "lessons").glob("*")} <= lessons


@pytest.mark.parametrize("path", SPANISH, ids=lambda path: path.stem)
def test_a_spanish_lesson_has_the_same_screens_drawings_and_numbers(path):
    english = screens((path.parents[2] / "lessons" / path.name).read_text())
    spanish = screens(path.read_text())

    assert len(english) == len(spanish)
    for own, other in zip(english, spanish, strict=True):
        assert [part for part in own.parts if not isinstance(part, str)] == [
            part for part in other.parts if not isinstance(part, str)
        ], own.title
        both = [" ".join(p for p in screen.parts if isinstance(p, str)) for screen in (own, other)]
        assert figures_of(both[0]) == figures_of(both[1]), own.title
