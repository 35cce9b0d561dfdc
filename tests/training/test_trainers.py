"""Pages for people who train others, and the page of a class."""

from __future__ import annotations

import datetime as dt
import gzip
import html
import re

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from portal.lib import printing
from tests.pages import text_of
from training import readability
from training.models import DailyCount, Question, TrainingClass

PAGE = "/training/naloxone/trainers/"
PAPERS = ["guide.pdf", "quiz-a.pdf", "quiz-b.pdf"]
CODE = "7K2QMX"


@pytest.fixture
def make_class(course):
    """Return a function that makes a class; a test names what matters to it."""

    def make(code=CODE, place="Library, Tuesday", closes_in=10):
        today = timezone.localdate()
        return TrainingClass.objects.create(
            course=course,
            code=code,
            place=place,
            held_on=today - dt.timedelta(days=20),
            closes_on=today + dt.timedelta(days=closes_in),
        )

    return make


@pytest.fixture
def plain_press(monkeypatch):
    """Let a paper be its own HTML: what is printed is checked in test_paper."""
    monkeypatch.setattr(printing, "printed", lambda text, style: text.encode())


# How to teach


def test_the_trainers_page_is_public_small_and_sets_no_cookie(client, course):
    response = client.get(PAGE)

    assert response.status_code == 200
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    assert len(gzip.compress(response.content)) < 10_000
    assert client.post(PAGE).status_code == 405
    assert client.get("/training/unknown/trainers/").status_code == 404


def test_the_trainers_page_has_plan_rule_stations_and_papers(client, course):
    response = client.get(PAGE)
    words = html.unescape(text_of(response))

    assert "Never make passing a condition for a kit." in words
    for told in ("15 minutes", "30 minutes", "60 minutes", "show of hands", "No names are kept"):
        assert told in words
    for lesson in course.lessons.all():
        assert f"{lesson.number}. {lesson.title}{lesson.minutes}" in words.replace(" ", " ")
    assert re.findall(r"drawings/([a-z0-9-]+)", response.content.decode()) == [
        "chest-rub",
        "spray-2",
        "breath",
        "recovery",
    ]
    for name in PAPERS:
        assert f'href="{PAGE}{name}"' in response.content.decode()


def test_the_minutes_that_are_told_add_up(client, course):
    lessons = sum(lesson.seconds for lesson in course.lessons.all()) / 60

    words = text_of(client.get(PAGE))

    assert lessons == course.minutes == 15
    [hour] = re.findall(
        r"\((\d+)\), the stations \((\d+)\), the quiz \((\d+)\), and time to talk \((\d+)\)", words
    )
    assert sum(map(int, hour)) == 60
    assert "The lessons, 10 minutes at the stations, 5 minutes for the quiz." in words


@pytest.mark.parametrize("path", [PAGE, f"/training/classes/{CODE}/", "/training/classes/NOPE/"])
def test_the_words_are_easy(client, make_class, path):
    make_class()
    page = client.get(path).content.decode()
    body = re.sub(r"<svg.*?</svg>", "", page[page.index("<h1") : page.index("</main>")], flags=re.DOTALL)
    blocks = [
        html.unescape(re.sub(r"<[^>]+>", "", part))
        for part in re.split(r"</?(?:p|li|h\d|d[td]|td)\b[^>]*>", body)
    ]

    assert readability.grade_of(blocks) <= 6


def test_the_trainers_page_in_spanish_leads_to_spanish_paper(client, course, plain_press):
    page = client.get(f"/es{PAGE}").content.decode()

    assert f'href="/es{PAGE}quiz-a.pdf"' in page
    for name in PAPERS:
        spanish = client.get(f"/es{PAGE}{name}").content.decode()
        assert '<html lang="es">' in spanish
        assert "Esta traducción es un borrador." in spanish
        assert "This translation is a draft." not in client.get(PAGE + name).content.decode()
    assert '<html lang="en">' in client.get(f"/ar{PAGE}quiz-a.pdf").content.decode()


# Paper


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_is_a_public_pdf_with_a_plain_name(client, course, plain_press, name):
    response = client.get(PAGE + name)

    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert re.fullmatch(r'inline; filename="naloxone-[a-z-]+\.pdf"', response["Content-Disposition"])
    assert response["Cache-Control"] == "public, max-age=300"
    assert not response.cookies
    assert client.post(PAGE + name).status_code == 405


def test_a_paper_really_is_a_pdf(client, course):
    assert client.get(PAGE + "quiz-a.pdf").content.startswith(b"%PDF-1.7")


@pytest.mark.parametrize("name", ["quiz-c.pdf", "quiz-A.pdf", "quiz-.pdf", "quiz-ab.pdf"])
def test_there_are_two_forms(client, course, plain_press, name):
    assert client.get(PAGE + name).status_code == 404
    assert client.get(PAGE + "quiz-b.pdf").status_code == 200


