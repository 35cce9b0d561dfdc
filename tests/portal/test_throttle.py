"""Limits count, end, keep addresses apart and keep no address."""

from __future__ import annotations

from django.core.cache import cache
from django.test import RequestFactory

from portal.lib import throttle
from portal.lib.throttle import allow


def asked_from(address: str):
    return RequestFactory().get("/", REMOTE_ADDR=address)


def test_the_limit_is_met_and_not_passed():
    answers = [allow(asked_from("192.0.2.1"), "code", 3, 60) for _ in range(5)]

    assert answers == [True, True, True, False, False]


def test_addresses_and_scopes_are_counted_apart():
    assert allow(asked_from("192.0.2.1"), "code", 1, 60)
    assert not allow(asked_from("192.0.2.1"), "code", 1, 60)

    assert allow(asked_from("192.0.2.2"), "code", 1, 60)
    assert allow(asked_from("192.0.2.1"), "other", 1, 60)


def test_the_count_ends_with_its_window():
    assert allow(asked_from("192.0.2.1"), "code", 1, 60)
    cache.clear()

    assert allow(asked_from("192.0.2.1"), "code", 1, 60)


def test_no_address_is_in_the_cache(monkeypatch):
    names = []
    monkeypatch.setattr(cache, "add", lambda name, *rest, **more: names.append(name))
    monkeypatch.setattr(cache, "incr", lambda name: 1)

    allow(asked_from("192.0.2.123"), "code", 1, 60)

    assert len(names) == 1
    assert "192.0.2.123" not in names[0]
    assert b"192.0.2.123".hex() not in names[0]


def test_the_same_address_has_another_name_in_the_next_process(monkeypatch):
    assert allow(asked_from("192.0.2.1"), "code", 1, 60)
    monkeypatch.setattr(throttle, "_KEY", b"another process, another key")

    assert allow(asked_from("192.0.2.1"), "code", 1, 60)


def test_a_window_that_ends_between_two_lines_lets_through(monkeypatch):
    def gone(name):
        raise ValueError(name)

    monkeypatch.setattr(cache, "incr", gone)

    assert allow(asked_from("192.0.2.1"), "code", 1, 60)


def test_behind_a_proxy_the_address_it_wrote_down_counts(settings):
    settings.BEHIND_PROXY = True

    def asked(forwarded: str):
        return RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": forwarded})

    assert allow(asked("192.0.2.1"), "code", 1, 60)
    assert not allow(asked("made-up, 192.0.2.1"), "code", 1, 60)
    assert allow(asked("192.0.2.2"), "code", 1, 60)
