"""Invitations, passphrases, access and roles: through the pages that members see."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pyotp
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.models import Activation, SecondFactor, StaffSession, User
from portal.staff import members, passphrases, secondfactor, trial
from reporting import keys
from reporting.models import CASE, KeyGrant, Report, SealedPart, StaffKey, VaultSite
from tests.portal.conftest import PASSPHRASE

NEW = "window copper meadow lark"


@pytest.fixture
def invited(db):
    return User.objects.create_user("ana", role="reviewer")


def _fill(client, path, **changed):
    page = client.get(path, secure=True).content.decode()
    seed = re.findall(r'<p class="secret">([A-Z2-7 ]+)</p>', page)[0].replace(" ", "")
    sent = {"new": NEW, "again": NEW, "code": pyotp.TOTP(seed).now(), **changed}
    return seed, client.post(path, sent, secure=True)


def test_an_invited_member_activates_once_and_waits_for_access(client, vault, invited, form_of):
    path = members.new_link(invited)

    seed, response = _fill(client, path)

    page = response.content.decode()
    assert len(re.findall(r"<li>[0-9A-Z]{5}-[0-9A-Z]{5}</li>", page)) == 10
    assert StaffKey.objects.filter(user=invited).exists()
    assert client.get(path, secure=True).status_code == 404

    invited.seed = seed
    client.post("/admin/login/", form_of(invited, password=NEW), secure=True)
    words = " ".join(keys.fingerprint_words(StaffKey.objects.get(user=invited)))
    page = client.get("/admin/", secure=True).content.decode()
    assert "waiting for access" in page
    assert words in page


def test_a_link_that_is_over_replaced_or_guessed_does_nothing(client, invited):
    old = members.new_link(invited)
    path = members.new_link(invited)
    assert client.get(old, secure=True).status_code == 404
    assert client.get(path, secure=True).status_code == 200
    assert client.get("/admin/activate/guess/", secure=True).status_code == 404

    assert path.split("/")[-2] not in str(Activation.objects.values())
    Activation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert client.get(path, secure=True).status_code == 404
    assert members.LINK_HOURS == 48


@pytest.mark.parametrize(
    "changed",
    [
        {"new": "short", "again": "short"},
        {"new": "password12345678", "again": "password12345678"},
        {"new": "aaaaaaaaaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaaaaaaaaa"},
        {"new": "x y" * 60, "again": "x y" * 60},
        {"again": "window copper meadow larks"},
        {"code": "000000"},
        {"code": ""},
    ],
)
def test_a_weak_passphrase_or_wrong_code_does_not_activate(client, invited, changed):
    _seed, response = _fill(client, members.new_link(invited), **changed)

    assert "<title>Error: " in response.content.decode()
    assert not SecondFactor.objects.filter(user=invited).exists()
    assert Activation.objects.count() == 1


def test_the_offered_words_stay_after_a_slip(client, invited):
    path = members.new_link(invited)
    page = client.get(path, secure=True).content.decode()
    words = re.search(r'<p class="secret">([a-z ]+)</p>', page)[1]

    _seed, response = _fill(client, path, code="000000")

    assert words in response.content.decode()


def test_an_offered_passphrase_is_long_new_and_accepted():
    offered = {passphrases.suggestion() for _ in range(50)}

    assert len(offered) == 50
    for one in offered:
        assert len(one.split()) == 6
        passphrases.check(one)


def test_a_new_link_replaces_a_forgotten_passphrase_and_the_access(client, vault, make_member):
    bo = make_member("bo")
    keys.grant_rooms(by=vault, by_key=vault.key, to=bo, rooms=[CASE])

    _fill(client, members.new_link(bo))

    assert not KeyGrant.objects.filter(staff_key__user=bo).exists()
    assert keys.unlock_staff_key(user=bo, passphrase=NEW)


def test_a_new_passphrase_still_opens_the_reports_and_ends_other_sessions(sign_in, vault, form_of, client):
    sign_in(vault)
    sent = {"old": PASSPHRASE, "new": NEW, "again": NEW}

    page = client.post("/admin/password_change/", sent, secure=True).content.decode()

    assert "Your new passphrase works now" in page
    assert keys.unlock_staff_key(user=vault, passphrase=NEW) == vault.key
    assert not StaffSession.objects.filter(owner=vault).exists()
    assert client.get("/admin/", secure=True).status_code == 302
    assert client.post("/admin/login/", form_of(vault, password=NEW), secure=True).status_code == 302


def test_a_wrong_old_passphrase_changes_nothing(sign_in, vault):
    sent = {"old": "wrong", "new": NEW, "again": NEW}
    page = sign_in(vault).post("/admin/password_change/", sent, secure=True).content.decode()

    assert "This is not your passphrase. Nothing was changed." in page
    assert NEW not in page
    assert keys.unlock_staff_key(user=vault, passphrase=PASSPHRASE) == vault.key


def test_a_busy_vault_changes_neither_passphrase_nor_key(sign_in, vault, monkeypatch):
    client = sign_in(vault)

    def busy(**_):
        raise keys.Busy

    monkeypatch.setattr(keys, "rewrap_staff_key", busy)
    sent = {"old": PASSPHRASE, "new": NEW, "again": NEW}
    page = client.post("/admin/password_change/", sent, secure=True).content.decode()

    assert "Nothing was changed" in page
    vault.refresh_from_db()
    assert vault.check_password(PASSPHRASE)


def test_a_lead_lets_a_reviewer_in_to_the_case_room_only(sign_in, vault, make_member):
    bo = make_member("bo")
    client = sign_in(vault)
    path = f"/admin/members/{bo.pk}/access/"

    words = " ".join(keys.fingerprint_words(StaffKey.objects.get(user=bo)))
    assert words in client.get(path, secure=True).content.decode()
    for sent in ({"passphrase": PASSPHRASE}, {"compared": "on", "passphrase": "wrong"}):
        assert "Error: " in client.post(path, sent, secure=True).content.decode()
    assert not KeyGrant.objects.filter(staff_key__user=bo).exists()

    client.post(path, {"compared": "on", "passphrase": PASSPHRASE}, secure=True)
    rooms = KeyGrant.objects.filter(staff_key__user=bo).values_list("queue_key__room", flat=True)
    assert list(rooms) == [CASE]


def test_a_lead_who_cannot_read_cannot_let_others_in(sign_in, vault, make_member):
    bo, other = make_member("bo"), make_member("other", "lead")

    sent = {"compared": "on", "passphrase": PASSPHRASE}
    page = sign_in(other).post(f"/admin/members/{bo.pk}/access/", sent, secure=True).content.decode()

    assert "You cannot open these reports yourself" in page
    assert not KeyGrant.objects.filter(staff_key__user=bo).exists()


def test_a_lead_makes_an_account_and_its_link(sign_in, lead, client):
    sign_in(lead)
    sent = {"username": "cy", "first_name": "", "last_name": "", "role": "editor", "notices": "daily"}
    client.post("/admin/portal/user/add/", sent, secure=True)
    cy = User.objects.get(username="cy")

    page = client.post(f"/admin/members/{cy.pk}/link/", secure=True).content.decode()

    assert not cy.has_usable_password()
    path = re.search(r"/admin/activate/[\w-]+/", page)[0]
    assert members.invited(path.split("/")[-2]) == cy


def test_nobody_sets_the_passphrase_of_another(sign_in, lead, make_member):
    bo = make_member("bo")
    client = sign_in(lead)

    page = client.get(f"/admin/portal/user/{bo.pk}/change/", secure=True).content.decode()
    assert 'name="password"' not in page
    assert client.get(f"/admin/portal/user/{bo.pk}/password/", secure=True).status_code in {302, 404}
    sent = {"username": "bo", "role": "reviewer", "password": "x", "is_superuser": "on"}
    client.post(f"/admin/portal/user/{bo.pk}/change/", sent, secure=True)
    bo.refresh_from_db()
    assert bo.check_password(PASSPHRASE)
    assert not bo.is_superuser


def test_a_closed_account_loses_session_key_and_grants(sign_in, vault, make_member):
    bo = make_member("bo")
    keys.grant_rooms(by=vault, by_key=vault.key, to=bo, rooms=[CASE])
    sign_in(bo).logout()
    client = sign_in(vault)

    client.post(f"/admin/members/{bo.pk}/close/", {"passphrase": PASSPHRASE}, secure=True)

    bo.refresh_from_db()
    assert not bo.is_active
    assert not StaffKey.objects.filter(user=bo).exists()
    assert not StaffSession.objects.filter(owner=bo).exists()


def test_the_last_reader_cannot_be_closed_nor_a_lead_close_themselves(sign_in, vault, make_member):
    other = make_member("other", "lead")
    client = sign_in(other)

    page = client.post(
        f"/admin/members/{vault.pk}/close/", {"passphrase": PASSPHRASE}, secure=True
    ).content.decode()
    assert "Nobody else can open the reports" in page
    client.post(f"/admin/members/{other.pk}/close/", {"passphrase": PASSPHRASE}, secure=True)
    assert User.objects.filter(is_active=True).count() == 2


def test_the_first_lead_sets_up_the_keys_and_types_two_sheets_back(sign_in, lead):
    client = sign_in(lead)
    page = client.post("/admin/keys/", {"do": "make", "passphrase": PASSPHRASE}, secure=True).content.decode()
    sheets = re.findall(r'<p class="secret">([0-9A-Z ]+)</p>', page)
    assert len(sheets) == 3
    assert not keys.vault_is_open()

    wrong = {"do": "confirm", "first": sheets[0], "second": sheets[0]}
    assert "same sheet twice" in client.post("/admin/keys/", wrong, secure=True).content.decode()
    assert not keys.vault_is_open()
    right = {"do": "confirm", "first": sheets[0].lower(), "second": sheets[2]}
    assert client.post("/admin/keys/", right, secure=True).status_code == 302

    assert keys.vault_is_open()
    page = client.get("/admin/keys/", secure=True).content.decode()
    assert sheets[0] not in page
    before = VaultSite.objects.get().signature
    client.post("/admin/keys/", {"do": "make", "passphrase": PASSPHRASE}, secure=True)
    assert VaultSite.objects.get().signature == before


def test_two_sheets_let_a_lead_in_again(sign_in, lead):
    papers = keys.setup_vault(lead=lead, passphrase=PASSPHRASE)
    keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[1].text)
    KeyGrant.objects.filter(staff_key__user=lead).delete()
    client = sign_in(lead)

    sent = {"first": papers[1].text, "second": papers[2].text}
    assert client.post("/admin/keys/recover/", sent, secure=True).status_code == 302

    assert keys.open_room(staff_private_key=lead.key, user=lead, room=CASE)


PAGES = {
    "/admin/": {"editor", "reviewer", "lead", "operator"},
    "/admin/password_change/": {"editor", "reviewer", "lead", "operator"},
    "/admin/reporting/report/": {"reviewer", "lead"},
    "/admin/training/course/": {"editor"},
    "/admin/portal/user/": {"lead"},
    "/admin/keys/": {"lead"},
    "/admin/keys/recover/": {"lead"},
    "/admin/members/{pk}/access/": {"lead"},
    "/admin/members/{pk}/close/": {"lead"},
}


@pytest.mark.parametrize("role", ["editor", "reviewer", "lead", "operator"])
def test_each_role_opens_its_own_pages_only(sign_in, make_member, role):
    member = make_member("member", role)
    client = sign_in(member)

    opened = {path: client.get(path.format(pk=member.pk), secure=True).status_code for path in PAGES}

    assert opened == {path: 200 if role in roles else 403 for path, roles in PAGES.items()}
    made = client.post(f"/admin/members/{member.pk}/link/", secure=True).status_code
    assert made == (200 if role == "lead" else 403)


@pytest.mark.parametrize("path", PAGES)
def test_visitors_and_one_factor_open_nothing(client, lead, path):
    assert client.get(path.format(pk=lead.pk), secure=True).status_code == 302
    client.force_login(lead)
    assert client.get(path.format(pk=lead.pk), secure=True).status_code == 302


def test_a_superuser_may_do_only_what_the_role_says(sign_in, make_member):
    root = make_member("root", "operator")
    User.objects.filter(pk=root.pk).update(is_superuser=True)

    assert sign_in(root).get("/admin/reporting/report/", secure=True).status_code == 403


def test_every_page_keeps_the_policy_and_is_not_stored(sign_in, vault):
    client = sign_in(vault)
    for path in PAGES:
        response = client.get(path.format(pk=vault.pk), secure=True)
        assert "no-store" in response.headers["Cache-Control"], path
        page = response.content.decode()
        assert not re.search(r"<(?:style|script(?![^>]* src=))\b|\son\w+=|\sstyle=", page), path


def test_the_trial_is_made_once_and_only_in_a_trial(settings, db):
    with pytest.raises(CommandError, match="not a trial"):
        call_command("make_trial")
    settings.TRIAL = True
    out = io.StringIO()

    call_command("make_trial", stdout=out)
    call_command("make_trial", stdout=out)
    call_command("trial_code", "reviewer", stdout=out, stderr=io.StringIO())

    assert Report.objects.count() == 30
    assert set(User.objects.values_list("username", flat=True)) == set(trial.MEMBERS)
    assert SealedPart.objects.filter(kind="answer").exists()
    assert keys.vault_is_open()
    assert keys.reviewer_count() == 2
    reviewer = User.objects.get(username="reviewer")
    assert pyotp.TOTP(secondfactor.seed_of(reviewer)).verify(out.getvalue().split()[-1], valid_window=1)


def test_a_trial_interrupted_half_way_is_finished(settings, db, monkeypatch):
    settings.TRIAL = True
    whole = trial.samples
    monkeypatch.setattr(trial, "samples", lambda: whole()[:2])
    trial.make()
    monkeypatch.undo()
    settings.TRIAL = True

    assert trial.make() == 28


def test_the_first_start_prints_a_link_until_a_lead_is_in(db, client):
    out = io.StringIO()
    call_command("first_start", stdout=out)
    path = re.search(r"/admin/activate/[\w-]+/", out.getvalue())[0]
    assert client.get(path, secure=True).status_code == 200
    _fill(client, path)

    out = io.StringIO()
    call_command("first_start", stdout=out)
    assert out.getvalue() == ""


def test_staff_are_invited_from_the_command_line(db):
    out = io.StringIO()
    call_command("invite_staff", name="dee", role="lead", stdout=out, stderr=io.StringIO())

    token = out.getvalue().strip().split("/")[-2]
    assert members.invited(token).role == "lead"
    with pytest.raises(CommandError, match="add --role"):
        call_command("invite_staff", name="nobody")
    with pytest.raises(CommandError, match="already"):
        call_command("invite_staff", name="dee", role="editor")
