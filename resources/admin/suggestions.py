"""What readers told us, for staff."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from resources.admin.base import AnyAdmin
from resources.models import Suggestion


@admin.register(Suggestion)
class SuggestionAdmin(AnyAdmin):
    """What readers told us about a listing."""

    list_display = ["received_on", "service", "about", "status"]
    list_filter = ["status"]
    list_select_related = ["service"]
    readonly_fields = ["service", "about", "words", "received_on"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come from readers."""
        return False
