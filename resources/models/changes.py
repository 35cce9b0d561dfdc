"""What readers told us about a listing, and the history of every change of one."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from resources.models.directory import Location, Service

# How long a suggestion is kept after it was decided.
KEEP_DECIDED = datetime.timedelta(days=180)


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    """What readers told us."""

    def waiting(self) -> SuggestionQuerySet:
        """Suggestions nobody has decided."""
        return self.filter(status=Suggestion.Status.NEW)

    def to_erase(self, today: datetime.date) -> SuggestionQuerySet:
        """Suggestions decided so long ago that their words are no longer needed."""
        return self.exclude(status=Suggestion.Status.NEW).filter(decided_on__lt=today - KEEP_DECIDED)


class Suggestion(models.Model):
    """What a reader told us about a listing, without account, name or e-mail.

    received_on is a day, not a moment, so that it cannot be laid beside other records.
    """

    class About(models.TextChoices):
        PHONE = "phone", _("A phone number")
        HOURS = "hours", _("The hours")
        ADDRESS = "address", _("The address or the website")
        ELIGIBILITY = "eligibility", _("Who it is for, or what it costs")
        CLOSED = "closed", _("It has closed, or it is not safe")
        MISSING = "missing", _("Something is missing")
        OTHER = "other", _("Something else")

    class Status(models.TextChoices):
        NEW = "new", "New"
        ACCEPTED = "accepted", "Accepted"
        PARTLY = "partly", "Accepted in part"
        DECLINED = "declined", "Declined"

    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="suggestions"
    )
    about = models.CharField(max_length=12, choices=About)
    words = models.TextField(max_length=2000)
    received_on = models.DateField()
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    reason = models.TextField(blank=True, help_text="Why it was accepted or declined.")

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["status", "received_on", "pk"]

    def __str__(self) -> str:
        return f"{self.received_on} {self.get_status_display()}"


class Change(models.Model):
    """One change of one field of a service or a place: what was there, what came, who, when and why.

    field: the name of a field, or "phones", "schedules", "access_facts", "categories", "locations" for the
    whole list as `resources.history.state_of` gives it. A change of a crisis number waits for a second
    person. Rows are added and decided, never changed otherwise: taking one back is a change of its own.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"
        DONE = "done", "Done"
        DECLINED = "declined", "Declined by the second person"

    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="changes"
    )
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.CASCADE, related_name="changes"
    )
    field = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.DONE)
    reason = models.TextField(blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decision = models.TextField(blank=True)
    suggestion = models.ForeignKey(
        Suggestion, null=True, blank=True, on_delete=models.SET_NULL, related_name="changes"
    )
    undoes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="undone_by"
    )

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(service__isnull=True) ^ Q(location__isnull=True), name="resources_change_of_one"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(made_by__isnull=True)
                | ~Q(decided_by=models.F("made_by")),
                name="resources_change_second_person",
                violation_error_message="A second person must decide, not the one who made the change.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.made_at:%Y-%m-%d}"
