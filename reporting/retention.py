"""How long reports are kept: a class, a day on which they are erased, and the legal hold that stops it.

The durations are the collective's policy, not law (docs/decisions, retention). They stand in settings, from
the environment. A report without a day is not erased: the day is set when it is closed, and taken back when
it is opened again.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reporting import events
from reporting.models import Report, ReportEvent

# Names go before the story does: they are needed least and harm most.
IDENTITY_BEFORE = dt.timedelta(days=14)
# The emptied row stays a week longer, so that a report missed by mistake is not a riddle to the team.
SHELL_FOR = dt.timedelta(days=7)
# A day that is moved nearer never lies nearer than this: somebody must be able to notice.
NOTICE_OF = dt.timedelta(days=14)
FOLLOWING = ["retention", "erase_on"]
_OVER = (Report.Status.CLOSED, Report.Status.SPAM)


def keep_for(retention: str) -> dt.timedelta:
    """Return how long a report of this class (a `Report.Retention`) is kept after it was closed."""
    return dt.timedelta(days=settings.KEEP_REPORTS_DAYS[retention])


def follow_status(report: Report) -> None:
    """Set or take back the day of erasing after the status of `report`, whose row is locked, was changed."""
    fit_status(report)
    report.save(update_fields=FOLLOWING)


def fit_status(report: Report) -> None:
    """Give `report` the class and the day of erasing that fit its status; the caller saves `FOLLOWING`.

    Spam is kept for the short time, unless a member chose the long one.
    """
    is_spam = report.status == Report.Status.SPAM
    if is_spam and report.retention == Report.Retention.STANDARD:
        report.retention = Report.Retention.SHORT
    elif not is_spam and report.retention == Report.Retention.SHORT:
        report.retention = Report.Retention.STANDARD
    if report.status not in _OVER:
        # Of an emptied report only the row is left; opening it again brings nothing back.
        report.erase_on = report.erase_on if report.is_emptied else None
    else:
        report.erase_on = timezone.localdate() + keep_for(report.retention)


@transaction.atomic
def set_retention(*, report: Report, by: AbstractUser, retention: str) -> Report:
    """Keep `report` as long as its new class says, and write down who decided.

    Raise ValueError for a class that does not exist.
    """
    report = Report.objects.select_for_update().get(pk=report.pk)
    before, after = report.retention, Report.Retention(retention).value
    if before == after:
        return report
    report.retention = after
    if report.erase_on:
        report.erase_on = _noticed(report.erase_on - keep_for(before) + keep_for(after))
    report.save(update_fields=["retention", "erase_on"])
    events.record(kind=ReportEvent.Kind.KEPT, by=by, report=report, detail=f"{before} to {after}")
    return report


@transaction.atomic
def set_hold(*, report: Report, by: AbstractUser, held: bool) -> Report:
    """Put `report` under legal hold, or lift the hold, and write down who did.

    A hold ends a wish to erase it early. After it is lifted the report stays for at least two weeks.
    """
    from reporting.models import Erasure

    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.held == held:
        return report
    report.held = held
    if held and Erasure.objects.filter(report=report).delete()[0]:
        events.record(kind=ReportEvent.Kind.ERASE_STOPPED, by=by, report=report, detail="legal hold")
    if not held and report.erase_on:
        report.erase_on = _noticed(report.erase_on)
    report.save(update_fields=["held", "erase_on"])
    detail = "legal hold" if held else "legal hold lifted"
    events.record(kind=ReportEvent.Kind.KEPT, by=by, report=report, detail=detail)
    return report


def _noticed(day: dt.date) -> dt.date:
    return max(day, timezone.localdate() + NOTICE_OF)


def told_week(report: Report) -> dt.date | None:
    """Return the Monday of the week in which the words of `report` are erased; None when no day is set.

    Under legal hold there is none either.
    """
    if report.erase_on is None or report.held:
        return None
    return report.erase_on - dt.timedelta(days=report.erase_on.weekday())


def in_words(retention: str) -> str:
    """Return the duration of a class in words for readers, such as "2 years" or "30 days"."""
    days: Any = settings.KEEP_REPORTS_DAYS[retention]
    if days >= 365 and days % 365 == 0:
        return ngettext("%(count)d year", "%(count)d years", days // 365) % {"count": days // 365}
    return _("%(count)d days") % {"count": days}
