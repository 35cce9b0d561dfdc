"""How long reports are kept, the legal hold, and what is left of an erased report."""

from __future__ import annotations

import datetime as dt
import io
import uuid

import pytest
from django.core.management import call_command
from django.db import connection, models, transaction
from django.utils import timezone

from portal.lib import codes
from reporting import erasing, events, facets, keys, retention, services
from reporting.formtoken import BoxToken
from reporting.models import (
    CASE,
    Conflict,
    Erasure,
    Facet,
    FileChunk,
    Held,
    Label,
    Notice,
    Report,
    ReportBlock,
    ReportEvent,
    ReportLink,
    SealedPart,
    Tombstone,
)
from reporting.triage import acts

TOKEN = "ab" * 16


@pytest.fixture
def let_in(vault, make_member):
    """Return a function that makes a member who can read reports."""

    def make(name):
        user = make_member(name)
        keys.grant_rooms(by=vault, by_key=vault.key, to=user, rooms=[CASE])
        return user

    return make


@pytest.fixture
def full(make_report, vault, case_room):
    """Return a report with everything that can hang on one."""
    report, other = make_report(name="Sam"), make_report()
    services.add_note(report=report, by=vault, key=case_room, text="A note.")
    services.answer_reporter(report=report, by=vault, key=case_room, text="An answer.")
    part = report.parts.get(kind="note")
    FileChunk.objects.create(part=part, number=1, of=1, body=b"\x01chunk")
    facets.add_facet(report_id=report.pk, kind="school", of=TOKEN)
    facets.keep_label("school", TOKEN, "A school")
    Report.objects.filter(pk=report.pk).update(indexed=True)
    one, two = sorted([report, other], key=lambda each: each.pk)
    ReportLink.objects.create(one=one, other=two, verdict="same")
    ReportBlock.objects.create(report=report, member=vault)
    Report.objects.filter(pk=other.pk).update(duplicate_of=report)
    with transaction.atomic():
        events.record(
            kind=ReportEvent.Kind.LINKED, by=vault, report=other, detail=f"same as {report.reference}"
        )
    Report.objects.filter(pk=report.pk).update(unread=False)
    report.refresh_from_db()
    report.other = other
    return report


def decide(report, by):
    """Decide on the duty to report, which comes before closing."""
    room = keys.open_room(staff_private_key=by.key, user=by, room=CASE)
    acts.decide(report=report, by=by, key=room, decision=acts.Decision("not_required", reason="A test."))


def close(report, by, days_ago=0):
    """Close the report, so many days ago."""
    decide(report, by)
    services.set_status(report=report, by=by, status="closed")
    day = timezone.localdate() + retention.keep_for("standard") - dt.timedelta(days=days_ago)
    Report.objects.filter(pk=report.pk).update(erase_on=day)
    report.refresh_from_db()
    return report


def run(*args):
    out = io.StringIO()
    call_command("erase_reports", *args, stdout=out)
    return out.getvalue()


def rows_of(report):
    """Return how many rows of each model still point at the report."""
    return {
        model.__name__: count
        for model, name in erasing._hanging_on_reports()
        if (count := model._default_manager.filter(**{name: report.pk}).count())
    }


# --- Classes and days ---


def test_closing_sets_a_day_opening_takes_it_back_and_spam_goes_soon(make_report, vault, settings):
    settings.KEEP_REPORTS_DAYS = {"standard": 700, "short": 40, "long": 3000}
    report, today = make_report(), timezone.localdate()
    assert report.erase_on is None

    assert close(report, vault).erase_on == today + dt.timedelta(days=700)
    report = services.set_status(report=report, by=vault, status="working")
    assert (report.erase_on, report.retention) == (None, "standard")
    report = services.set_status(report=report, by=vault, status="spam")
    assert (report.erase_on, report.retention) == (today + dt.timedelta(days=40), "short")
    report = services.set_status(report=report, by=vault, status="closed")
    assert (report.erase_on, report.retention) == (today + dt.timedelta(days=700), "standard")

    report = retention.set_retention(report=report, by=vault, retention="long")
    assert report.erase_on == today + dt.timedelta(days=3000)
    report = services.set_status(report=report, by=vault, status="spam")
    assert report.retention == "long"
    kept = list(report.events.filter(kind="kept").values_list("detail", flat=True))
    assert kept == ["standard to long"]
    with pytest.raises(ValueError):
        retention.set_retention(report=report, by=vault, retention="for ever")


def test_a_shorter_class_never_erases_at_once(make_report, vault):
    report = make_report()
    report = retention.set_retention(report=report, by=vault, retention="long")
    report = close(report, vault)
    Report.objects.update(erase_on=timezone.localdate() + dt.timedelta(days=3))

    report = retention.set_retention(report=report, by=vault, retention="standard")

    assert report.erase_on == timezone.localdate() + retention.NOTICE_OF


