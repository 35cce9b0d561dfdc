"""The attacker kit: a dump, SECRET_KEY, the pepper and this source, and no passphrase (trust checks, S12)."""

from __future__ import annotations

import hashlib
import json
import os
import time

import pytest
from django import conf
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.backends.signed_cookies import SessionStore as SignedCookies
from django.core import signing
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from portal.lib import places
from portal.models import Activation, BackupCode, StaffSession
from portal.staff import members, secondfactor
from reporting import facets, keys, services
from reporting.formtoken import Filing
from reporting.models import CASE, Facet, KeyGrant, Report, SealedPart, StaffKey, VaultSite
from reporting.vault import kdf, primitives
from tests.portal.conftest import PASSPHRASE

STORY = "marker of the story"


@pytest.fixture
def dump(sign_in, client, vault, make_member):
    """Return the lead of a portal in use: a session, an invitation, a report with facets."""
    sign_in(vault)
    members.new_link(make_member("invited"))
    services.file_report(filing=Filing.new(), answers={"story": STORY, "county": "shelby"})
    room = keys.open_room(staff_private_key=vault.key, user=vault, room=CASE)
    index_key = keys.open_index_key(room)
    for kind, value in (("county", "shelby"), ("officer", "john doe"), ("school", "north high")):
        facets.add_facet(
            report_id=Report.objects.get().pk, kind=kind, of=facets.token(index_key, kind, value)
        )
    return vault


def stays_out(cookie):
    """Return whether the staff site sends the bearer of this cookie to the login."""
    client = Client()
    client.cookies[conf.settings.SESSION_COOKIE_NAME] = cookie
    return client.get("/admin/reporting/report/", secure=True).status_code == 302


def test_the_way_in_of_the_test_is_the_real_one(sign_in, client, dump):
    real = client.cookies[conf.settings.SESSION_COOKIE_NAME].value
    assert not stays_out(real)


def test_no_session_is_forged_from_a_dump(dump, settings):
    row = StaffSession.objects.get(owner=dump)
    forged = SignedCookies()
    forged.update({"_auth_user_id": str(dump.pk), "second_factor": True, "began": time.time()})
    told = {"_auth_user_id": str(dump.pk), "_auth_user_hash": dump.get_session_auth_hash()}
    cookies = [
        row.row_key,
        bytes(row.data).hex()[:64],
        hashlib.sha256(row.row_key.encode()).hexdigest(),
        forged._get_session_key(),
        signing.dumps(told, salt="django.contrib.sessions.backends.signed_cookies"),
        signing.dumps(told, key=settings.SECRET_KEY),
        signing.dumps(told, key=settings.VAULT_PEPPER),
    ]
    assert all(stays_out(cookie) for cookie in cookies)
    assert json.dumps(told) not in bytes(row.data).decode("latin-1")
    for key in (settings.SECRET_KEY, settings.VAULT_PEPPER, row.row_key):
        guessed = primitives.keyed_hash(key.encode(), "staff-session")
        with pytest.raises(primitives.SealError):
            primitives.decrypt(guessed, row.data, row.row_key.encode())


def test_no_link_that_sets_a_passphrase_is_forged(client, dump):
    row = Activation.objects.get()
    uid = urlsafe_base64_encode(force_bytes(dump.pk))
    token = default_token_generator.make_token(dump)
    paths = [
        f"/admin/activate/{row.token_hash}/",
        f"/admin/activate/{bytes.fromhex(row.token_hash).decode('latin-1')}/",
        f"/admin/activate/{token}/",
        f"/admin/reset/{uid}/{token}/",
        f"/admin/password_reset/{uid}/{token}/",
        f"/accounts/reset/{uid}/{token}/",
    ]
    for path in paths:
        answer = client.get(path.replace("%", "%25"), secure=True)
        if answer.status_code == 301:  # random bytes that look like a path without its last slash
            answer = client.get(answer.url, secure=True)
        assert answer.status_code in {302, 404}, path
        assert b'name="new"' not in answer.content


def test_codes_without_a_passphrase_are_no_login(client, dump, form_of):
    # The pepper opens the seed: the second factor alone is worth nothing, and the vault needs the passphrase.
    assert secondfactor.seed_of(dump) == dump.seed
    for guess in ("", dump.password, PASSPHRASE[:-1], BackupCode.objects.first().code_hash):
        assert client.post("/admin/login/", form_of(dump, password=guess), secure=True).status_code == 200


@pytest.mark.trust
def test_ten_thousand_guessed_passphrases_open_no_staff_key(dump, settings):
    row = StaffKey.objects.get(user=dump)
    cost = kdf.Cost.parse(row.cost)
    for number in range(10_000 if os.environ.get("TRUST") == "full" else 300):
        slow = kdf.derive(f"passphrase {number}".encode(), bytes(row.salt), cost)
        key = primitives.keyed_hash(settings.VAULT_PEPPER.encode(), "staff-wrap", slow)
        try:
            primitives.decrypt(key, row.wrapped_private, f"staff|{dump.pk}".encode())
        except primitives.SealError:
            continue
        raise AssertionError("a guess opened the key")


def test_no_key_that_the_kit_has_opens_a_field(dump, settings):
    site = VaultSite.objects.get()
    known = [settings.SECRET_KEY.encode(), settings.VAULT_PEPPER.encode()]
    known += [bytes(site.code_salt), bytes(site.recovery_salt), bytes(site.recovery_public)]
    known += [bytes(key) for key in StaffKey.objects.values_list("public_key", flat=True)]
    keys32 = [hashlib.blake2b(each, digest_size=32).digest() for each in known]
    keys32 += [each for each in known if len(each) == 32]
    sealed = [bytes(site.index_key)]
    sealed += [bytes(each) for each in SealedPart.objects.values_list("sealed_key", flat=True)]
    sealed += [bytes(each) for each in KeyGrant.objects.values_list("sealed_private", flat=True)]
    for key in keys32:
        for blob in sealed:
            with pytest.raises(primitives.SealError):
                primitives.open_sealed(key, blob)


def test_no_facet_is_confirmed_from_lists_of_counties_schools_and_officers(dump, settings):
    site = VaultSite.objects.get()
    tokens = set(Facet.objects.values_list("token", flat=True))
    guesses = [county.slug for county in places.counties()] + ["north high", "john doe", "john", "doe"]
    keys_tried = [
        settings.SECRET_KEY.encode(),
        settings.VAULT_PEPPER.encode(),
        bytes(site.index_key),
        bytes(site.index_key)[:32],
        bytes(site.code_salt),
        b"",
    ]
    confirmed = {
        value
        for key in keys_tried
        for kind in Facet.Kind.values
        for value in guesses
        if facets.token(key, kind, value) in tokens
    }
    assert confirmed == set()
    # With the index key itself each would be found: the guesses are the right ones.
    room = keys.open_room(staff_private_key=dump.key, user=dump, room=CASE)
    index_key = keys.open_index_key(room)
    assert {facets.token(index_key, "county", value) for value in guesses} & tokens
    assert {facets.token(index_key, "officer", value) for value in guesses} & tokens


def test_the_form_token_of_another_opens_no_report(dump):
    report = Report.objects.get()
    forged = Filing.new()
    Filing.open(forged.token())
    assert services.read_box(code=forged.code) is None
    assert report.lookup not in forged.token()
