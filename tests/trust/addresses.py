"""Every address the portal answers, each with an example that leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern

from reporting.models import Report, SealedPart
from reporting.schema import STEPS
from resources.hsds import mapping
from resources.models import Category, Organization, Principle, Service
from training.models import Certificate, Course

_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver. route: as it stands there; path: an example."""

    route: str
    path: str

    @property
    def is_staff_page(self) -> bool:
        """Return whether it stands below /admin/."""
        return self.route.startswith("/admin/")


def _routes(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    for found in resolver.url_patterns:
        pattern = found.pattern
        if isinstance(pattern, LocalePrefixPattern):
            own = ""  # English stands at the root
        elif isinstance(pattern, RoutePattern):
            own = str(pattern)
        elif isinstance(pattern, RegexPattern):
            own = re.sub(
                r"\(\?P<(\w+)>[^)]*\)|[\^$]", lambda name: f"<{name[1]}>" if name[1] else "", str(pattern)
            )
        else:
            raise TypeError(f"an address of a new kind: {pattern!r}")
        if isinstance(found, URLPattern):
            yield before + own
        else:
            yield from _routes(found, before + own)


def _first(rows: Any, name: str) -> str:
    row = rows.first()
    return str(getattr(row, name)) if row else "none"


def _example(route: str, kind: str, name: str, report: Report, member_pk: int) -> str:
    """Return the value that stands for parameter `name` of `route`."""
    for model in admin.site._registry:
        if route.startswith(f"/admin/{model._meta.app_label}/{model._meta.model_name}/<path:object_id>"):
            return str(report.pk) if model is Report else _first(model._default_manager.order_by("pk"), "pk")
    if route.startswith("/admin/members/"):
        return str(member_pk)
    if route.startswith("/admin/reporting/report/"):
        part = SealedPart.objects.filter(report=report)
        return {"part": _first(part, "pk"), "part_id": _first(part, "pk"), "number": "1"}.get(
            name, str(report.pk) if kind in {"uuid", "path", "str"} else "1"
        )
    known = {
        "/admin/<app_label>/": "reporting",
        "/report/<slug:slug>/": STEPS[0].slug,
        "/principles/<slug:slug>/": _first(Principle.objects, "slug"),
        "/resources/<slug:slug>/": _first(Service.objects.filter(is_published=True), "slug"),
        "/resources/<slug:slug>/wrong/": _first(Service.objects.filter(is_published=True), "slug"),
    }
    if route in known:
        return known[route]
    if route.startswith("/resources/hsds/"):
        listed = Service.objects.filter(is_published=True)
        return {
            "services": lambda: _first(listed, "uuid"),
            "organizations": lambda: _first(Organization.objects.filter(services__in=listed), "uuid"),
            "taxonomies": lambda: mapping.TOPICS,
            "taxonomy_terms": lambda: mapping.term_id(mapping.TOPICS, _first(Category.objects, "slug")),
        }[route.split("/")[3]]()
    if route.startswith("/training/certificates/"):
        return _first(Certificate.objects, "shown_code")
    if route.startswith("/training/"):
        return {"slug": _first(Course.objects, "slug"), "number": "1"}.get(name, "none")
    return {"int": "1", "uuid": str(report.pk)}.get(kind, "none")


def addresses(report: Report, member_pk: int) -> list[Address]:
    """Return every address, in the order of their routes. Examples are about `report` and that member."""
    found = []
    for route in sorted(set(_routes(get_resolver()))):
        path = _PARAMETER.sub(
            lambda match, route=route: _example(route, match[1] or "str", match[2], report, member_pk), route
        )
        found.append(Address(route, path))
    return found
