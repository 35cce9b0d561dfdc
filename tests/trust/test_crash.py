"""A killed server and a killed database: what was acknowledged is there, whole and once."""

from __future__ import annotations

import hashlib
import html
import io
import json
import random
import re
import threading
import time
from http.client import HTTPException

import pytest
from PIL import Image

from tests.trust.server import Cluster, Portal, Visitor, code_on, hidden, story_fields

pytestmark = pytest.mark.trust
SENDERS = 4
# Every how many reports one comes with files: each file is opened by a process of its own, which takes long.
FILES_EVERY = 8
# What the senders know against what the database holds, opened as its reporter and as a reviewer.
LOOK = """
import json
from django.contrib.auth import get_user_model
from django.db import connection
from reporting import keys, services
from reporting.files import sealing
from reporting.models import CASE, FileChunk, Report, SealedPart
from reporting.vault import primitives
told = json.load(open("told.json"))
user = get_user_model().objects.get(username="kit-reviewer-1")
room = keys.open_room(
    staff_private_key=keys.unlock_staff_key(user=user, passphrase=told["passphrase"]), user=user, room=CASE
)
damaged = half = doubled = files = 0
lost = []
for sent in told["sent"]:
    box = services.read_box(code=sent["code"])
    if box is None:
        lost.append(f"report {sent['story'][:20]}")
        continue
    stories, added, sums = [], [], []
    for part in box.report.parts.filter(room=CASE).select_related("report"):
        try:
            content = services.unseal_part(part=part, room=room)
        except services.Damaged:
            damaged += 1
            continue
        stories += [content["answers"]["story"]] if part.kind == "report" else []
        added += [content["text"]] if "text" in content else []
        if part.kind == "file":
            key = primitives.open_sealed(room.privates[part.epoch], part.sealed_key)
            damaged += not sealing.is_whole(part, key, content["sha256"])
            sums.append(content["original_sha256"])
    files += len(sums)
    lost += [f"story {sent['story'][:20]}"] if stories != [sent["story"]] else []
    lost += sorted(set(sent["added"]) - set(added))
    lost += [f"file of {sent['story'][:20]}" for _ in set(sent["files"]) - set(sums)]
    doubled += len(sums) - len(sent["files"]) if len(sums) > len(sent["files"]) else 0
    doubled += len(added) - len(set(added))
for report in Report.objects.all():
    numbers = sorted(report.parts.values_list("number", flat=True))
    kinds = set(report.parts.values_list("kind", flat=True))
    half += numbers != list(range(1, report.part_count + 1)) or not {"report", "identity"} <= kinds
whole = "ok"
if connection.vendor == "sqlite":
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        whole = cursor.fetchone()[0]
print(json.dumps({
    "lost": len(lost), "which": lost, "damaged": damaged, "half": half, "doubled": doubled,
    "files": files, "reports": Report.objects.count(),
    "parts": SealedPart.objects.count(), "integrity": whole,
}))
"""


def picture() -> bytes:
    """Return a small picture like no other."""
    out = io.BytesIO()
    Image.frombytes("RGB", (24, 24), random.randbytes(24 * 24 * 3)).save(out, "PNG")
    return out.getvalue()


