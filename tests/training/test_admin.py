"""What staff can do with courses and certificates, and what the rules of the bank keep them from.

The forms are sent to the admin's own views with an account at hand: how staff log in is tested elsewhere.
"""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.utils.html import escape

from portal.lib.translated import Translations
from training.models import Certificate, Course, DailyCount, Fact, Lesson, Question, Scene


@pytest.fixture
def staff_page(rf, course):
    """Return a function that opens (or, with `sent`, saves) a row in the admin."""
    user = get_user_model().objects.create_user("editor", role="editor")

    def visit(model, row=None, sent=None, query=None):
        request = rf.post("/admin/", sent) if sent is not None else rf.get("/admin/", query)
        request.user, request.session = user, SessionStore()
        request._messages = CookieStorage(request)
        request._dont_enforce_csrf_checks = True
        pages = admin.site.get_model_admin(model)
        if row is None:
            return pages.changelist_view(request).render()
        response = pages.changeform_view(request, str(row.pk))
        return response.render() if hasattr(response, "render") else response

    return visit


def question_form(question, **changed):
    """Return what the admin's form for `question` sends."""
    choices = list(question.choices.all())
    sent = {
        "course": question.course_id,
        "lesson": question.lesson_id,
        "slug": question.slug,
        "purpose": question.purpose,
        "kind": question.kind,
        "critical": question.critical,
        "text_en": question.text["en"],
        "facts": " ".join(question.facts),
        "signoff": question.signoff,
        "reviewed_role": question.reviewed_role,
        "reviewed_on": question.reviewed_on or "",
        "review_by": "",
        "choices-TOTAL_FORMS": len(choices),
        "choices-INITIAL_FORMS": len(choices),
    }
    for number, choice in enumerate(choices):
        sent |= {
            f"choices-{number}-id": choice.pk,
            f"choices-{number}-question": question.pk,
            f"choices-{number}-key": choice.key,
            f"choices-{number}-text_en": choice.text["en"],
            f"choices-{number}-feedback_en": choice.feedback["en"],
        }
        if choice.is_right:
            sent[f"choices-{number}-is_right"] = "on"
    return sent | changed


@pytest.mark.parametrize("model", [Course, Lesson, Question, Fact, Certificate, DailyCount])
def test_each_list_opens(staff_page, make_certificate, model):
    make_certificate()

    assert staff_page(model).status_code == 200


@pytest.mark.parametrize("model", [Course, Lesson, Question, Fact])
def test_each_form_opens(staff_page, model):
    assert staff_page(model, model.objects.first()).status_code == 200


def test_good_words_are_saved_and_take_the_sign_off_away(staff_page):
    question = Question.objects.get(slug="q20")
    Question.objects.filter(pk=question.pk).update(reviewed_role="Nurse", reviewed_on=dt.date(2026, 11, 1))
    question.refresh_from_db()

    response = staff_page(Question, question, question_form(question, text_en="Why is an overdose deadly?"))

    question.refresh_from_db()
    assert response.status_code == 302
    assert str(question.text) == "Why is an overdose deadly?"
    assert question.reviewed_on is None


def test_a_changed_option_takes_the_sign_off_away_too(staff_page):
    Question.objects.filter(slug="q20").update(reviewed_role="Nurse", reviewed_on=dt.date(2026, 11, 1))
    question = Question.objects.get(slug="q20")

    staff_page(Question, question, question_form(question, **{"choices-0-feedback_en": "Hunger is not it."}))

    question.refresh_from_db()
    assert question.reviewed_on is None


def test_a_sign_off_that_is_given_stays(staff_page):
    question = Question.objects.get(slug="q14")

    staff_page(
        Question, question, question_form(question, reviewed_role="Physician", reviewed_on="2026-11-02")
    )

    question.refresh_from_db()
    assert question.awaits == ""


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {"choices-0-text_en": "The skin turns red and starts to itch."},
            "repeats the text of another option",
        ),
        ({"choices-0-is_right": "on"}, "needs exactly 1"),
        ({"kind": "multi"}, "needs at least 2"),
        ({"choices-0-feedback_en": ""}, "This field is required"),
        ({"facts": "F999"}, "These facts do not exist: F999."),
        ({"facts": ""}, "It names no fact."),
        ({"critical": "K9"}, "Use K1 to K8"),
        ({"choices-0-DELETE": "on", "choices-2-DELETE": "on"}, "Write 3 or 4"),
        ({"facts": "F36"}, "None of its facts (F36) has a source."),
        ({"choices-0-feedback_en": "No. (Draft: ask a nurse.)"}, "Mark it as a draft"),
        ({"choices-0-feedback_en": "Physiological considerations. " * 9}, "Its reading grade is"),
    ],
)
def test_a_fault_is_refused_in_the_admin_as_in_files(staff_page, changed, says):
    question = Question.objects.get(slug="q20")

    response = staff_page(Question, question, question_form(question, **changed))

    assert response.status_code == 200
    assert says in response.content.decode()
    assert Question.objects.get(slug="q20").choices.filter(is_right=True).count() == 1


