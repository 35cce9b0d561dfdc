"""The course as a trainee walks through it."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import re

import pytest
from django.core import signing
from django.utils import timezone
from pypdf import PdfReader

from training.models import Certificate, DailyCount, Question

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


def text_of(response):
    """Return the words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


# --- reading ---


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


def test_lessons_lead_from_one_to_the_next_and_to_the_quiz(client, course):
    for number, slug in enumerate(LESSONS, start=1):
        response = client.get(f"/training/naloxone/{slug}/")
        page = response.content.decode()
        follows = f"/training/naloxone/{LESSONS[number]}/" if number < 7 else "/training/naloxone/quiz/"

        assert f"Lesson {number} of 7, about" in text_of(response)
        assert f'rel="next" href="{follows}"' in page
        assert ('rel="prev"' in page) == (number > 1)
        assert KIT in text_of(response)
        assert "Not yet signed off" in text_of(response)


def test_a_signed_off_lesson_says_who_checked_it(client, course):
    course.lessons.filter(number=2).update(reviewed_role="Emergency nurse", reviewed_on=dt.date(2026, 11, 2))

    words = text_of(client.get("/training/naloxone/spot-an-overdose/"))

    assert "Checked by: Emergency nurse, November 2, 2026." in words
    assert "Not yet signed off" not in words


@pytest.mark.parametrize(
    ("answer", "says"), [("b", "That is right."), ("a", "Not quite."), ("zz", "Choose one")]
)
def test_the_check_question_explains_every_option_by_a_plain_link(client, course, answer, says):
    response = client.get("/training/naloxone/the-six-steps/", {"answer": answer})

    assert says in text_of(response)
    assert ("two other gaps" in text_of(response)) == (answer != "zz")


def test_the_strip_notice_stands_where_strips_are_taught(client, course):
    words = text_of(client.get("/training/naloxone/store-carry-stay-safer/"))

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
    page = client.get("/training/naloxone/give-naloxone/").content.decode()

    assert "Where this comes from" in page
    assert "CDC MMWR — Payne et al., 8-mg vs 4-mg intranasal naloxone" in page
    assert "https://" not in page.partition("<main")[2].partition("</main>")[0]


def test_strange_links_to_a_lesson_are_not_kept(client, course):
    strange = client.get("/training/naloxone/give-naloxone/", {"answer": "x" * 50})

    assert strange["Cache-Control"] == "public, max-age=60"


