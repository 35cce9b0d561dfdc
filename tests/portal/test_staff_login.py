"""Signing in: passphrase and code together, counted, and sessions a copy of the database does not open."""

from __future__ import annotations

import base64
from datetime import timedelta

import pyotp
import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from portal.models import BackupCode, LoginWindow, SecondFactor, StaffSession
from portal.staff import attempts, secondfactor, sessions
from reporting import keys
from tests.portal.conftest import PASSPHRASE

COOKIE = "__Host-staff"
WRONG = "do not fit together"


def test_a_member_signs_in_and_the_vault_key_is_in_the_session(sign_in, lead):
    client = sign_in(lead)

    assert client.get("/admin/", secure=True).status_code == 200
    assert client.session[keys.SESSION_NAME] == base64.b64encode(lead.key).decode()


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "river stone lantern mapl"},
        {"code": "000000"},
        {"code": "not a code"},
        {"username": "nobody"},
        {"password": "x" * 5000},
        {"username": "lead\x00"},
    ],
)
def test_what_is_wrong_is_refused_with_the_same_words(client, lead, form_of, changed):
    sent = form_of(lead, **changed)
    if changed.get("username") == "lead\x00":
        sent["code"] = "000000"
    response = client.post("/admin/login/", sent, secure=True)

    assert response.status_code == 200
    assert WRONG in response.content.decode()
    assert PASSPHRASE not in response.content.decode()
    assert client.get("/admin/", secure=True).status_code == 302


def test_a_closed_account_and_one_without_second_factor_stay_out(client, lead, make_member, form_of):
    other = make_member("other")
    SecondFactor.objects.filter(user=other).delete()
    lead.is_active = False
    lead.save()

    for member in (lead, other):
        assert WRONG in client.post("/admin/login/", form_of(member), secure=True).content.decode()


def test_an_account_without_both_factors_given_sees_no_page(client, lead):
    client.force_login(lead)

    assert client.get("/admin/", secure=True).status_code == 302


def test_a_code_works_once(client, lead, form_of):
    sent = form_of(lead)

    assert client.post("/admin/login/", sent, secure=True).status_code == 302
    client.logout()
    assert WRONG in client.post("/admin/login/", sent, secure=True).content.decode()


def test_neighbouring_steps_fit_and_others_do_not(lead):
    now = 1_800_000_000
    totp = pyotp.TOTP(lead.seed)

    fits = [secondfactor.step_of(lead.seed, totp.at(now + away), now) for away in (-60, -30, 0, 30, 60)]

    assert [fit is not None for fit in fits] == [False, True, True, True, False]


def test_a_backup_code_works_once(client, lead, form_of):
    code = lead.backup_codes_shown[3].lower()
    sent = form_of(lead, code=code)

    assert client.post("/admin/login/", sent, secure=True).status_code == 302
    client.logout()
    assert WRONG in client.post("/admin/login/", sent, secure=True).content.decode()
    assert BackupCode.objects.filter(user=lead).count() == 9


def test_twenty_tries_are_judged_and_the_right_one_works_later(client, lead, form_of, make_member):
    other = make_member("other")
    for _ in range(attempts.MOST):
        client.post("/admin/login/", form_of(lead, password="wrong"), secure=True)

    assert WRONG in client.post("/admin/login/", form_of(lead), secure=True).content.decode()
    assert client.post("/admin/login/", form_of(other), secure=True).status_code == 302
    client.logout()

    LoginWindow.objects.update(began=timezone.now() - timedelta(minutes=15))
    assert client.post("/admin/login/", form_of(lead), secure=True).status_code == 302


def test_twenty_codes_are_judged_in_an_hour(client, lead, form_of):
    for _ in range(attempts.MOST):
        client.post("/admin/login/", form_of(lead, code="000000"), secure=True)
    LoginWindow.objects.update(began=timezone.now() - timedelta(minutes=20))

    assert WRONG in client.post("/admin/login/", form_of(lead), secure=True).content.decode()

    LoginWindow.objects.update(began=timezone.now() - timedelta(minutes=61))
    assert client.post("/admin/login/", form_of(lead), secure=True).status_code == 302


