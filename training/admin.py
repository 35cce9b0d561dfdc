"""What staff do with courses: edit under the bank's rules, sign off, withdraw certificates, read counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.lib import codes
from training import bank, linter
from training.certificates import NotValid, withdraw_certificate
from training.models import Certificate, Choice, Course, DailyCount, Fact, Lesson, Question, Reviewed, Source

# Django's own classes cannot be subscripted while it runs; the type checker wants them to be.
if TYPE_CHECKING:
    AnyForm = forms.ModelForm[Any]
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.StackedInline[Choice, Question]
    AnyFormSet = forms.BaseInlineFormSet[Choice, Question, forms.ModelForm[Choice]]
else:
    AnyForm, AnyAdmin = forms.ModelForm, admin.ModelAdmin
    AnyInline, AnyFormSet = admin.StackedInline, forms.BaseInlineFormSet

SIGNOFF: Any = (_("Sign-off"), {"fields": ["signoff", "reviewed_role", "reviewed_on", "review_by"]})


def _sources_of(found: list[str]) -> dict[str, set[str]]:
    facts = Fact.objects.filter(code__in=found).prefetch_related("sources")
    return {fact.code: {source.code for source in fact.sources.all()} for fact in facts}


class FactCodes(forms.CharField):
    """Codes of facts, typed with spaces or commas between. Every one must exist."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # a list of codes, not one text
        found = [code.upper() for code in re.split(r"[\s,;]+", value or "") if code]
        unknown = sorted(set(found) - set(_sources_of(found)))
        if unknown:
            raise ValidationError(_("These facts do not exist: %(codes)s.") % {"codes": ", ".join(unknown)})
        return found


class _FactsForm(AnyForm):
    facts = FactCodes(required=False, help_text=_("Codes of facts, for example: F24 F27"))


class _KeptRows(AnyAdmin):
    """Rows that certificates, lessons and questions rest on: never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class _ReviewedAdmin(_KeptRows):
    """Texts that somebody signs off. Changing the words takes the sign-off away unless it is given anew."""

    words: frozenset[str] = frozenset()

    def save_model(self, request: HttpRequest, obj: Reviewed, form: AnyForm, change: bool) -> None:
        if change and self.words & set(form.changed_data) and "reviewed_on" not in form.changed_data:
            _take_signoff_away(obj)
        super().save_model(request, obj, form, change)


def _take_signoff_away(row: Reviewed) -> None:
    row.reviewed_role, row.reviewed_on, row.review_by = "", None, None


@admin.register(Course)
class CourseAdmin(_ReviewedAdmin):
    """Courses. Raise the version when what is taught changes: it is printed on certificates."""

    words = frozenset({"title", "summary", "certificate_title", "certificate_topics"})
    list_display = ["slug", "version", "minutes", "is_published"]
    fieldsets = [
        (None, {"fields": ["slug", "title", "summary", "minutes", "version", "is_published"]}),
        (_("Certificate"), {"fields": ["certificate_title", "certificate_topics"]}),
        SIGNOFF,
    ]


@admin.register(Lesson)
class LessonAdmin(_ReviewedAdmin):
    """Lessons in Markdown. Each heading with ## starts a short screen."""

    words = frozenset({"title", "goal", "body", "facts"})
    form = _FactsForm
    list_display = ["__str__", "course", "seconds", "signoff", "reviewed_on", "review_by"]
    list_filter = ["course", "signoff"]
    list_select_related = ["course"]
    fieldsets = [
        (None, {"fields": ["course", "slug", "number", "title", "goal", "seconds", "body", "facts"]}),
        SIGNOFF,
    ]


class ChoiceFormSet(AnyFormSet):
    """The options of a question, checked together with it by the rules of the bank."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        options = [
            bank.Option(row["key"], row["text"].get("en", ""), row["feedback"].get("en", ""), row["is_right"])
            for row in kept
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
class QuestionAdmin(_ReviewedAdmin):
    """The bank. A draft is never asked. What the rules refuse is said in whole sentences."""

    words = frozenset({"kind", "text", "facts", "critical"})
    form = _FactsForm
    inlines = [ChoiceInline]
    list_display = ["slug", "purpose", "lesson", "critical", "kind", "is_draft", "signoff", "reviewed_on"]
    list_filter = ["course", "purpose", "is_draft", "signoff", "critical", "lesson"]
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
        SIGNOFF,
    ]

    def save_related(self, request: HttpRequest, form: AnyForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and "reviewed_on" not in form.changed_data and any(each.has_changed() for each in formsets):
            question = form.instance
            _take_signoff_away(question)
            question.save(update_fields=["reviewed_role", "reviewed_on", "review_by"])


@admin.register(Fact)
class FactAdmin(_KeptRows):
    """Facts with their sources and when somebody last checked them."""

    list_display = ["code", "mark", "checked_on", "review_by"]
    list_filter = ["mark"]
    search_fields = ["code", "text"]
    filter_horizontal = ["sources"]


@admin.register(Source)
class SourceAdmin(_KeptRows):
    """Where facts were read."""

    list_display = ["code", "title"]
    search_fields = ["code", "title"]


class WithdrawForm(AnyForm):
    """The reason is the only thing that can be typed. Giving it withdraws the certificate."""

    reason = forms.CharField(
        max_length=300,
        label=_("Reason to withdraw"),
        help_text=_(
            "Saving withdraws the certificate for good. Everyone who checks the ID sees this. No names."
        ),
    )

    class Meta:
        model = Certificate
        fields = ["reason"]


@admin.register(Certificate)
class CertificateAdmin(_KeptRows):
    """Certificates, of nobody in particular. They can be withdrawn with a reason and are never deleted."""

    form = WithdrawForm
    list_display = ["shown_code", "course", "course_version", "issued_on", "status"]
    list_filter = ["course", "status"]
    list_select_related = ["course"]
    search_fields = ["code"]
    search_help_text = _("The ID as it is printed.")
    show_full_result_count = False
    fields = ["shown_code", "course", "course_version", "issued_on", "status", "reason"]
    readonly_fields = ["shown_code", "course", "course_version", "issued_on", "status"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a certificate by its whole ID, with or without hyphens."""
        if not search_term:
            return queryset, False
        return queryset.filter(code=codes.read(search_term) or ""), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only a certificate that still counts can be withdrawn; the others can be looked at."""
        is_over = isinstance(obj, Certificate) and obj.status != Certificate.Status.VALID
        return not is_over and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Certificate, form: AnyForm, change: bool) -> None:
        try:
            withdraw_certificate(certificate=obj, reason=form.cleaned_data["reason"])
        except NotValid:
            self.message_user(request, _("Somebody was first: it no longer counted."), messages.WARNING)


@admin.register(DailyCount)
class DailyCountAdmin(_KeptRows):
    """Counts by day. Nobody types them."""

    list_display = ["day", "course", "kind", "count"]
    list_filter = ["course", "kind"]
    list_select_related = ["course"]
    date_hierarchy = "day"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
