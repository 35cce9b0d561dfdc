"""How a member is told, and what stands above the pages when telling fails or an erasing waits."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.utils import timezone

from portal.models import User
from reporting import erasing, services
from reporting.formtoken import Filing
from reporting.models import NoticeDue, NoticeRound, Report, ReportBlock

QUEUE = "/admin/reporting/report/"
PAGE = f"{QUEUE}notices/"


@pytest.fixture
def report(vault):
    services.file_report(filing=Filing.new(), answers={"story": "He pushed me."})
    return Report.objects.get()


def text(client, address=QUEUE):
    cache.clear()  # what stands above the pages is kept for some seconds
    return client.get(address, secure=True).content.decode()


def test_a_member_sets_their_own_address_and_hours(sign_in, vault, make_member):
    other = make_member("other")
    client = sign_in(vault)
    assert PAGE in text(client)
    assert "There is something new to review." in text(client, PAGE)

    faulty = client.post(PAGE, {"email": "no address", "notices": "daily"}, secure=True)
    assert faulty.status_code == 200
    assert "Error:" in faulty.content.decode()
    kept = client.post(PAGE, {"email": "lead@team.example", "notices": "daily", "role": "x"}, secure=True)

    vault.refresh_from_db()
    other.refresh_from_db()
    assert kept.status_code == 302
    assert (vault.email, vault.notices, vault.role) == ("lead@team.example", "daily", "lead")
    assert (other.email, other.notices) == ("", "hours")


def test_who_reads_no_reports_has_no_notices(sign_in, make_member, vault):
    client = sign_in(make_member("edith", User.Role.EDITOR))
    assert client.get(PAGE, secure=True).status_code == 403
    assert PAGE not in text(client, "/admin/")


def test_refused_mails_and_a_dead_timer_stand_above_the_pages(sign_in, vault, report):
    client = sign_in(vault)
    assert "the hourly timer does not run" in text(client)
    NoticeRound.objects.create(id=1, slot=timezone.now() - dt.timedelta(hours=1))
    assert "the hourly timer does not run" not in text(client)
    NoticeDue.objects.create(member=vault, due_at=timezone.now(), failing_since=timezone.now())
    assert "Notices could not be sent since" in text(client)


def test_a_waiting_erasure_stands_above_the_pages_of_who_may_know(sign_in, vault, report, make_member):
    blocked = make_member("blocked")
    ReportBlock.objects.create(report=report, member=blocked)
    assert "waits to be erased early" not in text(sign_in(vault))
    erasing.ask_erasure(report=report, by=vault, reason="asked")

    assert "waits to be erased early" not in text(sign_in(blocked))
    assert "waits to be erased early" in text(sign_in(vault))
