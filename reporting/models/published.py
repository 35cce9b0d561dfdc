"""What leaves the vault: notices that say nothing, and figures that point at nobody."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Notice(models.Model):
    """That staff should be told there is something to review. It says nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sent = models.BooleanField(default=False, db_index=True)

    def __str__(self) -> str:
        return "notice"


class FigureRelease(models.Model):
    """One published set of figures: suppressed and rounded totals only, never what they were counted from."""

    published_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    tables = models.JSONField()

    class Meta:
        ordering = ["-published_on", "-id"]

    def __str__(self) -> str:
        return f"figures of {self.published_on}"
