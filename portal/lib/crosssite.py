"""Forms without a cookie, safe from other sites.

A reader has no session, so there is no secret to compare. Instead the browser's own word is taken: it tells
in `Sec-Fetch-Site`, or in `Origin`, from where a form was sent (sealed reports, section 5).
"""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from portal.lib.caching import View


def sent_from_here(request: HttpRequest) -> bool:
    """Return whether the browser says that this request came from our own pages.

    `same-origin` and `none` (typed by the person) pass. An old browser that sends neither header passes too:
    with no cookie to misuse, refusing it would only lock people out.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def same_site_post(view: View) -> View:
    """Let `view` take forms without a cookie, and refuse those that another site sent (403)."""

    @csrf_exempt
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"} and not sent_from_here(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