def test_length_may_not_give_the_answer_away_in_the_whole_course(staff_page):
    question = Question.objects.get(slug="q20")
    for other in Question.objects.filter(slug__in=["q08", "q09"]):
        choice = other.choices.get(is_right=True)
        choice.text = Translations.of("So " * 30)
        choice.save()
    telling = "Breathing gets very, very slow, and then it may stop."
    sent = question_form(question, **{"choices-1-text_en": telling})

    refused = staff_page(Question, question, sent).content.decode()

    assert "the longest option would be right in 41.5% of the questions of the quiz." in refused
    assert telling in refused
    assert staff_page(Question, question, sent | {"choices-3-text_en": "x" * 60}).status_code == 302
    assert staff_page(Question, question, sent | {"is_draft": "on"}).status_code == 302


def lesson_form(lesson, **changed):
    """Return what the admin's form for `lesson` sends."""
    return {
        "course": lesson.course_id,
        "slug": lesson.slug,
        "number": lesson.number,
        "title_en": lesson.title["en"],
        "goal_en": lesson.goal["en"],
        "body_en": lesson.body["en"],
        "seconds": lesson.seconds,
        "facts": " ".join(lesson.facts),
        "signoff": lesson.signoff,
        "reviewed_role": "",
        "reviewed_on": "",
        "review_by": "",
    } | changed


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("Words without a screen.", "There is no screen."),
        ("## One\n\nText here.\n\n{drawing: nose}", "There is no drawing"),
        ("## One\n\n" + "Physiological considerations necessitate deliberation. " * 5, "reading grade"),
    ],
)
def test_a_lesson_keeps_the_rules_of_screens_and_grade(staff_page, body, says):
    lesson = Lesson.objects.get(slug="the-six-steps")

    refused = staff_page(Lesson, lesson, lesson_form(lesson, body_en=body))

    assert refused.status_code == 200
    assert says in refused.content.decode()
    assert escape(body.splitlines()[0]) in refused.content.decode()
    assert (
        staff_page(Lesson, lesson, lesson_form(lesson, body_en="## One\n\nStay with them.")).status_code
        == 302
    )


def scene_form(scene, **changed):
    """Return what the admin's form for `scene` sends."""
    decisions = list(scene.decisions.all())
    sent = {
        "course": scene.course_id,
        "slug": scene.slug,
        "number": scene.number,
        "title_en": scene.title["en"],
        "text_en": scene.text["en"],
        "facts": " ".join(scene.facts),
        "signoff": scene.signoff,
        "reviewed_role": "",
        "reviewed_on": "",
        "review_by": "",
        "decisions-TOTAL_FORMS": len(decisions),
        "decisions-INITIAL_FORMS": len(decisions),
    }
    for number, decision in enumerate(decisions):
        sent |= {
            f"decisions-{number}-id": decision.pk,
            f"decisions-{number}-scene": scene.pk,
            f"decisions-{number}-key": decision.key,
            f"decisions-{number}-text_en": decision.text["en"],
            f"decisions-{number}-consequence_en": decision.consequence["en"],
            f"decisions-{number}-leads_to": decision.leads_to,
        }
        if decision.is_good:
            sent[f"decisions-{number}-is_good"] = "on"
    return sent | changed


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"decisions-0-leads_to": "nowhere"}, "leads to &#x27;nowhere&#x27;, which does not exist"),
        ({"is_end": "on"}, "It is an end and has choices."),
        ({"text_en": "Physiological considerations necessitate deliberation. " * 5}, "reading grade"),
        ({"slug": "renamed"}, "which does not exist"),
    ],
)
def test_a_scene_keeps_its_rules_and_spoils_no_way(staff_page, course, changed, says):
    scene = course.scenes.all()[1]

    refused = staff_page(Scene, scene, scene_form(scene, **changed))

    assert refused.status_code == 200
    assert says in refused.content.decode()
    assert staff_page(Scene, scene, scene_form(scene, title_en="A little later")).status_code == 302


def test_giving_a_reason_withdraws_a_certificate(staff_page, make_certificate):
    row = make_certificate()

    refused = staff_page(Certificate, row, {"reason": ""})
    done = staff_page(Certificate, row, {"reason": "Made in error."})

    row.refresh_from_db()
    assert (refused.status_code, done.status_code) == (200, 302)
    assert (row.status, row.reason) == ("withdrawn", "Made in error.")


def test_a_withdrawn_certificate_can_only_be_looked_at(staff_page, make_certificate):
    row = make_certificate()
    staff_page(Certificate, row, {"reason": "Made in error."})

    assert 'name="reason"' not in staff_page(Certificate, row).content.decode()


def test_a_certificate_is_found_by_its_whole_id_only(staff_page, make_certificate):
    row = make_certificate()

    found = staff_page(Certificate, query={"q": row.shown_code.lower()}).content.decode()
    part = staff_page(Certificate, query={"q": row.code[:6]}).content.decode()

    assert row.shown_code in found
    assert row.shown_code not in part


@pytest.mark.parametrize("model", [Course, Lesson, Question, Fact, Certificate, DailyCount])
def test_nothing_is_deleted(rf, db, model):
    request = rf.get("/admin/")
    request.user = get_user_model()(role="editor", is_staff=True, is_active=True)

    assert not admin.site.get_model_admin(model).has_delete_permission(request)
