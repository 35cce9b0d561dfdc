"""What people type, cleaned: a rule that holds for every text."""

from __future__ import annotations

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from portal.lib.text import CleanCharField, clean_line, clean_text

ANY_TEXT = st.text(alphabet=st.characters(), max_size=200)


@given(ANY_TEXT)
def test_cleaned_text_can_be_stored_and_shown(typed):
    text = clean_text(typed)

    text.encode()  # no lone surrogate
    assert "\x00" not in text
    assert "\r" not in text
    assert unicodedata.is_normalized("NFC", text)
    assert not {"\u202e", "\u2066", "\u200b", "\ufeff"} & set(text)


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(typed):
    assert clean_text(clean_text(typed)) == clean_text(typed)
    assert clean_line(clean_line(typed)) == clean_line(typed)


@given(ANY_TEXT)
def test_a_line_is_one_line(typed):
    assert clean_line(typed) == " ".join(clean_line(typed).split())


@pytest.mark.parametrize(
    "kept",
    ["José", "Nguyễn Thị", "محمد", "עברית", "नमस्ते", "中文名", "O’Brien-Śmith", "👩‍🚒", "می‌خواهم", "a\tb"],
)
def test_every_script_and_emoji_is_kept(kept):
    assert clean_text(kept) == unicodedata.normalize("NFC", kept)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("nul\x00here", "nulhere"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("safe\u202egpj.exe", "safegpj.exe"),
        ("bell\x07", "bell"),
        ("e\u0301", "é"),
        ("  around  ", "around"),
    ],
)
def test_what_hides_or_breaks_is_taken_out(typed, text):
    assert clean_text(typed) == text


def test_a_field_cleans_before_it_counts():
    assert CleanCharField(max_length=3).clean("\x00ab\u202ec\x07") == "abc"


def test_a_field_keeps_lines_only_when_asked():
    assert CleanCharField().clean("a\nb") == "a b"
    assert CleanCharField(multiline=True).clean("a\r\nb") == "a\nb"


def test_too_long_says_how_long_and_what_to_do():
    with pytest.raises(ValidationError) as refused:
        CleanCharField(max_length=3).clean("abcdef")

    assert refused.value.messages == ["This is 6 characters long. Please shorten it to 3 or fewer."]


def test_only_invisible_letters_are_nothing_at_all():
    with pytest.raises(ValidationError):
        CleanCharField().clean("\u200b\x00\u202e")
    assert CleanCharField(required=False).clean("\u200b") == ""


def test_browsers_are_not_told_to_cut_off():
    assert "maxlength" not in str(CleanCharField(max_length=3).widget.attrs)
