"""Every flow of the keys, killed with kill -9 at many points (trust checks, S14)."""

from __future__ import annotations

import pytest

from tests.trust.server import Cluster, Portal

pytestmark = pytest.mark.trust
RUN = """
import json
from tests.trust import key_life
print(json.dumps(key_life.run(%d)))
"""


@pytest.fixture
def points(count):
    """Return at how many points each flow is killed."""
    if not (most := count(0, 20)):
        pytest.skip("the short form is tests/reporting/test_key_life.py")
    return most


def run(portal: Portal, points: int, figures) -> None:
    portal.manage("migrate", "-v0")
    found = portal.run(RUN % points)
    assert found["lost"] == 0
    assert found["kills"] >= found["flows"]
    figures(f"{found['flows']} flows, {found['kills']} kills, {found['lost']} parts lost")


def test_keys_survive_kills_on_sqlite(tmp_path, sqlite_turn, points, figures):
    run(Portal(tmp_path), points, figures)


def test_keys_survive_kills_on_postgresql(tmp_path, postgresql_turn, points, figures):
    cluster = Cluster(tmp_path)
    try:
        run(Portal(tmp_path, cluster.url), points, figures)
    finally:
        cluster.stop()
