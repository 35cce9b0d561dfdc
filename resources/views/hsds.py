"""The directory for other software: the read-only API of HSDS 3.1, and the whole of it as a package.

One language, English, at every address; the other languages are attributes. Nothing here needs a key or
keeps anything, and any site may read it: it holds what the pages show.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import override
from django.views.decorators.http import require_safe

from portal.lib.caching import public_page
from portal.lib.languages import BASE
from portal.lib.throttle import allow
from resources.hsds import VERSION, Bundle, export, mapping
from resources.models import Organization

PER_PAGE, MOST_PER_PAGE = 50, 200
PACKAGES_PER_MINUTE = 6  # from one address: each reads the whole directory
_PROFILE = "https://docs.openreferral.org/"
View = Callable[..., HttpResponse]


class _BadRequestError(Exception):
    """What was asked for cannot be answered; the message says why."""


def _api(view: Callable[..., Any]) -> Any:
    """Answer GET and HEAD with what `view` returns as JSON, with an ETag, in English, for every site."""

    @require_safe
    @public_page(query=("page", "per_page", "full"))
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with override(BASE):
            try:
                found = view(request, *args, **kwargs)
            except _BadRequestError as fault:
                return _json({"error": str(fault)}, status=400)
            except Http404:
                return _json({"error": "There is nothing of this kind here."}, status=404)
        return _tagged(request, found if isinstance(found, HttpResponse) else _json(found))

    return answer


def _json(found: Any, status: int = 200) -> HttpResponse:
    response = HttpResponse(
        json.dumps(found, ensure_ascii=False) + "\n", content_type="application/json", status=status
    )
    return _open(response)


def _open(response: HttpResponse) -> HttpResponse:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Content-Language"] = BASE
    return response


def _tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.status_code != 200:
        return response
    response.headers["ETag"] = f'"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'
    answer = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    if isinstance(answer, HttpResponse) and answer.status_code == 304:
        answer.headers["Cache-Control"] = response.headers.get("Cache-Control", "public, max-age=60")
        return _open(answer)
    return response


def _number(request: HttpRequest, name: str, usual: int, most: int) -> int:
    typed = request.GET.get(name, str(usual))
    if not (typed.isascii() and typed.isdigit() and len(typed) < 8 and 1 <= int(typed) <= most):
        raise _BadRequestError(f"{name} is a whole number from 1 to {most}.")
    return int(typed)


def _page(
    request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], show: Callable[[Any], list[Any]]
) -> dict[str, Any]:
    """Return the asked page of `rows`, read from the database for this page alone."""
    per_page = _number(request, "per_page", PER_PAGE, MOST_PER_PAGE)
    number = _number(request, "page", 1, 9_999_999)
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    pages = max(1, -(-total // per_page))
    if number > pages:
        raise Http404
    contents = show(rows[(number - 1) * per_page : number * per_page])
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": number,
        "size": len(contents),
        "first_page": number == 1,
        "last_page": number == pages,
        "empty": not contents,
        "contents": contents,
    }


def _bundle(rows: Any) -> Bundle:
    return mapping.bundle_of(rows, mapping.topics_by_slug())


@_api
def index(request: HttpRequest) -> dict[str, Any]:
    """What this is, as the API of HSDS wants it at its root, and where everything stands."""
    with override(BASE):
        names = (
            "services", "organizations", "taxonomies", "taxonomy_terms", "package_json", "package_zip",
        )  # fmt: skip
        links = {name: settings.SITE_URL + reverse(f"resources:hsds_{name}") for name in names}
    return {"version": VERSION, "profile": _PROFILE, **links}


@_api
def services(request: HttpRequest) -> dict[str, Any]:
    """One page of services, each with its own fields; with `full=true` with all that hangs on it."""
    show = export.nested_services if request.GET.get("full") == "true" else export.flat_services
    return _page(request, export.public_services(), lambda rows: show(_bundle(rows)))


@_api
def service(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """One service with all that hangs on it."""
    found = export.nested_services(_bundle(export.public_services().filter(uuid=uuid)))
    if not found:
        raise Http404
    return found[0]


@_api
def organizations(request: HttpRequest) -> dict[str, Any]:
    """One page of the organizations that have a listed service."""
    listed = export.public_services().order_by().values("organization")
    rows = Organization.objects.filter(pk__in=listed).order_by("name", "pk")
    return _page(
        request, rows, lambda part: export.flat_organizations(map(mapping.organization_record, part))
    )


@_api
def organization(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """One organization with its listed services."""
    bundle = _bundle(export.public_services().filter(organization__uuid=uuid))
    if not bundle.services:
        raise Http404
    return export.organization(bundle)


@_api
def taxonomies(request: HttpRequest) -> dict[str, Any]:
    """Our two lists of terms."""
    return _page(request, list(mapping.TAXONOMIES.values()), list)


@_api
def taxonomy(request: HttpRequest, uuid: UUID) -> dict[str, str]:
    """One list of terms."""
    if str(uuid) not in mapping.TAXONOMIES:
        raise Http404
    return mapping.TAXONOMIES[str(uuid)]


@_api
def taxonomy_terms(request: HttpRequest) -> dict[str, Any]:
    """One page of the topics."""
    return _page(request, mapping.topic_terms(mapping.topics_by_slug()), list)


@_api
def taxonomy_term(request: HttpRequest, uuid: UUID) -> dict[str, str]:
    """One topic."""
    terms = {term["id"]: term for term in mapping.topic_terms(mapping.topics_by_slug())}
    if str(uuid) not in terms:
        raise Http404
    return terms[str(uuid)]


@_api
def package_json(request: HttpRequest) -> HttpResponse:
    """The whole directory as one JSON list of services."""
    text = io.StringIO()
    return _package(
        request, "application/json", "resources.json", lambda: _written(text, export.write_json).encode()
    )


@_api
def package_zip(request: HttpRequest) -> HttpResponse:
    """The whole directory as a tabular data package."""
    file = io.BytesIO()
    return _package(
        request, "application/zip", "resources-hsds.zip", lambda: _written(file, export.write_tabular)
    )


def _written(file: Any, write: Callable[..., int]) -> Any:
    write(file, export.bundles())
    return file.getvalue()


def _package(request: HttpRequest, content_type: str, name: str, make: Callable[[], bytes]) -> HttpResponse:
    """Answer the whole directory; it is made anew each time, so one address gets it only so often."""
    if not allow(request, "hsds", PACKAGES_PER_MINUTE, 60):
        response = _json({"error": "Wait a minute, then ask again."}, status=429)
        response.headers["Retry-After"] = "60"
        return response
    response = _open(HttpResponse(make(), content_type=content_type))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
