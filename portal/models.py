"""Staff accounts, and the number that empties the page cache."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff. Readers, trainees and reporters never have an account.

    What a member may do is their role alone: `is_superuser`, groups and single permissions add nothing
    (sealed reports, section 6: making a superuser gives no reading).
    """

    class Role(models.TextChoices):
        EDITOR = "editor", _("Editor: resources and the course")
        TRAINER = "trainer", _("Trainer: holds courses, reads course figures")
        REVIEWER = "reviewer", _("Reviewer: the report queue")
        LEAD = "lead", _("Lead: the queue, names and contacts, members")
        OPERATOR = "operator", _("Operator: runs the machine, reads nothing")

    class Notices(models.TextChoices):
        HOURS = "hours", _("At the fixed hours, when there is something new")
        DAILY = "daily", _("Once a day, when there is something new")
        NONE = "none", _("Never")

    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.OPERATOR)
    notices = models.CharField(_("notices by e-mail"), max_length=10, choices=Notices, default=Notices.HOURS)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Return whether the role allows `perm`, such as "reporting.view_report"."""
        return self.is_active and role_allows(self.role, perm)

    def has_perms(self, perm_list: Iterable[str], obj: Any = None) -> bool:
        """Return whether the role allows every one of `perm_list`."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Return whether the role allows anything of the app."""
        return self.is_active and any(perm.startswith(f"{app_label}.") for perm in _ALLOWED[self.role])


# A name that ends with a dot allows everything of that app.
_QUEUE = ("reporting.view_report", "reporting.change_report")
_ALLOWED: dict[str, tuple[str, ...]] = {
    User.Role.EDITOR: ("resources.", "training."),
    User.Role.TRAINER: (
        "training.view_dailycount",
        "training.view_trainingclass",
        "training.add_trainingclass",
        "training.change_trainingclass",
    ),
    User.Role.REVIEWER: _QUEUE,
    User.Role.LEAD: (
        *_QUEUE,
        "reporting.view_identity",
        "reporting.view_template",
        "reporting.add_template",
        "reporting.change_template",
        "reporting.delete_template",
        "portal.view_user",
        "portal.add_user",
        "portal.change_user",
    ),
    User.Role.OPERATOR: (),
}


def role_allows(role: str, perm: str) -> bool:
    """Return whether `role` allows `perm`; an unknown role allows nothing."""
    return any(
        perm == allowed or (allowed.endswith(".") and perm.startswith(allowed))
        for allowed in _ALLOWED.get(role, ())
    )


class SecondFactor(models.Model):
    """A member's six-digit codes. The seed is encrypted under a key made from VAULT_PEPPER."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    seed = models.BinaryField()
    # Of the code used last: each works once.
    last_step = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class BackupCode(models.Model):
    """One code on paper, for the day the phone is lost: only a keyed hash, and it works once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="backup_codes")
    code_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="backup_code_once")]

    def __str__(self) -> str:
        return f"backup code of {self.user_id}"


class Activation(models.Model):
    """A link that lets a member choose a passphrase: once, for 48 hours, known only as a hash."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="activation")
    token_hash = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"activation of {self.user_id}"


class LoginWindow(models.Model):
    """How many logins were judged for one account name since a moment. The name is a keyed hash.

    Names that belong to nobody are counted alike, and a passphrase typed into the wrong field is not kept.
    """

    name_hash = models.CharField(max_length=64, unique=True)
    began = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.count} logins"


class StaffSession(models.Model):
    """A login. The row's key is a hash of the cookie and its data is encrypted under the cookie."""

    row_key = models.CharField(max_length=64, primary_key=True)
    data = models.BinaryField()
    owner = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return "session"


class PageVersion(models.Model):
    """One row whose number every change of public content raises (portal.pagecache)."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"version {self.number}"
