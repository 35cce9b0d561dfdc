"""What a report leaves in the database: coarse clear columns, and sealed bytes (sealed reports, section 3).

Rows written by a reporter's act carry no clock time and have random ids, so that their order and moment say
nothing. Staff's acts carry their time, in `ReportEvent` alone.
"""

from __future__ import annotations

import secrets
import uuid
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import ALPHABET
from reporting.models.rooms import Room, this_week

# Status of reports that somebody still has to do something about.
OPEN = ["new", "reading", "waiting", "working"]


def new_reference() -> str:
    """Return a random short reference for staff to speak of a report, such as "R-7K3M9P2Q"."""
    return "R-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


_Row = TypeVar("_Row", bound=models.Model)


class Held(Exception):
    """A report is under legal hold: nothing of it is erased, by nobody and in no way."""


class KeptQuerySet(models.QuerySet[_Row]):
    """Rows of a report. Deleting any of them is refused while one of the reports is under legal hold."""

    held: ClassVar[str]

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows and what hangs on them. Raise Held, and delete nothing then."""
        with transaction.atomic():
            if self.filter(**{self.held: True}).exists():
                raise Held
            return super().delete()

    delete.queryset_only = True  # type: ignore[attr-defined]  # or every manager would have it
    delete.alters_data = True  # type: ignore[attr-defined]  # no template may call it


class PartQuerySet(KeptQuerySet["SealedPart"]):
    """Sealed parts."""

    held = "report__held"


class ChunkQuerySet(KeptQuerySet["FileChunk"]):
    """Chunks of files."""

    held = "part__report__held"


class ReportQuerySet(KeptQuerySet["Report"]):
    """Rows of the queue. Staff pages begin with `visible_to`, so that hidden and missing look the same."""

    held = "held"

    def visible_to(self, user: Any) -> ReportQuerySet:
        """Reports that `user` is not tied to: no conflict by school, agency or officer, no block.

        Conflicts are found by facets. A member with any conflict sees indexed reports only: of the others
        nobody knows yet whom they name.
        """
        from reporting.models.work import Conflict, Facet, ReportBlock

        blocked = ReportBlock.objects.filter(report=models.OuterRef("pk"), member_id=user.pk)
        conflicts = Conflict.objects.filter(member_id=user.pk)
        same = conflicts.filter(kind=models.OuterRef("kind"), token=models.OuterRef("token"))
        tied = Facet.objects.filter(models.Exists(same), report=models.OuterRef("pk"))
        # Not as NOT EXISTS: PostgreSQL would first collect all reports a member is tied to, however many.
        tie = models.Subquery(tied.annotate(is_free=models.Value(value=False)).values("is_free")[:1])
        return self.filter(
            models.Q(indexed=True) | ~models.Exists(conflicts),
            ~models.Exists(blocked),
            Coalesce(tie, models.Value(value=True)),
        )

    def open(self) -> ReportQuerySet:
        """Reports that are neither closed nor spam."""
        return self.filter(status__in=OPEN)


def _refuse_held(report_id: uuid.UUID) -> None:
    # Asked of the database: the object at hand may have been loaded before the hold.
    if Report.objects.filter(pk=report_id, held=True).exists():
        raise Held


class Report(models.Model):
    """One report: what may be sorted by, and the reporter's key. Its words are in `SealedPart`.

    The queue is ordered by (week, id), newest week first. Ids are random, so within a week the order is fixed
    but says nothing of who came first.
    """

    class Status(models.TextChoices):
        NEW = "new", _("Not read yet")
        READING = "reading", _("Being read")
        WAITING = "waiting", _("We asked you something")
        WORKING = "working", _("We are working on it")
        CLOSED = "closed", _("Closed")
        SPAM = "spam", _("Spam or sent by mistake")

    class Priority(models.TextChoices):
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")
        URGENT = "urgent", _("Urgent")

    class Kind(models.TextChoices):
        FORCE = "force", _("Force or restraint")
        POLICING = "policing", _("Arrest, search or questioning")
        SEXUAL = "sexual", _("Sexual misconduct")
        HARASSMENT = "harassment", _("Harassment or discrimination")
        OTHER = "other", _("Something else")
        UNKNOWN = "unknown", _("Not said")

    class Division(models.TextChoices):
        WEST = "west", _("West Tennessee")
        MIDDLE = "middle", _("Middle Tennessee")
        EAST = "east", _("East Tennessee")
        UNKNOWN = "unknown", _("Not said")

    class Retention(models.TextChoices):
        STANDARD = "standard", _("Standard")
        SHORT = "short", _("Short: spam or sent by mistake")
        LONG = "long", _("Long: a case that may still go to court")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=12, unique=True, default=new_reference, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.NORMAL)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.UNKNOWN)
    division = models.CharField(max_length=8, choices=Division, default=Division.UNKNOWN)
    week = models.DateField(default=this_week, help_text="Monday of the week it came in.")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        related_name="+",
        on_delete=models.SET_NULL,  # a leaver's account never takes reports along
    )
    retention = models.CharField(max_length=10, choices=Retention, default=Retention.STANDARD)
    held = models.BooleanField(default=False, help_text="Legal hold: nothing of it is erased.")
    erase_on = models.DateField(null=True, blank=True, help_text="Set when it is closed; no day, no erasing.")
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, related_name="duplicates", on_delete=models.SET_NULL
    )
    indexed = models.BooleanField(default=False, help_text="A reviewer's session wrote its facets.")
    part_count = models.PositiveIntegerField(default=0)
    unread = models.BooleanField(default=True, help_text="The reporter sent something nobody has opened.")

    # The check-back code never opens the report; it opens only answers sealed to this key.
    lookup = models.CharField(max_length=64, unique=True, editable=False)
    reporter_public = models.BinaryField()
    reporter_wrapped = models.BinaryField()
    code_cost = models.CharField(max_length=40)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-week", "-id"]
        indexes = [
            models.Index(fields=["-week", "-id"], name="report_order"),
            models.Index(fields=["status", "-week", "-id"], name="report_by_status"),
            models.Index(fields=["priority", "-week", "-id"], name="report_by_priority"),
            models.Index(fields=["kind", "-week", "-id"], name="report_by_kind"),
            models.Index(fields=["division", "-week", "-id"], name="report_by_division"),
            models.Index(fields=["assigned_to", "-week", "-id"], name="report_by_assigned"),
            models.Index(fields=["-week", "-id"], condition=models.Q(status__in=OPEN), name="report_open"),
            models.Index(
                fields=["priority", "-week", "-id"],
                condition=models.Q(status__in=OPEN),
                name="report_open_by_priority",
            ),
            models.Index(fields=["id"], condition=models.Q(indexed=False), name="report_to_index"),
            models.Index(
                fields=["erase_on"], condition=models.Q(erase_on__isnull=False), name="report_to_erase"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_emptied(self) -> bool:
        """Return whether all that was told is erased and only the row is left."""
        return self.part_count == 0

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the row and what hangs on it. Raise Held."""
        _refuse_held(self.pk)
        return super().delete(*args, **kwargs)


