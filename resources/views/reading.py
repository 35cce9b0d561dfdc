"""Reading pages: harm reduction, the principles and the tools."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from portal.lib.caching import public_page
from resources import laws, selectors
from resources.models import Principle, Tool, YearOfDeaths

# Texts at the foot of the harm-reduction page, in their order.
EXTRA_PAGES = (
    "mental-health-and-criminal-justice", "sro-reporting", "training-introduction", "good-samaritan",
    "our-collective",
)  # fmt: skip


@public_page
def harm_reduction(request: HttpRequest) -> HttpResponse:
    """What harm reduction is, the principles, the tools, and the numbers."""
    tools = Tool.objects.filter(is_published=True).select_related("group", "category")
    years = list(YearOfDeaths.objects.filter(is_published=True))
    texts = selectors.pages(
        "definition", "punitive-contrast", "no-single-formula", "attribution", "tools", "deaths", *EXTRA_PAGES
    )
    in_order = list(tools.order_by("group__order", "order", "slug"))
    extra = [texts[key] for slug in EXTRA_PAGES if (key := slug.replace("-", "_")) in texts]
    for rows in (in_order, extra):
        laws.attach(rows, today=timezone.localdate())
    context = {
        "pages": texts,
        "extra": extra,
        "principles": Principle.objects.all(),
        "tools": in_order,
        "by_availability": [
            (label, code, some)
            for code, label in Tool.Availability.choices
            if (some := [tool for tool in in_order if tool.availability == code])
        ],
        "years": years,
        "last_year": years[-1] if years else None,
    }
    return render(request, "resources/harm_reduction.html", context)


@public_page
def principles(request: HttpRequest) -> HttpResponse:
    """The eight principles."""
    context = {"principles": Principle.objects.all(), "pages": selectors.pages("attribution")}
    return render(request, "resources/principles.html", context)


@public_page
def principle(request: HttpRequest, slug: str) -> HttpResponse:
    """One principle, between the one before and the one after."""
    found = get_object_or_404(Principle, slug=slug)
    all_eight = list(Principle.objects.all())
    before, after = selectors.neighbours(found, all_eight)
    context = {
        "principle": found,
        "principles": all_eight,
        "before": before,
        "after": after,
        "tools": found.tools.filter(is_published=True),
        "pages": selectors.pages("attribution"),
    }
    return render(request, "resources/principle.html", context)
