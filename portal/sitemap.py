"""The addresses of the public pages, for search engines and for the tests that visit every page."""

from __future__ import annotations

from django.urls import reverse

_NAMES = (
    "home", "overdose", "about", "privacy", "accessibility", "safety",
    "resources:harm_reduction", "resources:principles", "resources:services",
    "training:courses", "training:verify", "reporting:rights", "reporting:figures",
)  # fmt: skip


def public_paths() -> list[str]:
    """Return the paths of the reading pages, in the order of the menu."""
    return [reverse(name) for name in _NAMES]