class Sender:
    """Sends reports and additions, one after the other, and writes down what it was told.

    A form that got no answer, or 503, is sent again until it gets one, and then once more: a reporter who
    presses the button again. Every answer must show the same code.
    """

    def __init__(self, port: int, name: int) -> None:
        self.port, self.name = port, name
        self.sent: list[dict] = []
        self.additions = self.files = self.resent = self.other_codes = 0
        self.slowest = 0.0
        self.faults: list[str] = []
        self.over = threading.Event()
        self.visitor = Visitor(port)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self.over.is_set():
            try:
                self._send_one()
            except AssertionError as fault:
                self.faults.append(str(fault)[:300])
                break
        self.visitor.close()

    def _until_answered(
        self, path: str, typed: dict, good: str, files: list[tuple[str, bytes]] | None = None
    ) -> tuple[str, bool]:
        """Return (page, whether it had to be sent again). good: text that says it was kept."""
        again = False
        while True:
            began = time.monotonic()
            try:
                if files:
                    status, page = self.visitor.upload(path, typed, files)
                else:
                    status, page = self.visitor.post(path, typed)
            except (OSError, HTTPException):
                status, page = 0, ""
            self.slowest = max(self.slowest, time.monotonic() - began)
            if status == 200 and good in page:
                return page, again
            assert status in {0, 429, 503}, f"{path} answered {status}: {page[-800:]}"
            again = True
            self.resent += 1
            if status == 429:
                self.visitor.close()
                self.visitor = Visitor(self.port)
            time.sleep(0.1)

    def _token(self) -> str:
        while True:
            try:
                status, page = self.visitor.get("/report/")
                if status == 200 and (token := hidden(page, "token")):
                    return token
            except (OSError, HTTPException):
                pass
            time.sleep(0.1)

    def _send_one(self) -> None:
        if len(self.sent) % 40 == 39:
            self.visitor.close()
            self.visitor = Visitor(self.port)
        padding = "x" * random.randint(0, 9000)
        story = f"report {self.name}.{len(self.sent)} {padding} {random.getrandbits(60)}"
        typed = {"token": self._token(), **story_fields(story)}
        files = self._add_files(typed) if len(self.sent) % FILES_EVERY == 0 else []
        page, again = self._until_answered("/report/sent/", typed, 'class="code"')
        sent = {"code": code_on(page), "story": story, "added": [], "files": files}
        self.sent.append(sent)
        for _ in range(2 if again else 0):
            page, _again = self._until_answered("/report/sent/", typed, 'class="code"')
            self.other_codes += code_on(page) != sent["code"]
        if len(self.sent) % 8 == 0:
            self._add_to(sent)

    def _add_files(self, typed: dict) -> list[str]:
        """Put one to three pictures into the draft, each once; return their sums as they were shown kept.

        Without an answer the page is asked for first, as somebody does who looks whether a file is there.
        """
        files = []
        for number in range(random.randint(1, 3)):
            name, body = f"picture-{number}.png", picture()
            while True:
                page, _again = self._until_answered("/report/files/", {**typed, "do": "look"}, "<h1>")
                typed |= {field: html.unescape(hidden(page, field)) for field in ("token", "kept")}
                if name in page:
                    break
                try:
                    status, page = self.visitor.upload(
                        "/report/files/", {"token": typed["token"], "kept": typed["kept"], "do": "add"},
                        [(name, body)],
                    )  # fmt: skip
                except (OSError, HTTPException):
                    status = 0
                assert status in {0, 200, 429, 503}, f"files answered {status}: {page[-800:]}"
                if status == 200 and name in page:
                    break
                assert status != 200, f"refused: {' '.join(re.findall('<p[^>]*>[^<]*', page))[:600]}"
                time.sleep(0.2)
            typed |= {field: html.unescape(hidden(page, field)) for field in ("token", "kept")}
            files.append(hashlib.sha256(body).hexdigest())
        self.files += len(files)
        return files

    def _add_to(self, sent: dict) -> None:
        page, _again = self._until_answered("/report/return/", {"code": sent["code"]}, 'name="box"')
        typed = {
            "box": hidden(page, "box"),
            "text": f"addition {self.name}.{self.additions} {random.getrandbits(60)}",
        }
        _page, again = self._until_answered("/report/return/", typed, "")
        self.additions += 1
        sent["added"].append(typed["text"])
        for _ in range(2 if again else 0):
            self._until_answered("/report/return/", typed, "")


def storm(portal: Portal, cluster: Cluster | None, kills: int, sendings: int, additions: int) -> dict:
    """Send while everything is killed again and again; return what was told and how it went.

    Every third kill is the database itself when there is one of our own.
    """
    portal.start()
    crowd = [Sender(portal.port, name) for name in range(SENDERS)]
    for sender in crowd:
        sender.thread.start()
    done, deadline = 0, time.monotonic() + 3600
    try:
        while time.monotonic() < deadline and not any(sender.faults for sender in crowd):
            enough = sum(len(sender.sent) for sender in crowd) >= sendings
            enough = enough and sum(sender.additions for sender in crowd) >= additions
            if done == kills and enough:
                break
            time.sleep(random.uniform(0.05, 1.5))
            if done == kills:
                continue
            done += 1
            if cluster and done % 3 == 0:
                cluster.kill()
                cluster.start()
            else:
                portal.kill()
                portal.start()
    finally:
        for sender in crowd:
            sender.over.set()
        for sender in crowd:
            sender.thread.join(60)
    return {
        "kills": done,
        "sent": [sent for sender in crowd for sent in sender.sent],
        "additions": sum(sender.additions for sender in crowd),
        "files": sum(sender.files for sender in crowd),
        "resent": sum(sender.resent for sender in crowd),
        "other_codes": sum(sender.other_codes for sender in crowd),
        "slowest": max(sender.slowest for sender in crowd),
        "faults": [fault for sender in crowd for fault in sender.faults],
        "unfinished": sum(sender.thread.is_alive() for sender in crowd),
    }


