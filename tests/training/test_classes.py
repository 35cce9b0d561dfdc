"""Codes of classes: new ones are free, and read back however they are typed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib import codes
from tests.training.staff import Member
from training import classes
from training.models import DailyCount, TrainingClass


def make_class(course, code, **fields):
    day = dt.date(2026, 11, 2)
    return TrainingClass.objects.create(
        course=course, code=code, **{"place": "Library", "held_on": day, "closes_on": day, **fields}
    )


@given(st.text(codes.ALPHABET, min_size=6, max_size=6))
def test_a_code_is_read_back_in_any_spelling(code):
    spoken = " - ".join(code.lower()).replace("0", "o").replace("1", "l")

    assert classes.read(spoken) == classes.read(f" {code} ") == code


@pytest.mark.parametrize("typed", ["", "ABC12", "ABC1234", "ABC12U", "ABC12É", "١٢٣٤٥٦", "ABC12!"])
def test_what_cannot_be_a_code_is_none(typed):
    assert classes.read(typed) is None


def test_a_code_that_a_class_has_is_drawn_again(course, monkeypatch):
    make_class(course, "AAAAAA")
    drawn = iter("AAAAAABBBBBB")
    monkeypatch.setattr(classes.secrets, "choice", lambda letters: next(drawn))

    assert classes.new_code() == "BBBBBB"


def test_no_code_is_made_up_when_chance_finds_none(course, monkeypatch):
    make_class(course, "AAAAAA")
    monkeypatch.setattr(classes.secrets, "choice", lambda letters: "A")

    with pytest.raises(classes.NoFreeCode):
        classes.new_code()


def test_codes_come_from_the_whole_alphabet(db):
    made = [classes.new_code() for _each in range(100)]

    assert all(classes.read(code) == code for code in made)
    assert len(set(made)) == 100
    assert len(set("".join(made))) == len(codes.ALPHABET)


# --- In the admin ---

NEW = {"place": "Library, Tuesday", "held_on": "2026-11-02", "closes_on": "", "county": "knox"}


@pytest.mark.parametrize(
    ("role", "status"),
    [("editor", 302), ("trainer", 302), ("reviewer", 403), ("lead", 403), ("operator", 403)],
)
def test_editors_and_trainers_make_a_class(course, role, status):
    member = Member(role)

    assert member.post("trainingclass/add/", {**NEW, "course": course.pk}).status_code == status
    made = TrainingClass.objects.all()
    assert [(row.place, row.closes_on) for row in made] == (
        [("Library, Tuesday", dt.date(2026, 12, 2))] if status == 302 else []
    )


def test_the_only_course_is_chosen_already(course):
    page = Member("trainer").get("trainingclass/add/").content.decode()

    assert f'<option value="{course.pk}" selected>' in page


@pytest.mark.parametrize("closes_on", ["2026-11-01", "2027-11-04"])
def test_a_code_closes_on_a_day_that_fits(course, closes_on):
    trainer = Member("trainer")

    refused = trainer.post("trainingclass/add/", {**NEW, "course": course.pk, "closes_on": closes_on})

    assert "Choose the day of the class or a later one" in refused.content.decode()
    assert not TrainingClass.objects.exists()


def test_the_page_of_a_class_shows_link_and_counts(course):
    group = make_class(course, "AAAAAA")
    DailyCount.add(course, "started", dt.date(2026, 11, 2), class_="AAAAAA")
    DailyCount.add(course, "started", dt.date(2026, 11, 9), class_="AAAAAA")
    DailyCount.add(course, "finished", dt.date(2026, 11, 9), class_="AAAAAA")
    trainer = Member("trainer")

    page = trainer.get(f"trainingclass/{group.pk}/change/").content.decode()
    moved = trainer.post(f"trainingclass/{group.pk}/change/", {**NEW, "code": "BBBBBB"})

    assert 'href="/training/classes/AAAAAA/"' in page
    assert "<li>Quizzes started: 2</li>" in page
    assert "<li>Quizzes passed: 1</li>" in page
    group.refresh_from_db()
    assert moved.status_code == 302
    assert (group.place, group.code, group.course_id) == ("Library, Tuesday", "AAAAAA", course.pk)


def test_a_class_is_found_by_its_code_and_is_never_deleted(course):
    group = make_class(course, "A0B1C2")
    make_class(course, "AAAAAA", place="Church")
    trainer = Member("trainer")

    assert "1 training class" in trainer.get("trainingclass/", q="aob-lc2").content.decode()
    assert "1 training class" in trainer.get("trainingclass/", q="church").content.decode()
    assert trainer.post(f"trainingclass/{group.pk}/delete/", {"post": "yes"}).status_code == 403
    assert TrainingClass.objects.count() == 2
