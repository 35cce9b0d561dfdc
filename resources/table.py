"""The directory as a table: one list of columns for the public CSV, and for the one that staff bring in.

A table holds English alone and one line for each service, so it cannot hold everything. What it holds whole
can be changed in it; numbers, places and whoever runs a service are there to be read, and a line that changes
them is refused with the name of the page where they are changed. What of a service it does not tell stays.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from portal.lib import places
from portal.lib.languages import BASE
from portal.lib.spreadsheet import FORMULA, cell
from resources.hsds import export
from resources.hsds.mapping import Bundle, Record
from resources.hsds.tables import Fault, PackageRefusedError
from resources.models import How, Mark, Service

MOST_LINES = 20_000
_JOIN = "; "
_ALWAYS = "24/7"
# Shows the value of one column from the record and all the package; reads it back as part of a record.
Show = Callable[[Record, Bundle], str]
Read = Callable[[str, Record, Bundle], Record]


@dataclass(frozen=True)
class Column:
    """One column. read: raises ValueError with a reason; None: the column is only there to be read."""

    name: str
    show: Show
    read: Read | None = None


def shielded(text: str) -> str:
    """Return `text` so that no spreadsheet runs it and `plain` gives it back exactly."""
    return f"'{text}" if _is_shielded(text) else cell(text)


def plain(text: str) -> str:
    """Return what `shielded` made the text of a cell from."""
    return text[1:] if _is_shielded(text) else text


def _is_shielded(text: str) -> bool:
    return text[:1] == "'" and text[1:2] != "" and text[1] in {*FORMULA, "'"}


def _text_column(name: str, key: str = "") -> Column:
    """Return a column of a text in several languages: its English."""
    key = key or name

    def read(text: str, record: Record, _bundle: Bundle) -> Record:
        others = {code: said for code, said in record[key].items() if code != BASE}
        return {key: {**({BASE: text} if text else {}), **others}}

    return Column(name, lambda record, _bundle: str(record[key].get(BASE, "")), read)


def _word_column(name: str, key: str = "", known: tuple[str, ...] = ()) -> Column:
    """Return a column of one word or line. known: the only values it may have besides none."""
    key = key or name

    def read(text: str, _record: Record, _bundle: Bundle) -> Record:
        if known and text and text not in known:
            raise ValueError(f"{text[:60]!r} is none of {', '.join(known)}")
        return {key: text}

    return Column(name, lambda record, _bundle: str(record[key] or ""), read)


def _show_place(name: str) -> Show:
    return lambda record, bundle: _JOIN.join(bundle.locations[place][name] for place in record["places"])


def _show_topics(record: Record, bundle: Bundle) -> str:
    return _JOIN.join(bundle.topics[slug][0] for slug in record["categories"])


def _read_topics(text: str, _record: Record, bundle: Bundle) -> Record:
    by_name = {name: slug for slug, (name, _above) in bundle.topics.items()}
    return {"categories": sorted(_each(text, by_name, "topic"))}


def _show_counties(record: Record, _bundle: Bundle) -> str:
    return _JOIN.join(county.name for slug in record["counties"] if (county := places.county(slug)))


def _read_counties(text: str, _record: Record, _bundle: Bundle) -> Record:
    return {"counties": _each(text, {county.name: county.slug for county in places.counties()}, "county")}


def _each(text: str, known: dict[str, str], what: str) -> list[str]:
    names = [name.strip() for name in text.split(";") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"there is no {what} {unknown[0][:60]!r}")
    return [known[name] for name in names]


def _show_hours(record: Record, _bundle: Bundle) -> str:
    return _ALWAYS if record["always_open"] else str(record["hours"].get(BASE, ""))


def _read_hours(text: str, record: Record, bundle: Bundle) -> Record:
    words = _text_column("hours").read
    assert words is not None  # noqa: S101 (tells the type checker what stands above)
    if text == _ALWAYS:
        return {"always_open": True}
    return {"always_open": False, **words(text, record, bundle)}


def _read_day(text: str, _record: Record, _bundle: Bundle) -> Record:
    try:
        return {"checked_on": datetime.date.fromisoformat(text).isoformat() if text else ""}
    except ValueError:
        raise ValueError(f"{text[:60]!r} is no day such as 2026-11-22") from None


COLUMNS = (
    Column("slug", lambda record, _bundle: str(record["slug"])),
    _text_column("name"),
    Column(
        "organization", lambda record, bundle: str(bundle.organizations[record["organization"]]["name"])
    ),
    Column("topics", _show_topics, _read_topics),
    _text_column("summary"),
    _text_column("details"),
    Column(
        "phones", lambda record, _bundle: _JOIN.join(phone["number"] for phone in record["phones"])
    ),
    _word_column("website", "url"),
    _word_column("email"),
    Column("hours", _show_hours, _read_hours),
    _text_column("area"),
    Column("street", _show_place("street")),
    Column("city", _show_place("city")),
    Column("postal_code", _show_place("postal_code")),
    Column("counties", _show_counties, _read_counties),
    _word_column("reach", known=tuple(Service.Reach.values)),
    _text_column("cost"),
    _text_column("eligibility"),
    _text_column("bring"),
    _text_column("caution"),
    _word_column("mark", known=tuple(Mark.values)),
    _word_column("source"),
    _word_column("last_known"),
    Column("checked_on", lambda record, _bundle: str(record["checked_on"]), _read_day),
    _word_column("checked_how", known=tuple(How.values)),
    Column("changed_at", lambda record, _bundle: str(record["updated_at"])),
)  # fmt: skip
NAMES = tuple(column.name for column in COLUMNS)


def write_csv(file: IO[str]) -> None:
    """Write the public directory (RFC 4180)."""
    writer = csv.writer(file)
    writer.writerow(NAMES)
    for bundle in export.bundles():
        for record in bundle.services:
            writer.writerow([shielded(column.show(record, bundle)) for column in COLUMNS])


# --- Bringing it in ---


def read_csv(content: bytes) -> Bundle:
    """Return what the lines of a table tell of services that are in the public directory, and of new ones.

    django-import-export reads the lines and holds each against what is here. Raise PackageRefusedError with
    line and reason of every fault.
    """
    # Imported here: a worker that only answers readers does not load the library.
    from tablib import Dataset

    from resources.tablelines import ServiceTable

    rows, lines = _lines(content)
    here = _here()
    table = ServiceTable(here, lines)
    result = table.import_data(Dataset(*rows[1:], headers=rows[0]), use_transactions=False)
    faults = [Fault("table", str(fault.error)) for fault in result.base_errors]
    faults += [
        Fault(lines[number - 1], str(fault.error))
        for number, row_faults in result.row_errors()
        for fault in row_faults
    ]
    faults += [
        Fault(lines[row.number - 1], f"{name}: {reason}" if name in NAMES else reason)
        for row in result.invalid_rows
        for name, reasons in row.error_dict.items()
        for reason in reasons
    ]
    if faults:
        raise PackageRefusedError(faults)
    here.services = table.taken
    here.origins = table.origins
    needed = {record["organization"] for record in table.taken}
    here.organizations = {own: row for own, row in here.organizations.items() if own in needed}
    return here


def _here() -> Bundle:
    """Return the public directory as one bundle."""
    whole = Bundle()
    for bundle in export.bundles():
        whole.services += bundle.services
        whole.organizations |= bundle.organizations
        whole.locations |= bundle.locations
        whole.topics = bundle.topics
    return whole


def _lines(content: bytes) -> tuple[list[list[str]], list[str]]:
    """Return the cells, the head first, and where each line after it begins."""
    rows: list[list[str]] = []
    starts: list[str] = []
    line = 1
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        for cells in reader:
            where, line = f"line {line}", reader.line_num + 1
            if not any(cells):
                continue
            if rows and len(cells) != len(rows[0]):
                raise PackageRefusedError(
                    [Fault(where, f"it has {len(cells)} cells, the first line has {len(rows[0])}")]
                )
            if any("\0" in each for each in cells):
                raise PackageRefusedError([Fault(where, "it holds a character that no text needs")])
            rows.append(cells)
            starts.append(where)
    except UnicodeDecodeError as fault:
        raise PackageRefusedError([Fault("table", "it is not UTF-8")]) from fault
    except csv.Error as fault:
        raise PackageRefusedError([Fault(f"line {line}", f"it is no CSV ({fault})")]) from fault
    _check_head(rows)
    return rows, starts[1:]


def _check_head(rows: list[list[str]]) -> None:
    if len(rows) < 2 or len(rows) > MOST_LINES:
        raise PackageRefusedError([Fault("table", f"it has no line of a service, or more than {MOST_LINES}")])
    head = rows[0]
    faults = [Fault("line 1", f"there is no column {name[:60]!r} here") for name in head if name not in NAMES]
    faults += [
        Fault("line 1", f"the column {name!r} is there twice") for name in NAMES if head.count(name) > 1
    ]
    if "slug" not in head:
        faults.append(Fault("line 1", "the column slug is missing"))
    if faults:
        raise PackageRefusedError(faults)


def same(one: str, other: str) -> bool:
    """Return whether two texts are the same but for line ends, which spreadsheets change."""
    return one.split() == other.split()
