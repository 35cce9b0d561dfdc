"""The read log: who of the staff did what, when. Rows are chained, so that an edit is noticed."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.utils import timezone

from reporting.models import Report, ReportEvent, VaultSite
from reporting.vault import primitives

SITE = "site"


def _detail_hash(event: ReportEvent) -> str:
    return primitives.keyed_hash(
        settings.SECRET_KEY.encode(), "event-detail", event.previous.encode(), event.detail.encode()
    ).hex()


def _chain(event: ReportEvent) -> str:
    return primitives.keyed_hash(
        settings.SECRET_KEY.encode(),
        "event-chain",
        *(
            str(value).encode()
            for value in (
                event.previous,
                event.subject,
                event.number,
                event.kind,
                event.actor_name,
                event.at.astimezone(dt.UTC).isoformat(),
                # Rows of the first release have no hash of their detail.
                event.detail_hash or event.detail,
            )
        ),
    ).hex()


def record(*, kind: str, by: AbstractUser, report: Report | None = None, detail: str = "") -> ReportEvent:
    """Write down that `by` did `kind`; without a report it is about the whole vault. Needs a transaction.

    detail: up to 100 characters, such as "new to reading" or a part's number; never what anybody wrote.
    """
    subject = report.reference if report else SITE
    # The lock keeps two writers from taking the same number.
    if report:
        Report.objects.select_for_update().only("pk").get(pk=report.pk)
    else:
        VaultSite.objects.select_for_update().only("pk").get()
    last = ReportEvent.objects.filter(subject=subject).order_by("-number").first()
    event = ReportEvent(
        subject=subject,
        report=report,
        number=last.number + 1 if last else 1,
        kind=kind,
        actor_id=by.pk,
        actor_name=by.get_username(),
        at=timezone.now(),
        detail=detail[:100],
        previous=last.chain if last else "",
    )
    event.detail_hash = _detail_hash(event)
    event.chain = _chain(event)
    event.save(force_insert=True)
    return event


def broken_links(subject: str) -> list[int]:
    """Return the numbers of events of `subject` that were changed, or that follow a missing one."""
    broken = []
    previous, number = "", 0
    for event in ReportEvent.objects.filter(subject=subject).order_by("number"):
        whole = (
            event.chain == _chain(event)
            and event.previous == previous
            and event.number == number + 1
            # An erased report's details are emptied; a changed one is an edit.
            and (not event.detail or not event.detail_hash or event.detail_hash == _detail_hash(event))
        )
        if not whole:
            broken.append(event.number)
        previous, number = event.chain, event.number
    return broken
