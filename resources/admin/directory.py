"""What staff do with the directory: edit services, places and words, publish what has a source."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.lib import places
from resources import confidential
from resources.admin.base import AnyAdmin, AnyForm, AnyInline, AnyStack, KeepsSearch, WebAddresses
from resources.admin.checking import ChecksFacts, FactCheckInline
from resources.admin.exchange import Exchanges
from resources.admin.history import KeepsHistory, WithReason
from resources.admin.hours import ScheduleInline
from resources.models import (
    AccessFact,
    Category,
    Location,
    Organization,
    Phone,
    Service,
    Synonym,
)


@admin.register(Category)
class CategoryAdmin(KeepsSearch):
    """Topics of the directory, on two levels."""

    list_display = ["__str__", "parent", "slug", "order"]
    list_select_related = ["parent"]


@admin.register(Organization)
class OrganizationAdmin(KeepsSearch, WebAddresses):
    """Who runs the services."""

    list_display = ["name", "short_name", "url"]
    search_fields = ["name", "short_name"]


@admin.register(Synonym)
class SynonymAdmin(AnyAdmin):
    """Words people type, and the words of the directory they mean."""

    list_display = ["term", "means"]
    search_fields = ["term", "means"]


class LocationForm(WithReason):
    """A place with its county chosen from a list."""

    county = forms.ChoiceField(
        required=False,
        choices=lambda: [("", "---------"), *((county.slug, county.name) for county in places.counties())],
    )

    def clean(self) -> dict[str, Any]:
        """Refuse to keep an address private that a public text tells."""
        given = super().clean() or self.cleaned_data
        as_typed = Location(
            pk=self.instance.pk,
            **{name: given.get(name, "") for name in ("visibility", "street", "postal_code")},
        )
        for service in confidential.telling_services(as_typed):
            said = _("The public texts of “%(service)s” hold this street or ZIP code. Change them first.")
            self.add_error(None, said % {"service": service})
        return given


def _places_of(service: Service) -> list[Location]:
    return list(service.locations.all()) if service.pk else []


@admin.register(Location)
class LocationAdmin(KeepsHistory):
    """Places. An address of a confidential place is edited here and shown nowhere else."""

    form = LocationForm
    list_display = ["__str__", "organization", "visibility", "city"]
    list_filter = ["visibility"]
    list_select_related = ["organization"]
    search_fields = ["slug", "name_for_staff", "organization__name"]
    autocomplete_fields = ["organization"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A place is deleted, with its history, only when no service is given there any more."""
        is_used = isinstance(obj, Location) and (obj.services.exists() or obj.schedules.exists())
        return not is_used and super().has_delete_permission(request, obj)


class PhoneForm(AnyForm):
    """A number, and the digits that a tap on it dials."""

    def clean(self) -> dict[str, Any]:
        """Refuse digits to dial that are not those of the number: a tap must call what is read."""
        given = super().clean() or self.cleaned_data
        number, dial = given.get("number", ""), given.get("dial", "")
        read, called = (re.sub(r"\D", "", text).removeprefix("1") for text in (number, dial))
        has_words = any(letter.isalpha() for letter in number)  # an extension, or letters to spell
        if read and called and read != called and not has_words:
            self.add_error("dial", _("These are not the digits of the number. A tap would call another one."))
        return given


class PhoneInline(AnyStack):
    """Numbers of one service."""

    model = Phone
    form = PhoneForm
    extra = 0


class AccessFactInline(AnyInline):
    """What is known about getting in."""

    model = AccessFact
    extra = 0


class ServiceForm(WithReason):
    """A service with its counties chosen from a list, so that none can be misspelt."""

    counties = forms.MultipleChoiceField(
        required=False,
        choices=lambda: [(county.slug, county.name) for county in places.counties()],
        widget=forms.SelectMultiple(attrs={"size": 10}),
        help_text=_(
            "Only with the reach “Some counties”. Hold Control, or Command on a Mac, to choose several."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a public text that tells where a place is that is kept private."""
        given = super().clean() or self.cleaned_data
        kept = given["locations"] if "locations" in given else _places_of(self.instance)
        texts = {**confidential.public_texts(self.instance), **given}
        for name in confidential.telling({key: texts[key] for key in confidential.PUBLIC_TEXTS}, kept):
            said = _("This holds the street or ZIP code of a place whose address is not public. Take it out.")
            self.add_error(name if name in self.fields else None, said)
        return given


@admin.register(Service)
class ServiceAdmin(Exchanges, KeepsHistory, ChecksFacts, WebAddresses):
    """The directory."""

    form = ServiceForm
    list_display = ["__str__", "organization", "mark", "checked_on", "checked_how", "is_published"]
    list_filter = ["is_published", "mark", "checked_how", "reach", "categories"]
    list_select_related = ["organization"]
    search_fields = ["slug", "organization__name"]
    autocomplete_fields = ["organization", "locations"]
    filter_horizontal = ["categories"]
    inlines = [PhoneInline, ScheduleInline, AccessFactInline, FactCheckInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "organization", "categories", "summary", "details", "caution"]}),
        (
            _("Reaching it"),
            {
                "fields": [
                    "url",
                    "url_is_direct",
                    "email",
                    "always_open",
                    "by_appointment",
                    "on_holidays",
                    "hours",
                ]
            },
        ),
        (
            _("Where"),
            {"fields": ["locations", "reach", "counties", "area"]},
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
