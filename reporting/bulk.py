"""One change of many reports: in bounded pieces, with an event for each, and taken back as one.

A piece is one transaction: its changes, their events and the place where the act goes on are kept together or
not at all. So an act may be cut off anywhere and sent again; nothing is done twice.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from reporting import events, queue, retention
from reporting.filters import Filters
from reporting.models import BulkAct, Facet, Report, ReportEvent
from reporting.queue import Cursor
from reporting.triage import mandated

PIECE = 500
SECONDS = 20.0
_REMEMBERED = 20
Act = BulkAct.Act
_COLUMN = {Act.STATUS: "status", Act.PRIORITY: "priority", Act.ASSIGN: "assigned_to_id"}
_KIND = {
    Act.STATUS: ReportEvent.Kind.STATUS,
    Act.PRIORITY: ReportEvent.Kind.PRIORITY,
    Act.ASSIGN: ReportEvent.Kind.ASSIGNED,
    Act.TAG: ReportEvent.Kind.TAGGED,
    Act.UNTAG: ReportEvent.Kind.TAGGED,
}
NOBODY = "nobody"
# What may be asked for on the queue; the page makes a member of it.
ME = "me"
OTHER = "other"


class Unknown(ValueError):
    """There is no such act or value."""


def begin(*, pk: uuid.UUID, by: AbstractUser, act: str, value: str, filters: Filters) -> BulkAct:
    """Write down a wish to change every report of the view `filters`; `go_on` does it. Raise Unknown.

    pk: made with the form, so that the same form sent twice is one act.
    """
    check(act, value)
    # The newest first, whatever the order on the page: a change of priority must not move the place.
    query = filters.query(order="")
    wish = {"act": act, "value": value, "query": query[:500]}
    return BulkAct.objects.get_or_create(pk=pk, by_id=by.pk, defaults=wish)[0]


@transaction.atomic
def change_chosen(
    *, by: AbstractUser, act: str, value: str, chosen: Sequence[str], filters: Filters
) -> BulkAct:
    """Change the reports with these ids, as many of them as `by` may see. Raise Unknown.

    filters: of the view they were ticked in; who takes the act back is led there again.
    """
    check(act, value)
    wish = {"act": act, "value": value, "query": filters.query()[:500]}
    row = BulkAct.objects.create(by_id=by.pk, is_done=True, **wish)
    reports = Report.objects.visible_to(by).filter(pk__in=chosen[: queue.PAGE_SIZE]).order_by("pk")
    _apply(row, by, list(reports.values_list("pk", flat=True)))
    row.save()
    return row


@transaction.atomic
def take_back(*, act: BulkAct, by: AbstractUser) -> BulkAct:
    """Begin to undo an act of `by`, which stops where it is; `go_on` does it. It may be sent twice."""
    BulkAct.objects.filter(pk=act.pk).update(is_done=True)
    row, _new = BulkAct.objects.get_or_create(
        takes_back=act, defaults={"by_id": by.pk, "act": Act.TAKE_BACK, "value": act.act}
    )
    return row


def last_of(user: AbstractUser) -> list[BulkAct]:
    """Return the newest acts of `user` that changed something or are not finished."""
    acts = BulkAct.objects.filter(by_id=user.pk).exclude(changed=0, is_done=True).order_by("-began_at")
    return list(acts.select_related("takes_back")[:_REMEMBERED])


def go_on(*, pk: uuid.UUID, by: AbstractUser, seconds: float = SECONDS) -> BulkAct:
    """Do pieces of the act for about `seconds`; return it. Raise BulkAct.DoesNotExist for another's."""
    until = time.monotonic() + seconds
    while True:
        row = _piece(pk, by)
        if row.is_done or time.monotonic() >= until:
            return row


@transaction.atomic
def _piece(pk: uuid.UUID, by: AbstractUser) -> BulkAct:
    # Two copies of the same page wait for each other and do different pieces.
    row = BulkAct.objects.select_for_update().get(pk=pk, by_id=by.pk)
    if row.is_done:
        return row
    if row.act == Act.TAKE_BACK:
        _undo_piece(row, by)
    else:
        found = queue.following(Filters.read(row.query), by, Cursor.parse(row.cursor), PIECE)
        _apply(row, by, [report.pk for report in found])
        row.is_done = len(found) < PIECE
        if found:
            row.cursor = Cursor.of(found[-1]).text()
    row.save()
    return row


def check(act: str, value: str) -> None:
    """Raise Unknown unless the value fits the act."""
    known: dict[str, Callable[[], Any]] = {
        Act.STATUS: lambda: Report.Status(value),
        Act.PRIORITY: lambda: Report.Priority(value),
        Act.ASSIGN: lambda: value == NOBODY or int(value),
        Act.TAG: lambda: bytes.fromhex(value),
        Act.UNTAG: lambda: bytes.fromhex(value),
    }
    try:
        known[act]()
    except (KeyError, ValueError) as fault:
        raise Unknown from fault