def test_a_lesson_costs_few_queries(client, course, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get("/training/naloxone/give-naloxone/")


# --- the quiz ---


def test_the_quiz_asks_twelve_questions_with_not_sure_last(quiz):
    page = quiz.page()
    fieldsets = re.findall(r"<fieldset.*?</fieldset>", page.content.decode(), re.S)

    assert len(fieldsets) == 12
    assert all(
        re.findall(r"<span>([^<]*)</span></label>", each)[-1].startswith("I am not sure")
        for each in fieldsets
    )
    assert page["Cache-Control"] == "no-store"
    assert not page.cookies
    assert KIT in text_of(page)


def test_every_reload_draws_anew(quiz):
    assert len({tuple(quiz.slugs(quiz.page())) for _ in range(5)}) > 1


def test_a_draft_is_never_asked(quiz):
    Question.objects.filter(lesson__number=6).exclude(slug__in=["q34", "q33"]).update(is_draft=True)

    assert all("q33" in quiz.slugs(quiz.page()) for _ in range(5))


def test_a_question_that_waits_for_a_clinician_says_so(quiz):
    Question.objects.filter(critical="K6").exclude(slug="q14").update(is_draft=True)

    assert "A clinician has not signed off this question yet." in text_of(quiz.page())


def test_unanswered_questions_are_named_and_the_rest_is_kept(quiz):
    page = quiz.page()
    first, *others = quiz.slugs(page)
    answers = quiz.answers(page)
    del answers[first]
    sent = {"sheet": quiz.hidden(page, "sheet"), **answers}

    response = quiz.client.post("/training/naloxone/result/", sent)
    html = response.content.decode()

    assert response.status_code == 422
    assert "<title>Error:" in html
    assert f'href="#id_{first}"' in html
    assert quiz.slugs(response) == [first, *others]
    assert html.count("checked") == sum(len(keys) for keys in answers.values())
    assert DailyCount.objects.count() == 0


def test_all_right_passes_and_opens_the_certificate_form(quiz):
    response = quiz.send()

    assert "You passed" in text_of(response)
    assert quiz.hidden(response, "passed")
    assert KIT in text_of(response)
    assert dict(DailyCount.objects.values_list("kind", "count")) == {"started": 1, "finished": 1}


def test_eleven_right_with_a_critical_one_wrong_asks_the_other_question(quiz):
    response = quiz.send(wrong={"K5"})
    words = text_of(response)

    assert "You passed" not in words
    assert "Try another question" in words.replace("then try another", "Try another")
    assert len(quiz.slugs(response)) == 1
    assert Question.objects.get(slug=quiz.slugs(response)[0]).critical == "K5"
    assert KIT in words
    assert "Read it again" in words


def test_the_other_question_right_clears_the_topic(quiz):
    second = quiz.send(quiz.send(wrong={"K5"}))

    assert "You passed" in text_of(second)


def test_the_other_question_wrong_means_new_questions_and_no_reproach(quiz):
    second = quiz.send(quiz.send(wrong={"K5"}), wrong={"K5"})
    words = text_of(second)

    assert "You passed" not in words
    assert 'name="passed"' not in second.content.decode()
    assert "Take a new set of questions" in words
    assert KIT in words
    assert "failed" not in words.lower()


def test_nine_right_do_not_pass_even_when_the_topics_are_cleared(quiz):
    first = quiz.send(wrong={"K1", "K2", "K3"})
    second = quiz.send(first)

    assert "9 of 12" in text_of(first)
    assert "You passed" not in text_of(second)


def test_two_other_answers_wrong_still_pass(quiz):
    page = quiz.page()
    others = [q.slug for q in Question.objects.filter(slug__in=quiz.slugs(page), critical="")]

    assert "You passed" in text_of(quiz.send(page, wrong=others[:2]))
    assert "You passed" not in text_of(quiz.send(page, wrong=others[:3]))


def test_a_multi_answer_with_one_more_is_wrong(quiz):
    Question.objects.filter(slug="q01").update(is_draft=True)  # K1 is q02, choose all that apply
    page = quiz.page()
    answers = quiz.answers(page) | {"q02": ["a", "b", "c", "d"]}

    response = quiz.client.post(
        "/training/naloxone/result/", {"sheet": quiz.hidden(page, "sheet"), **answers}
    )

    assert "11 of 12" in text_of(response)


def test_feedback_is_given_for_every_option_in_words(quiz):
    response = quiz.send()
    words = text_of(response)

    assert words.count("Right:") >= 12
    assert words.count("Not right:") >= 24
    assert words.count("Your answer") >= 12


@pytest.mark.parametrize("sheet", ["", "nonsense", "a:b:c", "x" * 100_000])
def test_a_sheet_that_is_not_ours_is_refused_kindly(quiz, sheet):
    response = quiz.client.post("/training/naloxone/result/", {"sheet": sheet})

    assert response.status_code == 410
    assert "Please take new questions" in text_of(response)


def test_a_sheet_outlives_a_pause_of_weeks_but_not_for_ever(quiz, time_machine_signing):
    page = quiz.page()
    sent = {"sheet": quiz.hidden(page, "sheet"), **quiz.answers(page)}

    time_machine_signing(days=21)
    assert quiz.client.post("/training/naloxone/result/", sent).status_code == 200
    time_machine_signing(days=31)
    assert quiz.client.post("/training/naloxone/result/", sent).status_code == 410


def test_a_question_taken_back_meanwhile_asks_for_new_ones(quiz):
    page = quiz.page()
    Question.objects.filter(slug=quiz.slugs(page)[0]).update(is_draft=True)

    assert quiz.send(page).status_code == 410


def test_a_forged_sheet_cannot_leave_out_a_critical_topic(quiz, course):
    forged = signing.dumps(
        {"c": "naloxone", "v": course.version, "q": [["q20", "abcd"]], "a": {}, "r": []},
        salt="training.sheet",
    )

    assert quiz.client.post("/training/naloxone/result/", {"sheet": forged, "q20": "b"}).status_code == 410


def test_a_choice_that_was_not_offered_is_refused(quiz):
    page = quiz.page()
    answers = quiz.answers(page) | {quiz.slugs(page)[0]: ["\x00<script>"]}

    response = quiz.client.post(
        "/training/naloxone/result/", {"sheet": quiz.hidden(page, "sheet"), **answers}
    )

    assert response.status_code == 422
    assert b"<script>" not in response.content


def test_another_site_cannot_send_answers(quiz):
    page = quiz.page()
    sent = {"sheet": quiz.hidden(page, "sheet"), **quiz.answers(page)}

    refused = quiz.client.post("/training/naloxone/result/", sent, headers={"Sec-Fetch-Site": "cross-site"})
    taken = quiz.client.post("/training/naloxone/result/", sent, headers={"Sec-Fetch-Site": "same-origin"})

    assert (refused.status_code, taken.status_code) == (403, 200)


def test_the_result_page_asked_for_plainly_leads_to_the_quiz(client, course):
    assert client.get("/training/naloxone/result/")["Location"] == "/training/naloxone/quiz/"


def test_too_small_a_bank_says_so_and_keeps_the_lessons(quiz):
    Question.objects.filter(critical="K4").update(is_draft=True)

    response = quiz.page()

    assert response.status_code == 503
    assert "The quiz is resting" in text_of(response)


def test_pages_of_the_quiz_stay_small(quiz):
    first = quiz.send(wrong={f"K{number}" for number in range(1, 9)})

    assert len(gzip.compress(quiz.page().content)) < 14_000
    assert len(gzip.compress(first.content)) < 50_000


# --- the certificate ---


@pytest.fixture
def time_machine_signing(monkeypatch):
    """Return a function that lets signed texts believe that so many days have passed."""
    import time

    now = time.time()

    def travel(days):
        monkeypatch.setattr(signing.time, "time", lambda: now + days * 86_400)

    return travel


def claim(quiz, **changed):
    """Send the certificate form."""
    sent = {"passed": quiz.passed(), "name": "Ana Pérez", "issued_on": timezone.localdate().isoformat()}
    return quiz.client.post("/training/naloxone/certificate/", sent | changed)


def test_name_and_date_give_a_pdf_that_nobody_else_keeps(quiz):
    response = claim(quiz)

    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Disposition"] == 'attachment; filename="naloxone-certificate.pdf"'
    assert response.content.startswith(b"%PDF")
    assert Certificate.objects.get().status == "valid"


def test_sending_the_form_twice_makes_one_certificate(quiz):
    passed = quiz.passed()

    claim(quiz, passed=passed)
    claim(quiz, passed=passed)

    assert Certificate.objects.count() == 1
    assert DailyCount.objects.get(kind="certificate").count == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Type the name that should be printed."),
        ("   ", "Type the name that should be printed."),
        ("A" * 121, "Please shorten it"),
        ("Ana 🎉", "Emoji and signs cannot be printed."),
        ("123", "at least one letter"),
        ("Ana \U00012000", "We cannot print one of these letters yet."),
    ],
)
def test_a_name_that_cannot_be_printed_gets_a_sentence_and_is_kept(quiz, name, says):
    response = claim(quiz, name=name)

    assert response.status_code == 422
    assert says in text_of(response)
    assert name.strip() in response.content.decode()
    assert Certificate.objects.count() == 0


