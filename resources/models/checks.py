"""When each fact was last checked, what a machine saw of its address, and laws that may end."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.lib.translated import TranslatedField
from resources.models.directory import Service
from resources.models.facts import Fact, How, Loaded, Mark, publishable
from resources.models.reading import Page, Tool

CHECK_EVERY = datetime.timedelta(days=90)
CHECK_CRISIS_EVERY = datetime.timedelta(days=30)


class FactCheck(models.Model):
    """When and how one fact of a service was last checked, and when it is due again.

    checked_by is empty for what was read from the content files. confirmed_by: the second person, whom the
    number of a crisis line needs. how is empty for a fact that nobody has checked; checked_on then is the day
    on which it was written down.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="fact_checks")
    fact = models.CharField(max_length=12, choices=Fact)
    checked_on = models.DateField()
    how = models.CharField(max_length=12, choices=How)
    next_due = models.DateField()
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_on = models.DateField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["next_due", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["service", "fact"], name="resources_factcheck_once"),
            models.CheckConstraint(
                condition=Q(next_due__gte=F("checked_on")), name="resources_factcheck_due_after_check"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.fact}"


class Law(Loaded):
    """A law that pages tell of, and the day by which a person must look at it again.

    section: such as "Tenn. Code Ann. 39-17-402". ends_on: the day on which it ends or ended unless it was
    changed, if it names one. review_by: the day by which somebody must have looked; before ends_on while that
    is still to come.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = TranslatedField(rows=1)
    section = models.CharField(max_length=120)
    ends_on = models.DateField(null=True, blank=True)
    review_by = models.DateField()
    mark = models.CharField(max_length=12, choices=Mark, default=Mark.UNVERIFIED)
    source = models.TextField(blank=True)
    checked_on = models.DateField(null=True, blank=True)
    is_published = models.BooleanField(default=False)
    pages = models.ManyToManyField(Page, blank=True, related_name="laws")
    tools = models.ManyToManyField(Tool, blank=True, related_name="laws")
    services = models.ManyToManyField(Service, blank=True, related_name="laws")

    class Meta:
        ordering = ["review_by", "slug"]
        constraints = [publishable("law")]

    def __str__(self) -> str:
        return str(self.name)

    def clean(self) -> None:
        """Raise ValidationError when the next look would come after the law has ended."""
        ends_later = self.ends_on and self.checked_on and self.checked_on < self.ends_on
        if self.ends_on and ends_later and self.review_by and self.review_by >= self.ends_on:
            raise ValidationError({"review_by": _("Choose a day before the law ends.")})


class AddressCheck(models.Model):
    """What the checker saw of one web address, number or e-mail address of the directory.

    address: `https:`, `tel:` or `mailto:`. tries: failures in a row, on different days. answer: what came, in
    a word or two, such as "404" or "leads to the home page". It never hides anything by itself.
    """

    class State(models.TextChoices):
        FINE = "fine", _("Works")
        MOVED = "moved", _("Moved for good")
        SUSPECT = "suspect", _("Failed, will be tried again")
        BROKEN = "broken", _("Broken on several days")
        UNTRIED = "untried", _("Not tried yet")

    address = models.CharField(max_length=400, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.UNTRIED)
    answer = models.CharField(max_length=200, blank=True)
    leads_to = models.CharField(max_length=400, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_on = models.DateField(null=True, blank=True)
    first_failed_on = models.DateField(null=True, blank=True)
    fine_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["state", "address"]

    def __str__(self) -> str:
        return self.address


def due_after(service: Service, checked_on: datetime.date) -> datetime.date:
    """Return the day on which a fact of `service`, checked on `checked_on`, is due again."""
    return checked_on + (CHECK_EVERY if service.crisis_order is None else CHECK_CRISIS_EVERY)
