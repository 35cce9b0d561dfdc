"""A killed server: what was acknowledged is there, and what was not can be sent again once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = 5
SEND = """
from reporting import services
from reporting.formtoken import Filing
while True:
    filing = Filing.new()
    print("sending", filing.token(), flush=True)
    print("kept", services.file_report(filing=filing, answers={"story": "x" * 3000}).code, flush=True)
"""
LOOK = """
import json
from django.db import connection
from reporting import services
from reporting.formtoken import Filing
from reporting.models import Report, SealedPart
with open("told.json") as file:
    told = json.load(file)
again = set()
for token in told["unanswered"]:
    for _ in range(2):
        again.add(services.file_report(filing=Filing.open(token), answers={"story": "x" * 3000}).code)
boxes = [services.read_box(code=code) for code in told["kept"] + sorted(again)]
with connection.cursor() as cursor:
    cursor.execute("PRAGMA integrity_check")
    whole = cursor.fetchone()[0]
print(json.dumps({
    "lost": sum(box is None for box in boxes),
    "half": sum(report.parts.count() != 2 for report in Report.objects.all()),
    "reports": Report.objects.count(),
    "codes": len(set(told["kept"]) | again),
    "parts": SealedPart.objects.count(),
    "integrity": whole,
}))
"""


@pytest.fixture
def portal(tmp_path):
    """Return a function that starts `manage.py` on a SQLite file of its own."""
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "TRIAL"}}
    env |= {"DATA_DIR": str(tmp_path), "VAULT_TEST": "1", "VAULT_TEST_KDF": "fast", "PYTHONPATH": str(ROOT)}
    env |= {"DJANGO_SETTINGS_MODULE": "portal.settings"}

    def start(*args):
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", *args], cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True
        )

    return start


def finish(process):
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(portal, tmp_path):
    manage = str(ROOT / "manage.py")
    finish(portal(manage, "migrate", "-v0"))
    finish(portal(manage, "vault_testkit"))
    kept, unanswered = [], []

    for _ in range(KILLS):
        process = portal("-c", f"import django; django.setup()\n{SEND}")
        lines = [process.stdout.readline()]
        time.sleep(random.uniform(0.1, 0.5))
        process.kill()
        lines += process.stdout.read().splitlines()
        process.wait()
        process.stdout.close()
        answered = [line.split()[1] for line in lines if line.startswith("kept")]
        sending = [line.split()[1] for line in lines if line.startswith("sending") and len(line) > 100]
        kept += answered
        unanswered += sending[len(answered) :]
    (tmp_path / "told.json").write_text(json.dumps({"kept": kept, "unanswered": unanswered}))
    found = json.loads(finish(portal("-c", f"import django; django.setup()\n{LOOK}")))

    assert kept
    assert (found["lost"], found["half"], found["integrity"]) == (0, 0, "ok")
    assert found["reports"] == found["codes"]
    assert found["parts"] == 2 * found["reports"]
