"""Notices: one constant mail to members who read reports, at fixed hours, and nothing else in any mail.

Filing only writes a `Notice` row, so it never waits for a mail server. At a fixed hour the rows become what
each member is owed (`NoticeDue`), and are gone. A debt is deleted only after the mail server took the mail:
killed in between, the sender writes once more, never too little.

Debts are claimed by a lease, not by a row lock: a lock would be held while the mail server thinks, and on
SQLite that would keep reporters from sending.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from reporting.casework import readers
from reporting.models import Notice, NoticeDue, NoticeRound

# The same words in every mail: a stranger who reads it learns that the portal has a team, and no more.
WORDS = "There is something new to review."
LEASE = dt.timedelta(minutes=5)

_DAILY, _NONE = "daily", "none"
_log = logging.getLogger("reporting")


@dataclass(frozen=True)
class Sent:
    """What a run did: mails the server took, and mails it refused, which the next run tries again."""

    taken: int = 0
    failed: int = 0


def slot_of(now: dt.datetime) -> dt.datetime:
    """Return the last fixed hour at or before `now`."""
    return max(slot for slot in _slots(now, -1) if slot <= now)


def _next_daily(slot: dt.datetime) -> dt.datetime:
    """Return `slot` when daily notices leave at it, else the next hour at which they do."""
    first = settings.NOTICE_HOURS[0]
    return min(each for each in _slots(slot, 1) if each >= slot and timezone.localtime(each).hour == first)


def _slots(around: dt.datetime, days: int) -> list[dt.datetime]:
    today = timezone.localdate(around)
    return [
        timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))
        for day in (today, today + dt.timedelta(days=days))
        for hour in settings.NOTICE_HOURS
    ]


def send_notices(now: dt.datetime) -> Sent:
    """Gather what is new when a fixed hour has come, and send every mail that is owed.

    Run every hour. Safe to repeat, to miss and to cut off; two at once do not send twice.
    """
    gather(now)
    taken = failed = 0
    for debt in due(now):
        until = timezone.now() + LEASE
        if not _free(now).filter(pk=debt.pk).update(claimed_until=until):
            continue  # another sender has it
        claimed = NoticeDue.objects.filter(pk=debt.pk, claimed_until=until)
        if _is_owed(debt.member) and not _send(debt.member):
            claimed.filter(failing_since__isnull=True).update(failing_since=now)
            claimed.update(claimed_until=None)
            failed += 1
            continue
        taken += 1
        claimed.delete()
    return Sent(taken, failed)


@transaction.atomic
def gather(now: dt.datetime) -> None:
    """Turn the notices that wait into what members are owed, once for each fixed hour."""
    slot = slot_of(now)
    NoticeRound.objects.get_or_create(id=1, defaults={"slot": slot - dt.timedelta(days=1)})
    last = NoticeRound.objects.select_for_update().get(id=1)
    if last.slot >= slot:
        return
    last.slot = slot
    last.save(update_fields=["slot"])
    # One that is written meanwhile is not among these, and waits for the next hour.
    found = list(Notice.objects.values_list("pk", flat=True))
    if not found:
        return
    for member in members():
        due_at = _next_daily(slot) if member.notices == _DAILY else slot
        debt, is_new = NoticeDue.objects.get_or_create(member=member, defaults={"due_at": due_at})
        if not is_new:
            # A sender that has it just now must not delete what came after its mail.
            NoticeDue.objects.filter(pk=debt.pk).update(due_at=min(debt.due_at, due_at), claimed_until=None)
    Notice.objects.filter(pk__in=found).delete()


def members() -> QuerySet[Any]:
    """Return the members who are told: they are active, read reports, and want mails."""
    return readers().exclude(notices=_NONE).exclude(email="")


def _is_owed(member: Any) -> bool:
    return members().filter(pk=member.pk).exists()


def _free(now: dt.datetime) -> QuerySet[NoticeDue]:
    return NoticeDue.objects.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=now))


def due(now: dt.datetime) -> list[NoticeDue]:
    """Return what is owed at `now`: mails whose hour has come and that no other sender is at."""
    return list(_free(now).filter(due_at__lte=now).select_related("member").order_by("pk"))


def _send(member: Any) -> bool:
    """Return whether the mail server took the mail."""
    mail = EmailMessage(WORDS, WORDS, to=[member.email], connection=get_connection())
    try:
        return bool(mail.send())
    except (OSError, SMTPException, ValueError) as fault:
        # The server's answer may hold the address.
        _log.error("a notice could not be sent: %s", type(fault).__name__)
        return False
