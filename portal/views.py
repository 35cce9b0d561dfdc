"""Pages that join the apps, and the addresses that machines ask for."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.views.decorators.csrf import csrf_exempt

from portal.lib import languages
from portal.lib.caching import private_page, public_page
from portal.sitemap import every_path
from reporting import retention
from resources.content import page_in_file
from resources.models import Page, Principle

# A page anybody might have open, of the national weather service.
WEATHER = "https://www.weather.gov/"


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """The doors: overdose now, find help, get trained, report."""
    context = {"definition": Page.objects.filter(slug="home").first(), "principles": Principle.objects.all()}
    return render(request, "portal/home.html", context)


@public_page
def overdose(request: HttpRequest) -> HttpResponse:
    """The next step for somebody beside a person who does not wake up.

    It answers without the database too, from the file that the page was first loaded from.
    """
    try:
        page = Page.objects.get(slug="overdose")
    except (Page.DoesNotExist, DatabaseError):
        response = render(request, "portal/overdose.html", {"page": page_in_file("overdose")})
        response.headers["Cache-Control"] = "no-store"
        return response
    return render(request, "portal/overdose.html", {"page": page})


@public_page
def about(request: HttpRequest) -> HttpResponse:
    """Who we are."""
    return render(request, "portal/about.html", {"page": Page.objects.filter(slug="our-collective").first()})


@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    """What we keep, and what we cannot promise."""
    kept = {kind: retention.in_words(kind) for kind in ("standard", "short", "long")}
    return render(request, "portal/privacy.html", {"kept": kept})


@public_page
def accessibility(request: HttpRequest) -> HttpResponse:
    """How the portal works for everybody, and where to say that it does not."""
    return render(request, "portal/accessibility.html")


@public_page
def safety(request: HttpRequest) -> HttpResponse:
    """How to cover your tracks."""
    return render(request, "portal/safety.html")


@csrf_exempt
@private_page
def leave(request: HttpRequest) -> HttpResponse:
    """Send the reader to a weather page at once, and ask the browser to forget what this site stored.

    It needs no database and no session, so that it works when nothing else does.
    """
    response = HttpResponse(status=303)
    response.headers["Location"] = WEATHER
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@private_page
def healthz(request: HttpRequest) -> JsonResponse:
    """Tell that the process is alive. Nothing else is asked."""
    return JsonResponse({"alive": True})


@private_page
def readyz(request: HttpRequest) -> JsonResponse:
    """Tell whether the database answers; status 503 comes from the net for database faults."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ready": True})


@public_page
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines should leave alone: nothing of a report belongs into their lists."""
    hidden = [
        languages.path_in(path, language.code)
        for language in languages.ALL
        for path in (reverse("reporting:start"), reverse("leave"))
    ]
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        *(f"Disallow: {path}" for path in hidden),
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@public_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """The public pages in every language, for search engines."""
    paths = every_path()
    return render(
        request,
        "portal/sitemap.xml",
        {
            "addresses": [
                settings.SITE_URL + languages.path_in(path, language.code)
                for language in languages.ALL
                for path in paths
            ]
        },
        content_type="application/xml",
    )


@public_page
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to keep the overdose steps on its home screen."""
    return JsonResponse(
        {
            "name": settings.SITE_NAME,
            "short_name": settings.SITE_NAME,
            "lang": get_language(),
            "dir": "rtl" if get_language_bidi() else "ltr",
            "start_url": reverse("overdose"),
            "display": "minimal-ui",
            "background_color": "#fbf6ee",
            "theme_color": "#0b5d5e",
            "icons": [{"src": static("icons/door.svg"), "sizes": "any", "type": "image/svg+xml"}],
        },
        content_type="application/manifest+json",
    )


def favicon(request: HttpRequest) -> HttpResponse:
    """Send browsers that ask at the old address to the mark."""
    return redirect(static("icons/door.svg"), permanent=True)


@public_page
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the overdose page, and nothing else, for when there is no signal.

    It is kept in every language, so that the phone does not tell in which one it was read.
    """
    pages = [languages.path_in(reverse("overdose"), language.code) for language in languages.ALL]
    kept = [*pages, static("css/site.css"), static("icons/door.svg")]
    return render(
        request, "portal/service-worker.js", {"kept": kept}, content_type="text/javascript; charset=utf-8"
    )


@public_page
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to tell us about a hole in the portal (RFC 9116)."""
    return render(request, "portal/security.txt", content_type="text/plain; charset=utf-8")
