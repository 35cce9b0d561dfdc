"""How facts are known: their marks, how they were checked, and what keeps the unproved unpublished."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Mark(models.TextChoices):
    """How well a fact is known; the words of the content files."""

    SEEN = "seen", _("Read at its source")
    KNOWN = "known", _("Generally known, no source opened")
    UNVERIFIED = "unverified", _("Not verified: may not be published")


class How(models.TextChoices):
    """How a fact was checked."""

    STORED_COPY = "stored_copy", _("Read in a stored copy")
    GENERAL = "general", _("Generally known")
    CALLED = "called", _("Called")
    SITE = "site", _("Read on its own website")
    PARTNER = "partner", _("Told by the organization")


class Fact(models.TextChoices):
    """The facts of a service that are checked one by one."""

    PHONE = "phone", _("Phone")
    HOURS = "hours", _("Hours")
    ADDRESS = "address", _("Address")
    ELIGIBILITY = "eligibility", _("Who it is for")


def publishable(prefix: str) -> models.CheckConstraint:
    """Return the constraint that what is published has a source, a day of checking and a fitting mark."""
    return models.CheckConstraint(
        condition=Q(is_published=False)
        | (~Q(source="") & Q(checked_on__isnull=False) & ~Q(mark=Mark.UNVERIFIED)),
        name=f"resources_{prefix}_published_has_source",
        violation_error_message=_(
            "To publish this, give its source and the day it was checked. "
            "What is not verified stays unpublished."
        ),
    )


class Loaded(models.Model):
    """A row that was first read from a content file.

    loaded_hash: digest of the row as the file last wrote it; another digest means that staff changed it.
    """

    loaded_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True


def checked_label(how: str, on: datetime.date | None, *, has_phone: bool) -> str:
    """Return one honest sentence for readers on how and when a fact was checked.

    how: a value of How, or empty. on: the day, or None. has_phone: whether a number could be test-called.
    """
    if on is None:
        return gettext("Not checked yet.")
    day = {"day": date_format(on, "DATE_FORMAT")}
    if how == How.CALLED:
        return gettext("Checked by phone on %(day)s.") % day
    if how == How.SITE:
        return gettext("Read on its own website on %(day)s.") % day
    if how == How.PARTNER:
        return gettext("Confirmed by the organization on %(day)s.") % day
    if how == How.GENERAL:
        start = gettext("Generally known; we have not opened a source as of %(day)s") % day
    else:
        start = gettext("Read in a stored copy on %(day)s") % day
    end = gettext("not yet test-called") if has_phone else gettext("not yet confirmed by us")
    return f"{start}; {end}."
