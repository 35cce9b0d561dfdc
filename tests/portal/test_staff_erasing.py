"""Keeping, holding and erasing on the staff pages."""

from __future__ import annotations

import pytest

from reporting import erasing, keys, services
from reporting.formtoken import Filing
from reporting.models import CASE, Erasure, Report, ReportBlock, Tombstone

QUEUE = "/admin/reporting/report/"


@pytest.fixture
def report(vault):
    services.file_report(filing=Filing.new(), answers={"story": "He pushed me."})
    return Report.objects.get()


@pytest.fixture
def reviewers(vault, make_member):
    made = [make_member("anna"), make_member("ben")]
    for user in made:
        keys.grant_rooms(by=vault, by_key=vault.key, to=user, rooms=[CASE])
    return made


def case(report):
    return f"{QUEUE}{report.pk}/change/"


def erase(report):
    return f"{QUEUE}{report.pk}/erase/"


def test_a_member_chooses_the_class_and_only_a_lead_holds(sign_in, vault, report, reviewers):
    client = sign_in(reviewers[0])
    page = client.get(case(report), secure=True).content.decode()
    assert "Keeping and erasing" in page
    assert "Put under legal hold" not in page
    assert client.post(case(report), {"do": "keep", "keep-retention": "long"}, secure=True).status_code == 302
    assert (
        client.post(case(report), {"do": "keep", "keep-retention": "short"}, secure=True).status_code == 200
    )
    refused = client.post(case(report), {"do": "hold", "hold-held": "1"}, secure=True)
    report.refresh_from_db()
    assert (refused.status_code, report.held, report.retention) == (403, False, "long")

    client = sign_in(vault)
    assert "Put under legal hold" in client.get(case(report), secure=True).content.decode()
    assert client.post(case(report), {"do": "hold", "hold-held": "1"}, secure=True).status_code == 302
    report.refresh_from_db()
    assert report.held
    page = client.get(case(report), secure=True).content.decode()
    assert "Legal hold: nothing of this report is erased." in page
    assert "Erase it early" not in page
    client.post(erase(report), {"do": "ask", "reason": "asked"}, secure=True)
    assert not Erasure.objects.exists()
    client.post(case(report), {"do": "hold", "hold-held": "0"}, secure=True)
    report.refresh_from_db()
    assert not report.held


def test_one_member_asks_and_a_second_one_erases(sign_in, vault, report, reviewers):
    anna, ben = reviewers
    client = sign_in(anna)
    assert client.post(erase(report), {"do": "ask"}, secure=True).status_code == 200
    assert not Erasure.objects.exists()
    assert client.post(erase(report), {"do": "ask", "reason": "asked"}, secure=True).status_code == 302
    mine = client.get(erase(report), secure=True).content.decode()
    assert "A second member can agree" in mine
    assert "I agree" not in mine
    client.post(erase(report), {"do": "confirm"}, secure=True)
    assert Report.objects.exists()

    client = sign_in(ben)
    assert report.reference in client.get(f"{QUEUE}erasures/", secure=True).content.decode()
    assert (
        "Somebody asked to erase this report early" in client.get(case(report), secure=True).content.decode()
    )
    assert "I agree" in client.get(erase(report), secure=True).content.decode()
    assert Report.objects.exists()
    gone = client.post(erase(report), {"do": "confirm"}, secure=True)

    assert (gone.status_code, gone.url) == (302, QUEUE)
    assert not Report.objects.exists()
    assert Tombstone.objects.get().by_name == "ben"
    assert client.get(erase(report), secure=True).status_code == 404


def test_any_member_stops_it(sign_in, vault, report, reviewers):
    erasing.ask_erasure(report=report, by=reviewers[0], reason="spam")
    client = sign_in(vault)
    assert client.post(erase(report), {"do": "stop"}, secure=True).status_code == 302
    assert not Erasure.objects.exists()
    late = client.post(erase(report), {"do": "confirm"}, secure=True, follow=True)
    assert "Nobody asks to erase this report any more" in late.content.decode()
    assert Report.objects.exists()


def test_who_may_not_see_a_report_learns_nothing_of_its_erasing(sign_in, vault, report, reviewers):
    anna, ben = reviewers
    erasing.ask_erasure(report=report, by=anna, reason="asked")
    ReportBlock.objects.create(report=report, member=ben)

    client = sign_in(ben)
    assert client.get(erase(report), secure=True).status_code == 404
    assert client.post(erase(report), {"do": "confirm"}, secure=True).status_code == 404
    listed = client.get(f"{QUEUE}erasures/", secure=True).content.decode()
    assert report.reference not in listed
    assert "Nothing waits" in listed
    assert sign_in(anna).get(erase(report), secure=True).status_code == 200


def test_an_editor_and_a_member_without_keys_reach_none_of_it(sign_in, make_member, vault, report):
    for name, role in (("edith", "editor"), ("new", "reviewer")):
        client = sign_in(make_member(name, role))
        assert client.get(erase(report), secure=True).status_code == 403
        assert client.post(erase(report), {"do": "ask", "reason": "spam"}, secure=True).status_code == 403
    assert not Erasure.objects.exists()
