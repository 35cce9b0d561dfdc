"""Sealed rows that were changed, swapped or moved: each is noticed, said, and leaves the others readable."""

from __future__ import annotations

import contextlib
import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reporting import services
from reporting.formtoken import BoxToken
from reporting.models import Report, SealedPart
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