def test_a_name_that_would_print_boxes_makes_no_certificate(quiz, monkeypatch):
    monkeypatch.setattr("training.pdf.can_draw", lambda name: True)

    response = claim(quiz, name="Ana \U00030000")

    assert response.status_code == 422
    assert "We cannot print one of these letters yet." in text_of(response)
    assert Certificate.objects.count() == 0


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("", "Choose the day you finished."),
        ("yesterday", "This is not a date."),
        ("9999-12-31", "still to come"),
        ("1999-01-01", "more than a year ago"),
    ],
)
def test_a_day_that_cannot_be_gets_a_sentence(quiz, day, says):
    response = claim(quiz, issued_on=day)

    assert response.status_code == 422
    assert says in text_of(response)


def test_without_a_passed_quiz_there_is_no_certificate(quiz, time_machine_signing):
    assert claim(quiz, passed="").status_code == 410
    assert claim(quiz, passed=quiz.hidden(quiz.page(), "sheet")).status_code == 410
    passed = quiz.passed()
    time_machine_signing(days=6)
    assert claim(quiz, passed=passed).status_code == 200
    time_machine_signing(days=8)
    assert quiz.client.post("/training/naloxone/certificate/", {"passed": passed}).status_code == 410


def test_the_certificate_page_without_a_quiz_leads_to_it(client, course):
    response = client.get("/training/naloxone/certificate/")

    assert response.status_code == 200
    assert "/training/naloxone/quiz/" in response.content.decode()


