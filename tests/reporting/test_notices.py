"""Mails to members: constant words, fixed hours, at least once, and never in a reporter's way."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import random
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import models

from reporting import erasing, keys, notices, services
from reporting.alerts import alerts
from reporting.formtoken import Filing
from reporting.models import CASE, Notice, NoticeDue, NoticeRound, Report, VaultSite

HERE = ZoneInfo("America/Chicago")


def at(hour, minute=0, day=3):
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=HERE)


@pytest.fixture(autouse=True)
def _hours(settings):
    settings.NOTICE_HOURS = [8, 16]


@pytest.fixture
def team(vault, make_member):
    """Return three members who read: at the hours, daily, never. And one who was not let in."""
    made = {}
    for name, wish in (("hourly", "hours"), ("daily", "daily"), ("never", "none"), ("outsider", "hours")):
        user = make_member(name)
        user.email, user.notices = f"{name}@team.example", wish
        user.save()
        if name != "outsider":
            keys.grant_rooms(by=vault, by_key=vault.key, to=user, rooms=[CASE])
        made[name] = user
    return made


def told():
    """Return who was written to since the last look, in order."""
    names = sorted(address.split("@")[0] for message in mail.outbox for address in message.to)
    mail.outbox.clear()
    return names


class Killed(BaseException):
    """The sender was killed."""


class Fate:
    """Kills a sender every few steps, sixty times in all, and lets the mail server refuse now and then."""

    def __init__(self):
        self.luck = random.Random(7)
        self.kills = 0

    def perhaps_kill(self):
        if self.kills < 60 and self.luck.random() < 0.3:
            self.kills += 1
            raise Killed

    def refuses(self, message):
        self.perhaps_kill()
        return self.luck.random() < 0.1


class Refusing(EmailBackend):
    """A mail server that refuses what `refused` says, and may take the sender down with it."""

    refused = staticmethod(lambda message: True)

    def send_messages(self, messages):
        if self.refused(messages[0]):
            raise OSError("mailbox of somebody@team.example is full")
        return super().send_messages(messages)


@pytest.fixture
def mail_server(settings, monkeypatch):
    """Return a function that sets what the mail server refuses; None for nothing."""
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"

    def connection(*args, **kwargs):
        return Refusing()

    def set_refusal(rule):
        monkeypatch.setattr(Refusing, "refused", staticmethod(rule or (lambda message: False)))

    monkeypatch.setattr(notices, "get_connection", connection)
    set_refusal(None)
    return set_refusal


def test_every_mail_has_the_same_words_and_nothing_else(team, make_report):
    report = make_report(story="MARKER", county="shelby")
    assert notices.send_notices(at(16)).taken == 1

    (message,) = mail.outbox
    assert (message.subject, message.body) == (notices.WORDS, notices.WORDS)
    assert notices.WORDS == "There is something new to review."
    assert (message.to, message.cc, message.bcc, message.attachments) == (
        ["hourly@team.example"], [], [], [],
    )  # fmt: skip
    raw = message.message().as_string()
    for secret in (report.reference, report.code, "MARKER", "shelby", "admin", "http", str(report.pk)):
        assert secret not in raw


def test_mails_leave_at_fixed_hours_only_and_a_quiet_queue_sends_none(team, make_report):
    notices.send_notices(at(8))
    assert told() == []
    make_report()
    make_report()
    for minute in (5, 20, 59):
        notices.send_notices(at(8, minute))
        notices.send_notices(at(12, minute))
    assert told() == []
    assert Notice.objects.count() == 2

    notices.send_notices(at(16, 2))
    assert told() == ["hourly"]
    assert not Notice.objects.exists()
    for hour in (16, 17, 20):
        notices.send_notices(at(hour, 30))
    assert told() == []


def test_who_wants_one_mail_a_day_gets_one_at_the_first_hour(team, make_report):
    make_report()
    notices.send_notices(at(16))
    make_report()
    assert told() == ["hourly"]
    notices.send_notices(at(8, day=4))
    assert told() == ["daily", "hourly"]
    notices.send_notices(at(16, day=4))
    assert told() == []


def test_a_missed_hour_is_made_up_by_the_next_run(team, make_report):
    notices.send_notices(at(16, day=2))
    make_report()
    notices.send_notices(at(9, 30))
    assert told() == ["daily", "hourly"]


def test_rows_say_fixed_hours_and_never_the_moment_of_a_report(team, make_report, mail_server):
    make_report()
    assert not any(isinstance(field, models.DateTimeField) for field in Notice._meta.concrete_fields)
    mail_server(lambda message: True)
    notices.send_notices(at(16, 23))
    assert NoticeRound.objects.get().slot == at(16)
    for debt in NoticeDue.objects.all():
        assert debt.due_at.astimezone(HERE).minute == 0


def test_who_left_or_changed_their_mind_gets_nothing_and_is_owed_nothing(team, make_report, mail_server):
    make_report()
    mail_server(lambda message: True)
    notices.send_notices(at(16))
    mail_server(None)
    team["hourly"].is_active = False
    team["hourly"].save()
    team["daily"].notices = "none"
    team["daily"].save()
    notices.send_notices(at(8, day=4))
    assert told() == []
    assert not NoticeDue.objects.exists()


def test_a_refused_mail_is_tried_again_and_shown_and_filing_goes_on(team, make_report, mail_server, caplog):
    make_report()
    mail_server(lambda message: True)
    with pytest.raises(CommandError, match="1 mails were refused"):
        run_at(at(16))
    assert "OSError" in caplog.text
    assert "team.example" not in caplog.text
    assert alerts(at(17)).failing_since == at(16)
    make_report()
    assert Report.objects.count() == 2

    assert notices.send_notices(at(17)).failed == 1
    assert alerts(at(17)).failing_since == at(16)
    mail_server(None)
    assert notices.send_notices(at(18)).taken == 1
    assert told() == ["hourly"]
    assert alerts(at(18)).failing_since is None


def run_at(now, *args):
    out = io.StringIO()
    real = notices.send_notices
    notices.send_notices = lambda _now: real(now)
    try:
        call_command("send_notices", *args, stdout=out)
    finally:
        notices.send_notices = real
    return out.getvalue()


def test_the_command_counts_and_a_dry_run_sends_nothing(team, make_report):
    make_report()
    assert "0 mails are owed" in run_at(at(16), "--dry-run")
    assert "1 members were told" in run_at(at(16))
    assert told() == ["hourly"]


def test_each_of_a_hundred_reports_leads_to_a_mail_though_the_sender_is_killed_fifty_times(
    team, vault, mail_server, monkeypatch
):
    """Killed anywhere: before the mail, after the mail server took it, or while it notes that it did."""
    fate = Fate()
    clock, filed = [at(7)], []

    def delete(queryset):
        if queryset.model is NoticeDue:
            fate.perhaps_kill()
        return real_delete(queryset)

    def run():
        clock[0] += notices.LEASE + dt.timedelta(hours=5)
        with contextlib.suppress(Killed):
            notices.send_notices(clock[0])
        if "hourly" in told():
            mailed.append(clock[0])

    mailed = []
    real_delete = models.QuerySet.delete
    mail_server(fate.refuses)
    monkeypatch.setattr(models.QuerySet, "delete", delete)
    monkeypatch.setattr(notices.timezone, "now", lambda: clock[0])
    for number in range(100):
        services.file_report(filing=Filing.new(), answers={"story": f"{number}"})
        filed.append(clock[0])
        run()
        run()
    while NoticeDue.objects.exists() or Notice.objects.exists():
        run()

    assert fate.kills >= 50
    waits = [min((sent for sent in mailed if sent > moment), default=None) for moment in filed]
    assert None not in waits
    told_so_far = len(mailed)
    for _ in range(10):
        run()
    assert len(mailed) == told_so_far


def test_two_senders_at_once_do_not_send_twice(team, make_report, mail_server):
    make_report()
    second = []

    def rule(message):
        if not second:
            second.append(notices.send_notices(at(16)))
        return False

    mail_server(rule)
    notices.send_notices(at(16))
    assert second[0].taken == 0
    assert told() == ["hourly"]


def test_what_came_while_a_mail_left_is_owed_again(team, make_report, mail_server):
    make_report()

    def rule(message):
        if not Notice.objects.exists() and Report.objects.count() == 1:
            services.file_report(filing=Filing.new(), answers={"story": "Two."})
            notices.gather(at(8, day=4))
        return False

    mail_server(rule)
    notices.send_notices(at(16))
    assert told() == ["hourly"]
    notices.send_notices(at(8, 10, day=4))
    assert "hourly" in told()


def test_a_wish_to_erase_early_tells_the_team_in_the_same_words(team, vault, make_report):
    report = make_report()
    notices.send_notices(at(8))
    told()
    erasing.ask_erasure(report=report, by=vault, reason="asked")
    notices.send_notices(at(16))
    assert [message.body for message in mail.outbox] == [notices.WORDS]
    assert told() == ["hourly"]


def test_a_recovery_by_sheets_tells_the_team(team, vault, papers):
    notices.send_notices(at(8))
    keys.recover_rooms(to=team["outsider"], first=papers[0].text, second=papers[1].text)
    notices.send_notices(at(16))
    assert "hourly" in told()


def test_a_timer_that_does_not_run_is_noticed(vault, make_report):
    assert not alerts(at(8)).is_late
    make_report()
    assert alerts(at(8)).is_late
    notices.gather(at(8))
    make_report()
    assert not alerts(at(8, day=4)).is_late
    assert alerts(at(11, day=4)).is_late
    VaultSite.objects.all().delete()
    assert not alerts(at(8, day=9)).is_late
