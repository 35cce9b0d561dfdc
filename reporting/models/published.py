"""What leaves the vault: notices that say nothing, and figures that point at nobody."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Notice(models.Model):
    """That staff should be told there is something to review. It says nothing else.

    It is deleted when the next fixed hour turned it into what members are owed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    def __str__(self) -> str:
        return "notice"


class NoticeRound(models.Model):
    """The one row about the last fixed hour at which notices were gathered."""

    slot = models.DateTimeField(help_text="The fixed hour, not the moment of the run.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="notice_round_single")]

    def __str__(self) -> str:
        return "notice round"


class NoticeDue(models.Model):
    """That one member is owed a mail. Deleted once the mail server took it.

    due_at: a fixed hour, never the moment of a report. claimed_until: a sender is at work on it until then.
    failing_since: the first try that failed.
    """

    member = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"notice for {self.member_id}"


class FigureRelease(models.Model):
    """One published set of figures: suppressed and rounded totals only, never what they were counted from."""

    published_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    tables = models.JSONField()

    class Meta:
        ordering = ["-published_on", "-id"]

    def __str__(self) -> str:
        return f"figures of {self.published_on}"
