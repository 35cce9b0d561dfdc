"""The directory of help: found by words, county, ZIP and topic."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from portal.lib import places
from portal.lib.caching import public_page
from resources import search, selectors
from resources.forms import FindForm
from resources.models import Category, Service


@public_page(query=("county", "zip", "category"))
def services(request: HttpRequest) -> HttpResponse:
    """The directory. With words to search the answer is stored nowhere: they may tell of a person's life."""
    topics = list(Category.objects.all())
    form = FindForm(request.GET, topics=topics)
    form.is_valid()
    response = render(request, "resources/services.html", _found(form, topics))
    if form.data.get("q"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _found(form: FindForm, topics: list[Category]) -> dict[str, Any]:
    """Return what the directory page shows for `form`; a wrong field is left out of the search."""
    asked = form.cleaned_data
    words, zip_code = asked.get("q", ""), asked.get("zip", "")
    if words and not zip_code:
        zip_code = selectors.zip_in(words)
        words = words.replace(zip_code, "").strip() if zip_code else words
    by_zip = places.zip_counties(zip_code)
    county = places.county(asked.get("county", "")) or (by_zip[0] if by_zip else None)
    topic = next((row for row in topics if row.slug == asked.get("category")), None)

    rows = Service.objects.listed()
    if county:
        rows = rows.serving(county)
    if topic:
        rows = rows.about(topic)
    found = list(rows)
    # The lines of the panel stand right above, and need no second place.
    rest = [row for row in found if row.crisis_order is None]
    if words:
        sections = [selectors.Section("", search.find(words, among=rows).services)]
    elif county:
        sections = selectors.by_reach(found if topic else rest, county)
    elif topic:
        sections = [selectors.Section("", found)]
    else:
        sections = selectors.by_topic(rest, topics)
    return {
        "form": form,
        "county": county,
        "topic": topic,
        "zip_code": zip_code,
        "crisis_lines": selectors.crisis_lines() if topic else selectors.panel(found),
        "sections": sections,
        "count": sum(len(section.services) for section in sections),
        "is_search": bool(words or county or topic),
        "answers": selectors.honest_answers(words) if words else [],
    }


@public_page
def service(request: HttpRequest, slug: str) -> HttpResponse:
    """One service. Hidden and unpublished ones are not found."""
    found = get_object_or_404(Service.objects.listed().prefetch_related("access_facts"), slug=slug)
    return render(request, "resources/service.html", {"service": found})


@public_page
def county(request: HttpRequest, slug: str) -> HttpResponse:
    """What serves one county, from the nearest to the widest."""
    place = selectors.county_or_404(slug)
    found = list(Service.objects.listed().serving(place))
    context = {
        "county": place,
        "sections": selectors.by_reach((row for row in found if row.crisis_order is None), place),
        "crisis_lines": selectors.panel(found),
    }
    return render(request, "resources/county.html", context)
