"""Reading HSDS: everything is checked first, and a package with one fault is refused whole.

What the checks hold against is our own reading of HSDS 3.1, in our own words (`tables`).
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
import re
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from resources.hsds.mapping import Bundle, records_of, topics_by_slug
from resources.hsds.tables import (
    MOST_FAULTS,
    NESTS,
    SHARED,
    TABLES,
    Fault,
    PackageRefusedError,
    Row,
    Rows,
)
from resources.models import LANGUAGES, WEEKDAYS

MOST_BYTES = 32 * 1024 * 1024  # of a package as it comes
MOST_UNPACKED = 96 * 1024 * 1024  # of all its files together
MOST_FILES = 64
MOST_ROWS = 1_000_000
# Bytes that no text needs, and the marks that turn the direction of what follows them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_BYDAY = re.compile(rf"(-1|[1-5])?({'|'.join(WEEKDAYS)})")
_URL = URLValidator(schemes=["http", "https"])


def read_package(content: bytes) -> Bundle:
    """Return what a package holds: HSDS JSON, or a ZIP of the tabular package.

    Raise PackageRefusedError with line and reason of every fault.
    """
    if len(content) > MOST_BYTES:
        raise PackageRefusedError([Fault("package", f"it is larger than {MOST_BYTES // 2**20} MB")])
    rows = _Collector()
    if content[:2] == b"PK":
        _read_zip(content, rows)
        rows.check_links()
    else:
        _read_json(content, rows)
        # JSON nests the terms that are used, and only names the one above each.
        rows.check_links(but="parent_id")
    if rows.faults:
        raise PackageRefusedError(rows.faults)
    bundle, faults = records_of(rows.rows, rows.where, topics_by_slug())
    if not bundle.services:
        faults.append(Fault("package", "there is no service in it"))
    if faults:
        raise PackageRefusedError(faults)
    bundle.topics = topics_by_slug()
    bundle.notes = rows.notes + bundle.notes
    return bundle


class _Collector:
    """Takes rows one by one, checks each, and remembers where it stands."""

    def __init__(self) -> None:
        self.rows: Rows = {name: [] for name in TABLES}
        self.where: dict[tuple[str, str], str] = {}
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self._by_id: dict[tuple[str, str], Row] = {}

    def fault(self, where: str, reason: str) -> None:
        """Write down a fault; stop reading when there are enough for a person to see."""
        self.faults.append(Fault(where, reason))
        if len(self.faults) >= MOST_FAULTS:
            raise PackageRefusedError(self.faults)

    def add(self, table: str, row: Row, where: str) -> None:
        """Check one row and take it."""
        before = len(self.faults)
        spec = TABLES[table]
        for name in spec.required:
            if not row.get(name):
                self.fault(where, f"{name} is missing")
        for name, text in list(row.items()):
            if _FORBIDDEN.search(text):
                self.fault(where, f"{name} holds a character that no text needs")
            elif (kind := spec.kind(name)) in CHECKS and (reason := CHECKS[kind](text)):
                self.fault(where, f"{name}: {reason}")
            elif kind == "uuid":
                row[name] = str(uuid.UUID(text))
        if len(self.faults) > before:
            return
        known = self._by_id.get((table, row["id"]))
        if known is None:
            self._by_id[table, row["id"]] = row
            self.where[table, row["id"]] = where
            self.rows[table].append(row)
            if len(self.where) > MOST_ROWS:
                raise PackageRefusedError([Fault("package", f"it has more than {MOST_ROWS} rows")])
        else:
            self.fault(where, f"the id {row['id']} is already that of {self.where[table, row['id']]}")

    def is_copy(self, table: str, row: Row, where: str) -> bool:
        """Return whether a shared row of JSON stands elsewhere already; its copies must be the same."""
        known = self._by_id.get((table, row.get("id", "").lower()))
        if known is None:
            return False
        if known != {**row, "id": known["id"]}:
            self.fault(where, f"differs from {self.where[table, known['id']]}, which has the same id")
        return True

    def check_links(self, but: str = "") -> None:
        """Look for every row that another one names, `but` for the link of this name."""
        for table, spec in TABLES.items():
            for row in self.rows[table]:
                where = self.where[table, row["id"]]
                for link, other in spec.links.items():
                    if link in row and link != but and (other, row[link]) not in self._by_id:
                        self.fault(where, f"{link} {row[link]} is not the id of any {other}")
                if table == "attribute" and row["link_entity"] in TABLES:
                    of = row["link_entity"]
                    if (of, row["link_id"]) not in self._by_id:
                        self.fault(where, f"link_id {row['link_id']} is not the id of any {of}")
                if table == "taxonomy_term" and self._goes_round(row):
                    self.fault(where, "the terms above it go round in a circle")

    def _goes_round(self, row: Row) -> bool:
        seen, above = {row["id"]}, row.get("parent_id")
        while above and (term := self._by_id.get(("taxonomy_term", above))):
            if above in seen:
                return True
            seen.add(above)
            above = term.get("parent_id")
        return False


# --- What one field may hold; a check returns the reason against it, or nothing ---


def _uuid(text: str) -> str:
    try:
        is_one = str(uuid.UUID(text)) == text.lower()
    except ValueError:
        is_one = False
    return "" if is_one else f"{text[:60]!r} is no UUID"


def _by_iso(read: Callable[[str], object], name: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            read(text)
        except ValueError:
            return f"{text[:60]!r} is no {name}"
        return ""

    return check


def _day(text: str) -> object:
    if len(text) != len("2026-11-22"):
        raise ValueError(text)
    return datetime.date.fromisoformat(text)


def _moment(text: str) -> object:
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _time(text: str) -> object:
    time = datetime.time.fromisoformat(text)
    if time.tzinfo is not None:
        raise ValueError(text)
    return time


def _number(text: str) -> object:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _by_validator(validate: Callable[[str], object], name: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            validate(text)
        except ValidationError:
            return f"{text[:60]!r} is no {name}"
        return ""

    return check


def _one_of(*values: str) -> Callable[[str], str]:
    return lambda text: "" if text in values else f"{text[:60]!r} is none of {', '.join(values)}"


def _byday(text: str) -> str:
    is_good = all(_BYDAY.fullmatch(part) for part in text.split(","))
    return "" if is_good else f"{text[:60]!r} are no weekdays, such as MO,WE or 1MO,-1FR"


def _language(text: str) -> str:
    known = {*LANGUAGES, *dict(settings.LANGUAGES)}
    return "" if text in known else f"{text[:60]!r} is none of the languages {', '.join(sorted(known))}"


CHECKS: dict[str, Callable[[str], str]] = {
    "uuid": _uuid,
    "date": _by_iso(_day, "day such as 2026-11-22"),
    "moment": _by_iso(_moment, "moment with its time zone, such as 2026-11-22T10:00:00+00:00"),
    "time": _by_iso(_time, "time of the place's own clock, such as 09:00"),
    "number": _by_iso(_number, "number"),
    "uri": _by_validator(_URL, "web address"),
    "email": _by_validator(validate_email, "e-mail address"),
    "status": _one_of("active", "inactive", "defunct", "temporarily closed"),
    "location_type": _one_of("physical", "postal", "virtual"),
    "freq": _one_of("WEEKLY", "MONTHLY"),
    "byday": _byday,
    "language": _language,
}


# --- The tabular package ---


def _read_zip(content: bytes, rows: _Collector) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            files = _files(package)
            paths = _paths(files.get("datapackage.json", ""))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, RuntimeError) as fault:
        raise PackageRefusedError([Fault("package", f"it is no ZIP that can be read ({fault})")]) from fault
    for table, spec in TABLES.items():
        path = paths.get(table, spec.file)
        if path in files:
            _read_table(table, path, files.pop(path), rows)
        elif table in paths or table in {"service", "organization"}:
            rows.fault(path, "this file is missing")
    others = sorted(set(files) - {"datapackage.json"})
    if others:
        rows.notes.append(f"not kept here: {', '.join(others)}")


def _files(package: zipfile.ZipFile) -> dict[str, str]:
    """Return name and text of every file, after looking at what the package says of itself."""
    entries = package.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise PackageRefusedError([Fault("package", "unpacked it would be too large")])
    faults = [
        Fault(repr(name), "a file of a package has a plain name, once, and no folder")
        for name in names
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_. -]*", name) or names.count(name) > 1
    ]
    faults += [
        Fault(entry.filename, "it is encrypted or not a file")
        for entry in entries
        if entry.flag_bits & 0x1 or entry.is_dir()
    ]
    if faults:
        raise PackageRefusedError(faults)
    found = {}
    for entry in entries:
        with package.open(entry) as file:
            # One byte more than it says: what lies about its size is broken.
            content = file.read(entry.file_size + 1)
        found[entry.filename] = _decoded(content, entry.filename)
    return found


def _paths(text: str) -> dict[str, str]:
    """Return the file of each table that the descriptor names."""
    if not text:
        return {}
    try:
        described = json.loads(text)
        return {
            resource["name"]: resource["path"]
            for resource in described["resources"]
            if resource["name"] in TABLES and isinstance(resource["path"], str)
        }
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise PackageRefusedError(
            [Fault("datapackage.json", "it is no descriptor with names and paths of its tables")]
        ) from fault


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise PackageRefusedError([Fault(f"{name}, line {line}", "it is not UTF-8")]) from fault


def _read_table(table: str, path: str, text: str, rows: _Collector) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            where, line = f"{path}, line {line}", reader.line_num + 1
            if not header:
                header = cells
                if not _is_header(table, where, header, rows):
                    return
            elif len(cells) != len(header):
                if cells:
                    rows.fault(where, f"it has {len(cells)} cells, the first line has {len(header)}")
            else:
                known = TABLES[table].fields
                pairs = zip(header, cells, strict=True)
                rows.add(table, {name: cell for name, cell in pairs if cell and name in known}, where)
    except csv.Error as fault:
        rows.fault(f"{path}, line {reader.line_num}", f"it is no CSV ({fault})")
    if not header:
        rows.fault(path, "it is empty: not even the names of its columns")


def _is_header(table: str, where: str, header: list[str], rows: _Collector) -> bool:
    """Check the names of the columns; return whether the rows can be read."""
    before = len(rows.faults)
    for name in {name for name in header if header.count(name) > 1}:
        rows.fault(where, f"the column {name!r} is there twice")
    for name in TABLES[table].required:
        if name not in header:
            rows.fault(where, f"the column {name} is missing")
    unknown = [name for name in header if name not in TABLES[table].fields]
    if unknown:
        rows.notes.append(f"not kept here: {where.partition(',')[0]}: {', '.join(unknown)}")
    return len(rows.faults) == before


# --- JSON ---


def _read_json(content: bytes, rows: _Collector) -> None:
    text = _decoded(content, "package")
    try:
        found = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as fault:
        raise PackageRefusedError([Fault(f"line {fault.lineno}", f"it is no JSON ({fault.msg})")]) from fault
    except (ValueError, RecursionError) as fault:
        raise PackageRefusedError([Fault("package", f"it is no JSON that can be kept ({fault})")]) from fault
    if isinstance(found, dict) and "contents" in found:
        _Flattener(rows).take_all("service", found["contents"], "$.contents")
    else:
        _Flattener(rows).take_all("service", [found] if isinstance(found, dict) else found, "$")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice in one object")
        found[name] = value
    return found


class _Flattener:
    """Takes nested objects apart into rows."""

    def __init__(self, rows: _Collector) -> None:
        self._rows = rows
        self._unknown: set[str] = set()

    def take_all(self, table: str, found: Any, where: str, **links: str) -> None:
        """Take a list of objects."""
        if not isinstance(found, list):
            self._rows.fault(where, f"a list of {table} is expected")
            return
        for place, item in enumerate(found):
            self.take(table, item, f"{where}[{place}]", **links)

    def take(self, table: str, found: Any, where: str, **links: str) -> str:
        """Take one object and what stands inside it; return its id."""
        if not isinstance(found, dict):
            self._rows.fault(where, f"one {table} is expected")
            return ""
        row = {**self._fields(table, found, where), **links}
        inside: list[tuple[str, Any, str, dict[str, str]]] = []
        for nest in NESTS.get(table, []):
            if found.get(nest.key) is None:
                continue
            at = f"{where}.{nest.key}"
            if nest.theirs:
                row[nest.theirs] = self.take(nest.child, found[nest.key], at)
            else:
                more = {"link_entity": table} if nest.own == "link_id" else {}
                inside.append((nest.child, found[nest.key], at, {nest.own: row.get("id", ""), **more}))
        # A copy of a shared row is compared with the first; what hangs on it was taken there.
        if table in SHARED and self._rows.is_copy(table, row, where):
            return row["id"].lower()
        self._rows.add(table, row, where)
        for child, items, at, own in inside:
            self.take_all(child, items, at, **own)
        return row.get("id", "").lower()

    def _fields(self, table: str, found: dict[str, Any], where: str) -> Row:
        row: Row = {}
        for name in set(found) - set(TABLES[table].fields) - {nest.key for nest in NESTS.get(table, [])}:
            if f"{table}.{name}" not in self._unknown and len(self._unknown) < MOST_FAULTS:
                self._unknown.add(f"{table}.{name}")
                self._rows.notes.append(f"not kept here: {table}.{name[:60]}")
        for name in TABLES[table].fields:
            value = found.get(name)
            is_number = TABLES[table].kind(name) == "number"
            if value is None or value == "":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float) if is_number else str):
                self._rows.fault(where, f"{name} is no {'number' if is_number else 'text'}")
            else:
                row[name] = repr(value) if is_number else str(value)
        return row
