"""The same thing told twice: one report is marked as a duplicate of another, and unmarked again."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from reporting import events
from reporting.models import Report, ReportEvent, ReportQuerySet


class IsChain(ValueError):
    """One of the two already stands in such a pair: A of B of C would hide where the work is."""


def is_chain(report: Report, of: Report) -> bool:
    """Return whether `report` cannot become a duplicate of the report `of`."""
    has_copies = Report.objects.filter(duplicate_of=report).exists()
    return report.pk == of.pk or of.duplicate_of_id is not None or has_copies


@transaction.atomic
def mark(*, report: Report, of: Report, by: AbstractUser) -> None:
    """Mark `report` as a duplicate of the report `of`; it leaves the open view. Raise IsChain.

    Both keep all they hold, and the reporter of each still reads the answers to theirs.
    """
    locked = {row.pk: row for row in _locked(report, of)}
    if is_chain(report, locked[of.pk]):
        raise IsChain
    if locked[report.pk].duplicate_of_id == of.pk:
        return
    Report.objects.filter(pk=report.pk).update(duplicate_of=of)
    kind = ReportEvent.Kind.DUPLICATE
    events.record(kind=kind, by=by, report=report, detail=f"of {of.reference}")
    events.record(kind=kind, by=by, report=of, detail=f"has {report.reference}")


@transaction.atomic
def unmark(*, report: Report, by: AbstractUser) -> None:
    """Undo `mark`; the report is back in the open view."""
    row = _locked(report)[0]
    if row.duplicate_of_id is None:
        return
    of = Report.objects.get(pk=row.duplicate_of_id)
    Report.objects.filter(pk=report.pk).update(duplicate_of=None)
    kind = ReportEvent.Kind.DUPLICATE
    events.record(kind=kind, by=by, report=report, detail=f"no longer of {of.reference}")
    events.record(kind=kind, by=by, report=of, detail=f"no longer has {report.reference}")


def _locked(*reports: Report) -> list[Report]:
    pks = [report.pk for report in reports]
    return list(Report.objects.select_for_update().filter(pk__in=pks).order_by("pk"))


def of_report(report: Report, user: AbstractUser) -> ReportQuerySet:
    """Return the duplicates of `report` that `user` may see."""
    return Report.objects.visible_to(user).filter(duplicate_of=report).order_by("-week", "-id")


def first_of(report: Report, user: AbstractUser) -> Report | None:
    """Return the report that `report` is a duplicate of, None when there is none that `user` may see."""
    if report.duplicate_of_id is None:
        return None
    return Report.objects.visible_to(user).filter(pk=report.duplicate_of_id).first()