def test_a_paper_that_cannot_be_printed_is_a_page_that_says_so(client, course, monkeypatch):
    def broken(_text, _style):
        raise printing.CannotPrint

    monkeypatch.setattr(printing, "printed", broken)

    response = client.get(PAGE + "guide.pdf")

    assert response.status_code == 503
    assert "Try again in a minute." in text_of(response)


def test_a_bank_without_a_topic_prints_no_quiz_and_the_guide_all_the_same(client, course, plain_press):
    Question.objects.filter(critical="K5").update(is_draft=True)

    assert client.get(PAGE + "quiz-a.pdf").status_code == 503
    assert client.get(PAGE + "guide.pdf").status_code == 200


def test_a_paper_takes_the_same_few_questions_to_the_database(
    client, course, plain_press, django_assert_max_num_queries
):
    with django_assert_max_num_queries(8):
        client.get(PAGE + "guide.pdf")
    with django_assert_max_num_queries(8):
        client.get(PAGE + "quiz-a.pdf")


# The page of a class


def test_a_class_says_how_to_begin_and_what_it_counted(client, course, make_class):
    group = make_class()
    today = timezone.localdate()
    for day in (today, today - dt.timedelta(days=1)):
        DailyCount.add(course, DailyCount.Kind.STARTED, day, class_=CODE)
    DailyCount.add(course, DailyCount.Kind.FINISHED, today, class_=CODE, county="shelby")
    DailyCount.add(course, DailyCount.Kind.CERTIFICATE, today, class_=CODE)
    DailyCount.add(course, DailyCount.Kind.CERTIFICATE, today, class_="8K2QMX")
    DailyCount.add(course, DailyCount.Kind.CERTIFICATE, today, language="en")

    response = client.get(f"/training/classes/{CODE}/")
    words = text_of(response)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in response.content.decode()
    assert not response.cookies
    assert "Class: Library, Tuesday" in words
    assert date_format(group.held_on, "F j, Y") in words
    assert f'href="/training/naloxone/quiz/?class={CODE}"' in response.content.decode()
    assert 'href="/training/naloxone/"' in response.content.decode()
    assert counted(response) == {"Quizzes started": "2", "Quizzes passed": "1", "Certificates made": "1"}


def counted(response):
    """Return what a class page says it counted."""
    page = response.content.decode()
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page))


def test_the_link_of_a_class_fills_in_its_code(client, course, make_class):
    make_class()
    page = client.get(f"/training/classes/{CODE}/").content.decode()
    link = html.unescape(re.search(r'href="([^"]+\?class=[^"]+)"', page)[1])

    assert f'value="{CODE}"' in client.get(link).content.decode()


@pytest.mark.parametrize("typed", ["7k2qmx", "7K2-QMX", "7k2 qmx"])
def test_a_code_may_be_spelled_in_many_ways(client, make_class, typed):
    make_class()

    response = client.get(f"/training/classes/{typed}/")

    assert response.status_code == 302
    assert response["Location"] == f"/training/classes/{CODE}/"


def test_a_class_that_is_over_keeps_its_count_and_takes_no_code(client, course, make_class):
    make_class(closes_in=-1)
    DailyCount.add(course, DailyCount.Kind.CERTIFICATE, timezone.localdate(), class_=CODE)

    response = client.get(f"/training/classes/{CODE}/")

    assert response.status_code == 200
    assert "This class is over" in text_of(response)
    assert "?class=" not in response.content.decode()
    assert counted(response)["Certificates made"] == "1"


@pytest.mark.parametrize("code", ["7K2QMZ", "x", "7K2QMX7K2QMX", "<b>7K2QM"])
def test_an_unknown_class_is_not_found_and_says_what_to_do(client, make_class, code):
    make_class()

    response = client.get(f"/training/classes/{code}/")

    assert response.status_code == 404
    assert response["Cache-Control"] == "no-store"
    assert "You can also take the course without a code." in text_of(response)
    assert "<b>7K2QM" not in response.content.decode()
    assert client.get(f"/training/classes/{CODE}/").status_code == 200


def test_a_class_of_a_course_that_is_not_public_is_not_shown(client, course, make_class):
    make_class()
    course.is_published = False
    course.save()

    assert client.get(f"/training/classes/{CODE}/").status_code == 404


def test_looking_for_classes_is_slowed_down(client, make_class, monkeypatch):
    monkeypatch.setattr("training.views.trainers.LOOKS_AN_HOUR", 3)
    make_class()

    statuses = [client.get(f"/training/classes/{CODE}/").status_code for _look in range(4)]

    assert statuses == [200, 200, 200, 429]


def test_a_class_takes_three_questions_to_the_database(client, course, make_class, django_assert_num_queries):
    make_class()
    for number in range(30):
        day = timezone.localdate() - dt.timedelta(days=number)
        DailyCount.add(course, DailyCount.Kind.STARTED, day, class_=CODE)

    with django_assert_num_queries(3):
        assert counted(client.get(f"/training/classes/{CODE}/"))["Quizzes started"] == "30"
