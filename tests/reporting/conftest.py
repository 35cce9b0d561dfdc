"""An open vault, staff who can read, and reports."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from reporting import keys, services
from reporting.formtoken import Filing
from reporting.models import CASE, IDENTITY, Report

PASSPHRASE = "river stone lantern maple"


@pytest.fixture(autouse=True)
def _fast_hashing(settings):
    settings.VAULT_TEST_KDF = "fast"


@pytest.fixture
def make_member(db):
    """Return a function that makes a member of staff with a key pair; `member.key` is the private half."""

    def make(name: str):
        user = get_user_model().objects.create_user(name, password=None, is_staff=True)
        user.key = keys.make_staff_key(user=user, passphrase=PASSPHRASE)
        return user

    return make


@pytest.fixture
def lead(make_member):
    return make_member("lead")


@pytest.fixture
def papers(lead):
    """Return the three sheets of a vault that is set up but not confirmed."""
    return keys.setup_vault(lead=lead, passphrase=PASSPHRASE)


@pytest.fixture
def vault(lead, papers):
    """Return the lead of an open vault."""
    keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[2].text)
    return lead


@pytest.fixture
def case_room(vault):
    return keys.open_room(staff_private_key=vault.key, user=vault, room=CASE)


@pytest.fixture
def identity_room(vault):
    return keys.open_room(staff_private_key=vault.key, user=vault, room=IDENTITY)


@pytest.fixture
def make_report(vault):
    """Return a function that files a report with these answers; `report.code` is its check-back code."""

    def make(**answers):
        filing = Filing.new()
        services.file_report(filing=filing, answers={"story": "He pushed me.", **answers})
        report = Report.objects.exclude(pk__in=make.known).get()
        make.known.append(report.pk)
        report.code = filing.code
        return report

    make.known = []
    return make
