"""Publishing figures, as members of different standing see it."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from portal.models import User
from reporting import figures, keys, services
from reporting.formtoken import Filing
from reporting.models import CASE, Conflict, FigureRelease, Report, ReportEvent

PAGE = "/admin/reporting/report/figures/"


@pytest.fixture
def reports(vault):
    for number in range(24):
        answers = {"story": "x", "consents": ["figures"], "incidents": ["force" if number < 13 else "arrest"]}
        services.file_report(filing=Filing.new(), answers=answers)
    Report.objects.update(week=dt.date(2026, 3, 2))


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(figures.timezone, "localdate", lambda: dt.date(2026, 11, 22))


def post(client, **typed):
    return client.post(PAGE, typed, secure=True)


def test_a_member_counts_looks_and_publishes(sign_in, vault, reports):
    client = sign_in(vault)
    asked = client.get(PAGE, secure=True).content.decode()
    assert "Until the end of June 2026" in asked
    assert "Publish this" not in asked

    looked = post(client, do="count").content.decode()
    assert "24 reports may be counted" in looked
    assert "Not shown: What happened × Where" in looked
    digest = re.search(r'name="looked_at" value="(\w+)"', looked)[1]
    assert not FigureRelease.objects.exists()
    assert post(client, do="publish", looked_at="other").status_code == 200
    assert not FigureRelease.objects.exists()
    assert post(client, do="publish", looked_at=digest).status_code == 302

    assert FigureRelease.objects.get().by == vault
    assert ReportEvent.objects.filter(kind="published").count() == 1
    assert "About 25 reports" in client.get("/figures/", secure=True).content.decode()
    assert "Everything that is old enough is published" in client.get(PAGE, secure=True).content.decode()


def test_too_few_are_not_published(sign_in, vault, reports):
    Report.objects.filter(pk__in=Report.objects.values("pk")[:15]).delete()
    looked = post(sign_in(vault), do="count").content.decode()
    assert "Fewer than ten" in looked
    assert "Publish this" not in looked


def test_who_is_tied_locked_or_of_another_role_publishes_nothing(sign_in, vault, reports, make_member):
    tied, waiting = make_member("tied"), make_member("waiting")
    keys.grant_rooms(by=vault, by_key=vault.key, to=tied, rooms=[CASE])
    Conflict.objects.create(member=tied, kind="school", token="ab" * 16)
    client = sign_in(tied)
    assert "You cannot publish figures" in client.get(PAGE, secure=True).content.decode()
    assert post(client, do="count").status_code == post(client, do="publish").status_code == 403
    assert sign_in(waiting).get(PAGE, secure=True).status_code == 403
    assert sign_in(make_member("edith", User.Role.EDITOR)).get(PAGE, secure=True).status_code == 403
    assert not FigureRelease.objects.exists()
