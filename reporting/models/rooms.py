"""The two rooms, and the moment a row may keep in clear."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

CASE = "case"
IDENTITY = "identity"


class Room(models.TextChoices):
    """Who may read: `case` all reviewers, `identity` leads only."""

    CASE = CASE, _("the case")
    IDENTITY = IDENTITY, _("who wrote")


def this_week() -> dt.date:
    """Return the Monday of this week: the only moment a report keeps in clear."""
    today = timezone.localdate()
    return today - dt.timedelta(days=today.weekday())
