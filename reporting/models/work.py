"""What staff leave: the read log, facets, tags, links, conflicts, saved views, templates."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.lib.translated import TranslatedField
from reporting.models.reports import Report


class ReportEvent(models.Model):
    """What a member of staff did, when: no content, never changed, each row chained to the one before.

    `subject` is the report's reference or "site"; the chain runs per subject and outlives the report.
    """

    class Kind(models.TextChoices):
        READ = "read", _("opened a part")
        SEARCHED = "searched", _("searched through reports")
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
        ENTERED = "entered", _("entered it for somebody")
        DOWNLOADED = "downloaded", _("downloaded a file")
        TAGGED = "tagged", _("changed the tags")
        DUPLICATE = "duplicate", _("marked or unmarked a duplicate")
        LINKED = "linked", _("judged a link to another report")
        BLOCKED = "blocked", _("changed who may not see it")
        MANDATED = "mandated", _("decided on the duty to report")
        REFERRED = "referred", _("wrote a letter or referral")
        KEPT = "kept", _("changed how long it is kept")
        ERASE_ASKED = "erase_asked", _("asked to erase it early")
        ERASE_STOPPED = "erase_stopped", _("stopped the erasing")
        REMOVED = "removed", _("removed a member")
        DRILLED = "drilled", _("tried the recovery sheets")
        RECOVERED = "recovered", _("got in with two recovery sheets")
        RESIGNED = "resigned", _("signed the keys again under a new SECRET_KEY")
        PUBLISHED = "published", _("published figures")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=12)
    report = models.ForeignKey(Report, null=True, on_delete=models.SET_NULL, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField()
    detail = models.CharField(max_length=100, blank=True)
    # The chain holds this instead of `detail`: an erased report's details can go and the chain stays whole.
    detail_hash = models.CharField(max_length=64, blank=True)
    # The bulk act it was part of, which can be taken back as a whole.
    batch = models.UUIDField(null=True)
    previous = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)

    class Meta:
        ordering = ["subject", "number"]
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="event_number_once")]
        indexes = [
            models.Index(fields=["-at", "-id"], name="event_newest"),
            models.Index(fields=["actor", "-at", "-id"], name="event_by_actor"),
            models.Index(fields=["kind", "-at", "-id"], name="event_by_kind"),
            models.Index(
                fields=["batch", "id"], condition=models.Q(batch__isnull=False), name="event_by_batch"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.number}"


class Facet(models.Model):
    """That a report shares an officer, school or agency with others, as a keyed token without a name."""

    class Kind(models.TextChoices):
        OFFICER = "officer", _("Officer")
        BADGE = "badge", _("Badge")
        SCHOOL = "school", _("School")
        DISTRICT = "district", _("District")
        AGENCY = "agency", _("Agency")
        COUNTY = "county", _("County")
        SOUND = "sound", _("Officer whose name sounds alike")
        TAG = "tag", _("Tag")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="facets")
    kind = models.CharField(max_length=10, choices=Kind)
    token = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "kind", "token"], name="facet_once")]
        indexes = [models.Index(fields=["kind", "token", "report"], name="facet_by_token")]

    def __str__(self) -> str:
        return self.kind


class Label(models.Model):
    """The words a facet's token stands for, such as a school's name, sealed to the case room."""

    kind = models.CharField(max_length=10, choices=Facet.Kind)
    token = models.CharField(max_length=32)
    epoch = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "token"], name="label_once")]

    def __str__(self) -> str:
        return self.kind


class Conflict(models.Model):
    """That a member is tied to a school, an agency or an officer: they see no report that names it."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Facet.Kind)
    token = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "kind", "token"], name="conflict_once")]

    def __str__(self) -> str:
        return f"conflict of {self.member_id}"


class ReportBlock(models.Model):
    """That one member may not see one report, for a reason no facet can know."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="blocks")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "member"], name="block_once")]

    def __str__(self) -> str:
        return f"block of {self.member_id}"


class ReportLink(models.Model):
    """What a member judged of two reports that facets suggest belong together. `one` has the smaller id."""

    class Verdict(models.TextChoices):
        SAME = "same", _("They belong together")
        DIFFERENT = "different", _("They do not")

    one = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict)
    # Whether the two reporters are two people; a pattern needs two (research on intake, capability 11).
    independent = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="link_once"),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="link_in_order"),
        ]

    def __str__(self) -> str:
        return self.verdict


class SavedView(models.Model):
    """Filters of the queue under a name. The name is sealed to the case room: it may hold a school's."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    shared = models.BooleanField(default=False)
    query = models.CharField(max_length=500, blank=True, help_text="Filters as they stand in the address.")
    epoch = models.PositiveIntegerField()
    name = models.BinaryField()
    opens_first = models.BooleanField(default=False, help_text="What its owner sees when the queue opens.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=models.Q(opens_first=True), name="view_first_once"
            )
        ]

    def __str__(self) -> str:
        return f"view {self.pk}"


class BulkAct(models.Model):
    """One change of many reports: what, of which reports, how far it came. It holds no word of a report.

    It is done in bounded pieces and may be cut off anywhere; `cursor` is where it goes on. Its events carry
    its id as `batch`, which is how it is taken back.
    """

    class Act(models.TextChoices):
        STATUS = "status", _("Set the status")
        PRIORITY = "priority", _("Set the priority")
        ASSIGN = "assign", _("Assign")
        TAG = "tag", _("Add a tag")
        UNTAG = "untag", _("Remove a tag")
        TAKE_BACK = "take_back", _("Take back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    act = models.CharField(max_length=10, choices=Act)
    value = models.CharField(max_length=40, help_text="A status, a priority, a member's number, a token.")
    query = models.CharField(max_length=500, blank=True, help_text="Filters as they stand in the address.")
    cursor = models.CharField(max_length=60, blank=True)
    changed = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    is_done = models.BooleanField(default=False)
    takes_back = models.OneToOneField(
        "self", null=True, on_delete=models.CASCADE, related_name="taken_back_by"
    )
    began_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["by", "-began_at"], name="bulk_newest")]

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"


class Template(models.Model):
    """Words that staff begin with: answers to reporters, letters. They name no person and no report."""

    class Use(models.TextChoices):
        ANSWER = "answer", _("Answer to the reporter")
        LETTER = "letter", _("Letter")

    slug = models.SlugField(unique=True)
    use = models.CharField(max_length=10, choices=Use)
    title = TranslatedField()
    body = TranslatedField(rows=10)
    draft_languages = models.CharField(
        max_length=60,
        blank=True,
        help_text=_("Codes of languages no native speaker has read yet, such as “es”. Staff are told."),
    )
    loaded_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["use", "slug"]

    def __str__(self) -> str:
        return str(self.title)
