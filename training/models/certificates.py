"""Certificates without a name."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.lib import codes
from training.models.course import Course


class CertificateLanguage(models.TextChoices):
    """The languages that certificates are printed in."""

    ENGLISH = "en", "English"
    SPANISH = "es", "Español"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Certificates by standing."""

    def valid(self) -> CertificateQuerySet:
        """Certificates that still count."""
        return self.filter(status=Certificate.Status.VALID)


class Certificate(models.Model):
    """That somebody passed. Who it was is not kept: `holder_hash` can only confirm a typed name."""

    class Status(models.TextChoices):
        """Standing of a certificate."""

        VALID = "valid", _("Valid")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        REPLACED = "replaced", _("Replaced")

    code = models.CharField(max_length=18, unique=True, editable=False)
    course = models.ForeignKey(Course, related_name="certificates", on_delete=models.PROTECT)
    course_version = models.PositiveSmallIntegerField()
    language = models.CharField(
        max_length=8, choices=CertificateLanguage, default=CertificateLanguage.ENGLISH
    )
    issued_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.VALID)
    reason = models.CharField(
        max_length=300, blank=True, help_text=_("Shown to everyone who checks it. No names.")
    )
    replaced_by = models.OneToOneField(
        "self", null=True, blank=True, related_name="replaces", on_delete=models.PROTECT
    )
    holder_hash = models.CharField(max_length=64, editable=False)
    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | ~Q(reason=""),
                name="training_certificate_withdrawn_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="replaced", replaced_by__isnull=False)
                | (~Q(status="replaced") & Q(replaced_by__isnull=True)),
                name="training_certificate_replaced_has_next",
            ),
        ]

    def __str__(self) -> str:
        return f"certificate {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("training:certificate", args=[self.shown_code])

    @property
    def shown_code(self) -> str:
        """The ID in three groups of six, as it is printed and read over the phone."""
        return codes.shown(self.code)