class SealedPart(models.Model):
    """One sealed piece of a report: its answers, an addition, a note, an answer to the reporter.

    `sealed_key` opens for the room, `reporter_key` (answers and their files only) with the code. `once` is
    a keyed hash under a key that only the sender's form held: the same words sent twice meet it and are kept
    once. A null `once` (or a null draft `lookup`) stays out of the unique index.
    """

    class Kind(models.TextChoices):
        REPORT = "report", _("Report")
        IDENTITY = "identity", _("Name and contact")
        ADDITION = "addition", _("Added later")
        ANSWER = "answer", _("Answer to the reporter")
        NOTE = "note", _("Staff note")
        FILE = "file", _("File")
        ORIGINAL = "original", _("File as it came, with its hidden details")
        REPLY_FILE = "reply_file", _("File for the reporter")
        DECISION = "decision", _("Decision about the duty to report")
        REFERRAL = "referral", _("Letter or referral")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    room = models.CharField(max_length=10, choices=Room)
    epoch = models.PositiveIntegerField()
    week = models.DateField(default=this_week)
    sealed_key = models.BinaryField()
    reporter_key = models.BinaryField(null=True)
    body = models.BinaryField()
    once = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="part_number_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["answer", "reply_file"]) | models.Q(reporter_key__isnull=True),
                name="part_only_answers_open_by_code",
            ),
        ]
        indexes = [models.Index(fields=["room", "epoch", "id"], name="part_to_rotate")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the part and its chunks. Raise Held."""
        _refuse_held(self.report_id)
        return super().delete(*args, **kwargs)


class FileChunk(models.Model):
    """One sealed mebibyte of a file. The part holds its key, its name and its type, sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(SealedPart, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    of = models.PositiveIntegerField()
    body = models.BinaryField()

    objects = ChunkQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["part", "number"], name="chunk_number_once")]

    def __str__(self) -> str:
        return f"chunk {self.number}/{self.of}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the chunk. Raise Held."""
        _refuse_held(self.part.report_id)
        return super().delete(*args, **kwargs)


class Draft(models.Model):
    """A report somebody is still writing: ciphertext under a key that only their page holds.

    "Save and finish later" fills `lookup` and `wrapped_key`: the draft key wrapped under the code.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    body = models.BinaryField()
    lookup = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    wrapped_key = models.BinaryField(null=True)
    purge_week = models.DateField(db_index=True)

    def __str__(self) -> str:
        return "draft"


class DraftFile(models.Model):
    """One mebibyte of a file of a draft, under the draft's key. Its name and kind stand in the draft's body.

    number: of the file in the draft. original: the file as it came, kept because the writer asked for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveIntegerField()
    original = models.BooleanField(default=False)
    chunk = models.PositiveIntegerField()
    of = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        ordering = ["number", "original", "chunk"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "number", "original", "chunk"], name="draft_chunk_once")
        ]

    def __str__(self) -> str:
        return f"chunk {self.chunk}/{self.of}"