def test_the_check_page_tells_the_course_and_the_day_and_no_name(client, make_certificate):
    row = make_certificate()

    response = client.get(f"/training/certificates/{row.shown_code}/")
    words = text_of(response)

    assert "This certificate is valid" in words
    assert "November 1, 2026" in words
    assert "Pérez" not in words
    assert response["Cache-Control"] == "no-store"
    assert b"noindex" in response.content


@pytest.mark.parametrize("typed", ["{code}", "{lower}", " {spaced} ", "{shown}"])
def test_an_id_is_read_in_any_shape(client, make_certificate, typed):
    row = make_certificate()
    code = typed.format(
        code=row.code, lower=row.code.lower(), spaced=" ".join(row.code), shown=row.shown_code
    )

    response = client.post("/training/certificates/", {"code": code}, follow=True)

    assert response.redirect_chain[-1][0] == row.get_absolute_url()
    assert "This certificate is valid" in text_of(response)


@pytest.mark.parametrize("typed", ["", "abc", "0" * 17, "😀", "1" * 1_000_000])
def test_an_id_that_cannot_be_gets_a_sentence(client, course, typed):
    response = client.post("/training/certificates/", {"code": typed})

    assert response.status_code == 422
    assert "<title>Error:" in response.content.decode()


def test_unknown_ids_are_not_found(client, course):
    assert client.get("/training/certificates/000000-000000-000000/").status_code == 404
    assert client.get("/training/certificates/nothing/").status_code == 404


def test_the_name_is_confirmed_or_denied(client, make_certificate):
    path = make_certificate().get_absolute_url()

    right = client.post(path, {"name": "ana  PÉREZ", "do": "check"})
    wrong = client.post(path, {"name": "Ana Perez", "do": "check"})

    assert "Yes: this is the name" in text_of(right)
    assert "No: the certificate was not made for this name." in text_of(wrong)


def test_the_holder_gets_the_same_pdf_again_and_nobody_else_does(client, make_certificate):
    path = make_certificate().get_absolute_url()

    again = client.post(path, {"name": "Ana Pérez", "do": "pdf"})
    other = client.post(path, {"name": "Eve", "do": "pdf"})

    assert again["Content-Type"] == "application/pdf"
    assert again["Cache-Control"] == "no-store"
    assert other["Content-Type"].startswith("text/html")


def test_the_paper_is_english_whatever_the_language_of_the_page(client, make_certificate):
    path = make_certificate().get_absolute_url()

    paper = client.post(f"/ar{path}", {"name": "Ana Pérez", "do": "pdf"})
    words = " ".join(PdfReader(io.BytesIO(paper.content)).pages[0].extract_text().split())

    assert "finished the online naloxone training" in words
    assert "/ar/" not in words


def test_a_withdrawn_certificate_says_why_and_gives_no_pdf(client, make_certificate):
    row = make_certificate()
    Certificate.objects.filter(pk=row.pk).update(status="withdrawn", reason="Made in error.")

    words = text_of(client.get(row.get_absolute_url()))
    pdf = client.post(row.get_absolute_url(), {"name": "Ana Pérez", "do": "pdf"})

    assert "This certificate was withdrawn" in words
    assert "Reason: Made in error." in words
    assert "is valid" not in words
    assert pdf["Content-Type"].startswith("text/html")


def test_guessing_names_is_slowed(client, make_certificate, monkeypatch):
    monkeypatch.setattr("training.views.certificates.NAMES_AN_HOUR", 2)
    path = make_certificate().get_absolute_url()

    answers = [client.post(path, {"name": "Eve", "do": "check"}).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_guessing_ids_is_slowed(client, make_certificate, monkeypatch):
    monkeypatch.setattr("training.views.certificates.LOOKS_AN_HOUR", 2)
    path = make_certificate().get_absolute_url()

    assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]


def test_another_site_can_neither_claim_nor_check(client, make_certificate):
    path = make_certificate().get_absolute_url()

    for where in (path, "/training/certificates/", "/training/naloxone/certificate/"):
        assert client.post(where, {}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
