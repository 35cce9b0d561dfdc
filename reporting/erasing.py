"""Erasing reports: by schedule in three steps, or early when two members or 72 hours say so.

First who wrote (identity), then the story, the files and everything made from them, last the emptied row.
What stays is the read log without its details, under another name than the report's, and a tombstone. Nothing
under legal hold is touched. Backups keep what they hold until they expire (docs/decisions, retention).
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.lib.codes import ALPHABET
from reporting import events
from reporting.casework import readers
from reporting.models import (
    IDENTITY,
    OPEN,
    Conflict,
    Erasure,
    Facet,
    Held,
    Label,
    Notice,
    Report,
    ReportBlock,
    ReportEvent,
    SealedPart,
    Tombstone,
)
from reporting.retention import IDENTITY_BEFORE, SHELL_FOR
from reporting.vault import primitives

WAIT = dt.timedelta(hours=72)
# With fewer readers the second one is nobody's check on the first (research on intake, design notes).
FEWEST_READERS = 3
EARLY = "two members"
AFTER_WAIT = "72 hours"
# What an emptied report keeps until its row goes: who may not see it, and a wish to erase it.
_STAYS_WITH_THE_SHELL = (ReportBlock, Erasure)


class NotAsked(Exception):
    """Nobody asked to erase this report, or somebody stopped it meanwhile."""


class OneMember(Exception):
    """The second member is the first, may not decide, or the team is too small for a second one."""


# --- Early: asked, confirmed, stopped ---


@transaction.atomic
def ask_erasure(*, report: Report, by: AbstractUser, reason: str) -> Erasure:
    """Ask to erase `report` early, and let all members know that something waits.

    reason: an `Erasure.Reason`. Asked twice, the first wish stands. Raise Held, or ValueError.
    """
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.held:
        raise Held
    reason = Erasure.Reason(reason).value
    erasure, is_new = Erasure.objects.get_or_create(
        report=report, defaults={"reason": reason, "asked_by_id": by.pk, "asked_at": timezone.now()}
    )
    if is_new:
        events.record(kind=ReportEvent.Kind.ERASE_ASKED, by=by, report=report, detail=reason)
        Notice.objects.create()
    return erasure


@transaction.atomic
def stop_erasure(*, report: Report, by: AbstractUser) -> None:
    """Take the wish back: any member who sees the report may. Raise NotAsked."""
    report = Report.objects.select_for_update().get(pk=report.pk)
    if not Erasure.objects.filter(report=report).delete()[0]:
        raise NotAsked
    events.record(kind=ReportEvent.Kind.ERASE_STOPPED, by=by, report=report)


def may_confirm(*, erasure: Erasure, by: AbstractUser) -> bool:
    """Return whether `by` can be the second member: both can read, and they are not all of the team."""
    able = set(readers().values_list("pk", flat=True))
    return (
        len(able) >= FEWEST_READERS
        and erasure.asked_by_id != by.pk
        and {erasure.asked_by_id, by.pk} <= able
        # Who was tied to the report meanwhile no longer decides about it.
        and Report.objects.visible_to(erasure.asked_by).filter(pk=erasure.report_id).exists()
    )


@transaction.atomic
def confirm_erasure(*, report: Report, by: AbstractUser) -> None:
    """Erase `report` at once, because a second member agrees. Raise NotAsked, OneMember or Held."""
    report = Report.objects.select_for_update().get(pk=report.pk)
    erasure = Erasure.objects.select_related("asked_by").filter(report=report).first()
    if erasure is None:
        raise NotAsked
    if report.held:
        raise Held
    if not may_confirm(erasure=erasure, by=by):
        raise OneMember
    _erase_whole(report, by, EARLY)


def waiting(user: AbstractUser) -> QuerySet[Erasure]:
    """Return the wishes to erase reports that `user` may see, the oldest first."""
    visible = Report.objects.visible_to(user).filter(pk=OuterRef("report"))
    found = Erasure.objects.filter(Exists(visible)).select_related("report", "asked_by")
    return found.order_by("asked_at")


# --- By schedule ---


def _after_wait(now: dt.datetime) -> Q:
    return Q(erasure__asked_at__lte=now - WAIT)


def _over(today: dt.date) -> Q:
    # What the reporter added and nobody read yet waits until somebody has; spam waits for nobody.
    read = Q(unread=False) | Q(status=Report.Status.SPAM)
    return Q(erase_on__lte=today) & read & ~Q(status__in=OPEN)


def due(now: dt.datetime) -> dict[str, QuerySet[Report]]:
    """Return what is to be erased at `now`, by the step it is at; nothing under legal hold is in it."""
    today = timezone.localdate(now)
    free = Report.objects.filter(held=False)
    names = SealedPart.objects.filter(report=OuterRef("pk"), room=IDENTITY)
    emptied = Q(part_count=0)
    return {
        "early": free.filter(_after_wait(now)),
        "identity": free.filter(_over(today + IDENTITY_BEFORE), Exists(names)).exclude(emptied),
        "story": free.filter(_over(today)).exclude(emptied),
        "row": free.filter(emptied, erase_on__lte=today - SHELL_FOR),
    }


def waiting_unread(now: dt.datetime) -> QuerySet[Report]:
    """Return closed reports whose day has come, but whose reporter added something nobody has read."""
    today = timezone.localdate(now)
    return Report.objects.filter(held=False, status=Report.Status.CLOSED, unread=True, erase_on__lte=today)


def erase_due(now: dt.datetime) -> Counter[str]:
    """Erase everything that is due at `now`; return how many reports went through each step.

    Each report is a transaction of its own: cut off anywhere, the next run goes on.
    """
    done: Counter[str] = Counter()
    for step, reports in due(now).items():
        for report_id in list(reports.values_list("pk", flat=True)):
            done[step] += _take_step(step, report_id, now)
    return done


@transaction.atomic
def _take_step(step: str, report_id: uuid.UUID, now: dt.datetime) -> bool:
    Report.objects.select_for_update().filter(pk=report_id).first()
    # Looked at once more under the lock: a hold or a new message may have come since.
    report = due(now)[step].filter(pk=report_id).first()
    if report is None:
        return False
    if step == "early":
        _erase_whole(report, None, AFTER_WAIT)
    elif step == "identity":
        _erase_identity(report)
        events.record(kind=ReportEvent.Kind.PURGED, by=None, report=report, detail="names and contact")
    elif step == "story":
        _erase_story(report)
        events.record(kind=ReportEvent.Kind.PURGED, by=None, report=report, detail="story and files")
    else:
        _erase_row(report, None, report.retention)
    return True


# --- The three steps ---


def _erase_whole(report: Report, by: AbstractUser | None, rule: str) -> None:
    _erase_identity(report)
    _erase_story(report)
    _erase_row(report, by, rule)


def _erase_identity(report: Report) -> None:
    report.parts.filter(room=IDENTITY).delete()


def _erase_story(report: Report) -> None:
    """Erase all that was told and all that was made from it. The code opens nothing from here on."""
    _keep_conflicts(report)
    told = list(report.facets.values_list("kind", "token"))
    for model, name in _hanging_on_reports():
        if model not in _STAYS_WITH_THE_SHELL:
            model._default_manager.filter(**{name: report}).delete()
    _erase_labels(told)
    Report.objects.filter(duplicate_of=report).update(duplicate_of=None)
    report.kind, report.division = Report.Kind.UNKNOWN, Report.Division.UNKNOWN
    report.priority = Report.Priority.NORMAL
    report.assigned_to = report.duplicate_of = None
    report.part_count, report.unread, report.indexed = 0, False, True
    # The reporter's key goes too; what the column must hold is random.
    report.lookup = secrets.token_hex(32)
    report.reporter_public = report.reporter_wrapped = b""
    report.save()


def _hanging_on_reports() -> Iterator[tuple[type[models.Model], str]]:
    """Yield each model whose rows go with a report, and the name of its field that points at it."""
    for relation in Report._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.CASCADE:
            yield relation.related_model, relation.field.name


def _keep_conflicts(report: Report) -> None:
    """Let who is tied to the report by a facet stay shut out from its row, which loses its facets."""
    ties = Conflict.objects.all()
    if report.indexed:
        tied = Facet.objects.filter(report=report, kind=OuterRef("kind"), token=OuterRef("token"))
        ties = ties.filter(Exists(tied))
    members = ties.values_list("member_id", flat=True).distinct()
    blocks = [ReportBlock(report=report, member_id=member) for member in members]
    ReportBlock.objects.bulk_create(blocks, ignore_conflicts=True)


def _erase_labels(told: list[tuple[str, str]]) -> None:
    """Erase the words of the facets that no other report and no conflict uses."""
    for kind, token in told:
        same = {"kind": kind, "token": token}
        if not (Facet.objects.filter(**same).exists() or Conflict.objects.filter(**same).exists()):
            Label.objects.filter(**same).delete()


def _erase_row(report: Report, by: AbstractUser | None, rule: str) -> None:
    reference = report.reference
    hashed = reference_hash(reference)
    events.forget_subject(reference, _name_in_log(hashed))
    report.delete()
    Tombstone.objects.create(
        reference_hash=hashed,
        erased_on=timezone.localdate(),
        by_name=by.get_username() if by else "",
        rule=rule,
    )
    events.record(kind=ReportEvent.Kind.PURGED, by=by, detail=f"1 report, {rule}")


# --- What is left ---


def reference_hash(reference: str) -> str:
    """Return the keyed hash under which an erased report is known, as 64 hex digits."""
    return primitives.keyed_hash(settings.SECRET_KEY.encode(), "tombstone", reference.encode()).hex()


def _name_in_log(hashed: str) -> str:
    """Return what stands in the log instead of the reference: "T" and 11 letters (55 bits) of its hash."""
    number = int(hashed, 16)
    return "T" + "".join(ALPHABET[(number >> (5 * place)) % 32] for place in range(11))
