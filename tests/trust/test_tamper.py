"""Sealed rows that were changed, swapped or moved: each is noticed, said, and leaves the others readable."""

from __future__ import annotations

import contextlib
import hashlib
import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reporting import services
from reporting.files import replying
from reporting.files.cleaning import CleanFile
from reporting.files.drafted import CHUNK
from reporting.formtoken import BoxToken
from reporting.models import FileChunk, Report, SealedPart
from reporting.models.rooms import Room
from tests.trust import people
from tests.trust.undone import Undone

pytestmark = [pytest.mark.trust, pytest.mark.django_db]
QUEUE = "/admin/reporting/report/"


def flip(part, rng, name):
    """Turn one bit of a sealed column."""
    blob = bytearray(getattr(part, name))
    blob[rng.randrange(len(blob))] ^= 1 << rng.randrange(8)
    setattr(part, name, bytes(blob))


def other(part, rng, **like):
    """Return another part, of another report unless `like` says which."""
    parts = SealedPart.objects.exclude(pk=part.pk)
    parts = parts.filter(**like) if like else parts.exclude(report=part.report_id)
    return rng.choice(list(parts.order_by("pk")))


def swap(part, rng, names, **like):
    """Put the columns `names` of another part in place of this one's."""
    source = other(part, rng, **like)
    for name in names:
        setattr(part, name, getattr(source, name))


def rekind(part, rng):
    """Call an answer a note, or a note an addition."""
    part.kind = {"note": "addition", "addition": "note", "report": "note", "answer": "note"}.get(
        part.kind, "note"
    )
    part.reporter_key = None


def cut(part, rng):
    """Shorten the body."""
    part.body = bytes(part.body)[: rng.randrange(1, 4000)]


ATTACKS = {
    "bit of the body": lambda part, rng: flip(part, rng, "body"),
    "bit of the key": lambda part, rng: flip(part, rng, "sealed_key"),
    "body of another report": lambda part, rng: swap(part, rng, ["body"]),
    "body and key of another report": lambda part, rng: swap(part, rng, ["body", "sealed_key"]),
    "body and key of the same report": lambda part, rng: swap(
        part, rng, ["body", "sealed_key"], report=part.report_id
    ),
    "key of the same report": lambda part, rng: swap(part, rng, ["sealed_key"], report=part.report_id),
    "another kind": rekind,
    "another room": lambda part, rng: setattr(
        part, "room", Room.IDENTITY if part.room == Room.CASE else Room.CASE
    ),
    "another epoch": lambda part, rng: setattr(part, "epoch", part.epoch + 1),
    "a shorter body": cut,
    "an empty body": lambda part, rng: setattr(part, "body", b""),
    "another version": lambda part, rng: setattr(part, "body", b"\2" + bytes(part.body)[1:]),
}


def move(part, rng):
    """Hang the part, with its number made free, on another report. Return where it hangs now."""
    report = rng.choice(list(Report.objects.exclude(pk=part.report_id).order_by("pk")))
    SealedPart.objects.filter(pk=part.pk).update(report=report, number=90)
    return report


@pytest.fixture
def cast():
    """Return everybody, and four reports with answer, note and addition each."""
    cast = people.gather()
    for number in range(2):
        people.file_report(school=f"School {number}")
    for report in Report.objects.all():
        services.add_note(report=report, by=cast.lead, key=cast.room, text="a note that nobody else reads")
        services.add_to_report(box=BoxToken.new(report.pk, cast.code_a), text="something more")
    return cast


def verified(monkeypatch):
    """Return the lines of `vault_verify` about damaged parts, as the lead."""
    monkeypatch.setattr("getpass.getpass", lambda *_args: people.PASSPHRASE)
    out = StringIO()
    with contextlib.suppress(CommandError):
        call_command("vault_verify", "lead", stdout=out)
    return [line for line in out.getvalue().splitlines() if line.startswith("damaged")]


def test_every_change_of_a_sealed_row_is_noticed(cast, figures, count, monkeypatch):
    rng = random.Random(3)
    lead = cast.clients["lead"]
    assert verified(monkeypatch) == []
    tried = count(36, 1000)
    noticed = listed = shown = 0
    for number in range(tried):
        name = rng.choice([*ATTACKS, "another report"])
        parts = SealedPart.objects.select_related("report").order_by("pk")
        part = rng.choice(list(parts if name != "another kind" else parts.exclude(kind="identity")))
        with Undone():
            if name == "another report":
                report = move(part, rng)
            else:
                report = part.report
                ATTACKS[name](part, rng)
                SealedPart.objects.filter(pk=part.pk).update(
                    body=part.body, sealed_key=part.sealed_key, kind=part.kind, room=part.room,
                    epoch=part.epoch, reporter_key=part.reporter_key,
                )  # fmt: skip
            damaged = verified(monkeypatch)
            noticed += bool(damaged)
            listed += any(report.reference in line for line in damaged)
            # Who wrote is opened only on request; its damage is seen there.
            asked = {"do": "identity"} if part.room == Room.IDENTITY else None
            path = f"{QUEUE}{report.pk}/change/"
            response = lead.post(path, asked, secure=True) if asked else lead.get(path, secure=True)
            shown += response.status_code == 200 and b"damaged" in response.content
            if number % 10 == 0:
                queue = lead.get(QUEUE, secure=True)
                assert queue.status_code == 200
                assert all(row.reference.encode() in queue.content for row in Report.objects.all())

    figures(f"{tried} changes: {noticed} noticed, {listed} listed by vault_verify, {shown} said on the page")
    assert (noticed, listed, shown) == (tried, tried, tried)


