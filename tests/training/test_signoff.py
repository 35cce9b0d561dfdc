"""Signing texts off: what waits for whom, many at once, and only words that were read."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from tests.training.staff import Member
from training.models import Course, Lesson, Question, Scene

TODAY = dt.date(2026, 11, 23)
GIVEN = {"reviewed_role": "Physician", "reviewed_on": dt.date(2026, 10, 1)}


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *args, **kwargs: TODAY)


@pytest.fixture
def editor(course):
    return Member("editor")


@pytest.fixture
def two(course):
    """Return two questions that wait for a clinician; no other question waits for anybody."""
    Question.objects.update(signoff="none", reviewed_on=None, review_by=None)
    rows = Question.objects.filter(slug__in=["q20", "q14"])
    rows.update(signoff="clinician", reviewed_role="", reviewed_on=None)
    return list(rows.order_by("slug"))


def ask(editor, rows, model="question", **told):
    """Choose `rows` in their list and send the action; with `told`, the page that asks, too."""
    sent = {"action": "sign_off", "_selected_action": [row.pk for row in rows]}
    page = editor.post(f"{model}/", sent)
    if not told:
        return page
    seen = re.search(r'name="seen" value="(\w+)"', page.content.decode())[1]
    return editor.post(f"{model}/", {**sent, "confirmed": "yes", "seen": seen, **told})


def fresh(row):
    row.refresh_from_db()
    return row.reviewed_role, row.reviewed_on, row.review_by


TOLD = {"role": "Physician", "review_by": "2027-11-01"}


# --- What waits ---


@pytest.mark.parametrize("model", ["course", "lesson", "question", "scene"])
@pytest.mark.parametrize("waits", ["clinician", "lawyer", "due"])
def test_every_kind_of_text_can_be_filtered(editor, model, waits):
    assert editor.get(f"{model}/", waits=waits).status_code == 200


@pytest.mark.parametrize(
    ("waits", "fields", "is_found"),
    [
        ("clinician", {"signoff": "clinician"}, True),
        ("clinician", {"signoff": "clinician", **GIVEN}, False),
        ("clinician", {"signoff": "lawyer"}, False),
        ("lawyer", {"signoff": "lawyer"}, True),
        ("lawyer", {"signoff": "none"}, False),
        ("due", {"review_by": dt.date(2026, 12, 23), **GIVEN}, True),
        ("due", {"review_by": dt.date(2025, 1, 1), **GIVEN}, True),
        ("due", {"review_by": dt.date(2026, 12, 24), **GIVEN}, False),
        ("due", {}, False),
    ],
)
def test_the_filter_finds_what_waits(editor, waits, fields, is_found):
    nothing = {"signoff": "none", "reviewed_role": "", "reviewed_on": None, "review_by": None}
    Lesson.objects.update(**nothing)
    Lesson.objects.filter(number=3).update(**fields)

    assert ("1 lesson" in editor.get("lesson/", waits=waits).content.decode()) is is_found


# --- Signing off ---


def test_texts_that_wait_are_signed_off_together(editor, two):
    other = Question.objects.exclude(pk__in=[row.pk for row in two]).first()

    asked = ask(editor, [*two, other]).content.decode()
    assert "2 texts wait for a sign-off" in asked
    assert "1 other text that you chose does not wait" in asked
    assert fresh(two[0])[0] == ""
    done = ask(editor, [*two, other], **TOLD)

    assert done.status_code == 302
    assert fresh(two[0]) == fresh(two[1]) == ("Physician", TODAY, dt.date(2027, 11, 1))
    assert fresh(other) == ("", None, None)
    assert LogEntry.objects.count() == 2


def test_a_text_whose_review_is_due_is_signed_off_again(editor, two):
    Question.objects.filter(pk=two[0].pk).update(review_by=dt.date(2026, 11, 1), **GIVEN)

    ask(editor, two[:1], role="Nurse practitioner", review_by="2027-11-01")

    assert fresh(two[0]) == ("Nurse practitioner", TODAY, dt.date(2027, 11, 1))


@pytest.mark.parametrize("model", [Course, Lesson, Question, Scene])
def test_every_kind_of_text_can_be_signed_off(editor, course, model):
    row = model.objects.first()
    model.objects.filter(pk=row.pk).update(signoff="lawyer", reviewed_on=None)

    assert ask(editor, [row], model._meta.model_name, **TOLD).status_code == 302
    assert fresh(row)[0] == "Physician"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"role": " "}, "Say who checked the texts"),
        ({"role": "x" * 81}, "81 characters long"),
        ({"review_by": ""}, "Choose the day by which"),
        ({"review_by": "soon"}, "This is not a date"),
        ({"review_by": "2026-11-23"}, "Choose a day to come"),
        ({"review_by": "2036-11-23"}, "at most three years"),
    ],
)
def test_a_slip_is_told_and_nothing_is_signed(editor, two, changed, says):
    page = ask(editor, two, **{**TOLD, **changed})

    assert says in page.content.decode()
    assert fresh(two[0]) == ("", None, None)


@pytest.mark.parametrize("part", ["question", "option"])
def test_words_that_changed_while_they_were_read_are_not_signed_off(editor, two, part):
    sent = {"action": "sign_off", "_selected_action": [row.pk for row in two]}
    seen = re.search(r'name="seen" value="(\w+)"', editor.post("question/", sent).content.decode())[1]
    row = two[1] if part == "question" else two[1].choices.first()
    row.text = {"en": "Other words"}
    row.save()

    refused = editor.post("question/", {**sent, "confirmed": "yes", "seen": seen, **TOLD})

    assert "Somebody changed these words meanwhile" in refused.content.decode()
    assert fresh(two[0]) == fresh(two[1]) == ("", None, None)
    now = re.search(r'name="seen" value="(\w+)"', refused.content.decode())[1]
    assert editor.post("question/", {**sent, "confirmed": "yes", "seen": now, **TOLD}).status_code == 302


def test_one_person_does_not_sign_for_clinician_and_lawyer(editor, two):
    Question.objects.filter(pk=two[0].pk).update(signoff="lawyer")

    answer = ask(editor, two)

    assert answer.status_code == 302
    assert "One person cannot have checked both" in editor.get("question/").content.decode()


def test_what_does_not_wait_is_left_alone(editor, two):
    Question.objects.filter(pk=two[0].pk).update(**GIVEN)

    assert ask(editor, two[:1]).status_code == 302
    assert "None of these texts waits" in editor.get("question/").content.decode()


@pytest.mark.parametrize("role", ["trainer", "reviewer", "lead", "operator"])
def test_no_other_role_signs_off(two, role):
    assert ask(Member(role), two).status_code == 403
    assert fresh(two[0]) == ("", None, None)


# --- On the page of one text ---


def scene_form(scene, **changed):
    """Return what the admin's form for the last scene of a way sends."""
    words = {f"title_{code}": text for code, text in scene.title.items()}
    words |= {f"text_{code}": text for code, text in scene.text.items()}
    return {
        "course": scene.course_id, "slug": scene.slug, "number": scene.number, "is_end": "on",
        "facts": " ".join(scene.facts), "signoff": scene.signoff, "reviewed_role": scene.reviewed_role,
        "reviewed_on": scene.reviewed_on or "", "review_by": scene.review_by or "",
        "decisions-TOTAL_FORMS": 0, "decisions-INITIAL_FORMS": 0, **words, **changed,
    }  # fmt: skip


