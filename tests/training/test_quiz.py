"""The quiz as a trainee takes it: one question a page, all of it in the address."""

from __future__ import annotations

import datetime as dt
import gzip
import random
import re

import pytest
from django.core import signing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from tests.pages import text_of
from training import attempts
from training.draw import CRITICAL_TOPICS
from training.models import DailyCount, ItemCount, Question, RatingCount, TrainingClass

KIT = "You do not have to pass anything to get naloxone."


def counts():
    """Return what was counted: kind to number, for the rows of all."""
    return dict(DailyCount.objects.filter(by="all").values_list("kind", "count"))


def test_the_quiz_says_how_it_works_and_is_the_same_for_everybody(client, course):
    page = client.get("/training/naloxone/quiz/")

    assert "public" in page["Cache-Control"]
    assert not page.cookies
    assert KIT in text_of(page)
    assert "12 questions" in text_of(page)


def test_it_asks_twelve_questions_one_at_a_time_with_not_sure_last(quiz):
    page = quiz.start()
    seen = []
    while "/next/" in quiz.address(page):
        html = page.content.decode()
        step = quiz.attempt(page).open_step
        seen.append(step.asked.item.slug)
        assert f"Question {len(seen)} of 12" in text_of(page)
        assert html.count("<fieldset") == 1
        assert re.findall(r"<span>([^<]*)</span></label>", html)[-1].startswith("I am not sure")
        assert page["Cache-Control"] == "no-store"
        assert not page.cookies
        assert KIT in text_of(page)
        page = quiz.go_on(quiz.send(page, quiz.keys(page)))

    assert len(set(seen)) == 12
    assert "You passed" in text_of(page)


def test_every_start_draws_anew(quiz):
    drawn = [tuple(a.item.slug for a in quiz.attempt(quiz.start()).drawn) for _ in range(4)]

    assert len(set(drawn)) > 1


def test_a_draft_is_never_asked(quiz, course):
    Question.objects.filter(lesson__number=6).exclude(slug__in=["q34", "q33"]).update(is_draft=True)

    for _ in range(5):
        assert "q33" in [asked.item.slug for asked in attempts.new_attempt(course).drawn]


def test_a_question_that_waits_for_a_clinician_says_so(quiz):
    page = quiz.start()
    while quiz.attempt(page).open_step.asked.question.signoff != "clinician":
        page = quiz.go_on(quiz.send(page, quiz.keys(page)))

    assert "A clinician has not signed off this question yet." in text_of(page)


def test_no_answer_gets_a_sentence(quiz):
    page = quiz.start()

    response = quiz.send(page, [])

    assert response.redirect_chain[-1][0] == quiz.address(page) + "?missing=1"
    assert "<title>Error:" in response.content.decode()
    assert 'href="#id_answer"' in response.content.decode()
    assert "“I am not sure” is fine." in text_of(response)
    assert ItemCount.objects.count() == 0


def test_an_answer_that_was_not_offered_is_refused(quiz):
    response = quiz.send(quiz.start(), ["\x00<script>"])

    assert "Choose an answer." in text_of(response)
    assert b"<script>" not in response.content


def test_every_option_explains_itself_chosen_or_not(quiz):
    page = quiz.start()
    options = quiz.attempt(page).open_step.asked.options

    response = quiz.send(page, quiz.keys(page))
    words = text_of(response)

    for option in options:
        if option.key != "u":
            assert " ".join(str(option.feedback).split()) in words.replace("&#x27;", "'").replace(
                "&quot;", '"'
            )
    assert words.count("Right:") + words.count("Not right:") >= 3
    assert "Your answer" in words
    assert "Read it again" in words


def test_all_right_passes_and_opens_the_certificate_form(quiz):
    page = quiz.run()

    assert "You passed" in text_of(page)
    assert "12 of 12" in text_of(page)
    assert quiz.hidden(page, "passed")
    assert KIT in text_of(page)
    assert counts() == {"started": 1, "finished": 1}


def test_a_wrong_critical_answer_is_asked_about_at_once_with_the_other_question(quiz):
    page = quiz.start()
    while quiz.attempt(page).open_step.asked.item.critical != "K5":
        page = quiz.go_on(quiz.send(page, quiz.keys(page)))
    first = quiz.attempt(page).open_step

    why = quiz.send(page, quiz.keys(page, wrong={"K5"}))
    again = quiz.go_on(why)
    step = quiz.attempt(again).open_step

    assert "Not quite. Here is why." in text_of(why)
    assert "Try one more on this point" in text_of(why)
    assert "One more on this point" in text_of(again)
    assert step.asked.item.critical == "K5"
    assert step.asked.item.slug != first.asked.item.slug
    assert step.number == first.number


def test_the_other_question_right_clears_the_topic(quiz):
    page = quiz.run(wrong={"K5"})

    assert "You passed" in text_of(page)
    assert "11 of 12 were right at first" in text_of(page)


