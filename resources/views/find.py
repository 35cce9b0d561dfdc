"""The directory of help: found by words, county, ZIP, topic, and the place of a device that was asked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.lib import permissions, places, qr
from portal.lib.caching import private_page, public_page
from portal.lib.crosssite import same_site_post
from resources import freshness, hours, laws, selectors, structured
from resources.forms import FindForm, PlaceForm
from resources.listing import Asked, listing
from resources.models import AccessFact, Category, Service

# Further than this from the middle of every ZIP code, a device is not in Tennessee.
_FAR = 40  # miles


@public_page(query=("county", "zip", "category", "open", "page"))
def services(request: HttpRequest) -> HttpResponse:
    """The directory. With words to search the answer is stored nowhere: they may tell of a person's life."""
    topics = list(Category.objects.all())
    form = FindForm(request.GET, topics=topics)
    form.is_valid()
    response = _list(request, form, topics, _asked(form, topics))
    if form.data.get("q"):
        response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@private_page
def near(request: HttpRequest) -> HttpResponse:
    """The same list around the place that a device told after a press of the button. It is kept nowhere."""
    if request.method != "POST":  # the way back from another language, or a link that was passed on
        return redirect("resources:services")
    place = PlaceForm(request.POST)
    point, county, notice = None, None, ""
    if place.is_valid():
        point = (place.cleaned_data["latitude"], place.cleaned_data["longitude"])
        nearest, miles = places.nearest_zip(point)
        if miles > _FAR:
            point, notice = None, _("Your device is outside Tennessee. You can choose a county.")
        else:
            county = nearest.county
    else:
        notice = _("We could not read your place. Type your ZIP code instead.")
    topics = list(Category.objects.all())
    form = FindForm(QueryDict(f"county={county.slug}" if county else ""), topics=topics)
    form.is_valid()
    return _list(request, form, topics, Asked(county=county, near=point), notice)


def _asked(form: FindForm, topics: list[Category]) -> Asked:
    """Return what `form` asks for; a wrong field is left out of the search."""
    asked = form.cleaned_data
    words = asked.get("q", "")
    typed = selectors.zip_in(words)
    if typed:
        words = words.replace(typed, "").strip()
    zip_code = asked.get("zip") or typed
    place = places.zip_place(zip_code)
    by_zip = places.zip_counties(zip_code)
    return Asked(
        words=words,
        zip_code=zip_code,
        county=places.county(asked.get("county", "")) or (by_zip[0] if by_zip else None),
        topic=next((row for row in topics if row.slug == asked.get("category")), None),
        is_open=bool(asked.get("open")),
        near=(place.latitude, place.longitude) if place else None,
        page=selectors.page_number(form.data.get("page", "")),
    )


def _list(
    request: HttpRequest, form: FindForm, topics: list[Category], asked: Asked, notice: str = ""
) -> HttpResponse:
    of_zip = places.zip_counties(asked.zip_code)
    found = listing(asked, timezone.now())
    context = {
        "form": form,
        "asked": asked,
        "topics": selectors.tree(topics),
        "notice": notice,
        # Also when another county was chosen beside the ZIP: the reader sees which one the list is of.
        "of_zip": [
            (county, _query(form, county=county.slug, zip=asked.zip_code))
            for county in of_zip
            if of_zip != [asked.county]
        ],
        "listing": found,
        "meant": _query(form, q=found.did_you_mean, zip=asked.zip_code),
        "crisis_lines": selectors.crisis_lines(),
        "answers": selectors.honest_answers(asked.words) if asked.words else [],
        "query": _query(form),
    }
    response = render(request, "resources/services.html", context)
    response.headers[permissions.HEADER] = permissions.policy("geolocation")
    return response


def _query(form: FindForm, **changed: str) -> str:
    """Return the query of this list from its first page on, with what is `changed`, for links."""
    query = QueryDict(mutable=True)
    for name in form.fields:
        if value := changed.get(name, form.data.get(name, "")):
            query[name] = value
    return query.urlencode()


@public_page
def service(request: HttpRequest, slug: str) -> HttpResponse:
    """One service. Hidden and unpublished ones are not found."""
    found = get_object_or_404(
        Service.objects.listed().prefetch_related("access_facts", "fact_checks"), slug=slug
    )
    now = timezone.now()
    today = timezone.localdate(now)
    laws.attach([found], today=today)
    known = {fact.kind: fact for fact in found.access_facts.all() if fact.answer != Service.Known.NOT_KNOWN}
    address = request.build_absolute_uri(request.path)
    context: dict[str, Any] = {
        "service": found,
        "status": hours.status(found, now),
        "labels": freshness.labels(found, today),
        "access": list(known.values()),
        "not_known": [label for kind, label in AccessFact.Kind.choices if kind not in known],
        "told": selectors.told(found, address),
        "weekly": structured.weekly_hours(found),
        "qr": qr.path_of(address),
    }
    return render(request, "resources/service.html", context)


@public_page(query=("page",))
def county(request: HttpRequest, slug: str) -> HttpResponse:
    """What serves one county, from the nearest to the widest."""
    place = selectors.county_or_404(slug)
    page = selectors.page_number(request.GET.get("page", ""))
    context = {
        "county": place,
        "listing": listing(Asked(county=place, page=page), timezone.now()),
        "crisis_lines": selectors.crisis_lines(),
    }
    return render(request, "resources/county.html", context)
