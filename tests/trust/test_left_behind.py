"""What stays behind: nothing of an erased report in the file of the database, and no edit of the log unseen.

Each step of erasing is in tests/reporting/test_erasing.py.
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from reporting import events, services
from reporting.models import Report, ReportEvent
from tests.trust import people
from tests.trust.server import Portal
from tests.trust.undone import Undone

pytestmark = pytest.mark.trust
TELL = """
import hashlib, json, random
from django.contrib.auth import get_user_model
from reporting import keys, services
from reporting.files import replying
from reporting.files.cleaning import CleanFile
from reporting.formtoken import BoxToken, Filing
from reporting.models import CASE, FileChunk, Report
told = json.load(open("told.json"))
user = get_user_model().objects.get(username="kit-reviewer-1")
room = keys.open_room(
    staff_private_key=keys.unlock_staff_key(user=user, passphrase=told["passphrase"]), user=user, room=CASE
)
found = []
for number in range(told["reports"]):
    filing = Filing.new()
    services.file_report(filing=filing, answers={"story": "x" * random.randint(1, 9000), "name": "Sam"})
    report = services.read_box(code=filing.code).report
    services.add_note(report=report, by=user, key=room, text="a note")
    services.answer_reporter(report=report, by=user, key=room, text="an answer")
    box = BoxToken.new(report.pk, filing.code)
    services.add_to_report(box=box, text="more")
    body = random.randbytes(random.randint(100, 1_200_000) if number % 5 == 0 else 100)
    same = hashlib.sha256(body).hexdigest()
    clean = CleanFile("photo.jpg", "jpeg", "jpeg", body, same, same, len(body))
    replying.add_files(box=box, files=[(clean, None)], note="", who="")
    report = Report.objects.get(pk=report.pk)
    sealed = [bytes(part.body)[-48:] for part in report.parts.all()]
    sealed += [bytes(chunk.body)[at:][:48] for chunk in FileChunk.objects.filter(part__report=report)
               for at in (100, len(chunk.body) // 2, len(chunk.body) - 48)]
    sealed += [bytes(report.reporter_wrapped), report.lookup.encode(), report.reference.encode()]
    found.append({"code": filing.code, "id": str(report.pk), "sealed": [piece.hex() for piece in sealed]})
print(json.dumps(found))
"""
ERASE = """
import datetime as dt, json
from collections import Counter
from django.contrib.auth import get_user_model
from django.utils import timezone
from reporting import erasing, services
from reporting.models import FileChunk, Report, SealedPart
told = json.load(open("told.json"))
user = get_user_model().objects.get(username="kit-reviewer-1")
for report in Report.objects.filter(pk__in=told["erase"]):
    services.set_status(report=report, by=user, status="spam")
Report.objects.filter(pk__in=told["erase"]).update(erase_on=timezone.localdate())
steps = Counter()
for days in (0, 400, 800):
    steps += erasing.erase_due(timezone.now() + dt.timedelta(days=days))
print(json.dumps({
    "steps": steps, "reports": Report.objects.count(), "parts": SealedPart.objects.count(),
    "open": [services.read_box(code=code) is not None for code in told["codes"]],
}))
"""


def test_no_byte_of_erased_reports_is_in_the_file_of_the_database(full_only, sqlite_turn, tmp_path, figures):
    import json

    portal = Portal(tmp_path)
    kit = portal.prepare()

    def tell(told, code):
        (tmp_path / "told.json").write_text(json.dumps(told))
        return portal.run(code)

    found = tell({"passphrase": kit["passphrase"], "reports": 60}, TELL)
    erased, kept = found[:50], found[50:]

    def pieces_in_files(reports):
        files = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("portal.sqlite3*")))
        return sum(bytes.fromhex(piece) in files for report in reports for piece in report["sealed"])

    pieces = sum(len(report["sealed"]) for report in erased)
    assert pieces_in_files(erased) == pieces  # what is looked for would be found
    after = tell(
        {"erase": [report["id"] for report in erased], "codes": [report["code"] for report in found]}, ERASE
    )
    left = pieces_in_files(erased)
    figures(
        f"50 reports erased in steps {after['steps']}: {left} of {pieces} pieces left in the raw file, "
        f"{sum(after['open'][:50])} of 50 codes open anything; {after['reports']} others stay whole"
    )
    assert left == 0
    assert after["open"] == [False] * 50 + [True] * 10
    assert after["reports"] == 10
    assert pieces_in_files(kept) == sum(len(report["sealed"]) for report in kept)


EDITS = {
    "who": lambda event, rng: {"actor_name": event.actor_name + "x"},
    "when": lambda event, rng: {"at": event.at + timedelta(seconds=rng.randint(1, 10**6))},
    "what": lambda event, rng: {"kind": "noted" if event.kind != "noted" else "read"},
    "detail": lambda event, rng: {"detail": event.detail + "x"},
    "its hash": lambda event, rng: {"detail_hash": "0" * 64},
    "number": lambda event, rng: {"number": event.number + 1000},
    "report": lambda event, rng: {"subject": "R-22222222"},
    "chain": lambda event, rng: {"chain": "0" * 64},
    "previous": lambda event, rng: {"previous": "1" * 64},
    "gone": None,
}


@pytest.mark.django_db
def test_every_edit_of_the_read_log_is_noticed(figures, count):
    rng, cast = random.Random(11), people.gather()
    for report in Report.objects.all():
        for status in ("reading", "waiting", "working", "reading", "working"):
            services.set_status(report=report, by=cast.lead, status=status)
    subjects = sorted({event.subject for event in ReportEvent.objects.all()})
    assert [events.broken_links(subject) for subject in subjects] == [[]] * len(subjects)
    # Nothing follows the newest event of a subject, so that one taken away is not missed there.
    followed = [
        event
        for event in ReportEvent.objects.all()
        if ReportEvent.objects.filter(subject=event.subject, number=event.number + 1).exists()
    ]
    tried = count(20, 100)
    noticed = 0
    for number in range(tried):
        edit = list(EDITS.values())[number % len(EDITS)]
        event = rng.choice(followed)
        rows = ReportEvent.objects.filter(pk=event.pk)
        with Undone():
            rows.update(**edit(event, rng)) if edit else rows.delete()
            noticed += any(events.broken_links(subject) for subject in [*subjects, "R-22222222"])
    figures(f"{tried} edits of the read log, {noticed} noticed")
    assert noticed == tried