def test_the_other_question_wrong_means_new_questions_and_no_reproach(quiz):
    page = quiz.result(wrong={"K5"}, again_wrong={"K5"})
    words = text_of(page)

    assert "You passed" not in words
    assert 'name="passed"' not in page.content.decode()
    assert "Take a new set of questions" in words
    assert KIT in words
    assert "failed" not in words.lower()
    assert counts() == {}


def test_nine_right_do_not_pass_even_when_the_topics_are_cleared(quiz):
    words = text_of(quiz.result(wrong={"K1", "K2", "K3"}))

    assert "9 of 12" in words
    assert "You need 10 to pass." in words
    assert "You passed" not in words


@pytest.mark.parametrize(("missed", "passes"), [(2, True), (3, False)])
def test_two_other_answers_wrong_still_pass(quiz, missed, passes):
    page = quiz.start()
    others = [asked.item.slug for asked in quiz.attempt(page).drawn if not asked.item.critical]

    assert ("You passed" in text_of(quiz.result(wrong=others[:missed], attempt=quiz.attempt(page)))) == passes


def test_a_multi_answer_with_one_more_is_wrong(quiz, course):
    Question.objects.filter(slug="q01").update(is_draft=True)  # K1 is q02, choose all that apply
    page = quiz.start()
    while (step := quiz.attempt(page).open_step).asked.item.slug != "q02":
        page = quiz.go_on(quiz.send(page, quiz.keys(page)))

    response = quiz.send(page, [option.key for option in step.asked.options if option.key != "u"])

    assert "Not quite." in text_of(response)


