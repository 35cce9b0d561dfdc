"""Checking facts: marking them as checked today, in the list of services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from resources.admin.base import AnyAdmin, AnyInline
from resources.models import Fact, FactCheck, How, Service, due_after


class FactCheckInline(AnyInline):
    """When each fact was checked; written by the actions, not by hand."""

    model = FactCheck
    extra = 0
    readonly_fields = ["fact", "checked_on", "how", "next_due", "checked_by"]
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Checks are written by the actions."""
        return False


class ChecksFacts(AnyAdmin):
    """Actions that write down a check of today."""

    actions = ["checked_by_call", "checked_on_site"]

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