def test_names_that_were_tried_are_not_kept(client, db):
    sent = {"username": "my secret passphrase", "password": "x", "code": "1"}
    client.post("/admin/login/", sent, secure=True)

    assert "secret" not in str(LoginWindow.objects.values_list())
    assert LoginWindow.objects.count() == 1


def test_a_lost_staff_key_leaves_the_account_working_and_the_vault_locked(sign_in, vault):
    vault.set_password("another passphrase entirely")
    vault.save()
    client = sign_in(vault, password="another passphrase entirely")

    page = client.get("/admin/", secure=True).content.decode()

    assert "Your passphrase no longer opens the reports. Ask a colleague to let you in again." in page
    assert keys.SESSION_NAME not in client.session


def test_the_cookie_is_strict_and_new_at_login(client, lead, form_of):
    client.get("/admin/login/", secure=True)
    before = client.cookies[COOKIE].value
    client.post("/admin/login/", form_of(lead), secure=True)
    cookie = client.cookies[COOKIE]

    assert cookie.value != before
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_a_row_is_neither_a_cookie_nor_readable(sign_in, client, lead):
    sign_in(lead)
    row = StaffSession.objects.get(owner=lead)
    whole = bytes(row.data)

    for marker in (b"_auth_user", b"vault_key", base64.b64encode(lead.key), lead.key):
        assert marker not in whole
    client.cookies[COOKIE] = row.row_key
    assert client.get("/admin/", secure=True).status_code == 302


def test_a_row_moved_to_another_cookie_opens_nothing(sign_in, lead, make_member):
    client = sign_in(lead)
    row = StaffSession.objects.get(owner=lead)
    StaffSession.objects.filter(pk=row.pk).update(row_key=sessions.row_key("mine" * 8))
    client.cookies[COOKIE] = "mine" * 8

    assert client.get("/admin/", secure=True).status_code == 302


@pytest.mark.parametrize("moment", ["idle", "absolute"])
def test_a_session_ends(sign_in, lead, monkeypatch, moment):
    client = sign_in(lead)
    if moment == "idle":
        row = StaffSession.objects.get(owner=lead)
        assert timedelta(minutes=29) < row.expires - timezone.now() <= timedelta(minutes=30)
        StaffSession.objects.update(expires=timezone.now())
    else:
        monkeypatch.setattr(sessions, "LONGEST_SECONDS", 0)

    assert client.get("/admin/", secure=True).status_code == 302


def test_signing_out_and_closing_end_the_session(sign_in, lead, make_member):
    other = make_member("other")
    client = sign_in(other)
    assert client.get("/admin/", secure=True).status_code == 200
    sessions.end_all(other.pk)
    assert client.get("/admin/", secure=True).status_code == 302

    client = sign_in(other)
    client.post("/admin/logout/", secure=True)
    assert not StaffSession.objects.filter(owner=other).exists()


def test_the_next_page_is_ours(client, lead, form_of):
    for wanted in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        response = client.post("/admin/login/", form_of(lead, next=wanted), secure=True)
        assert response.headers["Location"] == "/admin/"
        client.logout()


def test_readers_get_no_cookie(client, db):
    assert not client.get("/privacy/", secure=True).cookies


def test_a_login_tidies_what_is_over(sign_in, lead, make_member, client):
    attempts.judge("somebody")
    attempts.judge("somebody else")
    LoginWindow.objects.update(began=timezone.now() - timedelta(hours=2))
    attempts.judge("fresh")
    client.get("/admin/login/", secure=True)
    StaffSession.objects.update(expires=timezone.now() - timedelta(seconds=1))

    sign_in(lead)

    assert LoginWindow.objects.count() == 1
    assert StaffSession.objects.count() == 1


def test_a_staff_page_asks_for_an_absent_database_once_and_keeps_its_session(client, sign_in, lead):
    sign_in(lead)
    asked = []

    def away(execute, sql, params, many, context):
        asked.append(sql)
        raise OperationalError

    for send in (client.get, client.post):
        asked.clear()
        with connection.execute_wrapper(away):
            response = send("/admin/", secure=True)
        assert (response.status_code, len(asked)) == (503, 1)
        assert "Try again in a minute" in response.content.decode()
        assert COOKIE not in response.cookies
    assert client.get("/admin/", secure=True).status_code == 200
