"""Keys in the hands of members: removal, roles, sheets, the drill, the banners, export; through the pages."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from portal.models import User
from portal.staff import keypages, members, views
from reporting import keys, rotation, services
from reporting.formtoken import Filing
from reporting.models import (
    CASE,
    IDENTITY,
    KeyGrant,
    QueueKey,
    Report,
    ReportBlock,
    ReportEvent,
    StaffKey,
    VaultSite,
)
from tests.portal.conftest import PASSPHRASE

AGAIN = {"passphrase": PASSPHRASE}


@pytest.fixture
def papers(lead):
    return keys.setup_vault(lead=lead, passphrase=PASSPHRASE)


@pytest.fixture
def vault(lead, papers):
    keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[2].text)
    return lead


@pytest.fixture
def reviewer(vault, make_member):
    member = make_member("bo")
    keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE])
    return member


@pytest.fixture
def second_lead(vault, make_member):
    member = make_member("cleo", "lead")
    keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE, IDENTITY])
    return member


@pytest.fixture
def report(vault):
    services.file_report(
        filing=Filing.new(), answers={"story": "=He pushed me.", "name": "Sam Doe", "county": "shelby"}
    )
    return Report.objects.get()


def text_of(client, path, sent=None):
    response = client.post(path, sent, secure=True) if sent else client.get(path, secure=True)
    return response.content.decode()


def room_of(member, room=CASE):
    return keys.open_room(staff_private_key=member.key, user=member, room=room)


# --- Removal ---


def test_removing_a_member_changes_the_keys_and_frees_their_reports(sign_in, client, vault, reviewer, report):
    services.assign(report=report, by=vault, to=reviewer)
    old = sign_in(reviewer).cookies.copy()
    client.cookies.clear()
    sign_in(vault)

    answer = client.post(f"/admin/members/{reviewer.pk}/close/", AGAIN, secure=True)

    assert answer.url == "/admin/portal/user/"
    assert not StaffKey.objects.filter(user=reviewer).exists()
    assert set(QueueKey.objects.values_list("room", "epoch")) == {(CASE, 2), (IDENTITY, 1)}
    assert set(room_of(vault).privates) == {2}
    report.refresh_from_db()
    assert report.assigned_to is None
    site = ReportEvent.objects.filter(subject="site").values_list("kind", "detail")
    assert ("removed", "bo") in site
    assert ("rotated", "case: key 2") in site
    # The cookie of who left opens nothing any more.
    client.cookies = old
    assert client.get("/admin/reporting/report/", secure=True).status_code == 302


def test_a_lead_who_cannot_open_the_reports_still_removes_and_the_rest_are_told(
    sign_in, client, vault, reviewer, make_member, report
):
    locked = make_member("dot", "lead")
    sign_in(locked)

    answer = client.post(f"/admin/members/{reviewer.pk}/close/", AGAIN, secure=True)

    assert answer.url == "/admin/keys/change/"
    assert not User.objects.get(pk=reviewer.pk).is_active
    assert rotation.due(keys.vault_is_open()) == [CASE]
    assert "You cannot open everything" in text_of(client, "/admin/keys/change/", {"do": "begin", **AGAIN})
    client.logout()
    sign_in(vault)
    assert "must change" in text_of(client, "/admin/")
    client.post("/admin/keys/change/", {"do": "begin", **AGAIN}, secure=True)
    assert rotation.due(keys.vault_is_open()) == []
    assert "must change" not in text_of(client, "/admin/")


def test_a_long_change_goes_on_page_by_page_and_a_reviewer_may_go_on(
    sign_in, client, vault, reviewer, report, monkeypatch
):
    for module in (views, keypages):
        monkeypatch.setattr(module, "WORK_SECONDS", 0.0)
    sign_in(vault)
    client.post("/admin/keys/change/", {"do": "begin", **AGAIN}, secure=True)
    page = text_of(client, "/admin/keys/change/")
    assert "0 of 1 done" in page
    assert "locked with a new key" in text_of(client, "/admin/")
    client.logout()

    monkeypatch.setattr(keypages, "WORK_SECONDS", 4.0)
    sign_in(reviewer)
    client.post("/admin/keys/change/", {"do": "go_on"}, secure=True)

    assert [each.left for each in rotation.progress()] == [0, 1]
    assert services.unseal_part(part=report.parts.get(kind="report"), room=room_of(reviewer))
    assert client.post("/admin/keys/change/", {"do": "begin", **AGAIN}, secure=True).status_code == 200
    assert QueueKey.objects.filter(room=CASE).count() == 1


def test_two_leads_do_not_remove_each_other(vault, second_lead):
    members.remove(user=second_lead, by=vault, by_key=vault.key)
    with pytest.raises(PermissionDenied):
        members.remove(user=vault, by=second_lead, by_key=second_lead.key)
    assert User.objects.get(pk=vault.pk).is_active


# --- Roles ---


def test_a_lead_who_becomes_a_reviewer_loses_the_names(sign_in, client, vault, second_lead, report):
    kept = room_of(second_lead, IDENTITY)
    sign_in(vault)

    client.post(f"/admin/members/{second_lead.pk}/role/", {"role": "reviewer", **AGAIN}, secure=True)

    with pytest.raises(keys.NotGranted):
        room_of(second_lead, IDENTITY)
    part = report.parts.get(kind="identity")
    with pytest.raises(services.Damaged):
        services.unseal_part(part=part, room=kept)
    assert services.unseal_part(part=part, room=room_of(vault, IDENTITY))
    assert services.unseal_part(part=report.parts.get(kind="report"), room=room_of(second_lead))


def test_the_last_reader_and_the_last_lead_keep_their_role(sign_in, client, vault):
    sign_in(vault)
    path = f"/admin/members/{vault.pk}/role/"

    assert "one lead at least" in text_of(client, path, {"role": "reviewer", **AGAIN})
    assert "not your passphrase" in text_of(client, path, {"role": "reviewer", "passphrase": "wrong"})
    assert User.objects.get(pk=vault.pk).role == "lead"


def test_the_role_does_not_change_on_the_members_own_form(sign_in, client, vault, reviewer):
    sign_in(vault)
    sent = {"username": "bo", "role": "lead", "email": "bo@example.org", "notices": "daily"}

    client.post(f"/admin/portal/user/{reviewer.pk}/change/", sent, secure=True)

    reviewer.refresh_from_db()
    assert (reviewer.role, reviewer.notices, reviewer.email) == ("reviewer", "daily", "bo@example.org")


@pytest.mark.parametrize("role", ["editor", "trainer", "operator", "reviewer"])
def test_nobody_but_leads_opens_the_pages_of_keys(sign_in, client, vault, make_member, role):
    member = make_member("member", role)
    sign_in(member)
    for path in ("keys/", "keys/recover/", "keys/sheets/", "keys/drill/", f"members/{member.pk}/role/"):
        assert client.get(f"/admin/{path}", secure=True).status_code == 403, path
    reads = role == "reviewer"
    assert client.get("/admin/keys/change/", secure=True).status_code == (200 if reads else 403)
    assert client.get("/admin/reporting/report/log/", secure=True).status_code == 403


# --- Forgotten passphrase, and the operator's own way ---


def test_changepassword_of_the_operator_leaves_the_vault_locked_and_says_so(
    sign_in, client, vault, reviewer, monkeypatch
):
    new = "window copper meadow lark"
    module = "django.contrib.auth.management.commands.changepassword.getpass.getpass"
    monkeypatch.setattr(module, lambda **_: new)
    call_command("changepassword", "bo", stdout=io.StringIO())

    sign_in(reviewer, password=new)

    assert "no longer opens the reports" in text_of(client, "/admin/")
    assert "reports are locked" in text_of(client, "/admin/reporting/report/")


def test_a_forgotten_passphrase_ends_with_a_colleague_who_compares_six_words(
    sign_in, client, vault, reviewer, report
):
    members.activate(
        token=members.new_link(reviewer).split("/")[-2],
        passphrase="window copper meadow lark",
        seed=reviewer.seed,
        step=0,
    )
    sign_in(reviewer, password="window copper meadow lark")
    words = " ".join(keys.fingerprint_words(StaffKey.objects.get(user=reviewer)))
    assert words in text_of(client, "/admin/")
    client.logout()

    sign_in(vault)
    client.post(f"/admin/members/{reviewer.pk}/access/", {"compared": "on", **AGAIN}, secure=True)
    client.logout()
    sign_in(reviewer, password="window copper meadow lark")

    assert "waiting for access" not in text_of(client, "/admin/")
    assert "He pushed me." in text_of(client, f"/admin/reporting/report/{report.pk}/change/")


# --- Sheets ---


def sheets_on(page):
    return re.findall(r'<p class="secret">([0-9A-Z ]+)</p>', page)


def test_recovery_is_told_to_all_and_asks_for_sheets_and_keys(
    sign_in, client, vault, papers, reviewer, report
):
    sign_in(vault)
    typed = {"first": papers[0].text, "second": papers[1].text}

    answer = client.post("/admin/keys/recover/", typed, secure=True)

    assert answer.url == "/admin/keys/sheets/"
    assert "got in with two recovery sheets" in text_of(client, "/admin/")
    assert "Make new recovery sheets first" in text_of(client, "/admin/keys/change/")
    assert "Make new recovery sheets first" in text_of(
        client, "/admin/keys/change/", {"do": "begin", **AGAIN}
    )
    client.logout()
    assert "got in with two recovery sheets" in text_of(sign_in(reviewer), "/admin/")
    client.logout()

    sign_in(vault)
    fresh = sheets_on(text_of(client, "/admin/keys/sheets/", {"do": "make", **AGAIN}))
    assert len(fresh) == 3
    assert "not typed back yet" in text_of(client, "/admin/")
    confirm = {"do": "confirm", "first": fresh[2], "second": fresh[0], **AGAIN}
    answer = client.post("/admin/keys/sheets/", confirm, secure=True)
    assert answer.url == "/admin/keys/change/"
    client.post("/admin/keys/change/", {"do": "begin", **AGAIN}, secure=True)

    page = text_of(client, "/admin/")
    for words in ("two recovery sheets", "must change", "Reports are being locked", "not typed back"):
        assert words not in page
    assert set(QueueKey.objects.values_list("epoch", flat=True)) == {2}
    with pytest.raises(keys.SheetError):
        keys.drill(by=vault, **typed)
    keys.drill(by=vault, first=fresh[0], second=fresh[1])


def test_wrong_sheets_and_a_wrong_passphrase_leave_the_old_sheets(sign_in, client, vault, papers):
    sign_in(vault)
    assert "not your passphrase" in text_of(
        client, "/admin/keys/sheets/", {"do": "make", "passphrase": "wrong"}
    )
    fresh = sheets_on(text_of(client, "/admin/keys/sheets/", {"do": "make", **AGAIN}))
    old = {"first": papers[0].text, "second": papers[1].text}

    for sent in ({**old, **AGAIN}, {"first": fresh[0], "second": fresh[1], "passphrase": "wrong"}):
        assert "Error: " in text_of(client, "/admin/keys/sheets/", {"do": "confirm", **sent})
    keys.drill(by=vault, **old)


def test_the_drill_lets_nobody_in_and_is_asked_for_after_a_year(sign_in, client, vault, papers):
    VaultSite.objects.update(drilled_on=dt.date(2020, 1, 1))
    sign_in(vault)
    assert "over a year ago" in text_of(client, "/admin/")
    before = KeyGrant.objects.count()

    assert "same sheet twice" in text_of(
        client, "/admin/keys/drill/", {"first": papers[0].text, "second": papers[0].text}
    )
    assert "over a year ago" in text_of(client, "/admin/")
    client.post("/admin/keys/drill/", {"first": papers[0].text, "second": papers[1].text}, secure=True)

    assert "over a year ago" not in text_of(client, "/admin/")
    assert KeyGrant.objects.count() == before
    assert ReportEvent.objects.filter(kind="drilled", actor=vault).count() == 1


def test_a_lost_pepper_is_survived_with_a_new_link_and_two_sheets(
    sign_in, client, settings, vault, papers, report
):
    settings.VAULT_PEPPER = "another pepper"
    sent = {"username": "lead", "password": PASSPHRASE, "code": "000000"}
    assert client.post("/admin/login/", sent, secure=True).status_code == 200
    members.activate(
        token=members.new_link(vault).split("/")[-2], passphrase=PASSPHRASE, seed=vault.seed, step=0
    )
    sign_in(vault)

    client.post("/admin/keys/recover/", {"first": papers[0].text, "second": papers[1].text}, secure=True)

    assert "He pushed me." in text_of(client, f"/admin/reporting/report/{report.pk}/change/")


# --- Export ---


def unzipped(response):
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    return {name: archive.read(name) for name in archive.namelist()}


def test_one_report_leaves_as_a_zip_after_reason_and_passphrase(sign_in, client, vault, reviewer, report):
    sign_in(reviewer)
    path = f"/admin/reports/{report.pk}/export/"
    for sent in ({"reason": "lawyer"}, AGAIN, {"reason": "lawyer", "passphrase": "wrong"}):
        assert "Error: " in text_of(client, path, sent)
    assert not ReportEvent.objects.filter(kind="exported").exists()

    response = client.post(path, {"reason": "lawyer", "names": "on", **AGAIN}, secure=True)

    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Content-Disposition"] == f'attachment; filename="{report.reference}.zip"'
    files = unzipped(response)
    assert set(files) == {"report.json", "report.csv", "report.html", "SHA256SUMS"}
    assert "He pushed me." in files["report.html"].decode()
    assert json.loads(files["report.json"])["reference"] == report.reference
    # Names are for leads, and a reviewer's tick does nothing.
    assert b"Sam Doe" not in b"".join(files.values())
    event = ReportEvent.objects.get(kind="exported")
    assert (event.actor, event.detail) == (reviewer, "lawyer, 1 part")


def test_names_are_exported_for_a_lead_who_asks(sign_in, client, vault, report):
    sign_in(vault)
    path = f"/admin/reports/{report.pk}/export/"
    without = unzipped(client.post(path, {"reason": "court", **AGAIN}, secure=True))
    with_names = unzipped(client.post(path, {"reason": "court", "names": "on", **AGAIN}, secure=True))

    assert b"Sam Doe" not in b"".join(without.values())
    assert b"Sam Doe" in with_names["report.html"]
    assert ReportEvent.objects.filter(kind="exported").latest("at").detail == "court, 2 parts, with names"


def test_who_may_not_see_a_report_does_not_export_it(sign_in, client, vault, reviewer, report, make_member):
    path = f"/admin/reports/{report.pk}/export/"
    sign_in(reviewer)
    assert client.get(path, secure=True).status_code == 200
    ReportBlock.objects.create(report=report, member=reviewer)
    assert client.get(path, secure=True).status_code == 404
    assert client.post(path, {"reason": "court", **AGAIN}, secure=True).status_code == 404
    client.logout()
    assert client.get(path, secure=True).status_code == 302
    sign_in(make_member("ed", "editor"))
    assert client.get(path, secure=True).status_code == 403


# --- The read log ---


def test_the_log_of_the_portal_shows_acts_and_breaks_to_leads(sign_in, client, vault, reviewer, report):
    services.set_status(report=report, by=reviewer, status="reading")
    services.set_status(report=report, by=vault, status="working")
    sign_in(vault)
    path = "/admin/reporting/report/log/"
    page = text_of(client, path)
    assert "new to reading" in page
    assert "Changed, or one before" not in page

    ReportEvent.objects.filter(detail="new to reading").update(detail="new to closed")
    page = text_of(client, path)
    assert "Changed, or one before it is missing" in page
    assert "new to closed" not in text_of(client, f"{path}?by={vault.pk}")
    assert "new to closed" in text_of(client, f"{path}?by={reviewer.pk}&kind=status")
    assert "reading to working" not in text_of(client, f"{path}?kind=drilled")
    assert client.post(path, secure=True).status_code == 405

    ReportBlock.objects.create(report=report, member=vault)
    assert report.reference not in text_of(client, path)


def test_the_log_is_paged_by_key_and_shows_each_line_once(
    sign_in, client, vault, report, django_assert_max_num_queries
):
    for _ in range(60):
        for status in ("reading", "working"):
            report = services.set_status(report=report, by=vault, status=status)
    sign_in(vault)
    path, seen = "/admin/reporting/report/log/?kind=status", 0
    while path:
        with django_assert_max_num_queries(14):
            page = text_of(client, path)
        seen += page.count(" to reading)") + page.count(" to working)")
        following = re.search(r'href="(\?[^"]*after=[^"]+)">Older', page)
        path = "/admin/reporting/report/log/" + following[1].replace("&amp;", "&") if following else ""
    assert seen == 120
    for strange in ("after=x", "after=2020-01-01~1", "by=9999999999999999", "by=²", "kind=%00"):
        assert client.get(f"/admin/reporting/report/log/?{strange}", secure=True).status_code == 200
