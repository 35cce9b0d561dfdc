"""The course as a trainee reads it."""

from __future__ import annotations

import datetime as dt
import gzip
import re

import pytest

from tests.pages import text_of
from training.drawings import DRAWINGS
from training.models import DailyCount, RatingCount
from training.screens import faults, screens

KIT = "You do not have to pass anything to get naloxone."
LESSONS = [
    "opioids-and-overdose",
    "spot-an-overdose",
    "the-six-steps",
    "give-naloxone",
    "after-the-dose",
    "tennessee-law-and-free-naloxone",
    "store-carry-stay-safer",
]


def screens_of(client, slug):
    """Return the pages of a lesson, followed by their own links from the first."""
    pages = [client.get(f"/training/naloxone/{slug}/")]
    while True:
        following = re.search(r'rel="next" href="([^"]+)"', pages[-1].content.decode())[1]
        if not following.startswith(f"/training/naloxone/{slug}/"):
            return pages, following
        pages.append(client.get(following))


@pytest.mark.parametrize(
    "path",
    ["/training/", "/training/naloxone/", "/training/certificates/"]
    + [f"/training/naloxone/{slug}/" for slug in LESSONS],
)
def test_a_reading_page_is_public_small_and_sets_no_cookie(client, course, path):
    response = client.get(path)

    assert response.status_code == 200
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    assert len(gzip.compress(response.content)) < 10_000


def test_the_introduction_says_time_certificate_and_what_is_kept(client, course):
    words = text_of(client.get("/training/naloxone/"))

    assert "About 15 minutes" in words
    assert "your name and the date" in words
    assert "Not your name and not your answers" in words
    assert KIT in words


def test_screens_lead_through_every_lesson_to_the_quiz(client, course):
    for number, slug in enumerate(LESSONS, start=1):
        pages, follows = screens_of(client, slug)

        assert follows == (
            f"/training/naloxone/{LESSONS[number]}/" if number < 7 else "/training/naloxone/quiz/"
        )
        assert len(pages) >= 6
        for place, page in enumerate(pages, start=1):
            words = text_of(page)
            assert page.status_code == 200
            assert f"Lesson {number} of 7, about" in words
            assert f"Screen {place} of {len(pages)}" in words
            assert "Not yet signed off" in words
            assert ('rel="prev"' in page.content.decode()) == (place > 1 or number > 1)
        assert "Check yourself" in text_of(pages[-1])
        assert KIT in text_of(pages[-1])


def test_a_screen_holds_one_idea(course):
    for lesson in course.lessons.all():
        for screen in screens(str(lesson.body)):
            words = sum(len(part.split()) for part in screen.parts if isinstance(part, str))
            assert 10 <= words <= 110, (lesson.slug, screen.title, words)


def test_every_step_that_matters_has_its_drawing(client, course):
    shown = set()
    for slug in LESSONS:
        for page in screens_of(client, slug)[0]:
            for picture in re.findall(r"<img [^>]+>", page.content.decode()):
                shown.add(re.search(r"drawings/([a-z0-9-]+)", picture)[1])
                assert len(re.search(r'alt="([^"]*)"', picture)[1]) > 20

    assert shown == set(DRAWINGS)


def test_words_before_the_first_screen_and_unknown_drawings_are_refused():
    good = "## One\n\nText.\n\n{drawing: recovery}\n"

    assert faults(good) == []
    assert [screen.parts for screen in screens(good)] == [("Text.", DRAWINGS["recovery"])]
    assert faults("Lost words.\n\n" + good) == [
        "Text stands before the first heading. Begin with a line such as: ## What opioids are."
    ]
    assert "There is no drawing 'nose'" in faults(good + "{drawing: nose}\n")[0]
    assert "There is no screen." in faults("")[0]


@pytest.mark.parametrize("screen", [0, 99, 1_000_000])
def test_a_screen_that_is_not_there_is_not_found(client, course, screen):
    assert client.get(f"/training/naloxone/the-six-steps/{screen}/").status_code == 404
    assert client.get("/training/naloxone/the-six-steps/2/").status_code == 200


