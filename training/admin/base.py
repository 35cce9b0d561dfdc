"""What the staff pages of the course share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

# Django's own classes cannot be subscripted while it runs; the type checker wants them to be.
if TYPE_CHECKING:
    AnyForm = forms.ModelForm[Any]
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyForm, AnyAdmin = forms.ModelForm, admin.ModelAdmin


class KeptRows(AnyAdmin):
    """Rows that certificates, lessons and questions rest on: never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def needs(permission: str) -> Callable[..., Any]:
    """Let only members with `permission`, such as "training.view_dailycount", reach the view."""

    def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # Every staff account of this site answers for its role alone.
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def page(request: HttpRequest, template: str, title: Any, **context: Any) -> TemplateResponse:
    """Return the staff page `template` (in `admin/training/`), which no browser keeps."""
    response = TemplateResponse(
        request,
        f"admin/training/{template}.html",
        {**admin.site.each_context(request), "title": title, **context},
    )
    response.headers["Cache-Control"] = "no-store"
    return response
