"""A stolen machine: whatever was told is in no dump, data file, log, journal, temporary folder or mail.

The short form, in one process, is tests/reporting/test_dump.py.
"""

from __future__ import annotations

import base64
import html
import io
import json
import os
import random
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from portal.lib import codes
from tests.trust import walker
from tests.trust.server import Cluster, Portal, Visitor, code_on, hidden, story_fields
from tests.trust.staff import Staff

pytestmark = pytest.mark.trust
REPORTS = 300
# So often one report more is filed, with a file.
FILES_EVERY = 3
# Every marker word begins so: long enough to be found in base64 at any offset, like nothing else.
STEM = "Qzx7MarkerWord4Kj"
# Notes, answers and additions to a few reports, as staff and reporters leave them.
WORK = """
import json
from django.contrib.auth import get_user_model
from reporting import keys, services
from reporting.formtoken import BoxToken
from reporting.files import staff as files
from reporting.files.sealing import opened_pieces
from reporting.models import CASE, IDENTITY, SealedPart
told = json.load(open("told.json"))
user = get_user_model().objects.get(username="kit-reviewer-1")
room = keys.open_room(
    staff_private_key=keys.unlock_staff_key(user=user, passphrase=told["passphrase"]), user=user, room=CASE
)
for number, code in enumerate(told["codes"]):
    report = services.read_box(code=code).report
    services.add_note(report=report, by=user, key=room, text=f"{told['stem']}note{number}")
    services.answer_reporter(report=report, by=user, key=room, text=f"{told['stem']}answer{number}")
    services.add_to_report(box=BoxToken.new(report.pk, code), text=f"{told['stem']}addition{number}")
lead = get_user_model().objects.get(username="kit-lead")
identity = keys.open_room(
    staff_private_key=keys.unlock_staff_key(user=lead, passphrase=told["passphrase"]),
    user=lead,
    room=IDENTITY,
)
original = SealedPart.objects.select_related("report").filter(kind="original").first()
opened = files._whole(original, identity)
print(json.dumps(told["stem"].encode() in b"".join(opened_pieces(original, opened.key))))
"""


