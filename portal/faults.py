"""What people read when something fails."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

_log = logging.getLogger("portal.faults")
_Next = Callable[[HttpRequest], HttpResponseBase]


class DatabaseFaults:
    """Answer 503 with a plain sentence when the database is away, full or busy.

    Views that hold a person's words catch the fault themselves and give the words back; this is the net.
    """

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page for a database fault, None for any other."""
        return away(request, exception) if isinstance(exception, DatabaseError | InterfaceError) else None


def away(request: HttpRequest, fault: Exception) -> HttpResponse:
    """Write down where the database was missed; return the page that says so."""
    _log.error("database away", exc_info=fault)
    return unavailable(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Return the page for a part of the portal that cannot answer now: status 503, try again in a minute.

    What a reader had sent stands in the page's own form, so that one press sends it again. What staff sent
    does not: it may be a passphrase.
    """
    is_readers_form = request.method == "POST" and not request.path_info.startswith("/admin/")
    typed = (
        [(name, value) for name in request.POST for value in request.POST.getlist(name)]
        if is_readers_form
        else []
    )
    response = render(request, "503.html", {"typed": typed, "again": request.path}, status=503)
    response.headers["Retry-After"] = "60"
    return response


def _sorry(request: HttpRequest, status: int, heading: str, words: str) -> HttpResponse:
    return render(request, "sorry.html", {"heading": heading, "words": words}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for a request the portal could not read."""
    return _sorry(
        request,
        400,
        _("We could not read that"),
        _("Your browser sent something we could not read. Go back, check what you typed, and send it again."),
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for a door that is not this visitor's."""
    return _sorry(
        request,
        403,
        _("This page is not open to you"),
        _("If you came here from a link on another site, open the page from our own menu and try again."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a staff form whose session ended before it was sent."""
    return _sorry(
        request,
        403,
        _("This form is too old"),
        _("You were signed out, or the form was open too long. Go back, copy your words, and sign in again."),
    )


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for an address that leads nowhere."""
    return _sorry(
        request,
        404,
        _("There is no page here"),
        _("The address may be old or mistyped. Start again from the home page, or look for help near you."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for a fault of ours. It needs no database and says nothing of the request."""
    return render(request, "500.html", status=500)