def look(portal: Portal, told: dict, passphrase: str) -> dict:
    """Return what of `told` the database lost, damaged, halved or doubled."""
    (portal.folder / "told.json").write_text(json.dumps({**told, "passphrase": passphrase}))
    return portal.run(LOOK)


def _survives(portal: Portal, cluster: Cluster | None, figures, kills, sendings, additions) -> None:
    kit = portal.prepare()
    try:
        told = storm(portal, cluster, kills, sendings, additions)
        found = look(portal, told, kit["passphrase"])
    finally:
        portal.kill()
    figures(
        f"{told['kills']} kills, {len(told['sent'])} reports, {told['additions']} additions, "
        f"{told['files']} files, {told['resent']} sent again, slowest answer {told['slowest']:.1f} s; "
        f"lost {found['lost']}, "
        f"damaged {found['damaged']}, half {found['half']}, doubled {found['doubled']}, "
        f"other codes {told['other_codes']}, integrity {found['integrity']}"
    )
    assert told["faults"] == []
    assert told["unfinished"] == 0
    assert (told["kills"], told["other_codes"]) == (kills, 0)
    assert len(told["sent"]) >= sendings
    assert told["additions"] >= additions
    assert found["files"] >= told["files"] > 0
    assert told["slowest"] < 20
    assert found["which"] == []
    assert {name: found[name] for name in ("lost", "damaged", "half", "doubled")} == dict.fromkeys(
        ("lost", "damaged", "half", "doubled"), 0
    )
    assert found["integrity"] == "ok"
    # Nobody else sent anything, and each code is one report.
    assert found["reports"] == len({sent["code"] for sent in told["sent"]}) == len(told["sent"])


def test_kills_lose_nothing_on_sqlite(sqlite_turn, tmp_path, figures, count):
    _survives(Portal(tmp_path), None, figures, count(2, 200), count(20, 5000), count(1, 500))


def test_kills_lose_nothing_on_postgresql(postgresql_turn, tmp_path, figures, count):
    cluster = Cluster(tmp_path)
    try:
        portal = Portal(tmp_path, cluster.url)
        _survives(portal, cluster, figures, count(3, 200), count(20, 5000), count(1, 500))
    finally:
        cluster.stop()


def test_a_loss_a_damage_a_half_and_a_double_are_found(sqlite_turn, tmp_path):
    portal = Portal(tmp_path)
    kit = portal.prepare()
    told = {
        "sent": portal.run(
            """
import json
from reporting import services
from reporting.formtoken import BoxToken, Filing
sent = []
for number in range(4):
    filing = Filing.new()
    services.file_report(filing=filing, answers={"story": f"story {number}"})
    report = services.read_box(code=filing.code).report
    for _ in range(1 + (number == 3)):
        services.add_to_report(box=BoxToken.new(report.pk, filing.code), text="more")
    sent.append({"code": filing.code, "story": f"story {number}", "added": ["more"], "files": []})
print(json.dumps(sent))
"""
        )
    }
    before = look(portal, {"sent": told["sent"][:3]}, kit["passphrase"])
    assert (before["lost"], before["damaged"], before["half"], before["doubled"]) == (0, 0, 0, 0)
    portal.run(
        """
import json
from reporting import services
from reporting.models import Report
codes = [sent["code"] for sent in json.load(open("told.json"))["sent"]]
one, two, three = (services.read_box(code=code).report for code in codes)
one.delete()
part = two.parts.get(kind="addition")
part.body = bytes(part.body)[:-1] + bytes([bytes(part.body)[-1] ^ 1])
part.save()
three.parts.filter(kind="identity").delete()
print("{}")
"""
    )
    after = look(portal, told, kit["passphrase"])
    # The report that is gone, and the addition that no longer opens.
    assert (after["lost"], after["damaged"], after["half"], after["doubled"]) == (2, 1, 1, 1)
