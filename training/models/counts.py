"""Counts without people. Each row counts one property alone, so no row ties two answers to one person."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.lib.places import counties
from training.models.course import Course, Question


def county_choices() -> list[tuple[str, str]]:
    """Return the counties as choices: slug and name."""
    return [(county.slug, county.name) for county in counties()]


class TrainingClass(models.Model):
    """A group that takes the course together. Its code is said aloud; who was there is not kept.

    `place` is shown to whoever has the code. `closes_on` is the last day on which the code is taken.
    """

    code = models.CharField(max_length=8, unique=True, editable=False)
    course = models.ForeignKey(Course, related_name="classes", on_delete=models.PROTECT)
    place = models.CharField(
        _("shown as"), max_length=80, help_text=_("For example: Library, Tuesday. No names.")
    )
    held_on = models.DateField(_("held on"))
    closes_on = models.DateField(_("code works until"))
    county = models.CharField(max_length=40, blank=True, choices=county_choices)

    class Meta:
        ordering = ["-held_on", "-pk"]
        verbose_name_plural = "training classes"

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("training:class", args=[self.code])

    def is_open(self, today: dt.date) -> bool:
        """Return whether the code is still taken on the day `today`."""
        return today <= self.closes_on


def _add_one(manager: Any, **key: Any) -> None:
    row, _created = manager.get_or_create(**key)
    manager.filter(pk=row.pk).update(count=F("count") + 1)


class DailyCount(models.Model):
    """How often something happened on a day, in all or with one property. No row belongs to a person.

    `by` names the property and `value` what it was: a county's slug, a class's code, a language's code. The
    row of all has an empty value.
    """

    class Kind(models.TextChoices):
        """What is counted."""

        COURSE = "course", _("Courses started")
        STARTED = "started", _("Quizzes started")
        FINISHED = "finished", _("Quizzes passed")
        CERTIFICATE = "certificate", _("Certificates made")
        REFRESHER = "refresher", _("Refreshers finished")

    class By(models.TextChoices):
        """The one property that a row is about."""

        ALL = "all", _("All")
        COUNTY = "county", _("County")
        CLASS = "class", _("Class")
        LANGUAGE = "language", _("Language")

    course = models.ForeignKey(Course, related_name="daily_counts", on_delete=models.CASCADE)
    day = models.DateField()
    kind = models.CharField(max_length=12, choices=Kind)
    by = models.CharField(max_length=8, choices=By, default=By.ALL)
    value = models.CharField(max_length=40, blank=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "day", "kind", "by", "value"], name="training_count_once_a_day_and_value"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.by} {self.value}".rstrip()

    @classmethod
    def add(cls, course: Course, kind: str, day: dt.date, **values: str) -> None:
        """Count one more of `kind` on `day`: in all, and once for each of `values` that is not empty.

        values: name of a property in By (county, class_, language) to what it was.
        """
        _add_one(cls.objects, course=course, day=day, kind=kind, by=cls.By.ALL, value="")
        for by, value in sorted(values.items()):
            if value:
                _add_one(cls.objects, course=course, day=day, kind=kind, by=by.rstrip("_"), value=value)


class ItemCount(models.Model):
    """How often a question was asked, answered right, and each of its options chosen. Never by whom or when.

    `what` is "asked", "right", or the key of an option. New words are a new question: `course_version`.
    """

    ASKED, RIGHT = "asked", "right"

    question = models.ForeignKey(Question, related_name="counts", on_delete=models.CASCADE)
    course_version = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=5)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["question", "course_version", "what"]
        constraints = [
            models.UniqueConstraint(fields=["question", "course_version", "what"], name="training_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.question_id} {self.what}"

    @classmethod
    def add(cls, question: Question, course_version: int, chosen: frozenset[str], *, is_right: bool) -> None:
        """Count one answer: `chosen` holds the keys of the chosen options."""
        for what in [cls.ASKED, *([cls.RIGHT] if is_right else []), *sorted(chosen)]:
            _add_one(cls.objects, question=question, course_version=course_version, what=what)


class RatingCount(models.Model):
    """How people rated one statement about themselves before or after. Each answer stands alone."""

    class Moment(models.TextChoices):
        """When it was asked."""

        BEFORE = "before", _("Before the course")
        AFTER = "after", _("After the quiz")

    class Statement(models.TextChoices):
        """What was rated (course outline: "Before and after")."""

        SPOT = "spot", _("I would know if someone was overdosing.")
        GIVE = "give", _("I could give naloxone if I had it.")
        STAY = "stay", _("I would stay and help until EMS came.")

    course = models.ForeignKey(Course, related_name="ratings", on_delete=models.CASCADE)
    day = models.DateField()
    moment = models.CharField(max_length=6, choices=Moment)
    statement = models.CharField(max_length=6, choices=Statement)
    rating = models.PositiveSmallIntegerField(
        help_text=_("1: not at all, 5: very much."), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "moment", "statement", "rating"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "day", "moment", "statement", "rating"], name="training_rating_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.moment} {self.statement} {self.rating}"

    @classmethod
    def add(cls, course: Course, moment: str, day: dt.date, ratings: dict[str, int]) -> None:
        """Count one more of each rating: statement to 1 (not at all) to 5 (very much)."""
        for statement, rating in sorted(ratings.items()):
            _add_one(cls.objects, course=course, day=day, moment=moment, statement=statement, rating=rating)
