"""Reading pages: harm reduction, the principles, and the directory of help."""

from __future__ import annotations

import csv
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from portal.lib import places
from portal.lib.caching import public_page
from portal.lib.spreadsheet import cell
from resources import selectors
from resources.forms import FindForm
from resources.models import Category, Principle, Service, Tool, YearOfDeaths

# Texts at the foot of the harm-reduction page, in their order.
EXTRA_PAGES = (
    "mental-health-and-criminal-justice", "sro-reporting", "training-introduction", "good-samaritan",
    "our-collective",
)  # fmt: skip
CSV_COLUMNS = (
    "slug", "name", "organization", "topics", "summary", "phones", "website", "email", "hours", "area",
    "street", "city", "postal_code", "counties", "reach", "cost", "eligibility", "caution", "mark", "source",
    "last_known", "checked_on", "checked_how",
)  # fmt: skip


@public_page
def harm_reduction(request: HttpRequest) -> HttpResponse:
    """What harm reduction is, the principles, the tools, and the numbers."""
    tools = Tool.objects.filter(is_published=True).select_related("group", "category")
    years = list(YearOfDeaths.objects.filter(is_published=True))
    texts = selectors.pages(
        "definition", "punitive-contrast", "no-single-formula", "attribution", "tools", "deaths", *EXTRA_PAGES
    )
    context = {
        "pages": texts,
        "extra": [texts[key] for slug in EXTRA_PAGES if (key := slug.replace("-", "_")) in texts],
        "principles": Principle.objects.all(),
        "tools": tools.order_by("group__order", "order", "slug"),
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
    before, after = selectors.neighbours(found)
    context = {"principle": found, "before": before, "after": after, "pages": selectors.pages("attribution")}
    return render(request, "resources/principle.html", context)


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
        sections = [selectors.Section("", selectors.matching(found, words))]
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
        "crisis_lines": selectors.crisis_lines() if topic else _panel(found),
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
    place = _county_or_404(slug)
    found = list(Service.objects.listed().serving(place))
    context = {
        "county": place,
        "sections": selectors.by_reach((row for row in found if row.crisis_order is None), place),
        "crisis_lines": _panel(found),
    }
    return render(request, "resources/county.html", context)


@public_page(query=("county",))
def print_sheet(request: HttpRequest) -> HttpResponse:
    """A plain sheet for paper: the whole directory, or one county's part of it."""
    slug = request.GET.get("county", "")
    place = _county_or_404(slug) if slug else None
    rows = Service.objects.listed()
    found = list(rows.serving(place) if place else rows)
    context = {
        "county": place,
        "services": [row for row in found if row.crisis_order is None],
        "crisis_lines": _panel(found),
        "today": timezone.localdate(),
    }
    return render(request, "resources/print.html", context)


@public_page
def export_csv(request: HttpRequest) -> HttpResponse:
    """The directory as CSV (RFC 4180, UTF-8), as the public may see it."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="resources.csv"'
    writer = csv.writer(response)
    writer.writerow(CSV_COLUMNS)
    writer.writerows([cell(value) for value in _csv_values(row)] for row in Service.objects.listed())
    return response


def _csv_values(row: Service) -> list[str]:
    """Return the values of one listed service in the order of CSV_COLUMNS."""
    return [
        row.slug,
        str(row.name),
        row.organization.name,
        "; ".join(str(topic) for topic in row.categories.all()),
        str(row.summary),
        "; ".join(phone.number for phone in row.listed_phones),
        row.url,
        row.email,
        "24/7" if row.always_open else str(row.hours),
        str(row.area),
        row.shown_street,
        row.shown_city,
        row.shown_postal_code,
        "; ".join(place.name for place in row.served_counties),
        row.reach,
        str(row.cost),
        str(row.eligibility),
        str(row.caution),
        row.mark,
        row.source,
        row.last_known,
        str(row.checked_on or ""),
        row.checked_how,
    ]


def _panel(found: list[Service]) -> list[Service]:
    """Return the lines of the crisis panel among `found`, in the panel's order."""
    return sorted(
        (row for row in found if row.crisis_order is not None), key=lambda row: (row.crisis_order, row.slug)
    )


def _county_or_404(slug: str) -> places.County:
    found = places.county(slug)
    if found is None:
        raise Http404
    return found
