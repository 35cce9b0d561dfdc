"""Courses as staff edit them: lessons, questions, the decision scenario, and the facts they rest on."""

from __future__ import annotations

import re

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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

    @property
    def is_overdue(self) -> bool:
        """Whether the day by which it was to be reviewed again has passed."""
        return self.review_by is not None and self.review_by < timezone.localdate()


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


class Scene(Reviewed):
    """One moment of the decision scenario: what is seen and what may be done. Number 1 is the start."""

    course = models.ForeignKey(Course, related_name="scenes", on_delete=models.PROTECT)
    slug = models.SlugField()
    number = models.PositiveSmallIntegerField()
    title = TranslatedField(rows=1)
    text = TranslatedField(rows=6)
    facts = models.JSONField(default=list, blank=True)
    is_end = models.BooleanField(_("the end"), default=False)

    class Meta:
        ordering = ["course", "number"]
        constraints = [models.UniqueConstraint(fields=["course", "slug"], name="training_scene_slug_once")]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("training:scene", args=[self.course.slug, self.slug])


class Decision(models.Model):
    """One thing to do in a scene, what comes of it, and the slug of the scene that follows."""

    scene = models.ForeignKey(Scene, related_name="decisions", on_delete=models.CASCADE)
    key = models.CharField(max_length=1)
    text = TranslatedField(rows=2)
    consequence = TranslatedField(rows=3)
    leads_to = models.SlugField()
    is_good = models.BooleanField(_("a good choice"), default=False)

    class Meta:
        ordering = ["scene", "key"]
        constraints = [models.UniqueConstraint(fields=["scene", "key"], name="training_decision_key_once")]

    def __str__(self) -> str:
        return f"{self.scene_id}{self.key}"