@given(st.integers(0, 2**32), st.sampled_from([0.3, 0.9, 0.97]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_walk_ends_and_passes_only_with_every_critical_topic_right(course, seed, share):
    chance = random.Random(seed)
    attempt = attempts.new_attempt(course, chance=chance)
    given_right = {}
    while step := attempt.open_step:
        right = step.asked.item.right
        keys = right if chance.random() < share else frozenset(chance.sample("abcdu", chance.randint(1, 3)))
        given_right.setdefault(step.number, []).append((step.asked.item.critical, keys == right))
        attempt = attempt.answered(keys)

    first_right = sum(answers[0][1] for answers in given_right.values())
    open_topics = [a[0][0] for a in given_right.values() if a[0][0] and not any(right for _k, right in a)]

    assert attempts.read_attempt(course, attempt.signed()) == attempt
    assert len(given_right) == 12
    assert {a[0][0] for a in given_right.values()} - {""} == set(CRITICAL_TOPICS)
    assert attempt.score().is_passed == (first_right >= 10 and not open_topics)
    assert all(len(answers) == 1 or (answers[0][0] and not answers[0][1]) for answers in given_right.values())


# --- nothing is lost ---


def test_reload_and_back_show_the_same_question(quiz, client):
    page = quiz.start()
    again = client.get(quiz.address(page))
    quiz.send(page, quiz.keys(page))
    back = client.get(quiz.address(page))

    assert text_of(page) == text_of(again) == text_of(back)


def test_another_device_goes_on_at_the_same_question(quiz, course, make_client):
    page = quiz.start()
    page = quiz.go_on(quiz.send(page, quiz.keys(page)))

    other = make_client().get(quiz.address(page))

    assert text_of(other) == text_of(page)
    assert "Question 2 of 12" in text_of(other)


@pytest.fixture
def make_client():
    """Return a function that makes another browser."""
    from django.test import Client

    return Client


def test_a_quiz_outlives_a_pause_of_weeks_but_not_for_ever(quiz, client, time_machine_signing):
    address = quiz.address(quiz.start())

    time_machine_signing(days=29)
    assert client.get(address).status_code == 200
    time_machine_signing(days=31)
    assert client.get(address).status_code == 410


@pytest.mark.parametrize("text", ["nonsense", "a:b:c", "x" * 3000])
@pytest.mark.parametrize("where", ["quiz/{}/", "quiz/{}/next/", "result/{}/"])
def test_an_attempt_that_is_not_ours_is_refused_kindly(client, course, text, where):
    response = client.get("/training/naloxone/" + where.format(text))

    assert response.status_code == 410
    assert "Please take new questions" in text_of(response)


def test_a_question_taken_back_meanwhile_asks_for_new_ones(quiz, client):
    page = quiz.start()
    Question.objects.filter(slug=quiz.attempt(page).drawn[0].item.slug).update(is_draft=True)

    assert client.get(quiz.address(page)).status_code == 410


def test_an_attempt_cannot_leave_out_a_critical_topic(client, course):
    parts = {"c": "naloxone", "v": course.version, "k": "quiz", "s": "x", "q": "q20", "a": "b"}
    forged = signing.dumps(parts, salt="training.attempt", compress=True)

    assert client.get(f"/training/naloxone/result/{forged}/").status_code == 410


def test_a_refresher_gives_no_certificate(quiz, course):
    attempt = attempts.new_attempt(course, kind=attempts.REFRESHER)
    while attempt.open_step:
        attempt = attempt.answered(attempt.open_step.asked.item.right)

    with pytest.raises(ValueError, match="not passed"):
        attempts.passed_token(attempt)


def test_the_end_cannot_be_reached_with_an_open_question(quiz, client):
    page = quiz.start()
    token = quiz.address(page).removesuffix("next/").rstrip("/").rpartition("/")[2]

    assert client.get(f"/training/naloxone/result/{token}/")["Location"] == quiz.address(page)
    assert client.get(f"/training/naloxone/quiz/{token}/")["Location"] == quiz.address(page)


def test_too_small_a_bank_says_so_and_keeps_the_lessons(quiz):
    Question.objects.filter(critical="K4").update(is_draft=True)

    response = quiz.start()

    assert response.status_code == 503
    assert "The quiz is resting" in text_of(response)


def test_another_site_can_neither_start_nor_answer(quiz, client):
    page = quiz.start()
    for path in (quiz.path, quiz.address(page), "/training/naloxone/start/", "/training/naloxone/refresher/"):
        sent = {"answer": quiz.keys(page)}
        assert client.post(path, sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert client.post(path, sent, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302


def test_pages_of_the_quiz_stay_small(quiz):
    page = quiz.result(wrong=set(CRITICAL_TOPICS), again_wrong=set(CRITICAL_TOPICS))
    address = quiz.address(page)

    assert len(gzip.compress(page.content)) < 14_000
    assert len(address) < 600


def test_a_question_costs_few_queries(quiz, client, django_assert_max_num_queries):
    page = quiz.start()

    with django_assert_max_num_queries(4):
        client.get(quiz.address(page))


# --- what is counted ---


def test_answers_are_counted_once_and_tied_to_nobody(quiz, client):
    page = quiz.start()
    step = quiz.attempt(page).open_step
    keys = quiz.keys(page)

    quiz.send(page, keys)
    quiz.send(page, keys)

    rows = dict(ItemCount.objects.values_list("what", "count"))
    assert rows == {"asked": 1, "right": 1, **dict.fromkeys(keys, 1)}
    assert set(ItemCount.objects.values_list("question__slug", flat=True)) == {step.asked.item.slug}


def test_county_class_and_language_are_counted_apart(quiz, course):
    group = TrainingClass.objects.create(
        code="ABC234",
        course=course,
        place="Library",
        held_on=dt.date(2026, 11, 1),
        closes_on=dt.date(2099, 1, 1),
    )
    page = quiz.start("/es/training/naloxone/quiz/", class_code=" abc-234", county="shelby")
    quiz.run(page=quiz.last_question(page))

    rows = set(DailyCount.objects.values_list("kind", "by", "value", "count"))
    told = {("county", "shelby", 1), ("class", group.code, 1), ("language", "es", 1)}
    assert {(kind, *row) for kind in ("started", "finished") for row in told} <= rows
    assert not [field.name for field in DailyCount._meta.fields if field.name in {"county", "language"}]


@pytest.mark.parametrize("closes_on", [None, dt.date(2020, 1, 1)])
def test_a_class_code_that_does_not_count_gets_a_sentence(quiz, course, closes_on):
    if closes_on:
        TrainingClass.objects.create(
            code="ABC234", course=course, place="Library", held_on=closes_on, closes_on=closes_on
        )

    response = quiz.start(class_code="ABC234", county="shelby")

    assert response.status_code == 422
    assert ("This class is over." if closes_on else "We do not know this class code.") in text_of(response)
    assert 'value="ABC234"' in response.content.decode()
    assert '<option value="shelby" selected>' in response.content.decode()
    assert counts() == {}


def test_how_ready_somebody_feels_afterwards_is_counted_once(quiz, client):
    address = quiz.address(quiz.result())

    first = client.post(address, {"spot": "5", "give": "4", "stay": ""}, follow=True)
    client.post(address, {"spot": "1"})

    assert "Thank you. It was only counted" in text_of(first)
    rows = RatingCount.objects.values_list("moment", "statement", "rating", "count")
    assert sorted(rows) == [("after", "give", 4, 1), ("after", "spot", 5, 1)]


# --- the refresher ---


def test_the_refresher_asks_six_explains_and_passes_nobody(quiz):
    page = quiz.run(wrong={"K1", "K2"}, page=quiz.start("/training/naloxone/refresher/"))
    words = text_of(page)

    assert "There is nothing to pass here." in words
    assert "of 6 were right at first" in words
    assert 'name="passed"' not in page.content.decode()
    assert counts() == {"refresher": 1}


def test_the_calendar_file_leads_back_after_3_and_12_months(client, course, settings, monkeypatch):
    settings.SITE_URL = "https://portal.example"
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *a, **k: dt.date(2026, 11, 30))

    response = client.get("/training/naloxone/refresher.ics")
    calendar = Calendar.from_ical(response.content)
    events = calendar.walk("VEVENT")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert [event.decoded("dtstart") for event in events] == [dt.date(2027, 2, 28), dt.date(2027, 11, 30)]
    assert {str(event["url"]) for event in events} == {"https://portal.example/training/naloxone/refresher/"}
    assert b"ATTENDEE" not in response.content
    assert not response.cookies
