"""Every flow of the keys, whole and cut off, with who reads what afterwards (trust checks, S14).

The long form, with kill -9 at twenty points of each flow, is `tests/trust/test_key_life.py`.
"""

from __future__ import annotations

import pytest

from tests.trust import key_life
from tests.trust.key_life import BEFORE, FLOWS, cut_at, done, undone


@pytest.fixture
def world(db, settings):
    settings.VAULT_TEST_KDF = "fast"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return key_life.build()


def test_each_flow_leaves_exactly_these_readers_also_when_it_was_cut_off(world):
    assert key_life.table(world) == BEFORE
    for flow in FLOWS:
        with undone(world):
            found, total = done(flow, world)
            assert found == flow.after, flow.name
        with undone(world):
            assert cut_at(flow, world, total // 2) == flow.after, flow.name


def test_a_removal_may_be_cut_off_anywhere(world):
    removal = next(flow for flow in FLOWS if flow.name == "removal of a reviewer")
    with undone(world):
        _found, total = done(removal, world)
    assert total > 50
    for statement in range(0, total, 16):
        with undone(world):
            assert cut_at(removal, world, statement) == removal.after, statement
