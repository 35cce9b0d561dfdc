"""The read log: who of the staff did what, when. Rows are chained, so that an edit is noticed."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from reporting.models import Report, ReportEvent, VaultSite
from reporting.vault import primitives

SITE = "site"
# Who acts when no member does. No account can be called so: names of accounts hold no blank.
A_RULE = "a rule"
# What is done with two reports at once: the detail may hold the reference of the other one.
_NAME_ANOTHER = (ReportEvent.Kind.DUPLICATE, ReportEvent.Kind.LINKED)
ONE_OPENING = dt.timedelta(minutes=30)


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


def record(
    *, kind: str, by: AbstractUser | None, report: Report | None = None, detail: str = ""
) -> ReportEvent:
    """Write down that `by` did `kind`; without a report it is about the whole vault. Needs a transaction.

    by: None for what a rule does by itself, such as erasing on the day that was set.
    detail: up to 100 characters, such as "new to reading" or a part's number; never what anybody wrote.
    """
    if report:
        return record_many(kind=kind, by=by, acts=[(report, detail)])[0]
    # The lock keeps two writers from taking the same number.
    VaultSite.objects.select_for_update().only("pk").get()
    last = ReportEvent.objects.filter(subject=SITE).order_by("-number").first()
    event = _event(kind, by, None, detail, last)
    event.save(force_insert=True)
    return event


def record_many(
    *,
    kind: str,
    by: AbstractUser | None,
    acts: Sequence[tuple[Report, str]],
    batch: uuid.UUID | None = None,
) -> list[ReportEvent]:
    """Write down what `by` did to one report or several, in this order: (report, detail) pairs.

    Three queries however many there are. Needs a transaction. batch: the bulk act it is part of.
    """
    # The locks keep two writers from taking the same number; one order for all, so that none waits for ever.
    reports = Report.objects.select_for_update().order_by("pk").only("pk")
    list(reports.filter(pk__in=[report.pk for report, _detail in acts]))
    newest = ReportEvent.objects.filter(subject=OuterRef("subject")).order_by("-number").values("number")[:1]
    subjects = [report.reference for report, _detail in acts]
    found = ReportEvent.objects.filter(subject__in=subjects, number=Subquery(newest))
    last = {event.subject: event for event in found}
    events = []
    for report, detail in acts:
        event = _event(kind, by, report, detail, last.get(report.reference))
        event.batch = batch
        last[event.subject] = event
        events.append(event)
    return ReportEvent.objects.bulk_create(events)


def _event(
    kind: str, by: AbstractUser | None, report: Report | None, detail: str, last: ReportEvent | None
) -> ReportEvent:
    event = ReportEvent(
        subject=report.reference if report else SITE,
        report=report,
        number=last.number + 1 if last else 1,
        kind=kind,
        actor_id=by.pk if by else None,
        actor_name=by.get_username() if by else A_RULE,
        at=timezone.now(),
        detail=detail[:100],
        previous=last.chain if last else "",
    )
    event.detail_hash = _detail_hash(event)
    event.chain = _chain(event)
    return event


def newest_of(report: Report, count: int) -> list[ReportEvent]:
    """Return the newest `count` events of `report`, the newest first. One query."""
    return list(report.events.order_by("-at", "-number")[:count])


def record_readings(
    *, by: AbstractUser, report: Report, details: Iterable[str], newest: Sequence[ReportEvent] = ()
) -> list[ReportEvent]:
    """Write down that `by` opened parts of `report`; return the events that were not there yet.

    A part that the same member opens again within half an hour is one opening: otherwise every form sent from
    the case page would write each part once more, and nobody could read the log. newest: the newest events of
    the report, when the caller has them; what they do not tell is asked.
    """
    wanted = {detail[:100]: detail for detail in details}
    since = timezone.now() - ONE_OPENING
    for event in newest:
        if event.kind == ReportEvent.Kind.READ and event.actor_id == by.pk and event.at >= since:
            wanted.pop(event.detail, None)
    told_all = any(event.number == 1 or event.at < since for event in newest)
    if wanted and not told_all:
        mine = ReportEvent.objects.filter(kind=ReportEvent.Kind.READ, actor_id=by.pk, at__gte=since)
        for known in mine.filter(subject=report.reference).values_list("detail", flat=True):
            wanted.pop(known, None)
    if not wanted:
        return []
    acts = [(report, detail) for detail in wanted.values()]
    with transaction.atomic():
        return record_many(kind=ReportEvent.Kind.READ, by=by, acts=acts)


def is_signed(event: ReportEvent) -> bool:
    """Return whether `event` stands as it was written, by a portal that has this SECRET_KEY."""
    return event.chain == _chain(event) and (
        # An erased report's details are emptied; a changed one is an edit.
        not event.detail or not event.detail_hash or event.detail_hash == _detail_hash(event)
    )


def _follows(event: ReportEvent, before: ReportEvent | None) -> bool:
    number, chain = (before.number, before.chain) if before else (0, "")
    return event.number == number + 1 and event.previous == chain


def _is_whole(event: ReportEvent, before: ReportEvent | None, since: dt.datetime | None = None) -> bool:
    """Return whether `event` is as it was written, and follows the event that it was written after.

    since: when SECRET_KEY was changed last; what is older cannot be checked one by one, see `digest`.
    """
    return _follows(event, before) and (is_signed(event) or (since is not None and event.at < since))


def _resigned_since(shown: Iterable[ReportEvent]) -> dt.datetime | None:
    """Return when SECRET_KEY was changed last, None too when each of `shown` stands without that."""
    return None if all(is_signed(event) for event in shown) else resigned_at()


def resigned() -> ReportEvent | None:
    """Return the event of the last change of SECRET_KEY, None when there never was one."""
    found = ReportEvent.objects.filter(subject=SITE, kind=ReportEvent.Kind.RESIGNED).order_by("-number")
    return next((event for event in found[:5] if is_signed(event)), None)


def resigned_at() -> dt.datetime | None:
    """Return when SECRET_KEY was changed last, None when it never was."""
    event = resigned()
    return event.at if event else None


def broken_links(subject: str) -> list[int]:
    """Return the numbers of events of `subject` that were changed, or that follow a missing one."""
    broken, before, since = [], None, resigned_at()
    for event in ReportEvent.objects.filter(subject=subject).order_by("number"):
        if not _is_whole(event, before, since):
            broken.append(event.number)
        before = event
    return broken


def broken_among(shown: Sequence[ReportEvent], known: Sequence[ReportEvent] = ()) -> set[uuid.UUID]:
    """Return the ids of those of `shown` that were changed, or that follow a missing one.

    known: further events the caller has. At most two queries; none when what stood before each is among them
    and this SECRET_KEY signed all.
    """
    before = {(event.subject, event.number): event for event in [*shown, *known]}
    links = [(event.subject, event.number - 1) for event in shown if event.number > 1]
    if asked := [link for link in links if link not in before]:
        wanted = Q(pk__in=[])
        for subject, number in asked:
            wanted |= Q(subject=subject, number=number)
        before |= {(event.subject, event.number): event for event in ReportEvent.objects.filter(wanted)}
    since = _resigned_since(shown)
    return {
        event.pk
        for event in shown
        if not _is_whole(event, before.get((event.subject, event.number - 1)), since)
    }


def digest() -> tuple[str, int]:
    """Return a hash of every event that this SECRET_KEY cannot check, and how many they are.

    The event that a change of SECRET_KEY leaves holds the hash: nobody can change an older one unseen.
    """
    whole, count = hashlib.blake2b(digest_size=16, person=b"old-events"), 0
    # Not the subject: an erased report's events stand under another name, and their links stay.
    for event in ReportEvent.objects.order_by("chain").iterator(chunk_size=1000):
        if event.chain != _chain(event):
            count += 1
            whole.update(f"{event.previous}|{event.chain}|{_told(event)}\n".encode())
    return whole.hexdigest(), count


def _told(event: ReportEvent) -> str:
    at = event.at.astimezone(dt.UTC).isoformat()
    return f"{event.number}|{event.kind}|{event.actor_name}|{at}|{event.detail_hash}"


def forget_subject(reference: str, instead: str) -> None:
    """Empty the details of the events of an erased report, and let `instead` stand for its reference.

    The chain is made anew under the new name. An event that was changed before keeps its old links, so that
    it still shows as changed. Needs a transaction. instead: up to 12 characters, unique for each report.
    """
    told, before, was_before = [], None, None
    for event in ReportEvent.objects.filter(subject=reference).order_by("number"):
        was = copy.copy(event)
        whole = _is_whole(event, was_before)
        event.subject = instead
        event.detail_hash = event.detail_hash or _detail_hash(event)
        event.detail = ""
        if whole:
            event.previous = before.chain if before else ""
            event.chain = _chain(event)
        told.append(event)
        before, was_before = event, was
    ReportEvent.objects.bulk_update(told, ["subject", "detail", "detail_hash", "previous", "chain"], 200)
    # Two reports were compared: the other one's events name this one.
    ReportEvent.objects.filter(kind__in=_NAME_ANOTHER, detail__contains=reference).update(detail="")
