"""The directory on paper, and the file of a county to keep."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.lib import places, printing, qr
from portal.lib.caching import public_page
from portal.lib.throttle import allow
from resources import onpaper, selectors
from resources.listing import Asked, whole
from resources.models import Category

# From one address: a class of thirty behind one stays below, a program that takes every sheet does not.
SHEETS_A_MINUTE = 40


@public_page(query=("county", "topic"))
def print_sheet(request: HttpRequest) -> HttpResponse:
    """A plain page for paper: the whole directory, or the part of it for one county or topic."""
    county_slug, topic_slug = request.GET.get("county", ""), request.GET.get("topic", "")
    county = selectors.county_or_404(county_slug) if county_slug else None
    topic = get_object_or_404(Category, slug=topic_slug) if topic_slug else None
    now = timezone.now()
    address = onpaper.live_page(county, topic)
    context = {
        "county": county,
        "topic": topic,
        "rows": onpaper.copied(whole(Asked(county=county, topic=topic), now)),
        "crisis_lines": selectors.crisis_lines(),
        "today": timezone.localdate(now),
        "address": address,
        "qr": qr.path_of(address),
    }
    return render(request, "resources/print.html", context)


@require_safe
@public_page
def county_sheet(request: HttpRequest, slug: str, *, is_large: bool = False) -> HttpResponse:
    """One county's sheet of one page as PDF, in large print with `is_large`."""
    return _sheet(request, selectors.county_or_404(slug), None, is_large=is_large)


@require_safe
@public_page
def topic_sheet(request: HttpRequest, slug: str, *, is_large: bool = False) -> HttpResponse:
    """One topic's sheet of one page as PDF, in large print with `is_large`."""
    return _sheet(request, None, get_object_or_404(Category, slug=slug), is_large=is_large)


def _sheet(
    request: HttpRequest, county: places.County | None, topic: Category | None, *, is_large: bool
) -> HttpResponse:
    if not allow(request, "sheet", SHEETS_A_MINUTE, 60):
        return _busy(request, county, topic, status=429, wait=60)
    try:
        content = onpaper.sheet(county, topic, is_large=is_large, now=timezone.now())
    except printing.CannotPrint:
        return _busy(request, county, topic, status=503, wait=10)
    name = f"help-in-{county.slug}-county" if county else f"help-{topic.slug if topic else ''}"
    size = "-large-print" if is_large else ""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}{size}.pdf"',
            # A browser may keep it; the page cache of the server need not hold it a second time.
            "Cache-Control": "public, max-age=300",
        },
    )


def _busy(
    request: HttpRequest, county: places.County | None, topic: Category | None, *, status: int, wait: int
) -> HttpResponse:
    """Offer the page to print; a program may try again after `wait` seconds."""
    context = {"county": county, "topic": topic}
    response = render(request, "resources/paper/busy.html", context, status=status)
    response.headers["Retry-After"] = str(wait)
    return response


@require_safe
@public_page
def county_save(request: HttpRequest, slug: str) -> HttpResponse:
    """All help of one county as one HTML file to keep; it opens without a network."""
    county = selectors.county_or_404(slug)
    name = f"help-in-{county.slug}-county.html"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(onpaper.saved(county, now=timezone.now()), headers=headers)
