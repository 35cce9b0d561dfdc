"""Django's session, account and message middleware, at work under /admin/ only.

A reader's request never looks for a cookie, and so can never be given one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

from portal.faults import away
from portal.staff.sessions import BEGAN


def _is_staff_page(request: HttpRequest) -> bool:
    return request.path_info.startswith("/admin/")


class _StaffPagesOnly(MiddlewareMixin):
    async_capable = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_staff_page(request):
            return super().__call__(request)  # type: ignore[return-value]
        if not hasattr(request, "user"):
            request.user = AnonymousUser()
        return self.get_response(request)  # type: ignore[return-value]


class StaffSessions(_StaffPagesOnly, SessionMiddleware):
    """Sessions for staff pages, read at once: when the database is away, a page waits for it only once."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:  # type: ignore[override]
        """Read the session. Without the database, answer 503 and leave the cookie as it is."""
        super().process_request(request)
        try:
            request.session.get(BEGAN)
        except (DatabaseError, InterfaceError) as fault:
            del request.session  # or it would be asked again, for a cookie of the answer
            return away(request, fault)
        return None


class StaffAuthentication(_StaffPagesOnly, AuthenticationMiddleware):
    """Accounts for staff pages."""


class StaffMessages(_StaffPagesOnly, MessageMiddleware):
    """Messages for staff pages."""


class StaffCsrf(_StaffPagesOnly, CsrfViewMiddleware):
    """Secret tokens for staff forms. Readers' forms have `portal.lib.crosssite` instead, without a cookie."""

    def process_view(
        self, request: HttpRequest, callback: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseForbidden | None:
        """Check the token of a form that was sent to a staff page."""
        if not _is_staff_page(request):
            return None
        return super().process_view(request, callback, args, kwargs)