# --- One piece ---


def _apply(row: BulkAct, by: AbstractUser, pks: list[uuid.UUID]) -> None:
    """Change these reports, where there is something to change, and write it down."""
    reports = list(Report.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
    if row.act == Act.STATUS and row.value == Report.Status.CLOSED:
        reports = _may_be_closed(row, reports)
    if row.act in {Act.TAG, Act.UNTAG}:
        acts = _tag(row, reports)
    else:
        value: Any = row.value
        if row.act == Act.ASSIGN:
            value = None if row.value == NOBODY else int(row.value)
        acts = _set(row.act, reports, dict.fromkeys((report.pk for report in reports), value))
    _write_down(row, by, acts)


def _may_be_closed(row: BulkAct, reports: list[Report]) -> list[Report]:
    """Return those on whose duty to report somebody has decided; the others are counted as refused."""
    decided = mandated.decided(reports)
    open_ones = [report for report in reports if report.status != Report.Status.CLOSED]
    row.refused += sum(report.pk not in decided for report in open_ones)
    return [report for report in open_ones if report.pk in decided]


def _set(act: str, reports: list[Report], values: dict[uuid.UUID, Any]) -> list[tuple[Report, str]]:
    """Give each report its value; return (report, detail) of the changed ones. detail: "old to new"."""
    name = _COLUMN[Act(act)]
    acts = []
    for report in reports:
        before, value = getattr(report, name), values[report.pk]
        if before != value:
            setattr(report, name, value)
            acts.append((report, f"{_shown(before)} to {_shown(value)}"))
    columns = [name.removesuffix("_id")]
    if act == Act.STATUS:
        columns += retention.FOLLOWING
        for report, _detail in acts:
            retention.fit_status(report)
    Report.objects.bulk_update([report for report, _detail in acts], columns)
    return acts


def _shown(value: Any) -> str:
    if value is None:
        return NOBODY
    return f"member {value}" if isinstance(value, int) else str(value)


def _tag(row: BulkAct, reports: list[Report], token: str = "") -> list[tuple[Report, str]]:
    """Put the tag on each report, or take it off; return (report, detail) of the changed ones."""
    token = token or row.value
    tags = Facet.objects.filter(kind=Facet.Kind.TAG, token=token, report__in=reports)
    having = set(tags.values_list("report_id", flat=True))
    if row.act == Act.TAG:
        changed = [report for report in reports if report.pk not in having]
        Facet.objects.bulk_create(
            Facet(report=report, kind=Facet.Kind.TAG, token=token) for report in changed
        )
        return [(report, "added a tag") for report in changed]
    changed = [report for report in reports if report.pk in having]
    tags.delete()
    return [(report, "removed a tag") for report in changed]


def _write_down(row: BulkAct, by: AbstractUser, acts: list[tuple[Report, str]], kind: str = "") -> None:
    if acts:
        events.record_many(kind=kind or _KIND[Act(row.act)], by=by, acts=acts, batch=row.pk)
    row.changed += len(acts)


def _undo_piece(row: BulkAct, by: AbstractUser) -> None:
    """Give back what the next events of the act changed, unless somebody changed it again meanwhile."""
    act = row.takes_back
    assert act is not None  # noqa: S101 - only an undoing comes here
    done = ReportEvent.objects.filter(batch=act.pk).order_by("pk")
    if row.cursor:
        done = done.filter(pk__gt=uuid.UUID(row.cursor))
    piece = list(done[:PIECE])
    row.is_done = len(piece) < PIECE
    if piece:
        row.cursor = piece[-1].pk.hex
    visible = Report.objects.visible_to(by).filter(pk__in=[event.report_id for event in piece])
    reports = list(
        Report.objects.select_for_update().filter(pk__in=visible.order_by().values("pk")).order_by("pk")
    )
    row.refused += len(piece) - len(reports)
    if act.act in {Act.TAG, Act.UNTAG}:
        opposite = BulkAct(act=Act.UNTAG if act.act == Act.TAG else Act.TAG)
        acts = _tag(opposite, reports, act.value)
    else:
        before = {event.report_id: _before(event.detail) for event in piece}
        name = _COLUMN[Act(act.act)]
        # What somebody changed again since then is theirs.
        same = [report for report in reports if _shown(getattr(report, name)) == _after(act)]
        row.refused += len(reports) - len(same)
        acts = _set(act.act, same, {report.pk: before[report.pk] for report in same})
    _write_down(row, by, acts, _KIND[Act(act.act)])


def _after(act: BulkAct) -> str:
    return f"member {act.value}" if act.act == Act.ASSIGN and act.value != NOBODY else act.value


def _before(detail: str) -> Any:
    """Return the value that stands first in a detail such as "new to spam" or "member 3 to nobody"."""
    text = detail.partition(" to ")[0]
    if text == NOBODY:
        return None
    return int(text.removeprefix("member ")) if text.startswith("member ") else text
