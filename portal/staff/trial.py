"""The trial: three members with known passphrases, open keys, thirty made-up reports."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from portal.models import User
from portal.staff import secondfactor
from portal.staff.samples import Sample, samples
from reporting import keys, services
from reporting.formtoken import BoxToken, Filing
from reporting.keys import RoomKey
from reporting.models import CASE, KeyGrant, Report, this_week
from reporting.triage import acts
from reporting.triage.mandated import Outcome

PASSPHRASE = "trial river stone lantern maple"  # noqa: S105 - printed on the terminal, and for trials only
MEMBERS = {"lead": User.Role.LEAD, "reviewer": User.Role.REVIEWER, "editor": User.Role.EDITOR}


def make() -> int:
    """Make what is missing; return how many reports were filed. Safe to repeat after any interruption."""
    for name, role in MEMBERS.items():
        _make_member(name, role)
    lead, reviewer = User.objects.get(username="lead"), User.objects.get(username="reviewer")
    if not keys.vault_is_open():
        papers = keys.setup_vault(lead=lead, passphrase=PASSPHRASE)
        keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[1].text)
    lead_key = keys.unlock_staff_key(user=lead, passphrase=PASSPHRASE)
    if not KeyGrant.objects.filter(staff_key__user=reviewer).exists():
        keys.grant_rooms(by=lead, by_key=lead_key, to=reviewer, rooms=[CASE])
    room = keys.open_room(staff_private_key=lead_key, user=lead, room=CASE)
    todo = samples()[Report.objects.count() :]
    for sample in todo:
        _file(sample, reviewer, room)
    return len(todo)


@transaction.atomic
def _make_member(name: str, role: str) -> None:
    user, is_new = User.objects.get_or_create(username=name, defaults={"role": role})
    if is_new:
        user.set_password(PASSPHRASE)
        user.save()
        keys.make_staff_key(user=user, passphrase=PASSPHRASE)
        secondfactor.enroll(user, secondfactor.new_seed(), 0)


def _file(sample: Sample, by: User, room: RoomKey) -> None:
    """File one report as its reporter would, then do what staff did."""
    filing = Filing.new()
    services.file_report(filing=filing, answers=sample.answers)
    box = services.read_box(code=filing.code)
    if box is None:
        raise services.Gone
    report = box.report
    if sample.addition:
        services.add_to_report(box=BoxToken.new(report.pk, filing.code), text=sample.addition)
    if sample.status == Report.Status.CLOSED:
        decision = acts.Decision(Outcome.NOT_REQUIRED, reason="A sample, not a report.")
        acts.decide(report=report, by=by, key=room, decision=decision)
    services.set_status(report=report, by=by, status=sample.status)
    services.set_priority(report=report, by=by, priority=sample.priority)
    services.assign(report=report, by=by, to=by if sample.assigned else None)
    if sample.note:
        services.add_note(report=report, by=by, key=room, text=sample.note)
    if sample.answer:
        services.answer_reporter(report=report, by=by, key=room, text=sample.answer)
    week = this_week() - timedelta(weeks=sample.weeks_ago)
    Report.objects.filter(pk=report.pk).update(week=week, unread=sample.status == "new")
    report.parts.update(week=week)