def spellings(text):
    """Return `text` as it could stand in a file: raw, lower, upper, UTF-16, hex, base64 at three offsets."""
    raw = text.encode()
    found = {raw, raw.lower(), raw.upper(), text.encode("utf-16-le"), text.encode("utf-16-be")}
    found |= {raw.hex().encode(), raw.hex().upper().encode()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        # Only the letters that stand for whole bytes of the marker, whatever stands around it.
        found.add(encoded[(offset * 8 + 5) // 6 : -4])
        found.add(base64.urlsafe_b64encode(b"\0" * offset + raw)[(offset * 8 + 5) // 6 : -4])
    return found


def files(folder):
    """Yield every file below `folder`, with the class it belongs to."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and path.name not in {"told.json", "secret_key", "vault_pepper"}:
            yield path


def hits(folder, words):
    """Return which files hold any of `words`, in any spelling; for many codes see `holds_codes`."""
    wanted = [spelled for word in words for spelled in spellings(word)]
    return sorted(
        str(path.relative_to(folder))
        for path in files(folder)
        if any(word in path.read_bytes() for word in wanted)
    )


def holds_codes(folder, found_codes, list_file):
    """Return the files that hold any check-back code, as it is kept or as it is shown."""
    words = {
        text
        for code in found_codes
        for text in (code, codes.shown(code), code.lower(), codes.shown(code).lower())
    }
    list_file.write_text("\n".join(sorted(words)) + "\n")
    done = subprocess.run(
        ["grep", "-rlaF", "-f", str(list_file), str(folder)], capture_output=True, text=True, check=False
    )
    return [line for line in done.stdout.splitlines() if not line.endswith("told.json")]


def dump(portal, cluster):
    """Write the database as text into the portal's folder."""
    target = portal.folder / "dump.sql"
    if cluster:
        with target.open("wb") as file:
            subprocess.run([str(cluster.bin / "pg_dump"), cluster.url], stdout=file, check=True)
    else:
        with sqlite3.connect(portal.folder / "portal.sqlite3") as connection:
            target.write_text("\n".join(connection.iterdump()))
        connection.close()
    return target


def send(visitor, number):
    """File one report, every text field a marker; return its code and the fields that were filled."""
    rng = random.Random(number)

    def chosen(values):
        return [rng.choice(values)] if values else []

    def ask(address, pairs):
        from urllib.parse import urlencode

        return visitor.ask(
            "POST", address, urlencode(pairs).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        )

    _status, page = visitor.get("/report/")
    page, names = walker.walk(ask, page, "/report/", lambda name: f"{STEM}{number}{name}", chosen)
    return code_on(page), names


def send_a_file(visitor, number):
    """File one report with a picture whose original is kept; markers in its name, its details, its notes."""
    details, body = PngImagePlugin.PngInfo(), io.BytesIO()
    details.add_text("Comment", f"{STEM}{number}detail")
    Image.new("RGB", (24, 24), "teal").save(body, "PNG", pnginfo=details)
    _status, page = visitor.get("/report/")
    typed = {"token": hidden(page, "token"), **story_fields(f"{STEM}{number}besideafile")}
    _status, page = visitor.post("/report/files/", {**typed, "do": "look"})
    carried = {field: html.unescape(hidden(page, field)) for field in ("token", "kept")}
    name = f"{STEM}{number}name.png"
    _status, page = visitor.upload(
        "/report/files/", {**carried, "do": "add", "keep_original": "1"}, [(name, body.getvalue())]
    )
    assert name in page
    carried = {field: html.unescape(hidden(page, field)) for field in ("token", "kept")}
    notes = {field: f"{STEM}{number}{field}" for field in re.findall(r'name="((?:note|who)-[^"]+)"', page)}
    assert notes
    _status, page = visitor.post("/report/files/", {**carried, **notes, "do": "done"})
    carried = {field: html.unescape(hidden(page, field)) for field in ("token", "kept")}
    _status, page = visitor.post("/report/sent/", {**typed, **carried})
    return code_on(page)


def leave_a_draft(visitor, number):
    """Begin a report and go away."""
    _status, page = visitor.get("/report/")
    form = next(form for form in walker.forms_of(page) if form.method == "post")
    _status, page = visitor.post(form.action, dict(form.values))
    form = next(form for form in walker.forms_of(page) if form.method == "post")
    visitor.post(
        form.action, dict(walker.filled(form, lambda name: f"{STEM}draft{number}{name}", lambda _v: []))
    )


def live(portal, cluster, reports):
    """File reports, leave drafts, work on them as staff, and stop.

    Return (codes, names of filled fields, whether staff could save an original with the marker in it).
    """
    kit = portal.prepare()
    portal.start()
    found, names = [], set()
    try:
        for number in range(reports):
            visitor = Visitor(portal.port)
            code, filled = send(visitor, number)
            if number % 6 == 0:
                leave_a_draft(visitor, number)
            if number % 10 == 0:
                # A look at the answers, and a code with a slip in it.
                visitor.post("/report/return/", {"code": code})
                visitor.post("/report/return/", {"code": code[:-1] + ("A" if code[-1] != "A" else "B")})
            if number % FILES_EVERY == 0:
                found.append(send_a_file(visitor, number))
            visitor.close()
            found.append(code)
            names |= filled
        (portal.folder / "told.json").write_text(
            json.dumps({"passphrase": kit["passphrase"], "codes": found, "stem": STEM})
        )
        saved = portal.run(WORK)
        staff = Staff(portal.port, "kit-lead", kit)
        staff.read_everything()
        staff.close()
    finally:
        portal.kill()
    return found, names, saved


def _scan(portal, cluster, figures, reports, tmp_path_factory):
    temporary = portal.folder / "tmp"
    temporary.mkdir()
    portal.env["TMPDIR"] = str(temporary)
    found, names, saved = live(portal, cluster, reports)
    dump(portal, cluster)
    sizes = sum(path.stat().st_size for path in files(portal.folder))
    told = hits(portal.folder, [STEM])
    betrayed = holds_codes(portal.folder, found, tmp_path_factory.mktemp("words") / "codes")

    figures(
        f"{len(found)} reports with markers in {len(names)} text fields, {len(found) - reports} of them with "
        f"files, {len(found)} codes, "
        f"{sum(1 for _ in files(portal.folder))} files of {sizes // 2**20} MiB: {len(told)} with a marker, "
        f"{len(betrayed)} with a code"
    )
    assert "story" in " ".join(names)
    assert saved
    assert (told, betrayed) == ([], [])
    _planted_words_are_found(portal, cluster)


def _planted_words_are_found(portal, cluster):
    """Put the marker in clear into a row, and see it in the dump and in the data files."""
    portal.run(
        f"""
import json
from reporting.models import Report
Report.objects.filter(pk=Report.objects.first().pk).update(code_cost={STEM!r})
print("[]")
"""
    )
    dump(portal, cluster)
    if cluster:
        cluster.stop()
        cluster.start()
    found = hits(portal.folder, [STEM])
    assert "dump.sql" in found
    if cluster:
        assert any("/pg_wal/" in name for name in found)
        assert any("/base/" in name for name in found)
    else:
        assert "portal.sqlite3" in found


def test_nothing_told_is_on_the_disk_of_a_portal_on_sqlite(
    full_only, sqlite_turn, tmp_path, figures, tmp_path_factory
):
    _scan(Portal(tmp_path), None, figures, REPORTS, tmp_path_factory)


def test_nothing_told_is_on_the_disk_of_a_portal_on_postgresql(
    full_only, postgresql_turn, tmp_path, figures, tmp_path_factory
):
    cluster = Cluster(tmp_path)
    try:
        _scan(Portal(tmp_path, cluster.url), cluster, figures, REPORTS, tmp_path_factory)
    finally:
        cluster.stop()


@pytest.mark.parametrize("spelled", sorted(spellings(STEM)))
def test_a_word_in_any_spelling_is_found_in_any_file(tmp_path, spelled):
    (tmp_path / "clean.log").write_bytes(os.urandom(3000))
    assert hits(tmp_path, [STEM]) == []
    (tmp_path / "server.log").write_bytes(os.urandom(1000) + spelled + os.urandom(1000))
    assert hits(tmp_path, [STEM]) == ["server.log"]
