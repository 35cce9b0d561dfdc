"""Laws by the day on which somebody must look at them again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resources import laws
from resources.admin.base import KNOWN, AnyAdmin, AnyForm
from resources.freshness import due_words
from resources.models import Law

_LONGEST = dt.timedelta(days=3 * 366)


class LookedForm(AnyForm):
    """When to look at a law again, and whether it still ends."""

    class Meta:
        model = Law
        fields = ["review_by", "ends_on"]
        labels = {"review_by": _("Look again by"), "ends_on": _("It ends on")}
        help_texts = {
            "review_by": _("From 60 days before, staff are reminded. Before the day on which the law ends."),
            "ends_on": _("Empty when it has no end date any more. A past day keeps the warning on the page."),
        }
        widgets = {
            name: forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            for name in ("review_by", "ends_on")
        }

    def clean_review_by(self) -> dt.date:
        """Return the day, which is to come."""
        day: dt.date = self.cleaned_data["review_by"]
        today = timezone.localdate()
        if not today < day <= today + _LONGEST:
            raise forms.ValidationError(gettext("Choose a day to come, at most three years away."))
        return day


@admin.register(Law)
class LawAdmin(AnyAdmin):
    """Laws that texts rest on. Looking at one again takes one click and a new day."""

    list_display = [
        "__str__",
        "section",
        "look_again",
        "ends_on",
        "checked_on",
        "is_published",
        "looked_link",
    ]
    list_filter = ["is_published"]
    ordering = ["review_by", "slug"]
    filter_horizontal = ["pages", "tools", "services"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "section", "ends_on", "review_by"]}),
        (_("What tells of it"), {"fields": ["pages", "tools", "services"]}),
        KNOWN,
    ]

    @admin.display(description=_("Look again"), ordering="review_by")
    def look_again(self, law: Law) -> SafeString:
        """Say how far away the day is, overdue ones in bold."""
        today = timezone.localdate()
        words = due_words(law.review_by, today)
        return format_html("<strong>{}</strong>" if law.review_by < today else "{}", words)

    @admin.display(description=_("Done?"))
    def looked_link(self, law: Law) -> SafeString:
        """Lead to the page that asks for the next day."""
        address = reverse("admin:resources_law_looked", args=[law.pk])
        return format_html('<a href="{}">{}</a>', address, _("I looked at it today"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the laws, the one to look at first at the top."""
        return super().changelist_view(
            request, {"title": _("Laws to look at again"), **(extra_context or {})}
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the page on which somebody says that they looked."""
        own = path("<int:pk>/looked/", self.admin_site.admin_view(self.looked), name="resources_law_looked")
        return [own, *super().get_urls()]

    def looked(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write down that the member looked at this law today, and when somebody must again."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        law = get_object_or_404(Law, pk=pk)
        today = timezone.localdate()
        initial = {"review_by": laws.next_look(law, today)}
        law.checked_on = today
        form = LookedForm(request.POST or None, instance=law, initial=initial)
        if request.method == "POST" and form.is_valid():
            form.save()
            self.log_change(request, law, f"Looked at, again by {law.review_by}.")
            messages.success(request, gettext("%(law)s: looked at today.") % {"law": law})
            return redirect("admin:resources_law_changelist")
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": gettext("I looked at this law today"),
            "opts": self.opts,
            "law": law,
            "form": form,
            "telling": [*law.pages.all(), *law.tools.all(), *law.services.all()],
        }
        return TemplateResponse(request, "admin/resources/law/looked.html", context)
