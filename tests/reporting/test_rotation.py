"""New keys after somebody left: everything is sealed anew, nothing is lost, whoever left opens nothing."""

from __future__ import annotations

import threading
import time

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from reporting import events, facets, keys, labels, recovery, rotation, services
from reporting.formtoken import BoxToken
from reporting.models import (
    CASE,
    IDENTITY,
    KeyGrant,
    Label,
    QueueKey,
    ReportEvent,
    Room,
    SavedView,
    SealedPart,
    StaffKey,
    VaultSite,
)
from reporting.vault import primitives


def rotate(by, rooms=Room.values, seconds=60.0, batch=2):
    rotation.start(by=by, by_key=by.key, rooms=rooms)
    return rotation.work(by=by, by_key=by.key, seconds=seconds, batch=batch)


def opens(room):
    """Return whether each part of the room opens."""
    parts = SealedPart.objects.filter(room=room.room).select_related("report")
    found = []
    for part in parts:
        try:
            services.unseal_part(part=part, room=room)
        except services.Damaged:
            found.append(False)
        else:
            found.append(True)
    return found


def room_of(member, room=CASE):
    return keys.open_room(staff_private_key=member.key, user=member, room=room)


@pytest.fixture
def reviewer(vault, make_member):
    member = make_member("reviewer")
    keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE])
    return member


# --- Nothing that is sealed can be forgotten ---

# Bytes that are not sealed to a room's key, and what they are sealed to instead.
ELSEWHERE = {
    "Draft.body", "Draft.wrapped_key", "DraftFile.body",  # the draft's key, and the writer's code
    "SealedPart.body", "FileChunk.body",  # the part's key, which is sealed to the room
    "SealedPart.reporter_key", "Report.reporter_wrapped", "Report.reporter_public",  # the reporter
    "QueueKey.public_key", "StaffKey.public_key", "StaffKey.wrapped_private", "StaffKey.salt",
    "KeyGrant.sealed_private",  # one member
    "VaultSite.code_salt", "VaultSite.recovery_public", "VaultSite.recovery_salt",
    "VaultSite.next_public", "VaultSite.next_salt",
    "VaultSite.index_key",  # carried by `start` in the moment of the new epoch
}  # fmt: skip


def test_every_sealed_column_is_known_to_the_change_of_keys():
    known = {f"{sealed.model.__name__}.{sealed.column}" for sealed in rotation.SEALED}
    own = [model for model in apps.get_models() if model._meta.app_label == "reporting"]
    binary = {
        f"{model.__name__}.{column.name}"
        for model in own
        for column in model._meta.get_fields()
        if isinstance(column, models.BinaryField)
    }
    with_epoch = {model for model in own if any(f.name == "epoch" for f in model._meta.get_fields())}

    assert with_epoch - {QueueKey} == {sealed.model for sealed in rotation.SEALED}
    assert binary - ELSEWHERE == known


def test_all_that_is_sealed_to_a_room_is_sealed_anew_and_old_keys_are_gone(
    vault, reviewer, make_report, case_room
):
    report = make_report(name="Sam")
    services.add_to_report(box=BoxToken.new(report.pk, report.code), text="More.")
    services.add_note(report=report, by=vault, key=case_room, text="A note.")
    services.answer_reporter(report=report, by=vault, key=case_room, text="An answer.")
    facets.keep_label("school", "0" * 32, "A school")
    sealed = labels.seal_label("A view", "view|1")
    SavedView.objects.create(owner=vault, epoch=sealed.epoch, name=sealed.body)
    index_key = keys.open_index_key(case_room)
    reporter_key = bytes(SealedPart.objects.get(kind="answer").reporter_key)

    done = rotate(vault)

    assert done == SealedPart.objects.count() + 2
    assert set(QueueKey.objects.values_list("room", "epoch")) == {(CASE, 2), (IDENTITY, 2)}
    assert set(KeyGrant.objects.values_list("queue_key__epoch", flat=True)) == {2}
    for member in (vault, reviewer):
        room = room_of(member)
        assert set(room.privates) == {2}
        assert all(opens(room))
        assert facets.label_of(Label.objects.get(), room) == "A school"
        view = SavedView.objects.get()
        assert labels.open_label(view.name, view.epoch, "view|1", room) == "A view"
        assert keys.open_index_key(room) == index_key
    assert all(opens(room_of(vault, IDENTITY)))
    assert bytes(SealedPart.objects.get(kind="answer").reporter_key) == reporter_key
    assert services.read_box(code=report.code).answers[0].text == "An answer."
    assert [(each.left, each.done) for each in rotation.progress()] == [(0, 6), (0, 1)]
    assert events.broken_links("site") == []


