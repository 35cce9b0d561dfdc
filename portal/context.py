"""What every template may use beside what its view gives it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes
from django.utils.translation import get_language

from portal.lib.languages import ALL, BASE, BY_CODE, Language, bare_path, path_in


@dataclass(frozen=True)
class OtherPage:
    """The page that is shown, in one of the languages. href: its address, None after a form was sent."""

    language: Language
    href: str | None
    is_here: bool


def site(request: HttpRequest) -> dict[str, object]:
    """Return the site's name, its contact, whether this is a trial, and the section for the menu."""
    return {
        "site_name": settings.SITE_NAME,
        "site_contact": settings.SITE_CONTACT,
        "site_url": settings.SITE_URL,
        "trial": settings.TRIAL,
        "section": bare_path(request.path_info).strip("/").split("/", 1)[0],
    }


def _address(request: HttpRequest, code: str) -> str:
    """Return the address of the asked page in the language `code`, for a link: always one of our own."""
    return escape_leading_slashes(escape_uri_path(path_in(request.path_info, code)))


def languages(request: HttpRequest) -> dict[str, object]:
    """Return the page in every language, English first, and whether its own is still a draft.

    What was sent with a form would be lost behind a link, so such a page gets none: where it can be shown
    again in another language, its template has buttons for that.
    """
    if request.path_info.startswith("/admin/"):
        return {}
    here = BY_CODE[get_language() or BASE]
    asked = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    is_link = request.method in {"GET", "HEAD"}
    return {
        "languages": [
            OtherPage(
                language,
                _address(request, language.code) + asked if is_link else None,
                language == here,
            )
            for language in ALL
        ],
        "is_linked": is_link,
        "is_draft": not here.is_checked,
    }
