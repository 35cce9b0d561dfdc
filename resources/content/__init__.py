"""The first content of principles, tools, directory and laws, read from the TOML files in this folder.

Beside the files stands a folder for each language that something is translated into (`es/*.toml`): tables of
the same kinds, by slug, with the names of the English texts. What is missing there stays English.

Reading again changes only rows that staff have not touched: each row keeps the digest of what a file last
wrote, and a row that no longer has that digest is staff's. Rows are never deleted here.
"""

from __future__ import annotations

import functools
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from portal.lib.languages import BASE, KNOWN
from portal.lib.translated import TranslatedField, Translations
from resources import freshness, search
from resources.models import (
    Category,
    FactCheck,
    How,
    Law,
    Loaded,
    Location,
    Mark,
    Organization,
    Page,
    Phone,
    Principle,
    Schedule,
    SearchEntry,
    Service,
    Synonym,
    Tool,
    ToolGroup,
    YearOfDeaths,
)

FOLDER = Path(__file__).resolve().parent
_OWN = {"id", "uuid", "loaded_hash", "created_at", "updated_at"}
# Written by the migration that moved addresses, in place of a digest that could not be told afterwards.
UNTOUCHED = "untouched"
# What tells of laws: the field of Law, and the model.
_TELL_OF_LAWS: dict[str, Any] = {"pages": Page, "tools": Tool, "services": Service}
Write = Callable[[str], object]
Row = dict[str, Any]
Kind = TypeVar("Kind", bound=Loaded)


class ContentError(Exception):
    """A row of a content file is wrong; the message names the row and the reason."""


