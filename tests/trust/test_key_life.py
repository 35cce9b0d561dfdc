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


def run(portal: Portal, points: int, figures) -> None:
    portal.manage("migrate", "-v0")
    found = portal.run(RUN % points)
    assert found["lost"] == 0
    assert found["kills"] >= found["flows"]
    figures(f"{found['flows']} flows, {found['kills']} kills, {found['lost']} parts lost")


def test_keys_survive_kills_on_sqlite(tmp_path, sqlite_turn, count, figures):
    run(Portal(tmp_path), count(1, 20), figures)


def test_keys_survive_kills_on_postgresql(tmp_path, postgresql_turn, count, figures):
    cluster = Cluster(tmp_path)
    try:
        run(Portal(tmp_path, cluster.url), count(1, 20), figures)
    finally:
        cluster.stop()
