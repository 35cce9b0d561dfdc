"""Courses as staff edit them, certificates without a name, and counts without people."""

from __future__ import annotations

import re
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.lib import codes
from portal.lib.translated import TranslatedField


class Signoff(models.TextChoices):
    """Who must agree with a text before it counts as checked."""

    NONE = "none", _("Nobody in particular")
    CLINICIAN = "clinician", _("A clinician")
    LAWYER = "lawyer", _("A lawyer")


class Reviewed(models.Model):
    """A text and who has signed it off. The role is public; a name is not asked for.

    `signoff` says who is needed. `reviewed_role` and `reviewed_on` are empty until that person has agreed,
    and are emptied again when `load_content` brings new words.
    """

    signoff = models.CharField(_("sign-off by"), max_length=10, choices=Signoff, default=Signoff.NONE)
    reviewed_role = models.CharField(_("signed off by (role)"), max_length=80, blank=True)
    reviewed_on = models.DateField(_("signed off on"), null=True, blank=True)
    review_by = models.DateField(_("review again by"), null=True, blank=True)
    loaded_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def awaits(self) -> str:
        """Whose sign-off is missing: "clinician", "lawyer", or "" when none is needed or it is given."""
        return "" if self.signoff == Signoff.NONE or self.reviewed_on else self.signoff


# A source's title ends with where its text was read: an address, or a note such as "repeated at" one.
_WHERE_READ = re.compile(r"[\s—;:,(]*(?:(?:read|copy|repeated|summary)\b[^()]{0,40}?)?https?://")


class Source(models.Model):
    """Where a fact was read. `code` is S and a number."""

    code = models.CharField(max_length=8, unique=True)
    title = models.TextField()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    @property
    def shown_title(self) -> str:
        """The title without addresses, as a visitor reads it."""
        return _WHERE_READ.split(self.title)[0].strip(" ,")


class Fact(models.Model):
    """One fact, for staff and reviewers. Lessons and questions name it by `code` (F and a number)."""

    class Mark(models.TextChoices):
        """How the fact was read."""

        SEEN = "seen", _("Read in the source")
        SECOND_HAND = "seen-2nd", _("Read on a page that repeats the source")
        MIXED = "mixed", _("Partly read, partly general knowledge")
        KNOWN = "known", _("General knowledge, not confirmed")

    code = models.CharField(max_length=8, unique=True)
    text = models.TextField()
    sources = models.ManyToManyField(Source, related_name="facts", blank=True)
    mark = models.CharField(max_length=10, choices=Mark)
    checked_on = models.DateField(_("last checked on"), null=True, blank=True)
    review_by = models.DateField(_("review again by"), null=True, blank=True)
    loaded_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Course(Reviewed):
    """A course. `version` is printed on certificates: raise it when what is taught changes."""

    slug = models.SlugField(unique=True)
    title = TranslatedField(rows=1)
    summary = TranslatedField(rows=4)
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(240)])
    version = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    certificate_title = TranslatedField(rows=1)
    certificate_topics = TranslatedField(rows=3)
    is_published = models.BooleanField(default=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("training:course", args=[self.slug])


class Lesson(Reviewed):
    """One lesson. `body` is Markdown; each `## ` heading starts a screen. `facts` are codes of Fact."""

    course = models.ForeignKey(Course, related_name="lessons", on_delete=models.PROTECT)
    slug = models.SlugField()
    number = models.PositiveSmallIntegerField()
    title = TranslatedField(rows=1)
    goal = TranslatedField(rows=2)
    seconds = models.PositiveSmallIntegerField(help_text=_("Reading time in seconds."))
    body = TranslatedField(rows=24)
    facts = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["course", "number"]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="training_lesson_slug_once"),
            models.UniqueConstraint(fields=["course", "number"], name="training_lesson_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("training:lesson", args=[self.course.slug, self.slug])

    @property
    def minutes(self) -> str:
        """Reading time as a visitor reads it: "2" or "1½"."""
        whole, rest = divmod(self.seconds, 60)
        return f"{whole or ''}{'½' if rest else ''}"


class QuestionQuerySet(models.QuerySet["Question"]):
    """Questions by what they are for."""

    def served(self) -> QuestionQuerySet:
        """Quiz questions that may be asked: never a draft."""
        return self.filter(purpose=Question.Purpose.QUIZ, is_draft=False)

    def checks(self) -> QuestionQuerySet:
        """Ungraded questions at the end of a lesson."""
        return self.filter(purpose=Question.Purpose.CHECK, is_draft=False)


class Question(Reviewed):
    """One question with its options. The rules that it must keep are in `training.bank`."""

    class Purpose(models.TextChoices):
        """Where the question is asked."""

        QUIZ = "quiz", _("Quiz")
        CHECK = "check", _("Check yourself, in the lesson")

    class Kind(models.TextChoices):
        """How it is answered."""

        SINGLE = "single", _("One right answer")
        MULTI = "multi", _("All that apply")
        TRUE_FALSE = "true-false", _("True or false")

    course = models.ForeignKey(Course, related_name="questions", on_delete=models.PROTECT)
    lesson = models.ForeignKey(Lesson, related_name="questions", on_delete=models.PROTECT)
    slug = models.SlugField()
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.QUIZ)
    kind = models.CharField(max_length=10, choices=Kind)
    critical = models.CharField(
        _("critical topic"), max_length=4, blank=True, help_text=_("K1 to K8, or empty."), db_index=True
    )
    text = TranslatedField(rows=3)
    facts = models.JSONField(default=list, blank=True)
    is_draft = models.BooleanField(_("draft, never asked"), default=False)
    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["course", "purpose", "slug"]
        constraints = [models.UniqueConstraint(fields=["course", "slug"], name="training_question_slug_once")]

    def __str__(self) -> str:
        return self.slug


class Choice(models.Model):
    """One option of a question and the sentence that explains it. `key` (a to d) stays with it for good."""

    question = models.ForeignKey(Question, related_name="choices", on_delete=models.CASCADE)
    key = models.CharField(max_length=1)
    text = TranslatedField(rows=2)
    feedback = TranslatedField(rows=2)
    is_right = models.BooleanField(_("right"), default=False)

    class Meta:
        ordering = ["question", "key"]
        constraints = [models.UniqueConstraint(fields=["question", "key"], name="training_choice_key_once")]

    def __str__(self) -> str:
        return f"{self.question_id}{self.key}"


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


class DailyCount(models.Model):
    """How often something happened on a day. No row belongs to a person."""

    class Kind(models.TextChoices):
        """What is counted."""

        STARTED = "started", _("Answer sheets sent")
        FINISHED = "finished", _("Quizzes passed")
        CERTIFICATE = "certificate", _("Certificates made")

    course = models.ForeignKey(Course, related_name="daily_counts", on_delete=models.CASCADE)
    day = models.DateField()
    kind = models.CharField(max_length=12, choices=Kind)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["course", "day", "kind"], name="training_count_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"

    @classmethod
    def add(cls, course: Course, kind: str, day: Any) -> None:
        """Count one more of `kind` for `course` on `day` (a date)."""
        row, _created = cls.objects.get_or_create(course=course, day=day, kind=kind)
        cls.objects.filter(pk=row.pk).update(count=F("count") + 1)
