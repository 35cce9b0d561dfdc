"""Headers and language of every response."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from portal.lib.permissions import HEADER as PERMISSIONS_HEADER
from portal.lib.permissions import policy

_Next = Callable[[HttpRequest], HttpResponseBase]

# Nothing needs a sensor, a camera or a payment; a page with the button "near me" may ask for the place.
_PERMISSIONS = policy()


def bare_headers(*, is_secure: bool) -> dict[str, str]:
    """Return the headers of an answer that is given before Django: the same that every other answer has.

    is_secure: whether it was asked over TLS; only then may browsers be told to insist on it.
    """
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        ),
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        PERMISSIONS_HEADER: _PERMISSIONS,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }
    if is_secure and settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = (
            f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
        )
    return headers


class PrivacyHeaders:
    """Add the headers Django has no setting for, and keep private pages out of every store.

    A response that says nothing about caching is private: a forgotten decorator must not publish a page.
    """

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(PERMISSIONS_HEADER, _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class PathLanguage:
    """Let the address alone choose the language: no cookie, and nothing of the browser is read."""

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(translation.get_language_from_path(request.path_info) or "en"):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response
