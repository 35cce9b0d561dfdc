"""Holding what we write against the published JSON schemas of HSDS, where they are on this machine.

They are CC BY-SA 4.0 and no part of this project. A folder holds `schema/*.json` of a release of
openreferral/specification. The library that reads them is one for development.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from resources.hsds.tables import NESTS


def faults_against(services: Iterable[dict[str, Any]], folder: Path) -> tuple[int, list[str]]:
    """Return how many entities were held against their schema, and each fault as one line.

    services: nested as in the package. folder: of the schemas. Raise ImportError without jsonschema, OSError
    without the schemas.
    """
    from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    schemas = {path.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}
    if "service.json" not in schemas:
        raise FileNotFoundError(f"there is no service.json in {folder}")
    registry: Registry[Any] = Registry().with_resources(
        (name, DRAFT202012.create_resource(schema)) for name, schema in schemas.items()
    )
    checkers: dict[str, Any] = {}
    count, faults = 0, []
    for path, table, entity in _entities(services):
        count += 1
        if table not in checkers:
            checkers[table] = Draft202012Validator(
                {"$ref": f"{table}.json"}, registry=registry, format_checker=FormatChecker()
            )
        faults += [
            f"{path}: {fault.json_path}: {fault.message}" for fault in checkers[table].iter_errors(entity)
        ]
    return count, faults


def _entities(services: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for place, service in enumerate(services):
        yield from _inside(f"$[{place}]", "service", service)


def _inside(path: str, table: str, entity: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield path, table, entity
    for nest in NESTS.get(table, []):
        found = entity.get(nest.key, [])
        for item in [found] if isinstance(found, dict) else found:
            yield from _inside(f"{path}.{nest.key}", nest.child, item)
