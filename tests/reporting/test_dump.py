"""A stolen database: nothing that was told is in it, in any spelling."""

from __future__ import annotations

import base64
import threading

import pytest
from django.db import close_old_connections, connection

from portal.lib import codes
from reporting import keys, services
from reporting.drafts import save_draft
from reporting.formtoken import BoxToken, Filing
from reporting.models import Draft, Report, SealedPart

FIELDS = (
    "story",
    "officer_name",
    "badge",
    "agency",
    "looks",
    "school",
    "when",
    "injury",
    "name",
    "contact",
    "safe_contact",
)


def marker(field, number=0):
    return f"MARKER{number}{field.replace('_', '')}QZX"


def spellings(text):
    """Return `text` as it could stand in a dump: raw, lower, UTF-16, hex, base64 at each of three offsets."""
    raw = text.encode()
    found = {raw, raw.lower(), text.encode("utf-16-le"), raw.hex().encode(), raw.hex().upper().encode()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        # Only the letters that stand for whole bytes of the marker, whatever stands around it.
        found.add(encoded[(offset * 8 + 5) // 6 : -4])
    return found


def dump():
    """Return every value of every row of every table, as bytes, in raw and in hex."""
    pieces = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for value in row:
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    pieces += [raw, raw.hex().encode()]
    return b"\n".join(pieces)


def hits(haystack, words):
    return {word for word in words for spelled in spellings(word) if spelled in haystack}


def test_no_word_of_any_report_draft_note_answer_or_code_is_in_the_dump(vault, case_room):
    words = []
    for number in range(12):
        answers = {field: marker(field, number) for field in FIELDS}
        answers["county"] = "van-buren"
        filing = Filing.new()
        services.file_report(filing=filing, answers=answers)
        report = services.read_box(code=filing.code).report
        extra = [marker(kind, number) for kind in ("note", "answer", "addition", "draft")]
        services.add_note(report=report, by=vault, key=case_room, text=extra[0])
        services.answer_reporter(report=report, by=vault, key=case_room, text=extra[1])
        services.add_to_report(box=BoxToken.new(report.pk, filing.code), text=extra[2])
        save_draft(Filing.new(), {"story": extra[3]})
        words += [*extra, *(marker(field, number) for field in FIELDS)]
        words += [filing.code, codes.shown(filing.code), filing.draft_key.hex()]
    room_key = case_room.privates[1].hex()

    haystack = dump()

    assert Draft.objects.count() == 12
    assert hits(haystack, [*words, "van-buren", "Van Buren", room_key]) == set()
    assert vault.key not in haystack
    assert case_room.privates[1] not in haystack


def test_the_scan_finds_a_planted_word(vault):
    filing = Filing.new()
    services.file_report(filing=filing, answers={"story": "x"})
    planted = marker("planted")
    Report.objects.update(code_cost=planted)
    assert hits(dump(), [planted]) == {planted}
    Report.objects.update(code_cost=base64.b64encode(b"ab" + planted.encode())[:40].decode())
    assert hits(dump(), [planted]) == {planted}
    SealedPart.objects.filter(kind="report").update(body=planted.encode("utf-16-le"))
    assert hits(dump(), [planted]) == {planted}


@pytest.mark.django_db(transaction=True)
def test_twenty_copies_of_one_form_at_once_make_one_report(vault):
    # An in-memory database belongs to one thread.
    threads = 1 if connection.vendor == "sqlite" and connection.is_in_memory_db() else 20
    filing = Filing.new()
    receipts, faults = [], []

    def send():
        try:
            receipts.append(services.file_report(filing=filing, answers={"story": "One."}))
        except Exception as fault:
            faults.append(fault)
        finally:
            close_old_connections()
            if threads > 1:
                connection.close()

    if threads == 1:
        send()
    else:
        crowd = [threading.Thread(target=send) for _ in range(threads)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()

    assert faults == []
    assert {receipt.code for receipt in receipts} == {filing.code}
    assert [receipt.is_new for receipt in receipts].count(True) == 1
    assert Report.objects.count() == 1
    assert SealedPart.objects.count() == 2
    assert keys.vault_is_open()
