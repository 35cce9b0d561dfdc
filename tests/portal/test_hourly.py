"""What happens by itself every hour."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands

from portal.management.commands import hourly

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_every_duty_is_a_command_that_runs_on_an_empty_portal():
    assert set(hourly.DUTIES) <= set(get_commands())

    call_command("hourly", stdout=StringIO())


def test_a_duty_that_fails_stops_no_other_and_is_told(monkeypatch, caplog):
    tried = []

    def run(duty, **kwargs):
        tried.append(duty)
        if duty == hourly.DUTIES[0]:
            raise OSError("marker-of-a-secret")

    monkeypatch.setattr(hourly, "call_command", run)

    with pytest.raises(CommandError, match=hourly.DUTIES[0]):
        call_command("hourly", stdout=StringIO())

    assert tried == list(hourly.DUTIES)
    assert "OSError" in caplog.text
    assert "marker-of-a-secret" not in caplog.text


def test_serving_runs_it_by_itself():
    assert re.search(r"manage\.py hourly .*sleep 3600", (ROOT / "bin/run").read_text())
