"""The tables of HSDS that we write and read: their files, fields, and how they hang together.

Other tables and fields of HSDS (contacts, programs, funding, metadata …) are never written: they would carry
names of staff, or we do not know them. On the way in they are left out, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# One row: field name to text, without the fields that are empty.
Row = dict[str, str]


@dataclass(frozen=True)
class Fault:
    """One reason to refuse a package. where: file and line, or the path in JSON."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


class PackageRefusedError(Exception):
    """A package has faults, so nothing of it is taken. faults: the first MOST_FAULTS of them."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults[:MOST_FAULTS]
        super().__init__("\n".join(map(str, self.faults)))


MOST_FAULTS = 50


@dataclass(frozen=True)
class Table:
    """One table. fields: name to kind, a "!" after the kind of a required one. links: field to table."""

    file: str
    fields: dict[str, str]
    links: dict[str, str] = field(default_factory=dict)

    def kind(self, name: str) -> str:
        """Return the kind of the field `name`: a key of `load.CHECKS`."""
        return self.fields[name].rstrip("!")

    @property
    def required(self) -> list[str]:
        """Names of the fields that every row must have."""
        return [name for name, kind in self.fields.items() if kind.endswith("!")]


TABLES = {
    "organization": Table(
        "organizations.csv",
        {"id": "uuid!", "name": "text!", "alternate_name": "text", "description": "text!", "website": "uri"},
    ),
    "service": Table(
        "services.csv",
        {
            "id": "uuid!", "organization_id": "uuid!", "name": "text!", "description": "text", "url": "uri",
            "email": "email", "status": "status!", "interpretation_services": "text",
            "fees_description": "text", "eligibility_description": "text", "assured_date": "date",
            "alert": "text", "last_modified": "moment",
        },
        {"organization_id": "organization"},
    ),
    "location": Table(
        "locations.csv",
        {
            "id": "uuid!", "location_type": "location_type!", "organization_id": "uuid",
            "transportation": "text", "latitude": "number", "longitude": "number",
        },
        {"organization_id": "organization"},
    ),
    "service_at_location": Table(
        "service_at_location.csv",
        {"id": "uuid!", "service_id": "uuid!", "location_id": "uuid!"},
        {"service_id": "service", "location_id": "location"},
    ),
    "address": Table(
        "addresses.csv",
        {
            "id": "uuid!", "location_id": "uuid", "address_1": "text!", "address_2": "text", "city": "text!",
            "region": "text", "state_province": "text!", "postal_code": "text!", "country": "text!",
            "address_type": "location_type!",
        },
        {"location_id": "location"},
    ),
    "phone": Table(
        "phones.csv",
        {
            "id": "uuid!", "service_id": "uuid", "number": "text!", "extension": "number", "type": "text",
            "description": "text",
        },
        {"service_id": "service"},
    ),
    "schedule": Table(
        "schedules.csv",
        {
            "id": "uuid!", "service_id": "uuid", "service_at_location_id": "uuid", "valid_from": "date",
            "valid_to": "date", "dtstart": "date", "count": "number", "freq": "freq", "interval": "number",
            "byday": "byday", "bymonthday": "text", "byweekno": "text", "byyearday": "text",
            "description": "text", "opens_at": "time", "closes_at": "time",
        },
        {"service_id": "service", "service_at_location_id": "service_at_location"},
    ),
    "service_area": Table(
        "service_areas.csv",
        {"id": "uuid!", "service_id": "uuid", "name": "text", "extent": "text", "extent_type": "text"},
        {"service_id": "service"},
    ),
    "cost_option": Table(
        "cost_options.csv",
        {"id": "uuid!", "service_id": "uuid!", "option": "text", "amount_description": "text"},
        {"service_id": "service"},
    ),
    "required_document": Table(
        "required_documents.csv",
        {"id": "uuid!", "service_id": "uuid", "document": "text"},
        {"service_id": "service"},
    ),
    "language": Table(
        "languages.csv",
        {"id": "uuid!", "service_id": "uuid", "phone_id": "uuid", "name": "text", "code": "language"},
        {"service_id": "service", "phone_id": "phone"},
    ),
    "taxonomy": Table("taxonomies.csv", {"id": "uuid!", "name": "text!", "description": "text!"}),
    "taxonomy_term": Table(
        "taxonomy_terms.csv",
        {
            "id": "uuid!", "code": "text", "name": "text!", "description": "text!", "parent_id": "uuid",
            "taxonomy": "text", "language": "text", "taxonomy_id": "uuid",
        },
        {"parent_id": "taxonomy_term", "taxonomy_id": "taxonomy"},
    ),
    "attribute": Table(
        "attributes.csv",
        {
            "id": "uuid!", "link_id": "uuid!", "taxonomy_term_id": "uuid!", "link_type": "text",
            "link_entity": "text!", "value": "text",
        },
        {"taxonomy_term_id": "taxonomy_term"},
    ),
}  # fmt: skip

# Rows by table, in the order in which they came.
Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Nest:
    """How rows of `child` stand inside a row of a parent in JSON, under `key`.

    own: field of the child that names the parent. theirs: field of the parent that names the single child.
    """

    key: str
    child: str
    own: str = ""
    theirs: str = ""


_ATTRIBUTES = Nest("attributes", "attribute", own="link_id")
_LANGUAGES_OF = {
    "service": Nest("languages", "language", own="service_id"),
    "phone": Nest("languages", "language", own="phone_id"),
}
NESTS: dict[str, list[Nest]] = {
    "organization": [Nest("locations", "location", own="organization_id"), _ATTRIBUTES],
    "service": [
        Nest("organization", "organization", theirs="organization_id"),
        Nest("phones", "phone", own="service_id"),
        Nest("schedules", "schedule", own="service_id"),
        Nest("service_areas", "service_area", own="service_id"),
        Nest("service_at_locations", "service_at_location", own="service_id"),
        _LANGUAGES_OF["service"],
        Nest("cost_options", "cost_option", own="service_id"),
        Nest("required_documents", "required_document", own="service_id"),
        _ATTRIBUTES,
    ],
    "location": [Nest("addresses", "address", own="location_id"), _ATTRIBUTES],
    "service_at_location": [
        Nest("location", "location", theirs="location_id"),
        Nest("schedules", "schedule", own="service_at_location_id"),
        _ATTRIBUTES,
    ],
    "phone": [_LANGUAGES_OF["phone"], _ATTRIBUTES],
    "schedule": [_ATTRIBUTES],
    "attribute": [Nest("taxonomy_term", "taxonomy_term", theirs="taxonomy_term_id")],
    "taxonomy_term": [Nest("taxonomy_detail", "taxonomy", theirs="taxonomy_id")],
}
# What several rows may hold a copy of in JSON; the copies must then be the same.
SHARED = frozenset({"organization", "location", "taxonomy_term", "taxonomy"})


def typed(table: str, row: Row) -> dict[str, Any]:
    """Return `row` as JSON has it: numbers as numbers."""
    return {
        name: _number(text) if TABLES[table].kind(name) == "number" else text for name, text in row.items()
    }


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() and "." not in text else number
