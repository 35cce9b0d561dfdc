"""Erasing before the day, and what is left of an erased report."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from reporting.models.reports import Report


class Erasure(models.Model):
    """A wish to erase a report before its day: a second member confirms it, or 72 hours pass."""

    class Reason(models.TextChoices):
        ASKED = "asked", _("The reporter asked for it")
        SPAM = "spam", _("Spam")
        MISTAKE = "mistake", _("Sent by mistake")

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="erasure")
    reason = models.CharField(max_length=10, choices=Reason)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"erasure of {self.report_id}"


class Tombstone(models.Model):
    """That a report was erased: which (as a keyed hash of its reference), when, by whom, by which rule."""

    reference_hash = models.CharField(max_length=64, unique=True)
    erased_on = models.DateField()
    by_name = models.CharField(max_length=150, blank=True)
    rule = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"tombstone {self.pk}"
