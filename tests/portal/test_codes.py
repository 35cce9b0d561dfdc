"""Certificate IDs over a bad telephone line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib import codes

numbers = st.integers(0, 2**codes.BITS - 1)


@given(numbers)
def test_an_id_is_read_back_and_different_for_each_number(number):
    code = codes.encode(number)

    assert len(code) == 18
    assert codes.read(code) == code
    assert codes.encode((number + 1) % 2**codes.BITS) != code


@given(numbers, st.integers(0, 17), st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_noticed(number, place, letter):
    code = codes.encode(number)
    heard = code[:place] + letter + code[place + 1 :]

    assert codes.read(heard) == (code if heard == code else None)


@given(numbers, st.integers(0, 17), st.integers(0, 17))
def test_two_characters_in_each_others_place_are_noticed(number, first, second):
    code = codes.encode(number)
    heard = list(code)
    heard[first], heard[second] = heard[second], heard[first]

    assert codes.read("".join(heard)) == (code if "".join(heard) == code else None)


def test_letters_that_look_like_figures_are_read_as_figures():
    code = next(c for c in map(codes.encode, range(5000)) if "0" in c and "1" in c)
    typed = code.replace("0", "o").replace("1", "l").lower()

    assert codes.read(f" {typed[:6]}-{typed[6:12]} {typed[12:]} ") == code


@pytest.mark.parametrize("number", [-1, 2**codes.BITS])
def test_a_number_out_of_range_is_refused(number):
    with pytest.raises(ValueError):
        codes.encode(number)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(typed):
    assert codes.read(typed) is None or len(codes.read(typed)) == 18
