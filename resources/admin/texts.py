"""Texts, principles, tools and figures in the staff site."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from resources.admin.base import KNOWN, AnyAdmin
from resources.models import Page, Principle, Tool, ToolGroup, YearOfDeaths


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
    fields = ["number", "slug", "title", "meaning", "body", "tools"]
    filter_horizontal = ["tools"]


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
