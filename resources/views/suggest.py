"""Telling us that a listing is wrong, or that a place is missing: two fields, no account, no e-mail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from portal.lib.caching import private_page
from portal.lib.crosssite import same_site_post
from portal.lib.throttle import allow
from resources.models import Service, Suggestion
from resources.suggestions import SuggestionForm, keep_suggestion

# From one address. A class of thirty behind one stays below.
SENDINGS_AN_HOUR = 60
_TOO_MANY = _(
    "Many forms came from your network just now. Your words are still here. Wait a minute, then send."
)


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@private_page
def wrong(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a suggestion about one listing. Hidden and unpublished ones are not found."""
    return _take(request, get_object_or_404(Service.objects.listed(), slug=slug))


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@private_page
def missing(request: HttpRequest) -> HttpResponse:
    """Take a hint about a place that is not listed yet."""
    return _take(request, None)


def _take(request: HttpRequest, service: Service | None) -> HttpResponse:
    now = timezone.now()
    if request.method != "POST":
        return _page(
            request, service, SuggestionForm(now=now, service=service), is_sent="sent" in request.GET
        )
    form = SuggestionForm(request.POST, now=now, service=service)
    if not form.is_valid():
        return _page(request, service, form.shown_again(), status=422)
    if not allow(request, "suggestion", SENDINGS_AN_HOUR, 3600):
        form.add_error(None, _TOO_MANY)
        return _page(request, service, form, status=429)
    keep_suggestion(
        service=service,
        about=form.cleaned_data.get("about", Suggestion.About.MISSING),
        words=form.cleaned_data["words"],
        now=now,
    )
    return redirect(f"{request.path}?sent")


def _page(
    request: HttpRequest,
    service: Service | None,
    form: SuggestionForm,
    *,
    is_sent: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {"service": service, "form": form, "is_sent": is_sent}
    return render(request, "resources/suggest.html", context, status=status)