def test_the_code_tells_the_week_of_erasing_and_none_under_a_hold(make_report, vault, client):
    report = make_report()
    assert services.read_box(code=report.code).erase_week is None
    close(report, vault)

    week = services.read_box(code=report.code).erase_week
    report.refresh_from_db()
    assert week.weekday() == 0
    assert dt.timedelta(0) <= report.erase_on - week < dt.timedelta(days=7)
    page = client.post("/report/return/", {"code": report.code}, secure=True).content.decode()
    assert "We will erase all of this in the week of" in page
    retention.set_hold(report=report, by=vault, held=True)
    assert services.read_box(code=report.code).erase_week is None


def test_durations_in_words(settings):
    settings.KEEP_REPORTS_DAYS = {"standard": 730, "short": 30, "long": 365}
    assert [retention.in_words(kind) for kind in ("standard", "short", "long")] == [
        "2 years",
        "30 days",
        "1 year",
    ]


def test_the_privacy_page_says_how_long_reports_are_kept(client, db, settings):
    settings.KEEP_REPORTS_DAYS = {"standard": 1095, "short": 33, "long": 3650}
    page = client.get("/privacy/", secure=True).content.decode()
    assert "3 years after we close it" in page
    assert "Spam goes after 33 days" in page


# --- In steps, by schedule ---


def test_a_report_goes_in_three_steps_and_each_is_complete(full, vault):
    before = retention.keep_for("standard").days
    close(full, vault, days_ago=before - 14)
    assert "1 reports lost the name and contact" in run("--dry-run")
    assert full.parts.filter(room="identity").exists()

    run()
    assert not full.parts.filter(room="identity").exists()
    assert full.parts.filter(room="case").count() == 4  # report, note, answer, decision

    Report.objects.filter(pk=full.pk).update(erase_on=timezone.localdate())
    assert "1 reports lost story and files" in run()
    assert rows_of(full) == {"ReportBlock": 1}
    assert not FileChunk.objects.exists()
    assert not Label.objects.exists()
    full.refresh_from_db()
    assert full.is_emptied
    assert (full.kind, full.division, full.assigned_to_id) == ("unknown", "unknown", None)
    assert (bytes(full.reporter_public), bytes(full.reporter_wrapped)) == (b"", b"")
    full.other.refresh_from_db()
    assert full.other.duplicate_of_id is None

    Report.objects.filter(pk=full.pk).update(erase_on=timezone.localdate() - retention.SHELL_FOR)
    assert "1 emptied reports are gone" in run()
    assert not Report.objects.filter(pk=full.pk).exists()
    assert rows_of(full) == {}
    assert Tombstone.objects.get().rule == "standard"
    assert Report.objects.filter(pk=full.other.pk).exists()


def test_no_day_no_erasing_and_what_nobody_has_read_waits(make_report, vault):
    open_one, closed, spam = make_report(), make_report(), make_report()
    decide(closed, vault)
    services.set_status(report=closed, by=vault, status="closed")
    services.set_status(report=spam, by=vault, status="spam")
    Report.objects.filter(pk__in=[closed.pk, spam.pk]).update(erase_on=timezone.localdate())

    said = run()

    assert (open_one.parts.count(), closed.parts.count()) == (2, 3)  # the closed one with its decision
    assert spam.parts.count() == 0
    assert "1 wait: their reporter added something" in said
    Report.objects.filter(pk=closed.pk).update(unread=False)
    run()
    assert closed.parts.count() == 0


def test_nothing_is_added_to_an_emptied_report_and_its_code_is_as_unknown(make_report, vault, client):
    report = make_report()
    box = BoxToken.new(report.pk, report.code)
    close(report, vault)
    Report.objects.update(erase_on=timezone.localdate(), unread=False)
    page_of = lambda code: client.post("/report/return/", {"code": code}, secure=True)  # noqa: E731
    assert "Our answers" in page_of(report.code).content.decode()
    run()

    emptied, unknown = page_of(report.code), page_of(codes.new_code())

    assert emptied.status_code == unknown.status_code == 200
    assert emptied.content.decode().count("found no") == unknown.content.decode().count("found no")
    assert "Our answers" not in emptied.content.decode()
    with pytest.raises(services.Gone):
        services.add_to_report(box=box, text="One more thing.")
    # Opening it again brings nothing back and does not keep the row for ever.
    assert services.set_status(report=report, by=vault, status="working").erase_on is not None


