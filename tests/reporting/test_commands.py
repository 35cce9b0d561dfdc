"""Commands of the operator, and the checks that refuse an unsafe portal."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid

import pytest
from django.core.management import CommandError, call_command

from reporting import checks, keys, services
from reporting.models import CASE, Draft, ReportEvent, SealedPart, StaffKey, VaultSite, this_week
from tests.reporting.conftest import PASSPHRASE


def run(*args, **options):
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def type_passphrase(monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: PASSPHRASE)


def test_set_up_prints_three_sheets_and_opens_the_form_when_two_come_back(lead, type_passphrase, monkeypatch):
    out = io.StringIO()

    def typed(prompt):
        lines = [line for line in out.getvalue().splitlines() if len(line) == 95]
        assert len(lines) == 3
        return lines[0 if prompt == "One sheet: " else 2]

    monkeypatch.setattr("builtins.input", typed)
    call_command("vault_setup", "lead", stdout=out)

    assert "The form is open." in out.getvalue()
    assert keys.vault_is_open()
    with pytest.raises(CommandError, match="already set up"):
        run("vault_setup", "lead")


def test_set_up_with_wrong_sheets_leaves_the_form_closed(lead, type_passphrase, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "nonsense")
    with pytest.raises(CommandError, match="stays closed"):
        run("vault_setup", "lead")
    assert not keys.vault_is_open()
    with pytest.raises(CommandError, match="no active account"):
        run("vault_setup", "nobody")


def test_set_up_with_a_wrong_passphrase_changes_nothing(lead, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: "wrong")
    with pytest.raises(CommandError, match="Nothing was changed"):
        run("vault_setup", "lead")
    assert StaffKey.objects.count() == 1
    assert not VaultSite.objects.exists()


def test_verify_finds_a_damaged_part_and_an_edited_log(make_report, vault, case_room, type_passphrase):
    report = make_report()
    services.set_status(report=report, by=vault, status="reading")
    assert "Everything opens" in run("vault_verify", "lead")

    SealedPart.objects.filter(kind="report").update(body=b"\x01x")
    ReportEvent.objects.filter(report=report).update(detail="x")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 damaged parts, 1 breaks"):
        call_command("vault_verify", "lead", stdout=out)
    assert f"{report.reference} part 1 (report)" in out.getvalue()


def test_two_sheets_let_a_member_in_and_a_drill_lets_nobody_in(vault, papers, make_member, monkeypatch):
    newcomer = make_member("newcomer")
    monkeypatch.setattr("builtins.input", lambda prompt: papers[0 if prompt == "One sheet: " else 1].text)

    assert "Nobody was let in" in run("vault_recover", "newcomer", drill=True)
    with pytest.raises(keys.NotGranted):
        keys.open_room(staff_private_key=newcomer.key, user=newcomer, room=CASE)
    assert "can read the reports again" in run("vault_recover", "newcomer")
    assert keys.open_room(staff_private_key=newcomer.key, user=newcomer, room=CASE)

    monkeypatch.setattr("builtins.input", lambda prompt: papers[0].text)
    with pytest.raises(CommandError, match="same sheet twice"):
        run("vault_recover", "newcomer")
    StaffKey.objects.filter(user=newcomer).delete()
    with pytest.raises(CommandError, match="no key yet"):
        run("vault_recover", "newcomer")


def test_the_test_kit_needs_its_switch(db, settings):
    with pytest.raises(CommandError, match="VAULT_TEST=1"):
        run("vault_testkit")
    settings.VAULT_TEST = True

    kit = json.loads(run("vault_testkit", json=True))

    assert keys.vault_is_open()
    assert keys.reviewer_count() == 3
    assert kit["rooms"]["kit-reviewer-1"] == [CASE]


def test_old_drafts_are_erased_and_young_ones_stay(db):
    for weeks in (-1, 1):
        Draft.objects.create(pk=uuid.uuid4(), body=b"x", purge_week=this_week() + dt.timedelta(weeks=weeks))
    assert "1 drafts would be erased" in run("purge_drafts", dry_run=True)
    assert Draft.objects.count() == 2
    assert "1 drafts were erased" in run("purge_drafts")
    assert Draft.objects.count() == 1


def ids(found):
    return [message.id for message in found]


def test_lowered_locks_are_refused_for_real_use(settings):
    settings.VAULT_TEST = True
    assert ids(checks.no_test_locks(None)) == ["reporting.E001", "reporting.E002"]
    settings.VAULT_TEST, settings.VAULT_TEST_KDF = False, ""
    assert ids(checks.no_test_locks(None)) == []
    settings.VAULT_PEPPER = settings.SECRET_KEY
    assert ids(checks.no_test_locks(None)) == ["reporting.E003"]


def test_a_closed_form_and_a_lonely_reviewer_are_told(db, lead, make_member):
    assert ids(checks.people_can_read(None, databases=["default"])) == ["reporting.W001", "reporting.W002"]
    papers = keys.setup_vault(lead=lead, passphrase=PASSPHRASE)
    keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[1].text)
    assert ids(checks.people_can_read(None, databases=["default"])) == ["reporting.W002"]
    keys.grant_rooms(by=lead, by_key=lead.key, to=make_member("second"), rooms=[CASE])
    assert ids(checks.people_can_read(None, databases=["default"])) == []
    VaultSite.objects.update(drilled_on=dt.date(2020, 1, 1))
    assert ids(checks.people_can_read(None, databases=["default"])) == ["reporting.W003"]
    assert checks.people_can_read(None) == []


class FakeConnection:
    """A connection that answers as if it were set in another way."""

    def __init__(self, **answers):
        self.answers = answers

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None

    def execute(self, statement):
        self.asked = statement.split()[-1]

    def fetchone(self):
        return [self.answers.get(self.asked, "on")]

    def is_in_memory_db(self):
        return False


@pytest.mark.parametrize(
    ("journal", "synchronous", "fine"),
    [("delete", 3, True), ("delete", 2, False), ("memory", 3, False), ("wal", 1, False)],
)
def test_sqlite_must_write_before_it_answers(journal, synchronous, fine):
    connection = FakeConnection(journal_mode=journal, synchronous=synchronous)
    assert (checks._sqlite_faults(connection) == []) is fine


def test_the_write_ahead_log_needs_a_mended_sqlite(monkeypatch):
    connection = FakeConnection(journal_mode="wal", synchronous=2)
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 51, 2))
    assert checks._sqlite_faults(connection)
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 51, 3))
    assert checks._sqlite_faults(connection) == []


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_postgresql_must_write_before_it_answers(name):
    assert checks._postgresql_faults(FakeConnection()) == []
    assert checks._postgresql_faults(FakeConnection(**{name: "off"}))
