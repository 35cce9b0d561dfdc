"""Public halves of keys, wrapped private halves, and who was let in (sealed reports, section 2)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from reporting.models.rooms import Room


class QueueKey(models.Model):
    """The public half of one room key. Its private half exists only in grants.

    exposed: somebody who left, or two recovery sheets, gave this key away; a new epoch is due.
    """

    room = models.CharField(max_length=10, choices=Room)
    epoch = models.PositiveIntegerField()
    public_key = models.BinaryField()
    signature = models.CharField(max_length=64)
    exposed = models.BooleanField(default=False)

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
    """The private room key, sealed to one member or (staff_key empty) to the recovery key on paper.

    proof: a hash under the room's private key of whom it was sealed to. Only somebody who was in the room can
    make it, so a new epoch is never granted to a row that was written into the database from outside.
    """

    queue_key = models.ForeignKey(QueueKey, on_delete=models.CASCADE, related_name="grants")
    staff_key = models.ForeignKey(StaffKey, null=True, on_delete=models.CASCADE, related_name="grants")
    sealed_private = models.BinaryField()
    proof = models.CharField(max_length=64, blank=True)
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
    """The one row about the vault: salts, the sealed index key, the recovery key's public half.

    next_…: the recovery key of new sheets, until two of them were typed back. sheets_seen: two sheets were
    used to get in, so new ones are due.
    """

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
    sheets_seen = models.BooleanField(default=False)
    next_public = models.BinaryField(null=True)
    next_salt = models.BinaryField(null=True)
    next_cost = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="vault_site_single")]

    def __str__(self) -> str:
        return "vault"