def test_who_was_tied_to_a_report_does_not_see_its_emptied_row(full, vault, make_member):
    ReportBlock.objects.all().delete()
    tied, free = make_member("tied"), make_member("free")
    Conflict.objects.create(member=tied, kind="school", token=TOKEN)
    Label.objects.filter(token=TOKEN).exists()
    close(full, vault)
    Report.objects.filter(pk=full.pk).update(erase_on=timezone.localdate())
    run()

    assert Report.objects.visible_to(free).filter(pk=full.pk).exists()
    assert not Report.objects.visible_to(tied).filter(pk=full.pk).exists()
    # The conflict still needs the school's name.
    assert Label.objects.filter(token=TOKEN).exists()


def test_a_word_another_report_uses_stays(full, vault):
    facets.add_facet(report_id=full.other.pk, kind="school", of=TOKEN)
    close(full, vault)
    Report.objects.filter(pk=full.pk).update(erase_on=timezone.localdate())
    run()
    assert Facet.objects.get().report_id == full.other.pk
    assert Label.objects.filter(token=TOKEN).exists()


# --- Early ---


def test_two_members_of_three_erase_at_once(full, vault, let_in):
    second, third = let_in("second"), let_in("third")
    ReportBlock.objects.all().delete()
    Notice.objects.all().delete()
    erasing.ask_erasure(report=full, by=vault, reason="asked")
    erasing.ask_erasure(report=full, by=third, reason="spam")  # the first wish stands
    assert Erasure.objects.get().asked_by == vault
    assert Notice.objects.count() == 1

    with pytest.raises(erasing.OneMember):
        erasing.confirm_erasure(report=full, by=vault)
    erasing.confirm_erasure(report=full, by=second)

    assert not Report.objects.filter(pk=full.pk).exists()
    assert rows_of(full) == {}
    tombstone = Tombstone.objects.get()
    assert (tombstone.rule, tombstone.by_name) == ("two members", "second")
    assert tombstone.reference_hash == erasing.reference_hash(full.reference)
    site = ReportEvent.objects.get(subject="site", kind="purged")
    assert (site.actor_name, site.detail) == ("second", "1 report, two members")


@pytest.mark.parametrize("reason", ["too few", "no reader", "asker gone", "asker tied"])
def test_a_second_member_is_refused_when_they_are_no_check(full, vault, let_in, make_member, reason):
    ReportBlock.objects.all().delete()
    second = let_in("second")
    asker = vault if reason == "too few" else let_in("asker")
    erasing.ask_erasure(report=full, by=asker, reason="asked")
    by = make_member("stranger") if reason == "no reader" else second
    if reason == "asker gone":
        asker.is_active = False
        asker.save()
        let_in("fourth")
    if reason == "asker tied":
        ReportBlock.objects.create(report=full, member=asker)

    with pytest.raises(erasing.OneMember):
        erasing.confirm_erasure(report=full, by=by)
    assert Report.objects.filter(pk=full.pk).exists()


def test_after_72_hours_the_command_erases_and_before_it_does_not(full, vault):
    erasing.ask_erasure(report=full, by=vault, reason="mistake")
    Erasure.objects.update(asked_at=timezone.now() - erasing.WAIT + dt.timedelta(minutes=5))
    assert "0 reports erased early" in run()

    Erasure.objects.update(asked_at=timezone.now() - erasing.WAIT)
    assert "1 reports erased early" in run()
    assert not Report.objects.filter(pk=full.pk).exists()
    assert (Tombstone.objects.get().rule, Tombstone.objects.get().by_name) == ("72 hours", "")


def test_anyone_may_stop_it_and_then_nothing_is_erased(full, vault, let_in):
    second = let_in("second")
    erasing.ask_erasure(report=full, by=vault, reason="spam")
    erasing.stop_erasure(report=full, by=second)

    for act in (erasing.stop_erasure, erasing.confirm_erasure):
        with pytest.raises(erasing.NotAsked):
            act(report=full, by=second)
    assert list(full.events.values_list("kind", flat=True).order_by("-number")[:2]) == [
        "erase_stopped",
        "erase_asked",
    ]
    run()
    assert Report.objects.filter(pk=full.pk).exists()


# --- Legal hold ---


