"""Filing, coming back, reading and answering, below the pages."""

from __future__ import annotations

import base64
import datetime as dt
import json
import pathlib

import pytest
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from nacl.pwhash import argon2id

from portal.lib import codes
from reporting import events, keys, services
from reporting.formtoken import BoxToken, Filing
from reporting.models import Notice, Report, ReportEvent, SealedPart
from reporting.vault import primitives


def part_of(report, kind):
    return SealedPart.objects.select_related("report").get(report=report, kind=kind)


def test_what_was_told_opens_for_the_room_and_names_only_for_leads(make_report, case_room, identity_room):
    report = make_report(story="He pushed me.", county="shelby", name="Sam", incidents=["force"])

    case = services.unseal_part(part=part_of(report, "report"), room=case_room)
    identity = services.unseal_part(part=part_of(report, "identity"), room=identity_room)

    assert case["answers"] == {"story": "He pushed me.", "county": "shelby", "incidents": ["force"]}
    assert case["v"] == 2
    assert identity["answers"] == {"name": "Sam"}
    assert (report.kind, report.division, report.part_count) == ("force", "west", 2)
    with pytest.raises(services.Damaged):
        services.unseal_part(part=part_of(report, "identity"), room=case_room)


def test_a_reporters_rows_have_no_clock_and_the_week_is_a_monday(make_report):
    report = make_report()

    for row in (report, *report.parts.all(), Notice.objects.get()):
        for field in row._meta.concrete_fields:
            assert not isinstance(field, models.DateTimeField)
    assert report.week.weekday() == 0
    assert dt.timedelta(0) <= timezone.localdate() - report.week < dt.timedelta(8)
    assert not ReportEvent.objects.filter(report=report).exists()


def test_the_same_form_sent_again_gives_the_same_code_and_no_second_report(vault):
    filing = Filing.new()
    first = services.file_report(filing=filing, answers={"story": "One."})
    again = services.file_report(filing=Filing.open(filing.token()), answers={"story": "One."})

    assert (first.code, first.is_new) == (filing.code, True)
    assert (again.code, again.is_new, again.added) == (filing.code, False, False)
    assert Report.objects.count() == 1
    assert SealedPart.objects.count() == 2


def test_changed_words_under_a_used_form_become_one_addition(vault, case_room):
    filing = Filing.new()
    services.file_report(filing=filing, answers={"story": "One."})
    for _ in range(2):
        receipt = services.file_report(filing=filing, answers={"story": "Two."})
        assert receipt.code == filing.code

    addition = SealedPart.objects.select_related("report").get(kind="addition")
    assert services.unseal_part(part=addition, room=case_room)["answers"] == {"story": "Two."}
    assert Report.objects.count() == 1
    assert addition.report.part_count == addition.report.parts.count() == 3


def test_a_text_with_its_own_code_is_refused_and_nothing_is_kept(vault):
    filing = Filing.new()
    with pytest.raises(services.CodeInText):
        services.file_report(filing=filing, answers={"story": f"My code: {codes.shown(filing.code).lower()}"})
    assert not Report.objects.exists()


def test_the_code_shows_status_weeks_and_answers_and_never_what_was_told(make_report, vault, case_room):
    report = make_report(story="MARKER-STORY", name="MARKER-NAME")
    services.add_note(report=report, by=vault, key=case_room, text="MARKER-NOTE")
    services.answer_reporter(report=report, by=vault, key=case_room, text="We read it.")
    services.set_status(report=report, by=vault, status="waiting")

    box = services.read_box(code=report.code)

    assert box.report.status == "waiting"
    assert [answer.text for answer in box.answers] == ["We read it."]
    assert box.sent_weeks == [report.week]
    assert "MARKER" not in repr(box)


def test_a_code_costs_one_slow_hash_whether_it_hits_or_misses(make_report, monkeypatch):
    report = make_report()
    calls = []
    real = argon2id.kdf
    monkeypatch.setattr(argon2id, "kdf", lambda *args, **kwargs: calls.append(1) or real(*args, **kwargs))

    assert services.read_box(code=report.code)
    assert services.read_box(code=codes.new_code()) is None
    assert len(calls) == 2
    report.delete()
    assert services.read_box(code=report.code) is None
    assert len(calls) == 3


