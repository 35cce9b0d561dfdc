"""What trainers print: the questions of both forms, their keys, and the PDFs themselves."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import threading
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest

from portal.lib import printing
from training import paper
from training.draw import BankTooSmall, Item
from training.models import Question, Source

BANK = Path("training/content/naloxone/bank.toml")
DAY = dt.date(2026, 11, 23)


@pytest.fixture
def forms(course):
    """Return the questions of both forms."""
    return {form: paper.quiz(course, form) for form in paper.FORMS}


@pytest.fixture
def print_form(course):
    """Return a function that prints a form of the shipped quiz. The same paper is set once in all tests."""
    return lambda form: printing.printed(paper.quiz_html(course, form), paper.STYLE)


@pytest.fixture
def guide(course):
    """Return the printed guide."""
    return printing.printed(paper.guide_html(course, DAY), paper.STYLE)


def slugs(questions):
    return [question.asked.question.slug for question in questions]


def words_of(content):
    """Return the words of a PDF page after page as poppler reads them."""
    run = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(run.stdout.decode().split())


def plain(markdown):
    """Return Markdown without its signs, for comparing words."""
    return " ".join(str(markdown).replace("**", "").split())


def item(slug, lesson=2, critical=""):
    return Item(slug, lesson, critical, ("a", "b", "c"), frozenset("a"))


def bank(each=2):
    """Return a bank with so many questions in every group."""
    places = [(2, f"K{number}") for number in range(1, 9)] + [(1, ""), (4, ""), (6, ""), (7, "")]
    return [
        item(f"q{lesson}{critical.lower()}-{number}", lesson, critical)
        for lesson, critical in places
        for number in range(each)
    ]


PINNED = [
    "q2k6-1",
    "q6-0",
    "q4-1",
    "q2k7-0",
    "q2k8-1",
    "q2k5-1",
    "q2k3-0",
    "q1-1",
    "q2k1-0",
    "q2k2-1",
    "q2k4-0",
    "q7-1",
]


# Which questions


@pytest.mark.parametrize("form", paper.FORMS)
def test_a_form_keeps_the_rules_of_the_quiz(forms, form):
    asked = [question.asked.question for question in forms[form]]

    assert [question.number for question in forms[form]] == list(range(1, 13))
    assert Counter(question.critical for question in asked) == {
        **{f"K{number}": 1 for number in range(1, 9)},
        "": 4,
    }
    others = sorted(question.lesson.number for question in asked if not question.critical)
    assert others in ([1, 4, 6, 7], [1, 5, 6, 7])
    assert not any(question.is_draft for question in asked)
    assert sum(question.is_critical for question in forms[form]) == 8


def test_the_forms_share_no_question_and_point_to_each_other(forms):
    assert not set(slugs(forms["a"])) & set(slugs(forms["b"]))
    for one, other in (("a", "b"), ("b", "a")):
        for question in forms[one]:
            if question.is_critical:
                twin = forms[other][question.other - 1]
                assert twin.asked.item.critical == question.asked.item.critical
            else:
                assert question.other is None


def test_a_group_with_one_question_lends_it_to_both_forms(course):
    single = Question.objects.served().filter(critical="K1").first()
    Question.objects.filter(critical="K1").exclude(pk=single.pk).update(critical="")

    assert single.slug in slugs(paper.quiz(course, "a"))
    assert single.slug in slugs(paper.quiz(course, "b"))


def test_the_same_course_gives_the_same_paper_on_every_machine():
    """The order is pinned: it may never depend on chance, or on the version of Python."""
    drawn = [item.slug for item in paper.drawn(bank(), "naloxone/1", "a")]

    assert drawn == PINNED
    assert drawn == [item.slug for item in paper.drawn(bank()[::-1], "naloxone/1", "a")]
    assert {item.slug for item in paper.drawn(bank(), "naloxone/1", "b")}.isdisjoint(drawn)


def test_another_version_is_another_paper(course, forms):
    course.version = 2

    assert slugs(paper.quiz(course, "a")) != slugs(forms["a"])


def test_a_draft_is_never_printed_even_if_the_group_runs_out(course):
    Question.objects.filter(critical="K3").update(is_draft=True)

    with pytest.raises(BankTooSmall, match="K3"):
        paper.quiz(course, "a")
    Question.objects.filter(slug="q08").update(is_draft=False)
    assert "q08" in slugs(paper.quiz(course, "a"))
    assert "q08" in slugs(paper.quiz(course, "b"))


# The key


@pytest.mark.parametrize("form", paper.FORMS)
def test_the_key_agrees_with_the_bank(forms, form):
    written = {entry["slug"]: entry for entry in tomllib.loads(BANK.read_text())["question"]}

    for question in forms[form]:
        right = {o["key"] for o in written[question.asked.question.slug]["options"] if o.get("right")}
        letters = question.right.split(", ")
        assert {t.option.key for t in question.options if t.letter in letters} == right
        assert [t.letter for t in question.options] == sorted(t.letter for t in question.options)


@pytest.mark.parametrize("form", paper.FORMS)
def test_not_being_sure_is_the_last_box_of_every_question(forms, form):
    for question in forms[form]:
        boxes = [str(ticked.option.text).rstrip(".") for ticked in question.options]
        assert boxes[-1] == "I am not sure"
        assert "I am not sure" not in boxes[:-1]


# The PDFs


def check_form(content, title):
    """Fail unless a PDF is tagged, titled, in English, and holds our own fonts."""
    with pikepdf.open(io.BytesIO(content)) as file:
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang) == "en"
        assert file.Root.ViewerPreferences.DisplayDocTitle
        metadata = file.open_metadata()
        assert metadata["dc:title"] == title
        assert metadata["pdfuaid:part"] == "1"
        for page in file.pages:
            assert [float(side) for side in page.mediabox] == [0, 0, 612, 792]
            for font in page.Resources.Font.values():
                [inner] = font.DescendantFonts
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner.FontDescriptor.keys())
                assert str(inner.BaseFont).partition("+")[2].startswith("Door")
        return len(file.pages)


@pytest.mark.parametrize("form", paper.FORMS)
def test_a_form_is_a_tagged_document_with_its_key_behind_it(print_form, form):
    title = f"Paper quiz, form {form.upper()}: Naloxone Training and Self-Assessment"
    content = print_form(form)

    assert check_form(content, title) <= 6
    pages = [words_of(page) for page in single_pages(content)]
    [key] = [number for number, words in enumerate(pages) if f"Answer key, form {form.upper()}" in words]
    assert 2 <= key <= 3
    assert "Must be right" not in " ".join(pages[:key])
    assert "Not right:" not in " ".join(pages[:key])


def single_pages(content):
    """Return each page of a PDF as a PDF of its own."""
    pages = []
    with pikepdf.open(io.BytesIO(content)) as file:
        for page in file.pages:
            single, told = pikepdf.new(), io.BytesIO()
            single.pages.append(page)
            single.save(told)
            pages.append(told.getvalue())
    return pages


@pytest.mark.parametrize("form", paper.FORMS)
def test_a_form_prints_every_question_and_its_key_explains_every_option(forms, print_form, form):
    quiz, _title, key = words_of(print_form(form)).partition(f"Answer key, form {form.upper()}")

    for question in forms[form]:
        assert plain(question.asked.question.text) in quiz
        assert plain(question.asked.question.text) in key
        assert f"{question.number}. Right: {question.right}" in key
        for ticked in question.options:
            assert f"{ticked.letter} {plain(ticked.option.text)}" in quiz
            assert plain(ticked.option.feedback) in key
        if question.is_critical:
            assert f"question {question.other})" in key
    assert key.count("Must be right") == 8 + 1  # and once in how to score
    assert "10 of the 12 must be right" in key


def test_a_question_that_nobody_signed_off_says_so_on_paper(forms, print_form):
    waiting = [question.asked.caution for question in forms["a"] if question.asked.caution]
    quiz = words_of(print_form("a"))

    assert waiting
    for caution in set(waiting):
        assert quiz.count(caution) == waiting.count(caution)


def test_no_draft_is_on_any_paper(course, print_form, guide):
    drafts = Question.objects.filter(is_draft=True)

    assert drafts
    for content in (print_form("a"), print_form("b"), guide):
        for draft in drafts:
            assert plain(draft.text) not in words_of(content)


def test_nobody_is_asked_for_a_name(print_form):
    words = words_of(print_form("a"))

    assert "Please do not write your name." in words
    assert "Name:" not in words
    assert "Date:" in words


def test_the_guide_is_a_tagged_document_of_6_to_12_pages(guide):
    assert 6 <= check_form(guide, "Trainer guide: Naloxone Training and Self-Assessment") <= 12


def test_the_guide_holds_the_course_as_it_is_kept(course, guide):
    words = words_of(guide)

    for lesson in course.lessons.all():
        assert f"Lesson {lesson.number}: {plain(lesson.title)}" in words
        assert plain(lesson.goal) in words
    for check in course.questions.checks():
        assert plain(check.text) in words
        for choice in check.choices.all():
            assert plain(choice.feedback) in words
    assert "Course version 1. Printed November 23, 2026." in words
    assert words.count("Not yet signed off") >= 1 + course.lessons.count()
    assert "In an emergency, call 911." in words
    assert "Never make passing a condition for a kit." in words
    assert "{drawing:" not in words


def test_the_steps_of_the_spray_are_numbered_on(guide):
    words = words_of(guide)

    assert "4. Put your thumb on the bottom" in words
    assert "6. Press all the way, one time." in words


def test_the_guide_names_its_sources_without_addresses(course, guide):
    words = words_of(guide).partition("Where this comes from")[2]
    taught = {code for lesson in course.lessons.all() for code in lesson.facts}
    sources = Source.objects.filter(facts__code__in=taught).distinct()

    assert len(sources) > 20
    assert "http" not in words
    for source in sources[:5]:
        assert source.shown_title.split(" — ")[0] in words


def test_the_words_of_staff_are_printed_at_once(course):
    course.lessons.filter(number=2).update(title={"en": "Spot it <b>soon</b> & well"})

    html = paper.guide_html(course, DAY)

    assert "Lesson 2: Spot it &lt;b&gt;soon&lt;/b&gt; &amp; well" in html
    assert "soon</b>" not in html


def test_every_drawing_of_the_guide_speaks(guide):
    with pikepdf.open(io.BytesIO(guide)) as file:
        figures = [
            part
            for part in file.objects
            if isinstance(part, pikepdf.Dictionary) and part.get("/S") == "/Figure"
        ]

        assert len(figures) > 10
        assert all(len(str(figure.Alt)) > 20 for figure in figures)


def marks(page):
    """Return the numbers of the tagged parts of a page, and how many parts are set aside."""
    numbers, aside = [], 0
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "BDC":
            numbers.append(int(operands[1].MCID))
        elif str(operator) == "BMC":
            assert str(operands[0]) == "/Artifact"
            aside += 1
    return numbers, aside


def test_page_numbers_are_set_aside_and_all_else_is_in_the_tree(guide):
    """Without `_set_margins_aside` a number of each page is tagged and has no place in the tree."""
    with pikepdf.open(io.BytesIO(guide)) as file:
        places: dict[tuple[int, int], set[int]] = {}
        waiting = [file.Root.StructTreeRoot]
        while waiting:
            element = waiting.pop()
            for kid in element.get("/K", []):
                if isinstance(kid, int):
                    places.setdefault(element.Pg.objgen, set()).add(kid)
                else:
                    waiting.append(kid)

        for page in file.pages:
            numbers, aside = marks(page)
            assert set(numbers) == places[page.obj.objgen]
            assert aside
    assert words_of(single_pages(guide)[4]).endswith(" 5")


def test_the_same_paper_is_set_once_and_a_changed_one_again(print_form, guide, monkeypatch):
    def no_process(*_args, **_kwargs):
        raise subprocess.SubprocessError

    monkeypatch.setattr(printing.subprocess, "run", no_process)

    assert print_form("a").startswith(b"%PDF")
    with pytest.raises(printing.CannotPrint):
        printing.printed("<html lang=en><title>Other</title></html>", paper.STYLE)


def test_who_asks_while_the_same_paper_is_set_waits_for_it(monkeypatch):
    started, go_on, calls = threading.Event(), threading.Event(), []

    def slow(job):
        calls.append(job)
        started.set()
        assert go_on.wait(30)
        return b"one"

    monkeypatch.setattr(printing, "_done", printing.OrderedDict())
    monkeypatch.setattr(printing, "_set", slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(printing.printed, "one", paper.STYLE)
        assert started.wait(30)
        monkeypatch.setattr(printing, "_TURN_SECONDS", 0)
        with pytest.raises(printing.CannotPrint):
            printing.printed("another", paper.STYLE)
        monkeypatch.setattr(printing, "_TURN_SECONDS", 30)
        second = pool.submit(printing.printed, "one", paper.STYLE)
        go_on.set()

        assert first.result() == second.result() == b"one"
    assert len(calls) == 1


def test_old_papers_make_room_for_new_ones(monkeypatch):
    monkeypatch.setattr(printing, "_done", printing.OrderedDict())
    monkeypatch.setattr(printing, "_set", lambda job: job)

    for number in range(40):
        printing.printed(str(number), paper.STYLE)

    assert len(printing._done) == 24
    assert json.loads(list(printing._done.values())[-1])["text"] == "39"


def test_the_process_knows_no_secret_and_reads_no_settings(monkeypatch):
    told = {}

    def run(command, **options):
        told.update(options, command=command)
        return subprocess.CompletedProcess(command, 0, b"%PDF", b"")

    monkeypatch.setattr(printing.subprocess, "run", run)
    printing._set(b"<p>")

    assert set(told["env"]) == {"PATH", "LC_ALL"}
    assert told["timeout"] <= 60
    assert "<p>" not in told["command"]
