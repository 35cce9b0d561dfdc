"""Staff accounts, and the number that empties the page cache."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A member of staff. Readers, trainees and reporters never have an account."""


class PageVersion(models.Model):
    """One row whose number every change of public content raises (portal.pagecache)."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"version {self.number}"
