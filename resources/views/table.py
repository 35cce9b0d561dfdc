"""The directory as a table."""

from __future__ import annotations

from typing import IO, cast

from django.http import HttpRequest, HttpResponse

from portal.lib.caching import public_page
from resources.table import write_csv


@public_page
def export_csv(request: HttpRequest) -> HttpResponse:
    """The directory as CSV (RFC 4180, UTF-8), as the public may see it, in English."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="resources.csv"'
    write_csv(cast("IO[str]", response))
    return response