def test_the_key_of_who_left_opens_nothing_that_is_in_the_database(vault, reviewer, make_report):
    make_report()
    kept = room_of(reviewer)
    assert all(opens(kept))
    StaffKey.objects.filter(user=reviewer).delete()

    rotate(vault)
    make_report()

    assert opens(kept) == [False, False]
    for part in SealedPart.objects.all():
        with pytest.raises(primitives.SealError):
            primitives.open_sealed(kept.privates[1], part.sealed_key)
    with pytest.raises(primitives.SealError):
        primitives.open_sealed(kept.privates[1], VaultSite.objects.get().index_key)
    assert all(opens(room_of(vault)))


def test_both_epochs_open_in_the_middle_and_another_reader_goes_on(vault, reviewer, make_report):
    for _ in range(3):
        make_report()
    rotation.start(by=vault, by_key=vault.key, rooms=Room.values)
    make_report()
    assert sorted(SealedPart.objects.filter(room=CASE).values_list("epoch", flat=True)) == [1, 1, 1, 2]
    assert opens(room_of(reviewer)) == [True] * 4
    assert [each.left for each in rotation.progress()] == [3, 3]

    assert rotation.work(by=reviewer, by_key=reviewer.key, seconds=60, batch=2) == 3

    assert [each.left for each in rotation.progress()] == [0, 3]
    assert QueueKey.objects.filter(room=IDENTITY).count() == 2
    rotation.work(by=vault, by_key=vault.key, seconds=60)
    assert QueueKey.objects.count() == 2
    assert opens(room_of(reviewer)) == [True] * 4


def test_work_stops_when_its_time_is_over_and_goes_on_later(vault, make_report):
    make_report()
    rotation.start(by=vault, by_key=vault.key, rooms=Room.values)

    assert rotation.work(by=vault, by_key=vault.key, seconds=0) == 0
    assert QueueKey.objects.count() == 4
    assert rotation.work(by=vault, by_key=vault.key, seconds=60) == 2


def test_a_damaged_part_keeps_its_old_key_and_stops_nothing(vault, make_report):
    damaged, _whole = make_report(), make_report()
    part = damaged.parts.get(kind="report")
    before = bytes(part.sealed_key)
    SealedPart.objects.filter(pk=part.pk).update(sealed_key=b"\x01damaged")

    rotate(vault, batch=1)

    assert [each.left for each in rotation.progress()] == [1, 0]
    assert sorted(opens(room_of(vault))) == [False, True]
    # A backup may have it.
    SealedPart.objects.filter(pk=part.pk).update(sealed_key=before)
    assert all(opens(room_of(vault)))
    rotation.work(by=vault, by_key=vault.key, seconds=60)
    assert set(QueueKey.objects.values_list("epoch", flat=True)) == {2}


# --- Who gets the new key ---


def test_a_row_written_from_outside_gets_no_new_key(vault, reviewer, make_member):
    outsider = make_member("outsider")
    newest = QueueKey.objects.get(room=CASE)
    KeyGrant.objects.create(
        queue_key=newest, staff_key=StaffKey.objects.get(user=outsider), sealed_private=b"x", proof="0" * 64
    )

    rotate(vault)

    assert not KeyGrant.objects.filter(staff_key__user=outsider).exists()
    assert KeyGrant.objects.filter(staff_key__user=reviewer).count() == 1


def test_a_key_pair_put_in_place_of_a_members_gets_no_new_key(vault, reviewer):
    # With SECRET_KEY as well, a stranger can sign it; the room's own mark they cannot make.
    _private, public = primitives.new_key_pair()
    signature = keys.staff_signature(reviewer.pk, public)
    StaffKey.objects.filter(user=reviewer).update(public_key=public, signature=signature)

    rotate(vault)

    assert not KeyGrant.objects.filter(staff_key__user=reviewer).exists()


def test_a_recovery_key_put_in_place_of_ours_stops_the_change(vault):
    site = VaultSite.objects.get()
    _private, site.recovery_public = primitives.new_key_pair()
    site.signature = keys.site_signature(site)
    site.save()

    with pytest.raises(keys.NotProven):
        rotate(vault)
    assert QueueKey.objects.count() == 2


def test_grants_of_the_first_release_are_proven_by_a_login_and_by_the_drill(vault, papers, reviewer):
    KeyGrant.objects.update(proof="")
    with pytest.raises(keys.NotProven):
        rotate(vault)

    keys.drill(by=vault, first=papers[0].text, second=papers[1].text)
    for member in (vault, reviewer):
        keys.prove_grants(user=member, staff_private_key=member.key)
    rotate(vault)

    assert keys.reviewer_count() == 2
    with pytest.raises(keys.NotGranted):
        rotate(reviewer)


def test_a_foreign_index_key_is_not_carried_without_the_room(vault):
    VaultSite.objects.update(index_key=b"\x01damaged")
    with pytest.raises(keys.NotGranted):
        rotate(vault)
    assert QueueKey.objects.count() == 2


