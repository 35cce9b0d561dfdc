"""What every page of the staff site for the directory has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _

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
