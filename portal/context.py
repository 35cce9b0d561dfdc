"""What every template may use beside what its view gives it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Return the site's name, its contact, whether this is a trial, and the section for the menu."""
    return {
        "site_name": settings.SITE_NAME,
        "site_contact": settings.SITE_CONTACT,
        "trial": settings.TRIAL,
        "section": request.path_info.strip("/").split("/", 1)[0],
    }
