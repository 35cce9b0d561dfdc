"""The pure locks: what opens, and above all what does not."""

from __future__ import annotations

import contextlib
import itertools
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib import codes
from reporting.vault import kdf, primitives, sheets

CONTEXT = primitives.part_context("R1", "part-1", "story")


@given(st.binary(max_size=9000))
def test_a_padded_body_comes_back_and_shows_only_whole_blocks(plain):
    key = primitives.new_key()

    blob = primitives.encrypt_padded(key, plain, CONTEXT)

    assert primitives.decrypt_padded(key, blob, CONTEXT) == plain
    assert (len(blob) - 1 - 24 - 16) % primitives.TEXT_BLOCK == 0


@pytest.mark.parametrize(
    "place",
    [
        ("R2", "part-1", "story", 1, 1),
        ("R1", "part-2", "story", 1, 1),
        ("R1", "part-1", "note", 1, 1),
        ("R1", "part-1", "story", 2, 2),
        ("R1", "part-1", "story", 1, 2),
    ],
)
def test_a_body_moved_elsewhere_does_not_open(place):
    key = primitives.new_key()
    blob = primitives.encrypt_padded(key, b"words", CONTEXT)

    with pytest.raises(primitives.SealError):
        primitives.decrypt_padded(key, blob, primitives.part_context(*place))


@given(st.data())
def test_one_flipped_bit_is_always_noticed(data):
    private, public = primitives.new_key_pair()
    key = primitives.new_key()
    body = primitives.encrypt(key, b"words", CONTEXT)
    sealed = primitives.seal_to(public, key)

    for blob, opening in (
        (body, lambda changed: primitives.decrypt(key, changed, CONTEXT)),
        (sealed, lambda changed: primitives.open_sealed(private, changed)),
    ):
        bit = data.draw(st.integers(0, len(blob) * 8 - 1))
        changed = bytearray(blob)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(primitives.SealError):
            opening(bytes(changed))


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x02" + bytes(100), bytes(200), b"\x01" + bytes(23)])
def test_a_blob_that_is_no_blob_is_refused_in_the_same_way(blob):
    private, _ = primitives.new_key_pair()

    with pytest.raises(primitives.SealError):
        primitives.open_sealed(private, blob)
    with pytest.raises(primitives.SealError):
        primitives.decrypt(primitives.new_key(), blob, CONTEXT)


def test_only_the_right_private_key_opens():
    private, public = primitives.new_key_pair()
    stranger, _ = primitives.new_key_pair()
    sealed = primitives.seal_to(public, b"k" * 32)

    assert primitives.open_sealed(private, memoryview(sealed)) == b"k" * 32
    with pytest.raises(primitives.SealError):
        primitives.open_sealed(stranger, sealed)


def test_hashes_differ_by_use_and_by_where_parts_end():
    key = primitives.new_key()

    assert primitives.keyed_hash(key, "one", b"ab", b"c") != primitives.keyed_hash(key, "one", b"a", b"bc")
    assert primitives.keyed_hash(key, "one", b"a") != primitives.keyed_hash(key, "other", b"a")
    assert len(primitives.keyed_hash(b"p" * 200, "one", b"a", size=16)) == 16


def test_twenty_thousand_codes_are_all_different():
    assert len({codes.new_code() for _ in range(20_000)}) == 20_000
    assert len(codes.ALPHABET) ** codes.RANDOM_LENGTH >= 2**80


def test_every_single_wrong_character_is_noticed():
    for code in (codes.new_code() for _ in range(60)):
        for place, letter in itertools.product(range(codes.LENGTH), codes.ALPHABET):
            if letter != code[place]:
                with pytest.raises(codes.InvalidCode):
                    codes.parse(code[:place] + letter + code[place + 1 :])


def test_case_spaces_hyphens_and_letters_that_look_alike_do_not_matter():
    for code in (codes.new_code() for _ in range(200)):
        shown = codes.shown(code)
        assert [len(group) for group in shown.split("-")] == [6, 6, 6]
        for typed in (
            shown,
            shown.lower(),
            f"  {shown.replace('-', ' ')}\n",
            shown.replace("0", "o").replace("1", "l"),
            shown.replace("0", "O").replace("1", "I"),
            shown.replace("-", "–"),
        ):
            assert codes.parse(typed) == code


@given(st.text(max_size=60))
def test_any_typed_text_is_a_code_or_is_refused(typed):
    with contextlib.suppress(codes.InvalidCode):
        assert len(codes.parse(typed)) == codes.LENGTH


def test_a_code_is_found_inside_a_text_however_it_is_spelled():
    code = codes.new_code()

    assert codes.is_in(f"my code is {codes.shown(code).lower()}, keep it", code)
    assert not codes.is_in("my code is at home", code)


def test_any_two_sheets_give_the_secret_and_one_alone_does_not():
    secret, papers = sheets.make_sheets()

    assert len(secret) * 8 == 160
    for one, other in itertools.permutations(papers, 2):
        assert sheets.combine(one.text.lower(), other.text.replace(" ", "-")) == secret
    with pytest.raises(sheets.SheetError, match="twice"):
        sheets.combine(papers[0].text, papers[0].text)


def test_one_sheet_fits_every_secret():
    """One sheet holds two of three random pieces: the third can make any secret of them."""
    secret, papers = sheets.make_sheets()
    held = sheets._read(papers[0].text)[5:]

    assert secret not in held
    assert sheets._xor(held[:20], held[20:]) != secret


def test_a_slip_in_a_sheet_and_sheets_of_another_set_are_refused():
    _, papers = sheets.make_sheets()
    _, others = sheets.make_sheets()
    slipped = ("0" if papers[0].text[0] != "0" else "1") + papers[0].text[1:]

    with pytest.raises(sheets.SheetError, match="slip"):
        sheets.combine(slipped, papers[1].text)
    with pytest.raises(sheets.SheetError, match="different sets"):
        sheets.combine(papers[0].text, others[1].text)
    with pytest.raises(sheets.SheetError, match="whole sheet"):
        sheets.combine("", papers[1].text)


def test_the_costs_for_real_use_are_those_of_the_design(settings):
    settings.VAULT_TEST_KDF = ""

    assert kdf.cost_of("code").text() == "argon2id$3$65536$64"
    assert kdf.cost_of("passphrase").text() == "argon2id$3$131072$32"
    assert kdf.cost_of("sheets").text() == "argon2id$3$262144$32"
    assert kdf.Cost.parse("argon2id$3$65536$64") == kdf.cost_of("code")
    with pytest.raises(ValueError):
        kdf.Cost.parse("scrypt$1$2$3")


def test_a_kept_cost_gives_the_same_bytes_again(settings):
    settings.VAULT_TEST_KDF = "fast"
    salt, cost = kdf.new_salt(), kdf.cost_of("code")

    assert kdf.derive(b"words", salt, cost) == kdf.derive(b"words", salt, kdf.Cost.parse(cost.text()))
    assert kdf.derive(b"words", salt, cost) != kdf.derive(b"words", kdf.new_salt(), cost)


def test_a_queue_of_codes_is_told_to_wait_instead_of_taking_all_memory(settings, monkeypatch):
    settings.VAULT_TEST_KDF = "fast"
    monkeypatch.setattr(kdf, "_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(kdf, "_turn", threading.BoundedSemaphore(1))

    with kdf._turn, pytest.raises(kdf.Busy):
        kdf.derive(b"words", kdf.new_salt(), kdf.cost_of("code"))
    assert kdf.derive(b"words", kdf.new_salt(), kdf.cost_of("code"))
