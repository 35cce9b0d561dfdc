"""What staff do with the public content: edit every text, check services, publish what has a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.lib import places
from resources.models import (
    AccessFact,
    Category,
    Fact,
    FactCheck,
    How,
    Organization,
    Page,
    Phone,
    Principle,
    Service,
    Suggestion,
    Synonym,
    Tool,
    ToolGroup,
    YearOfDeaths,
    due_after,
)

# Django's own classes cannot be subscripted while it runs; the type checker wants them to be.
if TYPE_CHECKING:
    AnyForm = forms.ModelForm[Any]
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
    AnyStack = admin.StackedInline[Any, Any]
else:
    AnyForm, AnyAdmin = forms.ModelForm, admin.ModelAdmin
    AnyInline, AnyStack = admin.TabularInline, admin.StackedInline

KNOWN: Any = (_("How we know"), {"fields": ["mark", "source", "checked_on", "is_published"]})


class _Fixed(AnyAdmin):
    """Rows that addresses and printed codes rely on: edited, never added or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Page)
class PageAdmin(_Fixed):
    """Texts of the reading pages."""

    list_display = ["__str__", "slug"]
    readonly_fields = ["slug"]
    fields = ["slug", "title", "body"]


@admin.register(Principle)
class PrincipleAdmin(_Fixed):
    """The eight principles."""

    list_display = ["__str__", "slug"]
    readonly_fields = ["number", "slug"]
    fields = ["number", "slug", "title", "meaning", "body"]


@admin.register(ToolGroup)
class ToolGroupAdmin(AnyAdmin):
    """Groups of tools."""

    list_display = ["__str__", "order"]


@admin.register(Tool)
class ToolAdmin(AnyAdmin):
    """Tools, and what is known of each in Tennessee."""

    list_display = ["__str__", "group", "availability", "checked_on", "is_published"]
    list_filter = ["group", "availability", "is_published"]
    list_select_related = ["group"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "group", "availability", "tennessee_note", "category", "order"]}),
        KNOWN,
    ]


@admin.register(YearOfDeaths)
class YearOfDeathsAdmin(AnyAdmin):
    """Deaths by year, each with its source."""

    list_display = ["year", "deaths", "is_provisional", "mark", "is_published"]
    fieldsets = [(None, {"fields": ["year", "deaths", "is_provisional", "note"]}), KNOWN]


@admin.register(Category)
class CategoryAdmin(AnyAdmin):
    """Topics of the directory, on two levels."""

    list_display = ["__str__", "parent", "slug", "order"]
    list_select_related = ["parent"]


class _WebAddresses(AnyAdmin):
    """Rows with a web address: typed without a scheme, it means https."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Organization)
class OrganizationAdmin(_WebAddresses):
    """Who runs the services."""

    list_display = ["name", "short_name", "url"]
    search_fields = ["name", "short_name"]


@admin.register(Synonym)
class SynonymAdmin(AnyAdmin):
    """Words people type, and the words of the directory they mean."""

    list_display = ["term", "means"]
    search_fields = ["term", "means"]


@admin.register(Suggestion)
class SuggestionAdmin(AnyAdmin):
    """What readers told us about a listing."""

    list_display = ["received_on", "service", "fact", "status"]
    list_filter = ["status"]
    list_select_related = ["service"]
    readonly_fields = ["service", "fact", "words", "received_on"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come from readers."""
        return False


class PhoneInline(AnyStack):
    """Numbers of one service."""

    model = Phone
    extra = 0


class AccessFactInline(AnyInline):
    """What is known about getting in."""

    model = AccessFact
    extra = 0


class FactCheckInline(AnyInline):
    """When each fact was checked; written by the actions, not by hand."""

    model = FactCheck
    extra = 0
    readonly_fields = ["fact", "checked_on", "how", "next_due", "checked_by"]
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Checks are written by the actions."""
        return False


class ServiceForm(AnyForm):
    """A service with its counties chosen from a list, so that none can be misspelt."""

    counties = forms.MultipleChoiceField(
        required=False,
        choices=lambda: [(county.slug, county.name) for county in places.counties()],
        widget=forms.SelectMultiple(attrs={"size": 10}),
        help_text=_(
            "Only with the reach “Some counties”. Hold Control, or Command on a Mac, to choose several."
        ),
    )


@admin.register(Service)
class ServiceAdmin(_WebAddresses):
    """The directory. An address of a confidential place is edited here and shown nowhere else."""

    form = ServiceForm
    list_display = ["__str__", "organization", "mark", "checked_on", "checked_how", "is_published"]
    list_filter = ["is_published", "mark", "checked_how", "visibility", "reach", "categories"]
    list_select_related = ["organization"]
    search_fields = ["slug", "organization__name"]
    autocomplete_fields = ["organization"]
    filter_horizontal = ["categories"]
    actions = ["checked_by_call", "checked_on_site"]
    inlines = [PhoneInline, AccessFactInline, FactCheckInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "organization", "categories", "summary", "details", "caution"]}),
        (_("Reaching it"), {"fields": ["url", "url_is_direct", "email", "always_open", "hours"]}),
        (
            _("Where"),
            {"fields": ["visibility", "street", "city", "postal_code", "reach", "counties", "area"]},
        ),
        (_("For whom"), {"fields": ["eligibility", "cost", "bring", "languages", "has_interpreter"]}),
        (
            _("How we know"),
            {"fields": ["mark", "source", "last_known", "checked_on", "checked_how", "is_published"]},
        ),
        (_("For staff"), {"fields": ["order", "crisis_order", "staff_note"]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A service that closed is unpublished: its address may stand on paper somewhere."""
        return False

    @admin.action(
        description=_("Checked today: I called, and phone and hours are right"), permissions=["change"]
    )
    def checked_by_call(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        """Write down a call of today for phone and hours."""
        self._checked(request, queryset, How.CALLED, (Fact.PHONE, Fact.HOURS))

    @admin.action(description=_("Checked today: I read its own website"), permissions=["change"])
    def checked_on_site(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        """Write down a look at the website of today for every fact but the phone, which is for calling."""
        self._checked(request, queryset, How.SITE, (Fact.HOURS, Fact.ADDRESS, Fact.ELIGIBILITY))

    def _checked(
        self, request: HttpRequest, queryset: QuerySet[Service], how: str, facts: tuple[str, ...]
    ) -> None:
        today, by = timezone.localdate(), request.user
        assert by.is_authenticated  # noqa: S101 - staff pages have no other readers
        services = list(queryset)
        with transaction.atomic():
            for service in services:
                service.checked_on, service.checked_how = today, how
                service.save(update_fields=["checked_on", "checked_how"])
                for fact in facts:
                    FactCheck.objects.update_or_create(
                        service=service,
                        fact=fact,
                        defaults={
                            "checked_on": today,
                            "how": how,
                            "next_due": due_after(service, today),
                            "checked_by": by,
                        },
                    )
                self.log_change(request, service, "Checked today.")
        text = ngettext("%d service is checked.", "%d services are checked.", len(services)) % len(services)
        messages.success(request, text)