class _Report:
    """What happened to the rows: counts, those that changed, and those left alone as staff changed them."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.kept: list[str] = []
        self.changed: list[Loaded] = []


@transaction.atomic
def load(write: Write) -> None:
    """Read all files; tell `write` what was added, updated, and kept because staff changed it.

    All or nothing. Raise ContentError when a row is wrong.
    """
    report = _Report()
    _load_pages(report)
    _load_directory(report)
    _load_tools(report)
    _load_principles(report)
    _load_laws(report)
    if SearchEntry.objects.exists():
        search.refresh(*report.changed)
    else:
        search.index_all()
    write(
        f"resources: {report.counts['added']} added, {report.counts['updated']} updated, "
        f"{report.counts['same']} unchanged, {len(report.kept)} kept as staff changed them"
    )
    for row in report.kept:
        write(f"  kept: {row}")


def digest(row: Loaded) -> str:
    """Return the digest of everything that a content file says of `row`, as the database holds it now.

    What has its start value is left out, so that a new column does not make every row look like staff's.
    """
    stored = type(row)._default_manager.get(pk=row.pk)
    state = _fields(stored)
    if isinstance(stored, Service):
        state["categories"] = sorted(stored.categories.values_list("slug", flat=True))
        state["locations"] = sorted(stored.locations.values_list("slug", flat=True))
        state["phones"] = [_fields(phone) for phone in stored.phones.order_by("order", "pk")]
        state["schedules"] = [_fields(span) for span in stored.schedules.order_by("order", "pk")]
    if isinstance(stored, Principle):
        state["tools"] = sorted(stored.tools.values_list("slug", flat=True))
    if isinstance(stored, Law):
        for name in _TELL_OF_LAWS:
            state[name] = sorted(getattr(stored, name).values_list("slug", flat=True))
    state = {name: value for name, value in state.items() if value != []}
    text = json.dumps(state, default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _fields(row: models.Model) -> Row:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in _OWN | {"service"} and getattr(row, field.attname) != field.get_default()
    }


def _file(name: str) -> Row:
    with (FOLDER / name).open("rb") as file:
        return tomllib.load(file)


@functools.cache
def _tongues() -> dict[str, Row]:
    """Return for each language but English what is translated: {code: {kind: {slug: {name: text}}}}."""
    return {
        language.code: {
            kind: rows
            for path in sorted((FOLDER / language.code).glob("*.toml"))
            for kind, rows in tomllib.loads(path.read_text(encoding="utf-8")).items()
        }
        for language in KNOWN
        if language.code != BASE and (FOLDER / language.code).is_dir()
    }


def _spoken(kind: str, slug: object, row: Row) -> Row:
    """Return `row` with its texts in all languages they are translated into, blanks around them taken off.

    Raise ContentError for a translation of a text that is not there in English.
    """
    row = _stripped(row)
    for code, kinds in _tongues().items():
        said = dict(kinds.get(kind, {}).get(str(slug), {}))
        for place, texts in said.pop("phones", {}).items():
            phone = dict(row.get("phones", [])[int(place)])
            row["phones"][int(place)] = _joined(code, phone, texts, f"{kind} {slug}, phone {place}")
        row = _joined(code, row, said, f"{kind} {slug}")
    return row


def _joined(code: str, row: Row, said: Row, name: str) -> Row:
    unknown = [field for field in said if not row.get(field)]
    if unknown:
        raise ContentError(f"{name}: {code} translates {', '.join(unknown)}, which English does not have.")
    return row | {field: {code: text.strip(), **Translations.of(row[field])} for field, text in said.items()}


def _upsert(
    report: _Report, model: type[Kind], key: Row, values: Row, after: Callable[[Kind], None] | None = None
) -> Kind:
    """Write one row unless staff changed it. after: writes what hangs on the row, such as its phones."""
    row = model._default_manager.filter(**key).first()
    name = f"{model._meta.verbose_name} {next(iter(key.values()))}"
    before = digest(row) if row else ""
    if row and row.loaded_hash not in {before, UNTOUCHED}:
        report.kept.append(name)
        return row
    row = row or model(**key)
    _fill(row, {**key, **values}, name)
    if after:
        after(row)
    row.loaded_hash = digest(row)
    row.save(update_fields=["loaded_hash"])
    if isinstance(row, Service) and before != row.loaded_hash:
        Service.objects.filter(pk=row.pk).update(updated_at=timezone.now())
    report.counts["added" if not before else "same" if before == row.loaded_hash else "updated"] += 1
    if before != row.loaded_hash:
        report.changed.append(row)
    return row


def _fill(row: models.Model, values: Row, name: str) -> None:
    """Give `row` the values of the file, what the file leaves out its start value, and save it."""
    unknown = set(values) - {field.name for field in row._meta.concrete_fields}
    if unknown:
        raise ContentError(f"{name}: there is no field {', '.join(sorted(unknown))}.")
    for field in row._meta.concrete_fields:
        if field.name in _OWN or field.primary_key:
            continue
        value = values.get(field.name, field.get_default())
        setattr(row, field.name, Translations.of(value) if isinstance(field, TranslatedField) else value)
    try:
        row.full_clean()
    except ValidationError as fault:
        raise ContentError(f"{name}: {fault}") from fault
    row.save()


def page_in_file(slug: str) -> Page:
    """Return the page `slug` as its file has it, for when the database does not answer. It is not saved.

    Raise ContentError when no file has it.
    """
    for row in _file("pages.toml")["page"]:
        if row.pop("slug") == slug:
            texts = _spoken("page", slug, row)
            return Page(slug=slug, **{name: Translations.of(text) for name, text in texts.items()})
    raise ContentError(slug)


def _load_pages(report: _Report) -> None:
    for row in _file("pages.toml")["page"]:
        slug = row.pop("slug")
        _upsert(report, Page, {"slug": slug}, _spoken("page", slug, row))


def _load_principles(report: _Report) -> None:
    known = {tool.slug: tool for tool in Tool.objects.all()}
    for row in _file("principles.toml")["principle"]:
        slug = row.pop("slug")
        tools = [_named(known, name, slug) for name in row.pop("tools", [])]
        _upsert(
            report,
            Principle,
            {"slug": slug},
            _spoken("principle", slug, row),
            lambda p, t=tools: p.tools.set(t),  # type: ignore[misc]
        )


def _load_tools(report: _Report) -> None:
    content = _file("tools.toml")
    day = _file("services.toml")["checked_on"]
    groups = {
        slug: _upsert(report, ToolGroup, {"slug": slug}, _spoken("group", slug, row) | {"order": place})
        for place, row in enumerate(content["group"], start=1)
        for slug in [row.pop("slug")]
    }
    topics = {topic.slug: topic for topic in Category.objects.all()}
    for place, row in enumerate(content["tool"], start=1):
        slug = row.pop("slug")
        row = _spoken("tool", slug, row)
        row["group"] = _named(groups, row["group"], slug)
        row["category"] = _named(topics, row["category"], slug) if "category" in row else None
        _upsert(report, Tool, {"slug": slug}, _dated(row, day) | {"order": place * 10})
    for row in content["year"]:
        year = row.pop("year")
        _upsert(report, YearOfDeaths, {"year": year}, _dated(_spoken("year", year, row), day))


def _load_laws(report: _Report) -> None:
    content = _file("laws.toml")
    known: dict[str, dict[str, Any]] = {
        name: {row.slug: row for row in model.objects.all()} for name, model in _TELL_OF_LAWS.items()
    }
    for row in content["law"]:
        slug = row.pop("slug")
        about = {
            name: [_named(rows, wanted, slug) for wanted in row.pop(name, [])] for name, rows in known.items()
        }
        values = _dated(_spoken("law", slug, row), content["checked_on"])
        _upsert(report, Law, {"slug": slug}, values, lambda law, about=about: _tell_of(law, about))  # type: ignore[misc]


def _tell_of(law: Law, about: dict[str, list[Any]]) -> None:
    for name, rows in about.items():
        getattr(law, name).set(rows)


def _load_directory(report: _Report) -> None:
    content = _file("services.toml")
    topics: dict[str, Category] = {}
    for place, row in enumerate(content["category"], start=1):
        slug, parent = row.pop("slug"), row.pop("parent", None)
        row |= {"order": place * 10, "parent": _named(topics, parent, slug) if parent else None}
        topics[slug] = _upsert(report, Category, {"slug": slug}, _spoken("category", slug, row))
    runners = {
        slug: _upsert(report, Organization, {"slug": slug}, row)
        for row in content["organization"]
        for slug in [row.pop("slug")]
    }
    sites: dict[str, Location] = {}
    for row in content.get("location", []):
        slug = row.pop("slug")
        row["organization"] = _named(runners, row["organization"], slug)
        sites[slug] = _upsert(report, Location, {"slug": slug}, row)
    for place, row in enumerate(content["service"], start=1):
        slug = row.pop("slug")
        row = _spoken("service", slug, row)
        row["organization"] = _named(runners, row["organization"], slug)
        subjects = [_named(topics, name, slug) for name in row.pop("categories")]
        given_at = [_named(sites, name, slug) for name in row.pop("locations", [])]
        phones, schedules = row.pop("phones", []), row.pop("schedules", [])
        values = _dated(row, content["checked_on"]) | {"order": place * 10}
        values["checked_how"] = How.GENERAL if row["mark"] == Mark.KNOWN else How.STORED_COPY
        _upsert(
            report,
            Service,
            {"slug": slug},
            values,
            lambda s, c=subjects, g=given_at, p=phones, h=schedules: _hang_on(s, c, g, p, h),  # type: ignore[misc]
        )
    for term, means in content["synonyms"].items():
        _upsert(report, Synonym, {"term": term}, {"means": means})


def _hang_on(
    service: Service,
    topics: list[Category],
    given_at: list[Location],
    phones: list[Row],
    schedules: list[Row],
) -> None:
    """Give `service` its topics, places, phones and hours, and the first check of each of its facts."""
    service.categories.set(topics)
    service.locations.set(given_at)
    wanted: list[Row] = [
        {
            "is_published": service.is_published,
            **phone,
            "order": place,
            "dial": "".join(letter for letter in phone["number"] if letter.isdigit()),
        }
        for place, phone in enumerate(phones)
    ]
    service.phones.all().delete()
    for row in wanted:
        _fill(Phone(service=service), {"service": service, **row}, f"phone of {service.slug}")
    service.schedules.all().delete()
    for place, row in enumerate(schedules):
        _fill(Schedule(), {"service": service, **row, "order": place}, f"hours of {service.slug}")
    service.fact_checks.all().delete()
    FactCheck.objects.bulk_create(freshness.first_checks(service))


def _named(rows: dict[str, Kind], slug: str, of: str) -> Kind:
    if slug not in rows:
        raise ContentError(f"{of}: there is no {slug!r}.")
    return rows[slug]


def _dated(row: Row, day: object) -> Row:
    """Return `row` with the file's day of checking; it is published unless it says otherwise."""
    return {"is_published": True, "checked_on": day, **row}


def _stripped(row: Row) -> Row:
    return {
        name: value.strip()
        if isinstance(value, str)
        else _stripped(value)
        if isinstance(value, dict)
        else value
        for name, value in row.items()
    }
