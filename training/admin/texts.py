"""Lessons, questions, scenes and the facts they rest on, edited under the rules of the bank."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from training import bank, linter, scenes
from training.admin import signoff
from training.admin.base import KeptRows
from training.admin.signoff import ReviewedAdmin, ReviewedForm, WaitsFilter
from training.models import Choice, Course, Decision, Fact, Lesson, Question, Scene, Source

# Django's own classes cannot be subscripted while it runs; the type checker wants them to be.
if TYPE_CHECKING:
    AnyInline = admin.StackedInline[Choice, Question]
    AnyFormSet = forms.BaseInlineFormSet[Choice, Question, forms.ModelForm[Choice]]
    AnyDecisionInline = admin.StackedInline[Decision, Scene]
    AnyDecisionFormSet = forms.BaseInlineFormSet[Decision, Scene, forms.ModelForm[Decision]]
else:
    AnyInline = AnyDecisionInline = admin.StackedInline
    AnyFormSet = AnyDecisionFormSet = forms.BaseInlineFormSet


class FactCodes(forms.CharField):
    """Codes of facts, typed with spaces or commas between. Every one must exist."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # a list of codes, not one text
        found = [code.upper() for code in re.split(r"[\s,;]+", value or "") if code]
        known = Fact.objects.filter(code__in=found).values_list("code", flat=True)
        unknown = sorted(set(found) - set(known))
        if unknown:
            raise ValidationError(_("These facts do not exist: %(codes)s.") % {"codes": ", ".join(unknown)})
        return found


class _FactsForm(ReviewedForm):
    facts = FactCodes(required=False, help_text=_("Codes of facts, for example: F24 F27"))


class _LessonForm(_FactsForm):
    def clean_body(self) -> Any:
        """Return the text when its English keeps the rules of screens, drawings and reading grade."""
        body = self.cleaned_data["body"]
        found = linter.lesson_faults(body.get("en", ""))
        if found:
            raise ValidationError(found)
        return body


@admin.register(Course)
class CourseAdmin(ReviewedAdmin):
    """Courses. Raise the version when what is taught changes: it is printed on certificates."""

    words = frozenset({"title", "summary", "certificate_title", "certificate_topics"})
    list_display = ["slug", "version", "minutes", "is_published", "waits_for", "review_by"]
    list_filter = [WaitsFilter]
    fieldsets = [
        (None, {"fields": ["slug", "title", "summary", "minutes", "version", "is_published"]}),
        (_("Certificate"), {"fields": ["certificate_title", "certificate_topics"]}),
        signoff.FIELDSET,
    ]


@admin.register(Lesson)
class LessonAdmin(ReviewedAdmin):
    """Lessons in Markdown. Each heading with ## starts a short screen."""

    words = frozenset({"title", "goal", "body", "facts"})
    form = _LessonForm
    list_display = ["__str__", "course", "seconds", "waits_for", "reviewed_on", "review_by"]
    list_filter = [WaitsFilter, "course"]
    list_select_related = ["course"]
    fieldsets = [
        (None, {"fields": ["course", "slug", "number", "title", "goal", "seconds", "body", "facts"]}),
        signoff.FIELDSET,
    ]


def kept_rows(formset: Any) -> list[dict[str, Any]]:
    """Return what was typed in the rows of `formset` that are not to be deleted."""
    return [
        form.cleaned_data
        for form in formset.forms
        if form.cleaned_data and not form.cleaned_data.get("DELETE")
    ]


class ChoiceFormSet(AnyFormSet):
    """The options of a question, checked together with it by the rules of the bank."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        options = [
            bank.Option(row["key"], row["text"].get("en", ""), row["feedback"].get("en", ""), row["is_right"])
            for row in kept_rows(self)
        ]
        found = linter.staff_faults(self.instance, options)
        if found:
            raise ValidationError(found)


class ChoiceInline(AnyInline):
    """Options with the sentence that explains each."""

    model = Choice
    formset = ChoiceFormSet
    extra = 0
    min_num = 3
    max_num = 4


@admin.register(Question)
class QuestionAdmin(ReviewedAdmin):
    """The bank. A draft is never asked. What the rules refuse is said in whole sentences."""

    words = frozenset({"kind", "text", "facts", "critical"})
    parts = ("choices",)
    form = _FactsForm
    inlines = [ChoiceInline]
    list_display = ["slug", "purpose", "lesson", "critical", "kind", "is_draft", "waits_for", "review_by"]
    list_filter = [WaitsFilter, "course", "purpose", "is_draft", "critical", "lesson"]
    list_select_related = ["lesson"]
    search_fields = ["slug", "text"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "course",
                    "lesson",
                    "slug",
                    "purpose",
                    "kind",
                    "critical",
                    "text",
                    "facts",
                    "is_draft",
                ]
            },
        ),
        signoff.FIELDSET,
    ]


class DecisionFormSet(AnyDecisionFormSet):
    """What may be done in a scene, checked together with it and with the scenes it leads to."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        choices = [
            scenes.Choice(
                row["key"],
                row["text"].get("en", ""),
                row["consequence"].get("en", ""),
                row["leads_to"],
                row["is_good"],
            )
            for row in kept_rows(self)
        ]
        found = linter.staff_scene_faults(self.instance, choices)
        if found:
            raise ValidationError(found)


class DecisionInline(AnyDecisionInline):
    """What may be done in a scene, and what comes of it."""

    model = Decision
    formset = DecisionFormSet
    extra = 0
    max_num = 4


@admin.register(Scene)
class SceneAdmin(ReviewedAdmin):
    """The decision scenario, scene by scene."""

    words = frozenset({"title", "text", "facts", "is_end"})
    parts = ("decisions",)
    form = _FactsForm
    inlines = [DecisionInline]
    list_display = ["slug", "number", "course", "is_end", "waits_for", "reviewed_on", "review_by"]
    list_filter = [WaitsFilter, "course", "is_end"]
    list_select_related = ["course"]
    search_fields = ["slug", "text"]
    fieldsets = [
        (None, {"fields": ["course", "slug", "number", "title", "text", "facts", "is_end"]}),
        signoff.FIELDSET,
    ]


@admin.register(Fact)
class FactAdmin(KeptRows):
    """Facts with their sources and when somebody last checked them."""

    list_display = ["code", "mark", "checked_on", "review_by"]
    list_filter = ["mark"]
    search_fields = ["code", "text"]
    filter_horizontal = ["sources"]


@admin.register(Source)
class SourceAdmin(KeptRows):
    """Where facts were read."""

    list_display = ["code", "title"]
    search_fields = ["code", "title"]
