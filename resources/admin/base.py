"""What every page of the staff site for the directory has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from resources import search

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


class WebAddresses(AnyAdmin):
    """Rows with a web address: typed without a scheme, it means https."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


class KeepsSearch(AnyAdmin):
    """Rows that services show something of: search follows when they change."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the lists too, then write the entries of search anew."""
        super().save_related(request, form, formsets, change)
        search.refresh(form.instance)
