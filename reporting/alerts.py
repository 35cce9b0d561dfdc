"""What members should see above their pages: notices that do not leave, reports that wait to be erased."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, Subquery

from reporting.models import Erasure, Notice, NoticeDue, NoticeRound, VaultSite

# The timer runs every hour; a day without a run is a fault of the machine.
LATE_AFTER = dt.timedelta(hours=26)


@dataclass(frozen=True)
class Alerts:
    """failing_since: the first refused mail that still waits. is_late: notices wait and no timer runs.

    asked_to_erase: some report waits to be erased early; whether a member may know is for `erasing.waiting`.
    """

    failing_since: dt.datetime | None = None
    is_late: bool = False
    asked_to_erase: bool = False


def alerts(now: dt.datetime) -> Alerts:
    """Return what is the matter at `now`. One query."""
    failing = NoticeDue.objects.filter(failing_since__isnull=False).order_by("failing_since")
    found = (
        VaultSite.objects.annotate(
            waits=Exists(Notice.objects.all()),
            fresh=Exists(NoticeRound.objects.filter(slot__gt=now - LATE_AFTER)),
            since=Subquery(failing.values("failing_since")[:1]),
            asked=Exists(Erasure.objects.all()),
        )
        .values("waits", "fresh", "since", "asked")
        .first()
    )
    if found is None:
        return Alerts()  # no vault, no reports
    return Alerts(found["since"], found["waits"] and not found["fresh"], found["asked"])