# --- New sheets ---


def typed(papers, first=0, second=1):
    return {"first": papers[first].text, "second": papers[second].text}


def test_new_sheets_count_from_the_moment_they_were_typed_back(vault, papers, make_report, make_member):
    make_report()
    fresh = recovery.make_sheets()
    keys.drill(by=vault, **typed(papers))
    with pytest.raises(keys.SheetError, match="newest"):
        recovery.confirm_sheets(by=vault, by_key=vault.key, **typed(papers))

    recovery.confirm_sheets(by=vault, by_key=vault.key, **typed(fresh))

    with pytest.raises(keys.SheetError, match="replaced"):
        keys.drill(by=vault, **typed(papers))
    newcomer = make_member("newcomer")
    keys.recover_rooms(to=newcomer, **typed(fresh, 1, 2))
    assert all(opens(room_of(newcomer)))
    assert all(opens(room_of(newcomer, IDENTITY)))
    with pytest.raises(keys.SheetError, match="no new sheets"):
        recovery.confirm_sheets(by=vault, by_key=vault.key, **typed(fresh))


def test_only_who_opens_everything_lets_new_sheets_count(vault, papers, reviewer):
    fresh = recovery.make_sheets()
    with pytest.raises(keys.NotGranted):
        recovery.confirm_sheets(by=reviewer, by_key=reviewer.key, **typed(fresh))
    keys.drill(by=vault, **typed(papers))


def test_sheets_that_were_used_ask_for_new_sheets_and_then_for_new_keys(vault, papers):
    keys.recover_rooms(to=vault, **typed(papers))
    assert VaultSite.objects.get().sheets_seen
    assert rotation.due(keys.vault_is_open()) == []

    recovery.confirm_sheets(by=vault, by_key=vault.key, **typed(recovery.make_sheets()))
    assert rotation.due(keys.vault_is_open()) == [CASE, IDENTITY]
    rotate(vault)

    assert rotation.due(keys.vault_is_open()) == []
    assert not VaultSite.objects.get().sheets_seen
    kinds = ReportEvent.objects.filter(subject="site").order_by("number").values_list("kind", flat=True)
    assert list(kinds)[-5:] == ["granted", "recovered", "sheets", "rotated", "rotated"]


# --- At the same moment ---


@pytest.fixture
def as_committed(transactional_db):
    """Make what follows visible to other connections; SQLite's writers simply wait for each other."""
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL only")


def at_once(*acts):
    """Do all `acts` at the same moment; return what they raised."""
    faults = []

    def alone(act):
        try:
            act()
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=alone, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return faults


def test_two_members_change_keys_at_once_while_reports_come_in(as_committed, vault, make_member, make_report):
    other = make_member("other")
    keys.grant_rooms(by=vault, by_key=vault.key, to=other, rooms=Room.values)
    for _ in range(4):
        make_report()

    faults = at_once(lambda: rotate(vault), lambda: rotate(other), lambda: [make_report() for _ in range(4)])
    rotation.work(by=other, by_key=other.key, seconds=60)

    assert faults == []
    for member in (vault, other):
        for room in Room.values:
            assert opens(room_of(member, room)) == [True] * 8
    assert set(QueueKey.objects.values_list("epoch", flat=True)) == {3}


def somebody_waits_for_a_lock():
    """Return whether another connection has to wait; give it twenty seconds to get there."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.02)
    return False


def test_an_old_key_is_not_given_up_while_somebody_is_sealing_to_it(as_committed, vault, make_report):
    make_report()
    sealed, may_end = threading.Event(), threading.Event()

    def file_slowly():
        with transaction.atomic():
            key = keys.current_queue_key(CASE)
            sealed.set()
            may_end.wait(20)
            part = SealedPart.objects.filter(room=CASE).get()
            part.pk, part.number, part.epoch, part.once = None, 9, key.epoch, None
            part.sealed_key = primitives.seal_to(key.public_key, primitives.new_key())
            part.save(force_insert=True)
        connection.close()

    def change():
        rotate(vault)
        connection.close()

    slow, changer = threading.Thread(target=file_slowly), threading.Thread(target=change)
    slow.start()
    assert sealed.wait(20)
    changer.start()
    assert somebody_waits_for_a_lock()
    assert changer.is_alive()
    may_end.set()
    slow.join(20)
    changer.join(20)

    assert set(QueueKey.objects.filter(room=CASE).values_list("epoch", flat=True)) == {1, 2}
    assert rotation.work(by=vault, by_key=vault.key, seconds=60) == 1
    part = SealedPart.objects.get(number=9)
    assert len(primitives.open_sealed(room_of(vault).privates[2], part.sealed_key)) == 32
