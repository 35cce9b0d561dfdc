"""What readers find beside the directory: texts, principles, tools, and the deaths of each year."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.lib.translated import TranslatedField
from resources.models.directory import Category
from resources.models.facts import How, Loaded, Mark, checked_label, publishable


class Page(Loaded):
    """A text that stands on a reading page, edited by staff in Markdown."""

    slug = models.SlugField(max_length=60, unique=True)
    title = TranslatedField(rows=1)
    body = TranslatedField(rows=14, help_text=_("Markdown. Leave an empty line between paragraphs."))

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.title)


class Principle(Loaded):
    """One of the eight principles of harm reduction.

    meaning: the faithful meaning of the source. body: the plain explanation. tools: in which one sees it.
    """

    number = models.PositiveSmallIntegerField(unique=True)
    slug = models.SlugField(max_length=60, unique=True, help_text=_("Printed in QR codes: never changed."))
    title = TranslatedField(rows=1)
    meaning = TranslatedField(rows=4)
    body = TranslatedField(rows=8)
    tools: models.ManyToManyField[Tool, Any] = models.ManyToManyField(
        "Tool", blank=True, related_name="principles", help_text="Tools in which one sees this principle."
    )

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return reverse("resources:principle", args=[self.slug])


class ToolGroup(Loaded):
    """A group of harm-reduction tools."""

    slug = models.SlugField(max_length=60, unique=True)
    name = TranslatedField(rows=1)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return str(self.name)


class Tool(Loaded):
    """One harm-reduction tool, and whether people in Tennessee can have it."""

    class Availability(models.TextChoices):
        AVAILABLE = "available", _("In Tennessee")
        NOT_AVAILABLE = "not_available", _("Not in Tennessee")
        UNCLEAR = "unclear", _("Not clear in Tennessee")

    slug = models.SlugField(max_length=60, unique=True)
    group = models.ForeignKey(ToolGroup, on_delete=models.PROTECT, related_name="tools")
    name = TranslatedField(rows=1)
    tennessee_note = TranslatedField(blank=True, rows=4, help_text=_("Markdown."))
    availability = models.CharField(max_length=20, choices=Availability, default=Availability.UNCLEAR)
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text=_("Where to look in the directory."),
    )  # fmt: skip
    mark = models.CharField(max_length=12, choices=Mark, default=Mark.UNVERIFIED)
    source = models.TextField(blank=True)
    checked_on = models.DateField(null=True, blank=True)
    is_published = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["group", "order", "slug"]
        constraints = [publishable("tool")]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def checked_label(self) -> str:
        """One honest sentence on how and when this was checked, for readers."""
        how = How.GENERAL if self.mark == Mark.KNOWN else How.STORED_COPY
        return checked_label(how, self.checked_on, has_phone=False)


class YearOfDeaths(Loaded):
    """How many people died of an overdose in Tennessee in one year, as one source counted.

    Never drawn as a trend: the sources differ (tennessee-resources b.6 to b.9).
    """

    year = models.PositiveSmallIntegerField(unique=True)
    deaths = models.PositiveIntegerField(null=True, blank=True)
    note = TranslatedField(blank=True, rows=1)
    is_provisional = models.BooleanField(default=False)
    mark = models.CharField(max_length=12, choices=Mark, default=Mark.UNVERIFIED)
    source = models.TextField(blank=True)
    checked_on = models.DateField(null=True, blank=True)
    is_published = models.BooleanField(default=False)

    class Meta:
        ordering = ["year"]
        verbose_name_plural = _("years of deaths")
        constraints = [
            publishable("yearofdeaths"),
            models.CheckConstraint(
                condition=Q(is_published=False) | Q(deaths__isnull=False),
                name="resources_yearofdeaths_published_has_number",
            ),
        ]

    def __str__(self) -> str:
        return str(self.year)
