"""Codes of classes: new ones are free, and read back however they are typed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib import codes
from training import classes
from training.models import TrainingClass


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