def test_an_untouched_row_is_not_called_damaged(cast, monkeypatch):
    part = SealedPart.objects.filter(kind="report").first()
    SealedPart.objects.filter(pk=part.pk).update(body=bytes(part.body))

    assert verified(monkeypatch) == []
    page = cast.clients["lead"].get(f"{QUEUE}{part.report_id}/change/", secure=True)
    assert b"damaged" not in page.content


# --- Files: their chunks, and the part that says what they are ---


def written(body, rng):
    """Return a file as the cleaning leaves it."""
    same = hashlib.sha256(body).hexdigest()
    return CleanFile(f"photo {rng.random()}.jpg", "jpeg", "jpeg", body, same, same, len(body))


@pytest.fixture
def files(cast):
    """Return the two files, of three chunks each, that reports A and B hold: (part, bytes)."""
    rng, found = random.Random(5), []
    for report, code in ((cast.a, cast.code_a), (cast.b, cast.code_b)):
        body = rng.randbytes(2 * CHUNK + 5000)
        box = BoxToken.new(report.pk, code)
        assert replying.add_files(box=box, files=[(written(body, rng), None)], note="", who="")
        found.append((report.parts.select_related("report").get(kind="file"), body))
    return found


def chunk(part, number):
    return FileChunk.objects.get(part=part, number=number)


def put(part, number, **columns):
    FileChunk.objects.filter(part=part, number=number).update(**columns)


def flip_chunk(part, other, rng):
    number = rng.randint(1, 3)
    body = bytearray(chunk(part, number).body)
    body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    put(part, number, body=bytes(body))


def cut_chunk(part, other, rng):
    number = rng.randint(1, 3)
    put(part, number, body=bytes(chunk(part, number).body)[: rng.randrange(1, 5000)])


def lose_chunk(part, other, rng):
    FileChunk.objects.filter(part=part, number=rng.randint(1, 3)).delete()


def end_early(part, other, rng):
    FileChunk.objects.filter(part=part, number=3).delete()
    FileChunk.objects.filter(part=part).update(of=2)


def turn_around(part, other, rng):
    one, two = rng.sample((1, 2), 2)
    first, second = chunk(part, one).body, chunk(part, two).body
    put(part, one, body=second)
    put(part, two, body=first)


def repeat_chunk(part, other, rng):
    put(part, 1, body=chunk(part, 2).body)


def foreign_chunk(part, other, rng):
    number = rng.randint(1, 3)
    put(part, number, body=chunk(other, number).body)


def foreign_key(part, other, rng):
    SealedPart.objects.filter(pk=part.pk).update(sealed_key=other.sealed_key)


def foreign_part(part, other, rng):
    """Leave the chunks, and take what says what they are from another report."""
    SealedPart.objects.filter(pk=part.pk).update(sealed_key=other.sealed_key, body=other.body)


def call_it_original(part, other, rng):
    SealedPart.objects.filter(pk=part.pk).update(kind="reply_file")


FILE_ATTACKS = [
    flip_chunk, cut_chunk, lose_chunk, end_early, turn_around, repeat_chunk, foreign_chunk, foreign_key,
    foreign_part, call_it_original,
]  # fmt: skip


def test_every_change_of_a_file_is_noticed_when_it_is_saved(cast, files, figures, count, monkeypatch):
    rng, lead = random.Random(7), cast.clients["lead"]

    def save(part):
        response = lead.post(f"{QUEUE}{part.report_id}/files/{part.pk}/", secure=True)
        return b"".join(response.streaming_content) if response.streaming else response

    for part, body in files:
        assert save(part) == body
    tried = count(len(FILE_ATTACKS), 300)
    said = listed = 0
    for number in range(tried):
        attack = FILE_ATTACKS[number % len(FILE_ATTACKS)]
        (part, _body), (other, body) = rng.sample(files, 2)
        with Undone():
            attack(part, other, rng)
            listed += any(part.report.reference in row for row in verified(monkeypatch))
            refused = save(part)
            said += getattr(refused, "status_code", 0) == 200 and b"cannot be opened" in refused.content
            assert save(other) == body, attack
    figures(f"{tried} changes of files: {said} said on saving, {listed} listed by vault_verify")
    assert (said, listed) == (tried, tried)