def test_something_added_from_the_box_is_kept_once(make_report, case_room):
    report = make_report()
    Report.objects.update(unread=False)
    box = BoxToken.new(report.pk, report.code)

    assert services.add_to_report(box=box, text="One more thing.")
    assert not services.add_to_report(box=BoxToken.open(box.token()), text="One more thing.")

    part = part_of(report, "addition")
    assert services.unseal_part(part=part, room=case_room)["text"] == "One more thing."
    report.refresh_from_db()
    assert (report.unread, report.part_count) == (True, 3)
    with pytest.raises(services.CodeInText):
        services.add_to_report(box=box, text=codes.shown(report.code))
    report.delete()
    with pytest.raises(services.Gone):
        services.add_to_report(box=box, text="Another thing.")


def test_opening_a_part_is_written_down_and_clears_unread(make_report, vault, case_room):
    report = make_report()

    services.open_part(part=part_of(report, "report"), room=case_room, by=vault)

    event = ReportEvent.objects.get(report=report)
    assert (event.kind, event.actor, event.detail) == ("read", vault, "part 1, report")
    report.refresh_from_db()
    assert not report.unread


def test_a_damaged_part_is_told_and_leaves_no_read_event(make_report, vault, case_room):
    report = make_report()
    SealedPart.objects.filter(report=report).update(body=b"\x01broken")

    with pytest.raises(services.Damaged):
        services.open_part(part=part_of(report, "report"), room=case_room, by=vault)
    assert not ReportEvent.objects.filter(report=report).exists()


def test_a_part_moved_to_another_report_or_kind_does_not_open(make_report, case_room):
    one, other = make_report(), make_report()
    moved = part_of(one, "report")
    moved.report = other
    with pytest.raises(services.Damaged):
        services.unseal_part(part=moved, room=case_room)

    relabelled = part_of(one, "report")
    relabelled.kind = "note"
    with pytest.raises(services.Damaged):
        services.unseal_part(part=relabelled, room=case_room)


def test_the_code_opens_answers_only(make_report):
    """The database itself refuses a reporter's key on anything but an answer."""
    report = make_report()
    with pytest.raises(IntegrityError), transaction.atomic():
        SealedPart.objects.filter(report=report).update(reporter_key=b"x")


def test_every_change_by_staff_is_in_a_chain_that_notices_edits(make_report, vault):
    report = make_report()
    services.set_status(report=report, by=vault, status="reading")
    services.set_priority(report=report, by=vault, priority="high")
    services.assign(report=report, by=vault, to=vault)
    services.assign(report=report, by=vault, to=vault)

    details = list(ReportEvent.objects.filter(report=report).values_list("detail", flat=True))
    assert details == ["new to reading", "normal to high", "to lead"]
    assert events.broken_links(report.reference) == []

    ReportEvent.objects.filter(report=report, number=2).update(detail="normal to normal")
    assert events.broken_links(report.reference) == [2]
    ReportEvent.objects.filter(report=report, number=2).delete()
    assert events.broken_links(report.reference) == [3]
    with pytest.raises(ValueError):
        services.set_status(report=report, by=vault, status="won")


def test_no_answer_is_sealed_to_a_swapped_reporter_key(make_report, vault, case_room):
    report = make_report()
    _, foreign = primitives.new_key_pair()
    Report.objects.update(reporter_public=foreign)

    with pytest.raises(services.Damaged):
        services.answer_reporter(report=report, by=vault, key=case_room, text="We read it.")
    assert not SealedPart.objects.filter(kind="answer").exists()


def test_what_the_code_unwraps_opens_no_told_word(make_report):
    report = make_report()
    code_keys = services.code_keys(report.code, keys.vault_site())
    place = services._wrap_place(code_keys.lookup)
    reporter_private = primitives.decrypt(code_keys.wrap, report.reporter_wrapped, place)

    for part in report.parts.all():
        assert part.reporter_key is None
        with pytest.raises(primitives.SealError):
            primitives.open_sealed(reporter_private, part.sealed_key)


def test_a_part_sealed_by_the_first_version_still_opens():
    """Bytes kept from the first version: a change of format must keep opening them."""
    golden = json.loads((pathlib.Path(__file__).parent / "golden_part_1.json").read_text())
    key = primitives.open_sealed(bytes.fromhex(golden["private"]), bytes.fromhex(golden["sealed_key"]))
    place = primitives.part_context(golden["reference"], golden["part"], golden["kind"])
    plain = primitives.decrypt_padded(key, base64.b64decode(golden["body"]), place)
    assert json.loads(plain) == {"v": 1, "answers": {"story": "He pushed me. עברית"}}


def test_nothing_is_taken_while_the_vault_is_closed(lead, papers):
    with pytest.raises(keys.VaultClosed, match="sheets"):
        services.file_report(filing=Filing.new(), answers={"story": "One."})
    assert not Report.objects.exists()