def test_the_first_lesson_is_counted_with_how_ready_somebody_feels(client, course):
    sent = {"spot": "2", "give": "", "stay": "5"}

    response = client.post("/training/naloxone/start/", sent)

    assert response["Location"] == "/training/naloxone/opioids-and-overdose/"
    assert not response.cookies
    assert list(DailyCount.objects.values_list("kind", "by", "value", "count")) == [
        ("course", "all", "", 1),
        ("course", "language", "en", 1),
    ]
    ratings = RatingCount.objects.values_list("moment", "statement", "rating", "count")
    assert sorted(ratings) == [("before", "spot", 2, 1), ("before", "stay", 5, 1)]


def test_a_rating_that_was_not_offered_is_refused_and_the_rest_is_kept(client, course):
    response = client.post("/training/naloxone/start/", {"spot": "9", "stay": "4"})

    assert response.status_code == 422
    assert '<option value="4" selected>' in response.content.decode()
    assert RatingCount.objects.count() == 0


def test_starting_plainly_leads_to_the_course_and_counts_nothing(client, course):
    assert client.get("/training/naloxone/start/")["Location"] == "/training/naloxone/"
    assert DailyCount.objects.count() == 0


def test_a_signed_off_lesson_says_who_checked_it(client, course):
    course.lessons.filter(number=2).update(reviewed_role="Emergency nurse", reviewed_on=dt.date(2026, 11, 2))

    words = text_of(client.get("/training/naloxone/spot-an-overdose/"))

    assert "Checked by: Emergency nurse, November 2, 2026." in words
    assert "Not yet signed off" not in words
    assert "again" not in words


@pytest.mark.parametrize(
    ("review_by", "says"),
    [
        (dt.date(2099, 5, 1), "To be checked again by May 1, 2099."),
        (dt.date(2020, 5, 1), "It is time to check this again."),
    ],
)
def test_a_signed_off_lesson_says_until_when(client, course, review_by, says):
    course.lessons.filter(number=2).update(
        reviewed_role="Emergency nurse", reviewed_on=dt.date(2020, 1, 2), review_by=review_by
    )

    assert says in text_of(client.get("/training/naloxone/spot-an-overdose/"))


@pytest.mark.parametrize(
    ("answer", "says"), [("b", "That is right."), ("a", "Not quite."), ("zz", "Choose one")]
)
def test_the_check_question_explains_every_option_by_a_plain_link(client, course, answer, says):
    response = client.get(screens_of(client, "the-six-steps")[0][-1].request["PATH_INFO"], {"answer": answer})

    assert says in text_of(response)
    assert ("two other gaps" in text_of(response)) == (answer != "zz")


def test_the_strip_notice_stands_where_strips_are_taught(client, course):
    words = " ".join(text_of(page) for page in screens_of(client, "store-carry-stay-safer")[0])

    assert "The law may have changed." in words
    assert not re.search(r"strips? (is|are) legal", words)


@pytest.mark.parametrize("path", ["/training/none/", "/training/naloxone/none/", "/training/none/quiz/"])
def test_what_does_not_exist_is_not_found(client, course, path):
    assert client.get(path).status_code == 404


def test_an_unpublished_course_is_not_found(client, course):
    type(course).objects.update(is_published=False)

    assert client.get("/training/naloxone/").status_code == 404
    assert client.get("/training/naloxone/give-naloxone/").status_code == 404


def test_a_lesson_names_its_sources_without_addresses(client, course):
    page = screens_of(client, "give-naloxone")[0][-1].content.decode()

    assert "Where this comes from" in page
    assert "CDC MMWR — Payne et al., 8-mg vs 4-mg intranasal naloxone" in page
    assert "https://" not in page.partition("<main")[2].partition("</main>")[0]


def test_strange_links_to_a_lesson_are_not_kept(client, course):
    strange = client.get("/training/naloxone/give-naloxone/", {"answer": "x" * 50})

    assert strange["Cache-Control"] == "public, max-age=60"


def test_a_lesson_costs_few_queries(client, course, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get("/training/naloxone/give-naloxone/")
