"""`manage.py check`: each fault is found, and its absence is not."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from portal import checks
from portal.models import User
from portal.staff.trial import PASSPHRASE

HANDLERS = "django.core.files.uploadhandler"


def ids(found):
    return [message.id for message in found]


def test_uploads_stay_in_memory_as_delivered():
    assert checks.uploads_stay_in_memory(None) == []


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        (
            "FILE_UPLOAD_HANDLERS",
            ["django.core.files.uploadhandler.TemporaryFileUploadHandler"],
            "portal.E001",
        ),
        ("FILE_UPLOAD_MAX_MEMORY_SIZE", 1000, "portal.E002"),
    ],
)
def test_an_upload_on_the_disk_is_found(settings, name, value, found):
    setattr(settings, name, value)

    assert ids(checks.uploads_stay_in_memory(None)) == [found]


@pytest.mark.parametrize(("mode", "found"), [(0o600, []), (0o640, ["portal.E003"]), (0o604, ["portal.E003"])])
def test_a_key_that_others_can_read_is_found(settings, tmp_path, mode, found):
    settings.DATA_DIR = tmp_path
    (tmp_path / "secret_key").write_text("x" * 40)
    (tmp_path / "secret_key").chmod(mode)

    assert ids(checks.keys_are_private(None)) == found


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"SECURE_PROXY_SSL_HEADER": None}, ["portal.W001"]),
        ({"SITE_URL": "http://127.0.0.1:8000"}, ["portal.W002"]),
        ({"ON_LOOPBACK": True, "SITE_URL": "http://127.0.0.1:8000", "SECURE_PROXY_SSL_HEADER": None}, []),
    ],
)
def test_a_public_portal_needs_its_address_and_its_proxy(settings, changed, found):
    settings.ON_LOOPBACK = False
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SITE_URL = "https://portal.example"
    for name, value in changed.items():
        setattr(settings, name, value)

    assert ids(checks.the_public_address_is_whole(None)) == found


def test_the_checks_are_run_by_django(settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1

    assert "portal.E002" in ids(run_checks())


def add_member(name: str, passphrase: str | None) -> None:
    member = User(username=name, role=User.Role.LEAD)
    if passphrase:
        member.set_password(passphrase)
    else:
        member.set_unusable_password()
    member.save()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_trial_start", "passphrase", "found"),
    [
        (True, PASSPHRASE, []),
        (False, PASSPHRASE, ["portal.E004"]),
        (False, "quite another passphrase", []),
        (True, "quite another passphrase", ["portal.E005"]),
        (False, None, []),
        (True, None, ["portal.E005"]),
    ],
)
def test_a_trial_never_becomes_real_and_a_real_portal_never_a_trial(
    settings, is_trial_start, passphrase, found
):
    settings.TRIAL = is_trial_start
    add_member("lead", passphrase)

    assert ids(checks.trial_and_real_stay_apart(None, databases=["default"])) == found


@pytest.mark.django_db
@pytest.mark.parametrize("is_trial_start", [True, False])
def test_an_empty_database_may_become_either(settings, is_trial_start):
    settings.TRIAL = is_trial_start

    assert checks.trial_and_real_stay_apart(None, databases=["default"]) == []


@pytest.mark.django_db
def test_the_members_are_asked_only_when_the_database_is_checked(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert checks.trial_and_real_stay_apart(None) == []
