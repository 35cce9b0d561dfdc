"""What a report leaves in the database: coarse clear columns, and sealed bytes (sealed reports, section 3).

Rows written by a reporter's act carry no clock time and have random ids, so that their order and moment say
nothing. Staff's acts carry their time, in `ReportEvent` alone.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import ALPHABET

CASE = "case"
IDENTITY = "identity"


class Room(models.TextChoices):
    """Who may read: `case` all reviewers, `identity` leads only."""

    CASE = CASE, _("the case")
    IDENTITY = IDENTITY, _("who wrote")


def new_reference() -> str:
    """Return a random short reference for staff to speak of a report, such as "R-7K3M9P2Q"."""
    return "R-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def this_week() -> dt.date:
    """Return the Monday of this week: the only moment a report keeps in clear."""
    today = timezone.localdate()
    return today - dt.timedelta(days=today.weekday())


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
        HOLD = "hold", _("Legal hold: never purged")

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
    part_count = models.PositiveIntegerField(default=0)
    unread = models.BooleanField(default=True, help_text="The reporter sent something nobody has opened.")

    # The check-back code never opens the report; it opens only answers sealed to this key.
    lookup = models.CharField(max_length=64, unique=True, editable=False)
    reporter_public = models.BinaryField()
    reporter_wrapped = models.BinaryField()
    code_cost = models.CharField(max_length=40)

    class Meta:
        ordering = ["-week", "-id"]
        indexes = [
            models.Index(fields=["-week", "-id"], name="report_order"),
            models.Index(fields=["status", "-week", "-id"], name="report_by_status"),
            models.Index(fields=["priority", "-week", "-id"], name="report_by_priority"),
            models.Index(fields=["kind", "-week", "-id"], name="report_by_kind"),
            models.Index(fields=["division", "-week", "-id"], name="report_by_division"),
            models.Index(fields=["assigned_to", "-week", "-id"], name="report_by_assigned"),
        ]

    def __str__(self) -> str:
        return self.reference


class SealedPart(models.Model):
    """One sealed piece of a report: its answers, an addition, a note, an answer to the reporter.

    `sealed_key` opens for the room, `reporter_key` (answers only) with the code. `once` is a keyed hash
    under a key that only the sender's form held: the same words sent twice meet it and are kept once. A null
    `once` (or a null draft `lookup`) stays out of the unique index.
    """

    class Kind(models.TextChoices):
        REPORT = "report", _("Report")
        IDENTITY = "identity", _("Name and contact")
        ADDITION = "addition", _("Added later")
        ANSWER = "answer", _("Answer to the reporter")
        NOTE = "note", _("Staff note")
        FILE = "file", _("File")

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

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="part_number_once"),
            models.CheckConstraint(
                condition=models.Q(kind="answer") | models.Q(reporter_key__isnull=True),
                name="part_only_answers_open_by_code",
            ),
        ]
        indexes = [models.Index(fields=["room", "epoch", "id"], name="part_to_rotate")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class FileChunk(models.Model):
    """One sealed mebibyte of a file. The part holds its key, its name and its type, sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    part = models.ForeignKey(SealedPart, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    of = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["part", "number"], name="chunk_number_once")]

    def __str__(self) -> str:
        return f"chunk {self.number}/{self.of}"


class Facet(models.Model):
    """That a report shares an officer, school or agency with others, as a keyed token without a name."""

    class Kind(models.TextChoices):
        OFFICER = "officer", _("Officer")
        BADGE = "badge", _("Badge")
        SCHOOL = "school", _("School")
        DISTRICT = "district", _("District")
        AGENCY = "agency", _("Agency")
        COUNTY = "county", _("County")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="facets")
    kind = models.CharField(max_length=10, choices=Kind)
    token = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "kind", "token"], name="facet_once")]
        indexes = [models.Index(fields=["kind", "token", "report"], name="facet_by_token")]

    def __str__(self) -> str:
        return self.kind


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


class ReportEvent(models.Model):
    """What a member of staff did, when: no content, never changed, each row chained to the one before.

    `subject` is the report's reference or "site"; the chain runs per subject and outlives the report.
    """

    class Kind(models.TextChoices):
        READ = "read", _("opened a part")
        STATUS = "status", _("set the status")
        PRIORITY = "priority", _("set the priority")
        ASSIGNED = "assigned", _("assigned")
        NOTED = "noted", _("wrote a note")
        ANSWERED = "answered", _("answered the reporter")
        EXPORTED = "exported", _("exported")
        GRANTED = "granted", _("let somebody in")
        SET_UP = "set_up", _("set up the keys")
        SHEETS = "sheets", _("confirmed the recovery sheets")
        ROTATED = "rotated", _("changed the room keys")
        PURGED = "purged", _("purged")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=12)
    report = models.ForeignKey(Report, null=True, on_delete=models.SET_NULL, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField()
    detail = models.CharField(max_length=100, blank=True)
    previous = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)

    class Meta:
        ordering = ["subject", "number"]
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="event_number_once")]

    def __str__(self) -> str:
        return f"{self.subject} {self.number}"


class QueueKey(models.Model):
    """The public half of one room key. Its private half exists only in grants."""

    room = models.CharField(max_length=10, choices=Room)
    epoch = models.PositiveIntegerField()
    public_key = models.BinaryField()
    signature = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "epoch"], name="queue_key_once")]

    def __str__(self) -> str:
        return f"{self.room} {self.epoch}"


class StaffKey(models.Model):
    """A member's key pair: the private half only wrapped under their passphrase and the pepper."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_key")
    public_key = models.BinaryField()
    signature = models.CharField(max_length=64)
    wrapped_private = models.BinaryField()
    salt = models.BinaryField()
    cost = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"key of {self.user_id}"


class KeyGrant(models.Model):
    """The private room key, sealed to one member or (staff_key empty) to the recovery key on paper."""

    queue_key = models.ForeignKey(QueueKey, on_delete=models.CASCADE, related_name="grants")
    staff_key = models.ForeignKey(StaffKey, null=True, on_delete=models.CASCADE, related_name="grants")
    sealed_private = models.BinaryField()
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue_key", "staff_key"], name="grant_once"),
            models.UniqueConstraint(
                fields=["queue_key"],
                condition=models.Q(staff_key__isnull=True),
                name="grant_recovery_once",
            ),
        ]

    def __str__(self) -> str:
        return f"grant {self.pk}"


class VaultSite(models.Model):
    """The one row about the vault: salts, the sealed index key, the recovery key's public half."""

    code_salt = models.BinaryField()
    code_cost = models.CharField(max_length=40)
    index_key = models.BinaryField()
    index_epoch = models.PositiveIntegerField()
    recovery_public = models.BinaryField()
    recovery_salt = models.BinaryField()
    recovery_cost = models.CharField(max_length=40)
    signature = models.CharField(max_length=64)
    sheets_confirmed = models.BooleanField(default=False)
    drilled_on = models.DateField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="vault_site_single")]

    def __str__(self) -> str:
        return "vault"


class Notice(models.Model):
    """That staff should be told there is something to review. It says nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sent = models.BooleanField(default=False, db_index=True)

    def __str__(self) -> str:
        return "notice"