def test_a_hold_blocks_every_way_of_erasing(full, vault, let_in):
    second, _third = let_in("second"), let_in("third")
    ReportBlock.objects.all().delete()
    erasing.ask_erasure(report=full, by=vault, reason="asked")
    close(full, vault)
    retention.set_hold(report=full, by=vault, held=True)
    assert not Erasure.objects.exists()
    Erasure.objects.create(
        report=full, reason="asked", asked_by=vault, asked_at=timezone.now() - erasing.WAIT
    )
    Report.objects.filter(pk=full.pk).update(erase_on=timezone.localdate() - dt.timedelta(days=900))
    full.refresh_from_db()
    before = (SealedPart.objects.count(), FileChunk.objects.count(), Facet.objects.count())
    stale = Report.objects.get(pk=full.pk)
    stale.held = False  # as an object loaded before the hold would say

    assert "0 reports erased early" in run()
    part, chunk = full.parts.first(), FileChunk.objects.get()
    for act in (
        lambda: erasing.ask_erasure(report=full, by=vault, reason="asked"),
        lambda: erasing.confirm_erasure(report=full, by=second),
        stale.delete,
        Report.objects.all().delete,
        Report.objects.filter(pk=full.pk).delete,
        full.parts.all().delete,
        SealedPart.objects.all().delete,
        part.delete,
        FileChunk.objects.all().delete,
        chunk.delete,
    ):
        with pytest.raises(Held):
            act()
    assert (SealedPart.objects.count(), FileChunk.objects.count(), Facet.objects.count()) == before
    assert Report.objects.count() == 2

    retention.set_hold(report=full, by=vault, held=False)
    full.refresh_from_db()
    assert full.erase_on == timezone.localdate() + retention.NOTICE_OF
    kept = list(full.events.filter(kind="kept").values_list("detail", flat=True))
    assert kept == ["legal hold", "legal hold lifted"]
    full.parts.all().delete()
    assert not full.parts.exists()


def test_no_other_table_can_take_a_report_along():
    """Deleting a member, a label, anything: nothing cascades into the tables the hold guards."""
    for model in (Report, SealedPart, FileChunk):
        owners = {
            field.related_model
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.CASCADE
        }
        assert owners <= {Report, SealedPart}


# --- What is left ---


def test_the_log_stays_whole_without_details_and_without_the_reference(full, vault):
    reference = full.reference
    services.set_priority(report=full, by=vault, priority="high")
    numbers = list(full.events.values_list("number", flat=True))
    assert events.broken_links(reference) == []
    erasing._erase_whole(full, vault, "two members")

    assert not ReportEvent.objects.filter(subject=reference).exists()
    assert not ReportEvent.objects.filter(detail__contains=reference).exists()
    subject = erasing._name_in_log(erasing.reference_hash(reference))
    left = ReportEvent.objects.filter(subject=subject)
    assert list(left.values_list("number", flat=True)) == numbers
    assert set(left.values_list("detail", flat=True)) == {""}
    assert set(left.values_list("report", flat=True)) == {None}
    for each in (subject, full.other.reference, "site"):
        assert events.broken_links(each) == []
    left.filter(number=2).update(kind="noted" if left.get(number=2).kind != "noted" else "read")
    assert events.broken_links(subject) == [2]


def test_an_edit_made_before_the_erasing_still_shows_after_it(full, vault):
    for priority in ("high", "urgent", "normal"):
        services.set_priority(report=full, by=vault, priority=priority)
    last = full.events.last().number
    full.events.filter(number=last - 1).update(actor_name="somebody")
    assert events.broken_links(full.reference) == [last - 1]
    erasing._erase_whole(full, vault, "two members")
    subject = erasing._name_in_log(erasing.reference_hash(full.reference))
    assert events.broken_links(subject) == [last - 1]


def test_nothing_of_an_erased_report_is_in_any_row(full, vault):
    lookup, reference, row = full.lookup, full.reference, full.pk
    bodies = [bytes(part.body)[-40:] for part in full.parts.all()]
    erasing._erase_whole(full, vault, "two members")

    haystack = b"\n".join(_values())
    for needle in (lookup.encode(), reference.encode(), str(row).encode(), row.hex.encode(), *bodies):
        assert needle not in haystack


def _values():
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for value in row:
                    yield bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


@pytest.mark.django_db(transaction=True)
def test_the_bytes_of_an_erased_report_are_gone_from_the_sqlite_file(full, vault):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL frees them at its next vacuum, as the decision page says")
    needles = [bytes(part.body)[-64:] for part in full.parts.all()] + [bytes(full.reporter_wrapped)]
    connection.ensure_connection()
    image = connection.connection.serialize()
    assert all(needle in image for needle in needles)

    with transaction.atomic():
        erasing._erase_whole(full, vault, "two members")

    image = connection.connection.serialize()
    assert [needle in image for needle in needles] == [False] * len(needles)
    assert full.reference.encode() not in image


def test_the_command_goes_on_after_it_was_cut_off(make_report, vault, monkeypatch):
    reports = [make_report() for _ in range(3)]
    for report in reports:
        services.set_status(report=report, by=vault, status="spam")
    Report.objects.update(erase_on=timezone.localdate())
    real, calls = erasing._erase_story, []

    def cut_off(report):
        calls.append(report)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(report)

    monkeypatch.setattr(erasing, "_erase_story", cut_off)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert Report.objects.filter(part_count=0).count() == 1
    monkeypatch.undo()
    run()
    assert Report.objects.filter(part_count=0).count() == 3
    assert not SealedPart.objects.exists()


def test_an_id_nobody_has_is_not_due(db):
    assert not erasing._take_step("story", uuid.uuid4(), timezone.now())
