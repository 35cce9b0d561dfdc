"""The directory as a table."""

from __future__ import annotations

import csv

from django.http import HttpRequest, HttpResponse

from portal.lib.caching import public_page
from portal.lib.spreadsheet import cell
from resources.models import Service

CSV_COLUMNS = (
    "slug", "name", "organization", "topics", "summary", "phones", "website", "email", "hours", "area",
    "street", "city", "postal_code", "counties", "reach", "cost", "eligibility", "caution", "mark", "source",
    "last_known", "checked_on", "checked_how",
)  # fmt: skip


@public_page
def export_csv(request: HttpRequest) -> HttpResponse:
    """The directory as CSV (RFC 4180, UTF-8), as the public may see it."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="resources.csv"'
    writer = csv.writer(response)
    writer.writerow(CSV_COLUMNS)
    writer.writerows([cell(value) for value in _csv_values(row)] for row in Service.objects.listed())
    return response


def _csv_values(row: Service) -> list[str]:
    """Return the values of one listed service in the order of CSV_COLUMNS."""
    return [
        row.slug,
        str(row.name),
        row.organization.name,
        "; ".join(str(topic) for topic in row.categories.all()),
        str(row.summary),
        "; ".join(phone.number for phone in row.listed_phones),
        row.url,
        row.email,
        "24/7" if row.always_open else str(row.hours),
        str(row.area),
        "; ".join(place.shown_street for place in row.listed_places),
        "; ".join(place.shown_city for place in row.listed_places),
        "; ".join(place.shown_postal_code for place in row.listed_places),
        "; ".join(place.name for place in row.served_counties),
        row.reach,
        str(row.cost),
        str(row.eligibility),
        str(row.caution),
        row.mark,
        row.source,
        row.last_known,
        str(row.checked_on or ""),
        row.checked_how,
    ]
