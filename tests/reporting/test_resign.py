"""A new SECRET_KEY: what a member proves is signed again, and nothing else; what `vault_verify` finds."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from reporting import events, facets, keys, services
from reporting.models import (
    CASE,
    FileChunk,
    KeyGrant,
    Label,
    QueueKey,
    ReportEvent,
    SealedPart,
    StaffKey,
    VaultSite,
)
from reporting.vault import primitives
from tests.reporting.conftest import PASSPHRASE


@pytest.fixture(autouse=True)
def _typed(monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: PASSPHRASE)


@pytest.fixture
def reviewer(vault, make_member):
    member = make_member("reviewer")
    keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE])
    return member


def run(*args):
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def faults(*args):
    """Return what the command prints before it refuses."""
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command(*args, stdout=out)
    return out.getvalue()


# --- A new SECRET_KEY ---


def test_after_a_new_secret_key_the_form_is_closed_until_the_keys_are_signed_again(
    vault, reviewer, make_report, settings
):
    make_report()
    settings.SECRET_KEY = "another"
    assert "changed from outside" in keys.vault_is_open().reason
    with pytest.raises(keys.KeySwapped):
        keys.unlock_staff_key(user=vault, passphrase=PASSPHRASE)

    told = run("vault_resign", "lead")

    assert "2 room keys, the keys of lead, reviewer" in told
    assert keys.vault_is_open()
    assert keys.unlock_staff_key(user=reviewer, passphrase=PASSPHRASE) == reviewer.key
    make_report()
    assert "the read log is whole" in run("vault_verify", "lead")


def test_a_strangers_room_key_is_never_signed(vault, settings):
    settings.SECRET_KEY = "another"
    _private, public = primitives.new_key_pair()
    QueueKey.objects.create(room=CASE, epoch=2, public_key=public, signature="x")
    with pytest.raises(CommandError, match="case 2"):
        run("vault_resign", "lead")
    QueueKey.objects.filter(epoch=2).delete()
    QueueKey.objects.filter(room=CASE).update(public_key=public)
    with pytest.raises(CommandError, match="Nothing was signed"):
        run("vault_resign", "lead")
    assert not keys.vault_is_open()


def test_a_strangers_recovery_key_is_never_signed(vault, settings):
    settings.SECRET_KEY = "another"
    _private, public = primitives.new_key_pair()
    VaultSite.objects.update(recovery_public=public)
    with pytest.raises(CommandError, match="recovery sheets"):
        run("vault_resign", "lead")


def test_a_strangers_staff_key_is_left_out(vault, reviewer, make_member, settings):
    waiting = make_member("waiting")
    settings.SECRET_KEY = "another"
    _private, public = primitives.new_key_pair()
    StaffKey.objects.filter(user=reviewer).update(public_key=public)

    told = run("vault_resign", "lead")

    assert "Not signed: reviewer" in told
    assert "Not signed: waiting" in told
    with pytest.raises(keys.KeySwapped):
        keys.grant_rooms(by=vault, by_key=vault.key, to=waiting, rooms=[CASE])


def test_only_who_opens_both_rooms_signs(vault, reviewer, settings, monkeypatch):
    settings.SECRET_KEY = "another"
    for name in ("reviewer", "nobody"):
        with pytest.raises(CommandError):
            run("vault_resign", name)
    monkeypatch.setattr("getpass.getpass", lambda prompt: "wrong")
    with pytest.raises(CommandError, match="Nothing was signed"):
        run("vault_resign", "lead")
    assert not keys.vault_is_open()


def test_the_old_log_is_held_by_one_hash(vault, reviewer, make_report, settings):
    report = make_report()
    services.set_status(report=report, by=vault, status="reading")
    settings.SECRET_KEY = "another"
    assert events.broken_links(report.reference) == [1]

    run("vault_resign", "lead")
    services.set_status(report=report, by=vault, status="working")

    assert events.broken_links(report.reference) == []
    assert ReportEvent.objects.get(kind="resigned").detail.startswith("4 older events, ")
    assert "whole" in run("vault_verify", "lead")
    ReportEvent.objects.filter(subject=report.reference, number=1).update(actor_name="somebody")
    assert "before the change of SECRET_KEY" in faults("vault_verify", "lead")
    ReportEvent.objects.filter(subject=report.reference, number=2).update(actor_name="somebody")
    assert f"{report.reference} event 2" in faults("vault_verify", "lead")


# --- vault_verify ---


def test_verify_lists_damaged_labels_grants_and_foreign_keys(vault, reviewer, make_report):
    make_report()
    facets.keep_label("school", "0" * 32, "A school")
    assert "every key is ours" in run("vault_verify", "lead")

    Label.objects.update(token="1" * 32)
    KeyGrant.objects.filter(staff_key__user=reviewer).update(proof="0" * 64)
    StaffKey.objects.filter(user=reviewer).update(signature="x")
    told = faults("vault_verify", "lead")

    assert "damaged: label" in told
    assert "damaged: grant of room case to reviewer" in told
    assert "not signed by us: key of reviewer" in told


def test_verify_tries_every_piece_of_a_file(vault, make_report):
    from django.db import transaction

    from reporting.files.sealing import seal_file

    report = make_report()
    with transaction.atomic():
        sum_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        content = {"sha256": sum_of_abc}
        seal_file(report=report, kind=SealedPart.Kind.FILE, content=content, pieces=[b"a", b"bc"], of=2)
    assert "Everything opens" in run("vault_verify", "lead")

    FileChunk.objects.filter(number=2).delete()
    assert f"{report.reference} part 3 (file)" in faults("vault_verify", "lead")
