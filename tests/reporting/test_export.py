"""An exported report: no formula, no key, no name unasked, and every byte has its hash."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import zipfile

import pytest
from django.db import transaction

from portal.lib import spreadsheet
from reporting import events, export, keys, services
from reporting.files.sealing import seal_file
from reporting.models import FileChunk, KeyGrant, QueueKey, ReportEvent, SealedPart, StaffKey, VaultSite
from reporting.triage import acts
from reporting.triage.acts import Decision
from reporting.vault import primitives

SUM_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
STARTS = ["=", "+", "-", "@", "\t", "\r", "\0", '"', "\n", "plain"]
HOSTILE = ["1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x.example","y")', "é", ""]


@pytest.fixture
def taken(vault, case_room, identity_room):
    """Return a function that exports a report and gives its files by name."""

    def take(report, names=False, reason="lawyer"):
        made = export.export_report(
            report=report, by=vault, case=case_room, identity=identity_room if names else None, reason=reason
        )
        archive = zipfile.ZipFile(io.BytesIO(made.body))
        return {name: archive.read(name) for name in archive.namelist()}

    return take


def add_file(report, kind=SealedPart.Kind.FILE, name="photo-3.jpg"):
    with transaction.atomic():
        report.refresh_from_db()
        content = {"sha256": SUM_OF_ABC, "stored_name": name, "kind": "jpeg", "size": 3, "name": "sam.jpg"}
        part = seal_file(report=report, kind=kind, content=content, pieces=[b"a", b"bc"], of=2)
        report.save(update_fields=["part_count"])
        return part


@pytest.mark.parametrize(
    "text", [f"{start}{tail}{number}" for number in range(4) for start in STARTS for tail in HOSTILE]
)
def test_no_cell_begins_like_a_formula(text):
    shown = spreadsheet.cell(text)

    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    assert shown in {text, f"'{text}"}


def test_every_cell_of_an_export_parses_back(make_report, case_room, vault, taken):
    report = make_report(story="=1+1", city="@SUM(A1)")
    texts = [f"{start}{tail}" for start, tail in itertools.product(STARTS, HOSTILE)]
    for text in texts:
        services.add_note(report=report, by=vault, key=case_room, text=text or "x")

    rows = list(csv.reader(io.StringIO(taken(report)["report.csv"].decode("utf-8-sig"), newline="")))

    assert rows[0] == ["part", "kind", "week", "question", "answer"]
    notes = [row[4] for row in rows if row[1] == "Staff note"]
    assert len(notes) == len(texts)
    for cells in rows:
        assert not any(cell.startswith(spreadsheet.FORMULA) for cell in cells)
    for text, note in zip(texts, notes, strict=True):
        assert note.removeprefix("'") == text.removeprefix("'")


def test_files_leave_clean_under_neutral_names_and_originals_stay(make_report, taken):
    report = make_report()
    add_file(report)
    add_file(report, name="../../etc/x y.jpg")
    add_file(report, kind=SealedPart.Kind.ORIGINAL)
    broken = add_file(report)
    FileChunk.objects.filter(part=broken, number=2).delete()

    files = taken(report, names=True)

    found = {name: body for name, body in files.items() if name.startswith("files/")}
    assert found == {"files/03-photo-3.jpg": b"abc", "files/04-....etcxy.jpg": b"abc"}
    for line in files.pop("SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files.pop(name)).hexdigest() == digest
    assert files == {}


def test_files_and_decisions_are_read_on_paper_too(make_report, case_room, vault, taken):
    report = make_report()
    add_file(report)
    acts.decide(
        report=report, by=vault, key=case_room, decision=Decision("not_required", reason="Nobody was hurt.")
    )

    files = taken(report)
    for told in (files["report.html"].decode(), files["report.csv"].decode()):
        assert "Nobody was hurt." in told
        assert "SHA-256 as it is kept" in told
        assert hashlib.sha256(b"abc").hexdigest() in told


def test_no_byte_of_a_key_leaves(make_report, case_room, identity_room, vault, taken):
    report = make_report(name="Sam Doe")
    services.answer_reporter(report=report, by=vault, key=case_room, text="An answer.")
    add_file(report)
    whole = b"".join(taken(report, names=True).values())
    secrets = [*case_room.privates.values(), *identity_room.privates.values(), vault.key]
    secrets += [keys.open_index_key(case_room)]
    for part in SealedPart.objects.all():
        room = case_room if part.room == "case" else identity_room
        secrets.append(primitives.open_sealed(room.privates[part.epoch], part.sealed_key))
        secrets += [bytes(part.sealed_key), bytes(part.body)[:32]]
    secrets += [bytes(value) for value in QueueKey.objects.values_list("public_key", flat=True)]
    secrets += [bytes(value) for value in KeyGrant.objects.values_list("sealed_private", flat=True)]
    secrets += [bytes(value) for value in StaffKey.objects.values_list("public_key", flat=True)]
    secrets += [bytes(VaultSite.objects.get().recovery_public), bytes(report.reporter_public)]

    assert b"Sam Doe" in whole
    for secret in secrets:
        for shape in (secret, secret.hex().encode(), secret[:16], secret.hex().encode()[:16]):
            assert shape not in whole
    assert report.code.encode() not in whole


def test_the_log_gets_the_reason_alone_and_a_damaged_report_leaves_none(make_report, vault, taken):
    report = make_report(story="marker")
    taken(report, reason="court")
    event = ReportEvent.objects.get(kind="exported")
    assert event.detail == "court, 1 part"
    assert events.broken_links(report.reference) == []

    with pytest.raises(ValueError, match="because"):
        taken(report, reason="because")
    SealedPart.objects.filter(kind="report").update(body=b"\x01x")
    with pytest.raises(services.Damaged):
        taken(report)
    assert ReportEvent.objects.filter(kind="exported").count() == 1


def test_a_damaged_part_is_said_and_the_others_leave(make_report, case_room, vault, taken):
    report = make_report()
    note = services.add_note(report=report, by=vault, key=case_room, text="A note.")
    SealedPart.objects.filter(pk=note.pk).update(body=b"\x01x")

    files = taken(report)

    parts = json.loads(files["report.json"])["parts"]
    assert [part["damaged"] for part in parts] == [False, True]
    assert "damaged" in files["report.html"].decode()
    assert "He pushed me." in files["report.html"].decode()


def test_what_was_told_is_only_text_in_the_page_to_print(make_report, taken):
    report = make_report(story="<script>alert(1)</script>")
    page = taken(report)["report.html"].decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
