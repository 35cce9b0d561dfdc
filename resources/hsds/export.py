"""Writing HSDS: JSON as its API nests it, and the tabular package."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any

from resources.hsds.mapping import Bundle, Record, bundle_of, rows_of, topics_by_slug
from resources.hsds.tables import NESTS, TABLES, Row, Rows, typed
from resources.models import Service, ServiceQuerySet

AT_ONCE = 500  # services held in memory while a package is written
# A fixed moment, so that the same directory gives the same bytes. ZIP knows none before it.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def public_services() -> ServiceQuerySet:
    """Return the services of every package and every page of the API, with all that the mapping reads."""
    return Service.objects.listed().prefetch_related("access_facts")


def bundles() -> Iterator[Bundle]:
    """Return the public directory in parts of AT_ONCE services."""
    topics = topics_by_slug()
    rows = public_services().iterator(chunk_size=AT_ONCE)
    while part := list(islice(rows, AT_ONCE)):
        yield bundle_of(part, topics)


class _Tree:
    """Finds the rows inside other rows."""

    def __init__(self, rows: Rows) -> None:
        self._by_id = {(table, row["id"]): row for table in rows for row in rows[table]}
        self._under: dict[tuple[str, str, str], list[Row]] = {}
        for nests in NESTS.values():
            for child, link in {(nest.child, nest.own) for nest in nests if nest.own}:
                if not any(key[:2] == (child, link) for key in self._under):
                    for row in rows[child]:
                        if link in row:
                            self._under.setdefault((child, link, row[link]), []).append(row)

    def nested(self, table: str, own: str) -> dict[str, Any]:
        """Return the row with everything that hangs on it, as JSON has it."""
        row = self._by_id[table, own]
        left_out = {nest.theirs for nest in NESTS.get(table, []) if nest.theirs}
        found = {name: value for name, value in typed(table, row).items() if name not in left_out}
        for nest in NESTS.get(table, []):
            if nest.theirs:
                if nest.theirs in row:
                    found[nest.key] = self.nested(nest.child, row[nest.theirs])
                continue
            inside = [
                self._without(self.nested(nest.child, child["id"]), nest.own)
                for child in self._under.get((nest.child, nest.own, own), [])
            ]
            if inside:
                found[nest.key] = inside
        return found

    @staticmethod
    def _without(found: dict[str, Any], link: str) -> dict[str, Any]:
        return {name: value for name, value in found.items() if name not in {link, "link_entity"}}


def nested_services(bundle: Bundle) -> list[dict[str, Any]]:
    """Return each service with everything that hangs on it, in the order of `bundle`."""
    tree = _Tree(rows_of(bundle))
    return [tree.nested("service", record["uuid"]) for record in bundle.services]


def flat_services(bundle: Bundle) -> list[dict[str, Any]]:
    """Return each service with its own fields and its organization's alone, as lists have them."""
    rows = rows_of(bundle)
    runners = {row["id"]: typed("organization", row) for row in rows["organization"]}
    return [
        {name: value for name, value in typed("service", row).items() if name != "organization_id"}
        | {"organization": runners[row["organization_id"]]}
        for row in rows["service"]
    ]


def organization(bundle: Bundle) -> dict[str, Any]:
    """Return the one organization of `bundle` with its services."""
    services = nested_services(bundle)
    runner = dict(services[0]["organization"])
    for service in services:
        del service["organization"]
    return runner | {"services": services}


def flat_organizations(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Return organizations with their own fields alone."""
    return [
        {name: value for name, value in fields.items() if value}
        for record in records
        for fields in [
            {
                "id": record["uuid"],
                "name": record["name"],
                "alternate_name": record["short_name"],
                "description": record["description"].get("en") or record["name"],
                "website": record["url"],
            }
        ]
    ]


def write_json(write: IO[str], parts: Iterable[Bundle]) -> int:
    """Write the services of `parts` as one JSON list; return how many they are."""
    count = 0
    write.write("[")
    for bundle in parts:
        for service in nested_services(bundle):
            write.write(("," if count else "") + "\n" + json.dumps(service, ensure_ascii=False))
            count += 1
    write.write("\n]\n")
    return count


def write_tabular(file: IO[bytes], parts: Iterable[Bundle]) -> int:
    """Write the services of `parts` as a tabular data package in a ZIP; return how many they are.

    The cells are for programs and are not made safe for spreadsheets; for those there is the CSV.
    """
    texts = {name: io.StringIO(newline="") for name in TABLES}
    writers = {name: csv.DictWriter(text, TABLES[name].fields) for name, text in texts.items()}
    for writer in writers.values():
        writer.writeheader()
    seen: set[str] = set()
    count = 0
    for bundle in parts:
        count += len(bundle.services)
        for name, rows in rows_of(bundle).items():
            for row in rows:
                if row["id"] not in seen:
                    seen.add(row["id"])
                    writers[name].writerow(row)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        _put(package, "datapackage.json", json.dumps(_descriptor(), indent=1) + "\n")
        for name, table in TABLES.items():
            _put(package, table.file, texts[name].getvalue())
    return count


def _put(package: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    package.writestr(entry, text.encode())


def _descriptor() -> dict[str, Any]:
    """Return the descriptor of a tabular data package (specs.frictionlessdata.io)."""
    kinds = {"date": "date", "moment": "datetime", "number": "number", "time": "time"}
    return {
        "profile": "tabular-data-package",
        "name": "resource-directory",
        "title": "Resource directory (HSDS 3.1)",
        "resources": [
            {
                "name": name,
                "path": table.file,
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {
                    "primaryKey": "id",
                    "fields": [
                        {
                            "name": column,
                            "type": kinds.get(table.kind(column), "string"),
                            "constraints": {"required": column in table.required},
                        }
                        for column in table.fields
                    ],
                    "foreignKeys": [
                        {
                            "fields": link,
                            "reference": {"resource": "" if other == name else other, "fields": "id"},
                        }
                        for link, other in table.links.items()
                    ],
                },
            }
            for name, table in TABLES.items()
        ],
    }
