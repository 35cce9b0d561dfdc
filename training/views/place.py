"""A place in the course, kept without an account: as a link, as a QR code, or on this device when asked to.

The address of a page is the place. The one cookie is set by a button, holds that address and nothing else, is
sent to this page alone, and ends after a month.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods

from portal.lib import qr
from portal.lib.caching import private_page
from portal.lib.crosssite import same_site_post
from training.models import Course
from training.views.lessons import published_course

COOKIE = "place"
COOKIE_LASTS = 30 * 24 * 3600  # seconds
LONGEST = 1200  # characters of an address: a finished quiz has about 400
_PLACES = {
    "training:lesson", "training:screen", "training:question", "training:answered", "training:result",
    "training:scene", "training:decision",
}  # fmt: skip


def _place(course: Course, at: str) -> str:
    """Return the path of the page of `course` that `at` (the rest of its path) names, "" when it is none."""
    path = reverse("training:course", args=[course.slug]) + at
    if len(at) > LONGEST:
        return ""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    return path if match.view_name in _PLACES and match.kwargs.get("course") == course.slug else ""


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@private_page
def place(request: HttpRequest, course: str) -> HttpResponse:
    """Show the place `?at=` as a link and a QR code; keep it on this device when asked; go back to it."""
    found = published_course(course)
    if request.method == "POST":
        return _keep(request, found)
    if "at" not in request.GET:
        kept = _place(found, request.COOKIES.get(COOKIE, ""))
        return redirect(kept) if kept else _place_page(request, found, "")
    return _place_page(request, found, request.GET["at"])


def _place_page(request: HttpRequest, course: Course, at: str) -> HttpResponse:
    path = _place(course, at)
    is_kept = bool(path) and request.COOKIES.get(COOKIE) == at
    context: dict[str, object] = {
        "course": course,
        "path": path,
        "at": at if path else "",
        "is_kept": is_kept,
    }
    if path:
        address = f"{settings.SITE_URL}{path}"
        context |= {"address": address, "qr": mark_safe(qr.svg(address))}  # noqa: S308 (dots only)
    return render(request, "training/place.html", context)


def _keep(request: HttpRequest, course: Course) -> HttpResponse:
    at = request.POST.get("at", "")
    here = reverse("training:place", args=[course.slug])
    response = redirect(f"{here}?{urlencode({'at': at})}" if _place(course, at) else here)
    if request.POST.get("do") == "forget":
        response.delete_cookie(COOKIE, path=here, samesite="Strict")
    elif _place(course, at):
        response.set_cookie(
            COOKIE,
            at,
            max_age=COOKIE_LASTS,
            path=here,
            secure=request.is_secure(),
            httponly=True,
            samesite="Strict",
        )
    return response
