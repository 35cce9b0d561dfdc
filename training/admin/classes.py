"""Classes: staff make one, hand out its code and see what it counted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from training import classes, figures
from training.admin.base import AnyForm, KeptRows
from training.models import Course, DailyCount, TrainingClass

OPEN_FOR = dt.timedelta(days=30)
_LONGEST = dt.timedelta(days=366)


class ClassForm(AnyForm):
    """A class. Without a last day its code works for thirty days."""

    class Meta:
        model = TrainingClass
        fields = ["course", "place", "held_on", "closes_on", "county"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "closes_on" in self.fields:
            self.fields["closes_on"].required = False
            self.fields["closes_on"].help_text = _("The last day. Left empty: 30 days after the class.")

    def clean(self) -> dict[str, Any]:
        """Fill in the last day, which does not lie before the class or a year behind it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        held_on, closes_on = cleaned.get("held_on"), cleaned.get("closes_on")
        if not held_on or "closes_on" in self.errors:
            return cleaned
        if closes_on is None:
            cleaned["closes_on"] = held_on + OPEN_FOR
        elif not held_on <= closes_on <= held_on + _LONGEST:
            self.add_error(
                "closes_on", gettext("Choose the day of the class or a later one, at most a year after it.")
            )
        return cleaned


@admin.register(TrainingClass)
class TrainingClassAdmin(KeptRows):
    """Classes and their codes. Who was there is not kept, so there is nobody to list."""

    form = ClassForm
    actions = None
    list_display = ["code", "place", "held_on", "closes_on", "county", "course"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["place"]
    date_hierarchy = "held_on"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show code, link and counts once there is a class; what was counted belongs to its course."""
        return ["code", "course", "link", "counts"] if obj else []

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Put what is handed out first."""
        typed = ["course", "place", "held_on", "closes_on", "county"]
        return ["code", "link", *typed, "counts"] if obj else typed

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Choose the course where there is only one."""
        only = Course.objects.values_list("pk", flat=True)[:2]
        initial: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        return initial | ({"course": only[0]} if len(only) == 1 else {})

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find a class by its code, in any spelling, or by what it is shown as."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        code = classes.read(search_term)
        return (found | queryset.filter(code=code) if code else found), may_repeat

    def save_model(self, request: HttpRequest, obj: TrainingClass, form: AnyForm, change: bool) -> None:
        if not change:
            obj.code = classes.new_code()
        super().save_model(request, obj, form, change)

    @admin.display(description=_("page to hand out"))
    def link(self, group: TrainingClass) -> str:
        """Return a link to the public page of the class."""
        address = group.get_absolute_url()
        return format_html('<a href="{}">{}{}</a>', address, settings.SITE_URL, address)

    @admin.display(description=_("counted so far"))
    def counts(self, group: TrainingClass) -> str:
        """Return what the class counted, as a list."""
        told = figures.class_counts(group)
        lines = ((label, told[kind]) for kind, label in DailyCount.Kind.choices)
        return format_html('<ul class="plainlist">{}</ul>', format_html_join("", "<li>{}: {}</li>", lines))
