"""Who can open what, and what a changed database cannot do."""

from __future__ import annotations

import pytest

from reporting import events, keys
from reporting.models import CASE, IDENTITY, KeyGrant, QueueKey, StaffKey, VaultSite
from reporting.vault import primitives
from tests.reporting.conftest import PASSPHRASE


def test_the_right_passphrase_unlocks_and_a_wrong_one_does_not(lead):
    assert keys.unlock_staff_key(user=lead, passphrase=PASSPHRASE) == lead.key
    with pytest.raises(keys.LockedOut):
        keys.unlock_staff_key(user=lead, passphrase=PASSPHRASE + "x")


def test_without_the_pepper_the_right_passphrase_opens_nothing(lead, settings):
    settings.VAULT_PEPPER = "another"
    with pytest.raises(keys.LockedOut):
        keys.unlock_staff_key(user=lead, passphrase=PASSPHRASE)


def test_a_changed_passphrase_opens_the_same_key(lead):
    keys.rewrap_staff_key(user=lead, old_passphrase=PASSPHRASE, new_passphrase="another long one here")

    assert keys.unlock_staff_key(user=lead, passphrase="another long one here") == lead.key
    with pytest.raises(keys.LockedOut):
        keys.unlock_staff_key(user=lead, passphrase=PASSPHRASE)
    with pytest.raises(keys.LockedOut):
        keys.rewrap_staff_key(user=lead, old_passphrase=PASSPHRASE, new_passphrase="x")


def test_a_member_reads_a_room_only_after_a_grant(vault, make_member):
    reviewer = make_member("reviewer")
    with pytest.raises(keys.NotGranted):
        keys.open_room(staff_private_key=reviewer.key, user=reviewer, room=CASE)

    keys.grant_rooms(by=vault, by_key=vault.key, to=reviewer, rooms=[CASE])

    room = keys.open_room(staff_private_key=reviewer.key, user=reviewer, room=CASE)
    assert room == keys.open_room(staff_private_key=vault.key, user=vault, room=CASE)
    with pytest.raises(keys.NotGranted):
        keys.open_room(staff_private_key=reviewer.key, user=reviewer, room=IDENTITY)
    with pytest.raises(keys.NotGranted):
        keys.grant_rooms(by=reviewer, by_key=reviewer.key, to=vault, rooms=[IDENTITY])
    assert keys.reviewer_count() == 2
    assert events.broken_links("site") == []


def test_a_new_key_after_a_forgotten_passphrase_waits_for_access_again(vault, make_member):
    reviewer = make_member("reviewer")
    keys.grant_rooms(by=vault, by_key=vault.key, to=reviewer, rooms=[CASE])

    key = keys.make_staff_key(user=reviewer, passphrase="a new long passphrase")

    with pytest.raises(keys.NotGranted):
        keys.open_room(staff_private_key=key, user=reviewer, room=CASE)


def test_the_form_opens_only_after_two_sheets_came_back(lead, papers):
    assert not keys.vault_is_open()
    assert "sheets" in keys.vault_is_open().reason
    with pytest.raises(keys.SheetError):
        keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[0].text)
    assert not keys.vault_is_open()

    keys.confirm_sheets(by=lead, first=papers[1].text, second=papers[0].text)

    assert keys.vault_is_open()
    with pytest.raises(keys.AlreadySetUp):
        keys.setup_vault(lead=lead, passphrase=PASSPHRASE)


def test_set_up_may_be_repeated_until_the_sheets_are_confirmed(lead, papers):
    fresh = keys.setup_vault(lead=lead, passphrase=PASSPHRASE)

    with pytest.raises(keys.SheetError, match="not of this portal"):
        keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[1].text)
    keys.confirm_sheets(by=lead, first=fresh[0].text, second=fresh[1].text)
    assert keys.vault_is_open()


def test_two_sheets_let_a_member_in_when_nobody_else_can(vault, papers, make_member):
    newcomer = make_member("newcomer")
    StaffKey.objects.filter(user=vault).delete()
    assert not keys.vault_is_open()

    keys.recover_rooms(to=newcomer, first=papers[2].text, second=papers[1].text)

    assert keys.open_room(staff_private_key=newcomer.key, user=newcomer, room=IDENTITY)
    assert keys.vault_is_open()


def test_before_the_set_up_the_form_is_closed_with_a_reason(db):
    assert "not set up" in keys.vault_is_open().reason


def test_a_reviewer_whose_account_is_off_does_not_keep_the_form_open(vault):
    vault.is_active = False
    vault.save()
    assert not keys.vault_is_open()


@pytest.mark.parametrize("swap", ["queue", "recovery"])
def test_a_public_key_swapped_in_the_database_closes_the_form(vault, swap):
    _, foreign = primitives.new_key_pair()
    if swap == "queue":
        QueueKey.objects.filter(room=CASE).update(public_key=foreign)
    else:
        VaultSite.objects.update(recovery_public=foreign)

    state = keys.vault_is_open()

    assert not state
    assert "changed from outside" in state.reason


def test_a_swapped_staff_key_gets_no_grant(vault, make_member):
    reviewer = make_member("reviewer")
    _, foreign = primitives.new_key_pair()
    StaffKey.objects.filter(user=reviewer).update(public_key=foreign)

    with pytest.raises(keys.KeySwapped):
        keys.grant_rooms(by=vault, by_key=vault.key, to=reviewer, rooms=[CASE])
    assert not KeyGrant.objects.filter(staff_key__user=reviewer).exists()


def test_a_damaged_grant_locks_the_room_without_a_fault(vault):
    KeyGrant.objects.update(sealed_private=b"\x01junk")
    with pytest.raises(keys.NotGranted):
        keys.open_room(staff_private_key=vault.key, user=vault, room=CASE)


def test_six_words_tell_keys_apart(make_member):
    one, other = make_member("one"), make_member("other")

    words = keys.fingerprint_words(one.staff_key)

    assert len(words) == 6
    assert {len(word) for word in words} == {5}
    assert words == keys.fingerprint_words(StaffKey.objects.get(user=one))
    assert words != keys.fingerprint_words(other.staff_key)


def test_keys_do_not_show_in_messages(vault):
    room = keys.open_room(staff_private_key=vault.key, user=vault, room=CASE)
    assert room.privates[1].hex() not in repr(room)
    assert "privates" not in repr(room)
