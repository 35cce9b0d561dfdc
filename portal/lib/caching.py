"""Whether a page is the same for everybody, or one person's alone."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, overload

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control

View = Callable[..., HttpResponseBase]
# Tells the page cache beneath the middleware to keep the response; it never leaves the server.
KEEP_HEADER = "X-Keep-Page"
KEEP_FOR = 300  # seconds; a page that names opening hours must not be older


@overload
def public_page(view: View, *, query: tuple[str, ...] = ()) -> View: ...
@overload
def public_page(view: None = None, *, query: tuple[str, ...] = ()) -> Callable[[View], View]: ...
def public_page(view: View | None = None, *, query: tuple[str, ...] = ()) -> View | Callable[[View], View]:
    """Mark a view whose page is the same for everybody, and may be kept for five minutes.

    query: names of the query parameters the page depends on. A request with any other name is answered
    but not kept, so that strange links cannot fill the memory. The view must not read cookies or accounts.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            if request.method in {"GET", "HEAD"} and response.status_code == 200:
                if response.has_header("Cache-Control"):
                    return response
                patch_cache_control(response, public=True, max_age=60)
                if set(request.GET) <= set(query):
                    response.headers[KEEP_HEADER] = str(KEEP_FOR)
            return response

        return kept

    return decorate(view) if view else decorate


def private_page(view: View) -> View:
    """Mark a view whose page belongs to one person: no browser and no proxy may keep it."""

    @functools.wraps(view)
    def unkept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        return response

    return unkept
