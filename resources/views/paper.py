"""The directory on paper."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.lib.caching import public_page
from resources import selectors
from resources.models import Service


@public_page(query=("county",))
def print_sheet(request: HttpRequest) -> HttpResponse:
    """A plain sheet for paper: the whole directory, or one county's part of it."""
    slug = request.GET.get("county", "")
    place = selectors.county_or_404(slug) if slug else None
    rows = Service.objects.listed()
    found = list(rows.serving(place) if place else rows)
    context = {
        "county": place,
        "services": [row for row in found if row.crisis_order is None],
        "crisis_lines": selectors.panel(found),
        "today": timezone.localdate(),
    }
    return render(request, "resources/print.html", context)
