"""Members of staff who can sign in, and a vault they may be let into."""

from __future__ import annotations

import pyotp
import pytest

from portal.models import SecondFactor, User
from portal.staff import secondfactor
from reporting import keys

PASSPHRASE = "river stone lantern maple"


@pytest.fixture(autouse=True)
def _fast_hashing(settings):
    settings.VAULT_TEST_KDF = "fast"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def make_member(db):
    """Return a function that makes a member with passphrase, codes (`.seed`) and key pair (`.key`)."""

    def make(name, role="reviewer"):
        user = User.objects.create_user(name, password=PASSPHRASE, role=role)
        user.seed = secondfactor.new_seed()
        user.backup_codes_shown = secondfactor.enroll(user, user.seed, 0)
        user.key = keys.make_staff_key(user=user, passphrase=PASSPHRASE)
        return user

    return make


@pytest.fixture
def form_of():
    """Return a function that fills the login form of a member; the code may be used again."""

    def fill(user, **changed):
        SecondFactor.objects.filter(user=user).update(last_step=0)
        return {
            "username": user.username,
            "password": PASSPHRASE,
            "code": pyotp.TOTP(user.seed).now(),
            **changed,
        }

    return fill


@pytest.fixture
def sign_in(client, form_of):
    """Return a function that signs a member in through the real form."""

    def enter(user, **changed):
        # The session cookie is for TLS only.
        response = client.post("/admin/login/", form_of(user, **changed), secure=True)
        assert response.status_code == 302, response.content.decode()
        return client

    return enter


@pytest.fixture
def lead(make_member):
    return make_member("lead", "lead")


@pytest.fixture
def vault(lead):
    """Return the lead of an open vault."""
    papers = keys.setup_vault(lead=lead, passphrase=PASSPHRASE)
    keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[2].text)
    return lead
