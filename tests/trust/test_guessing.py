"""Codes that open nothing: wrong, purged and never sent look alike and cost the same."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from django.core.cache import cache

from portal.lib import codes
from reporting.formtoken import Filing
from reporting.models import Report
from reporting.vault import kdf
from tests.trust import people
from tests.trust.conftest import FULL
from tests.trust.undone import Undone

pytestmark = [pytest.mark.trust, pytest.mark.django_db]
RETURN = "/report/return/"


@pytest.fixture
def derived(monkeypatch):
    """Return the list that each Argon2 adds its cost to."""
    costs = []
    derive = kdf.derive

    def noted(secret, salt, cost):
        costs.append(cost)
        return derive(secret, salt, cost)

    monkeypatch.setattr(kdf, "derive", noted)
    return costs


@pytest.fixture
def unknown(settings):
    """Return codes that open nothing, by why, and one that does. In `make trust` at the real cost."""
    if FULL:
        settings.VAULT_TEST_KDF = ""
    people.open_vault()
    _report, honest = people.file_report()
    purged, purged_code = people.file_report()
    Report.objects.filter(pk=purged.pk).delete()
    return {"wrong": codes.new_code(), "purged": purged_code, "never sent": Filing.new().code}, honest


def answer(client, code):
    """Return (status, headers, page without the typed code) of a guess."""
    cache.clear()
    with Undone():
        response = client.post(RETURN, {"code": code}, secure=True)
    page = response.content.decode().replace(code, "").replace(codes.shown(code), "")
    return response.status_code, dict(response.headers), page


def test_wrong_purged_and_unsent_codes_get_the_same_bytes_for_one_argon2_each(
    client, unknown, derived, figures, count
):
    guesses, honest = unknown
    seen, took = {}, {name: [] for name in (*guesses, "honest")}
    for _round in range(count(3, 200)):
        for name, code in {**guesses, "honest": honest}.items():
            derived.clear()
            began = time.perf_counter()
            shown = answer(client, code)
            took[name].append(time.perf_counter() - began)
            assert len(derived) == 1
            if name != "honest":
                seen.setdefault(str(shown), name)

    medians = {name: statistics.median(times) * 1000 for name, times in took.items()}
    figures("medians in ms: " + ", ".join(f"{name} {ms:.0f}" for name, ms in medians.items()))
    assert list(seen.values()) == ["wrong"]
    if FULL:
        slowest, fastest = (edge(medians[name] for name in guesses) for edge in (max, min))
        assert slowest <= 1.1 * fastest


def test_a_page_that_betrays_why_is_noticed(client, unknown, monkeypatch):
    guesses, honest = unknown
    assert answer(client, guesses["wrong"]) == answer(client, guesses["purged"])
    assert answer(client, guesses["wrong"]) != answer(client, honest)


def test_a_slip_of_one_character_costs_no_argon2_and_is_always_refused(
    client, unknown, derived, figures, count
):
    tried = 0
    for _code in range(count(3, 300)):
        code = codes.new_code()
        for place in range(len(code)):
            for letter in codes.ALPHABET:
                if letter != code[place]:
                    with pytest.raises(ValueError):
                        codes.parse(code[:place] + letter + code[place + 1 :])
                    tried += 1
    _guesses, honest = unknown
    derived.clear()
    slip = ("A" if honest[4] != "A" else "B").join((honest[:4], honest[5:]))
    page = client.post(RETURN, {"code": slip}, secure=True)

    assert derived == []
    assert page.status_code == 200
    figures(f"{tried} slips of one character refused")


def test_many_codes_are_all_different_and_hold_80_bits(figures, count):
    made = [codes.new_code() for _ in range(count(2000, 100_000))]
    letters = len(codes.ALPHABET) ** (len(made[0]) - 1)

    figures(f"{len(set(made))} codes, {letters.bit_length() - 1} bits each")
    assert len(set(made)) == len(made)
    # The last character only checks the others.
    assert letters >= 2**80
    assert all(re.fullmatch(f"[{codes.ALPHABET}]{{18}}", code) for code in made)