@pytest.fixture
def scene(course):
    """Return a signed-off scene that ends a way, with a title in two languages."""
    row = Scene.objects.filter(is_end=True).first()
    row.title = {"en": row.title["en"], "es": "Una puerta"}
    row.signoff, row.review_by = "clinician", dt.date(2027, 1, 1)
    row.reviewed_role, row.reviewed_on = GIVEN.values()
    row.save()
    row.refresh_from_db()
    return row


def test_a_scene_keeps_its_sign_off_until_its_words_or_decisions_change(editor, scene):
    page = f"scene/{scene.pk}/change/"
    assert "Add another Decision" in editor.get(page).content.decode()

    editor.post(page, scene_form(scene))
    assert fresh(scene)[0] == "Physician"
    editor.post(page, scene_form(scene, text_en=f"{scene.text['en']} Stay."))
    assert fresh(scene) == ("", None, None)


@pytest.mark.parametrize(("spanish", "role"), [("Una puerta", "Physician"), ("Otra puerta", ""), ("", "")])
def test_words_in_another_language_count_too(editor, scene, spanish, role):
    editor.post(f"scene/{scene.pk}/change/", scene_form(scene, title_es=spanish))

    assert fresh(scene)[0] == role


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"reviewed_role": ""}, "A sign-off has both"),
        ({"reviewed_on": ""}, "A sign-off has both"),
        ({"reviewed_on": "2026-11-24"}, "This day is still to come"),
    ],
)
def test_half_a_sign_off_is_refused(editor, scene, changed, says):
    page = editor.post(f"scene/{scene.pk}/change/", scene_form(scene, **changed))

    assert says in page.content.decode()
    assert fresh(scene)[:2] == tuple(GIVEN.values())
