"""Which fact of ours is which field of HSDS 3.1.

A `Record` is the public part of one service, place or organization as plain values: texts in several
languages as {code: text}, days and times as ISO text. HSDS holds one language, so its fields are English.
What it has no field for is an attribute with a term of our own taxonomy: the other languages, how well a fact
is known, whether it is open on holidays, what a place does not have. So the way out and back loses nothing.

Ids are the uuids of services, places and organizations. All others are made from those and the place in the
list, so that the same directory always gives the same package.
"""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from portal.lib import places
from portal.lib.languages import BASE
from portal.lib.translated import Translations
from resources.hsds.tables import TABLES, Fault, Row, Rows
from resources.models import LANGUAGES, WEEKDAYS, Category, Location, Service

Record = dict[str, Any]

# Under this all our own ids are made; it is never changed, or every id would be.
OWN = uuid.UUID("d257eeac-167a-4756-ad68-4c5bb138e207")
TOPICS = str(uuid.uuid5(OWN, "topics"))
FACTS = str(uuid.uuid5(OWN, "facts"))
TAXONOMIES: dict[str, Row] = {
    TOPICS: {"id": TOPICS, "name": "Topics", "description": "What a service helps with, on two levels."},
    FACTS: {
        "id": FACTS,
        "name": "Facts",
        "description": "What this directory knows of a row and HSDS has no field for.",
    },
}

# Facts that are attributes of a service: name to the value that is left out. `mark` is always written: it
# tells that a service comes from this software, so that its blanks are blanks and not merely untold.
_SERVICE_FACTS: dict[str, Any] = {
    "mark": None, "slug": None, "reach": None, "order": None, "url_is_direct": True, "always_open": False,
    "by_appointment": False, "on_holidays": "not_known", "source": "", "last_known": "", "checked_how": "",
    "crisis_order": None,
}  # fmt: skip
_PHONE_FACTS: dict[str, Any] = {
    "mark": None, "dial": None, "takes_calls": True, "takes_texts": False, "keyword": "",
}  # fmt: skip
_SPAN_FACTS: dict[str, Any] = {"kind": "open", "every_year": False, "order": None}
_PLACE_FACTS: dict[str, Any] = {"visibility": None, "street": "", "city": "", "postal_code": "", "county": ""}
_RUNNER_FACTS: dict[str, Any] = {"slug": None}
# Texts in several languages and the field that holds the English one; "" for an attribute.
_SERVICE_TEXTS = {
    "name": "name", "summary": "description", "caution": "alert", "eligibility": "eligibility_description",
    "cost": "fees_description", "details": "", "hours": "", "area": "", "bring": "",
}  # fmt: skip
_PHONE_TEXTS = {"label": "description", "press": "", "hours": ""}
_STATE, _COUNTRY = "TN", "US"
_AREAS = {"nation": "United States", "state": "Tennessee"}


@dataclass
class Bundle:
    """Services, and the organizations, places and topics they name, by uuid or slug.

    origins: file and line, or path in JSON, of each row by its uuid, when they were read from a package.
    topics: slug to (name, slug of the topic above or ""). notes: what of a package is not kept here.
    """

    services: list[Record] = field(default_factory=list)
    organizations: dict[str, Record] = field(default_factory=dict)
    locations: dict[str, Record] = field(default_factory=dict)
    topics: dict[str, tuple[str, str]] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


# --- From our rows to records ---

_PLAIN = (
    "slug", "url", "url_is_direct", "email", "always_open", "by_appointment", "on_holidays",
    "has_interpreter", "reach", "crisis_order", "order", "mark", "source", "last_known", "checked_how",
)  # fmt: skip


def topics_by_slug() -> dict[str, tuple[str, str]]:
    """Return all topics as a Bundle has them."""
    rows = Category.objects.select_related("parent")
    return {row.slug: (row.name.get(BASE, ""), row.parent.slug if row.parent else "") for row in rows}


def bundle_of(services: Iterable[Service], topics: dict[str, tuple[str, str]]) -> Bundle:
    """Return what the public may know of `services`: rows of `listed()` with `access_facts`."""
    bundle = Bundle(topics=topics)
    for row in services:
        bundle.services.append(service_record(row))
        runner = str(row.organization.uuid)
        bundle.organizations.setdefault(runner, organization_record(row.organization))
        for place in row.listed_places:
            bundle.locations.setdefault(str(place.uuid), location_record(place))
    return bundle


def organization_record(row: Any) -> Record:
    """Return the record of an Organization."""
    return {
        "uuid": str(row.uuid), "slug": row.slug, "name": row.name, "short_name": row.short_name,
        "description": dict(row.description), "url": row.url,
    }  # fmt: skip


def location_record(place: Location) -> Record:
    """Return the record of a place of `LocationQuerySet.listed`: only what it may show."""
    return {
        "uuid": str(place.uuid),
        "visibility": place.visibility,
        "street": place.shown_street,
        "city": place.shown_city,
        "postal_code": place.shown_postal_code,
        "county": place.shown_county,
        "latitude": place.shown_latitude,
        "longitude": place.shown_longitude,
        "transportation": dict(place.shown_transportation),
    }


def service_record(row: Service) -> Record:
    """Return the record of a service of `listed()` with its `access_facts`."""
    shown = {place.pk: str(place.uuid) for place in row.listed_places}
    return {
        "uuid": str(row.uuid),
        "organization": str(row.organization.uuid),
        **{name: getattr(row, name) for name in _PLAIN},
        **{name: dict(getattr(row, name)) for name in _SERVICE_TEXTS},
        "languages": list(row.languages),
        "counties": list(row.counties),
        "checked_on": row.checked_on.isoformat() if row.checked_on else "",
        "updated_at": row.updated_at.isoformat(),
        "categories": sorted(topic.slug for topic in row.categories.all()),
        "places": sorted(shown.values()),
        "phones": [
            {
                "number": phone.number, "dial": phone.dial, "takes_calls": phone.takes_calls,
                "takes_texts": phone.takes_texts, "keyword": phone.keyword, "mark": phone.mark,
                "languages": list(phone.languages), "label": dict(phone.label),
                "press": dict(phone.press), "hours": dict(phone.hours),
            }
            for phone in row.listed_phones
        ],
        "schedules": [
            {
                "place": shown.get(span.location_id, "") if span.location_id else "",
                "kind": span.kind, "weekdays": list(span.weekdays), "weeks": list(span.weeks),
                "every_year": span.every_year,
                **{
                    name: value.isoformat() if (value := getattr(span, name)) else ""
                    for name in ("day", "opens_at", "closes_at", "valid_from", "valid_to")
                },
            }
            for span in row.listed_schedules
            if span.location_id is None or span.location_id in shown
        ],
        "access": {fact.kind: fact.answer for fact in row.access_facts.all()},
    }  # fmt: skip


# --- From records to rows of HSDS ---


class _Writer:
    """Collects rows, each shared one once."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.rows: Rows = {name: [] for name in TABLES}
        self._written: set[str] = set()

    def add(self, table: str, **values: object) -> str:
        """Add a row without its empty fields; return its id."""
        row = {name: _text(value) for name, value in values.items() if value not in ("", None)}
        self.rows[table].append(row)
        return row["id"]

    def fact(self, table: str, of: str, code: str, value: object) -> None:
        """Write one attribute with a term of our own."""
        self._attribute(table, of, "fact", self._term(FACTS, code, code, _told(code), ""), code, _text(value))

    def topic(self, of: str, slug: str) -> None:
        """Write one topic of a service."""
        self._attribute("service", of, "topic", self.topic_term(slug), slug, "")

    def facts(self, table: str, of: str, record: Record, names: dict[str, Any]) -> None:
        """Write the facts of `names` that are not what is left out."""
        for name, usual in names.items():
            if record[name] != usual:
                self.fact(table, of, name, record[name])

    def texts(self, table: str, of: str, record: Record, fields: dict[str, str]) -> Row:
        """Return the fields for the English texts; what has no field becomes an attribute."""
        own: Row = {}
        for name, there in fields.items():
            for code, text in sorted(record[name].items()):
                if code == BASE and there:
                    own[there] = text
                else:
                    self.fact(table, of, f"{name}.{code}", text)
        return own

    def _attribute(self, table: str, of: str, kind: str, term: str, code: str, value: str) -> None:
        self.add(
            "attribute", id=made(of, f"{kind} {code}"), link_id=of, taxonomy_term_id=term, link_type=kind,
            link_entity=table, value=value,
        )  # fmt: skip

    def topic_term(self, slug: str) -> str:
        """Write the term of a topic, and the one above it; return its id."""
        name, above = self.bundle.topics[slug]
        return self._term(TOPICS, slug, name, name, self.topic_term(above) if above else "")

    def _term(self, taxonomy: str, code: str, name: str, description: str, above: str) -> str:
        own = term_id(taxonomy, code)
        if self.once(own):
            if self.once(taxonomy):
                self.rows["taxonomy"].append(TAXONOMIES[taxonomy])
            self.add(
                "taxonomy_term", id=own, code=code, name=name, description=description, parent_id=above,
                taxonomy=TAXONOMIES[taxonomy]["name"], language=BASE, taxonomy_id=taxonomy,
            )  # fmt: skip
        return own

    def once(self, own: str) -> bool:
        """Return whether this is the first time that `own` is asked about."""
        is_new = own not in self._written
        self._written.add(own)
        return is_new


def rows_of(bundle: Bundle) -> Rows:
    """Return the rows of all tables that hold what `bundle` holds."""
    writer = _Writer(bundle)
    for record in bundle.services:
        runner = bundle.organizations[record["organization"]]
        if writer.once(runner["uuid"]):
            _write_organization(writer, runner)
        for place in record["places"]:
            if writer.once(place):
                _write_location(writer, bundle.locations[place])
        _write_service(writer, record)
    return writer.rows


def _write_organization(writer: _Writer, record: Record) -> None:
    own, texts = record["uuid"], dict(record["description"])
    words = texts.pop(BASE, "")
    writer.facts("organization", own, record, _RUNNER_FACTS)
    writer.texts("organization", own, {"description": texts}, {"description": ""})
    if not words:
        # HSDS wants a description of every organization; where we have none it says the name once more.
        writer.fact("organization", own, "has_description", value=False)
    writer.add(
        "organization", id=own, name=record["name"], alternate_name=record["short_name"],
        description=words or record["name"], website=record["url"],
    )  # fmt: skip


def _write_location(writer: _Writer, record: Record) -> None:
    own = record["uuid"]
    county = places.county(record["county"])
    told = dict(record)
    if record["street"] and record["city"] and record["postal_code"]:
        writer.add(
            "address", id=made(own, "address"), location_id=own, address_1=record["street"],
            city=record["city"], region=county.name if county else "", state_province=_STATE,
            postal_code=record["postal_code"], country=_COUNTRY, address_type="physical",
        )  # fmt: skip
        told |= {"street": "", "city": "", "postal_code": ""}
    writer.facts("location", own, told, _PLACE_FACTS)
    texts = writer.texts("location", own, record, {"transportation": "transportation"})
    writer.add(
        "location", id=own, location_type="physical", latitude=record["latitude"],
        longitude=record["longitude"], **texts,
    )  # fmt: skip


def _write_service(writer: _Writer, record: Record) -> None:
    own = record["uuid"]
    for slug in record["categories"]:
        writer.topic(own, slug)
    writer.facts("service", own, record, _SERVICE_FACTS)
    for kind, answer in sorted(record["access"].items()):
        writer.fact("service", own, f"access.{kind}", answer)
    texts = writer.texts("service", own, record, _SERVICE_TEXTS)
    known = record["has_interpreter"]
    writer.add(
        "service", id=own, organization_id=record["organization"], url=record["url"], email=record["email"],
        status="active", assured_date=record["checked_on"], last_modified=record["updated_at"],
        interpretation_services=known if known in {"yes", "no"} else "", **texts,
    )  # fmt: skip
    _write_languages(writer, own, "service_id", record["languages"])
    _write_areas(writer, record)
    for table, name, there in (
        ("cost_option", "cost", "amount_description"),
        ("required_document", "bring", "document"),
    ):
        if text := record[name].get(BASE):
            writer.add(table, id=made(own, table), service_id=own, **{there: text})
    for place, phone in enumerate(record["phones"]):
        _write_phone(writer, own, place, phone)
    at = {place: made(own, f"at {place}") for place in record["places"]}
    for place, joint in at.items():
        writer.add("service_at_location", id=joint, service_id=own, location_id=place)
    if record["always_open"]:
        writer.add(
            "schedule", id=made(own, "always open"), service_id=own, freq="WEEKLY", byday=",".join(WEEKDAYS),
            description="Open 24 hours, every day",
        )  # fmt: skip
    if words := record["hours"].get(BASE):
        writer.add("schedule", id=made(own, "hours in words"), service_id=own, description=words)
    for place, span in enumerate(record["schedules"]):
        _write_span(writer, own, at.get(span["place"], ""), place, span)


def _write_languages(writer: _Writer, of: str, link: str, codes: list[str]) -> None:
    for place, code in enumerate(codes):
        writer.add(
            "language", id=made(of, f"language {place}"), name=_english(LANGUAGES.get(code, code)), code=code,
            **{link: of},
        )  # fmt: skip


def _write_areas(writer: _Writer, record: Record) -> None:
    own, reach = record["uuid"], record["reach"]
    if reach in _AREAS:
        writer.add(
            "service_area", id=made(own, "area"), service_id=own, name=_AREAS[reach], extent_type=reach
        )
    for slug in record["counties"]:
        county = places.county(slug)
        writer.add(
            "service_area", id=made(own, f"county {slug}"), service_id=own,
            name=f"{county.name} County" if county else slug, extent=slug, extent_type="county",
        )  # fmt: skip


def _write_phone(writer: _Writer, of: str, place: int, phone: Record) -> None:
    own = made(of, f"phone {place}")
    told = phone | {"dial": None} if phone["dial"] == digits(phone["number"]) else phone
    writer.facts("phone", own, told, _PHONE_FACTS)
    texts = writer.texts("phone", own, phone, _PHONE_TEXTS)
    writer.add(
        "phone", id=own, service_id=of, number=phone["number"],
        type="voice" if phone["takes_calls"] else "sms", **texts,
    )  # fmt: skip
    _write_languages(writer, own, "phone_id", phone["languages"])


def _write_span(writer: _Writer, of: str, joint: str, place: int, span: Record) -> None:
    own = made(of, f"schedule {place}")
    writer.facts("schedule", own, span | {"order": place}, _SPAN_FACTS)
    days = [f"{week or ''}{day}" for week in span["weeks"] or [0] for day in span["weekdays"]]
    writer.add(
        "schedule", id=own, service_id="" if joint else of, service_at_location_id=joint,
        freq=("MONTHLY" if span["weeks"] else "WEEKLY") if days else "", byday=",".join(days),
        dtstart=span["day"], count=1 if span["day"] else None, opens_at=span["opens_at"],
        closes_at=span["closes_at"], valid_from=span["valid_from"], valid_to=span["valid_to"],
    )  # fmt: skip


def made(of: str, what: str) -> str:
    """Return the id of a thing that has none of its own: from that of its parent and its place there."""
    return str(uuid.uuid5(uuid.UUID(of), what))


def term_id(taxonomy: str, code: str) -> str:
    """Return the id of the term with this code."""
    return made(taxonomy, code)


def topic_terms(topics: dict[str, tuple[str, str]]) -> list[Row]:
    """Return all topics as terms, each with the one above it."""
    writer = _Writer(Bundle(topics=topics))
    for slug in topics:
        writer.topic_term(slug)
    return writer.rows["taxonomy_term"]


def digits(number: str) -> str:
    """Return the digits of a number as people read it."""
    return "".join(letter for letter in number if letter in "0123456789")


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _told(code: str) -> str:
    name, _dot, part = code.partition(".")
    words = name.replace("_", " ")
    return f"This directory's own fact: {words}" + (f" ({part.replace('_', ' ')})." if part else ".")


def _english(name: object) -> str:
    from django.utils.translation import override

    with override(BASE):
        return str(name)


# --- From rows of HSDS to records ---


class _Reader:
    """Looks up what hangs on a row. rows: checked ones; where: place of a row by table and id."""

    def __init__(self, rows: Rows, where: dict[tuple[str, str], str]) -> None:
        self.rows = rows
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self._where = where
        self._by_link: dict[tuple[str, str, str], list[Row]] = {}
        for table in TABLES:
            for row in rows[table]:
                for link in (*TABLES[table].links, *(("link_id",) if table == "attribute" else ())):
                    if link in row:
                        self._by_link.setdefault((table, link, row[link]), []).append(row)
        self.terms = {row["id"]: row for row in rows["taxonomy_term"]}

    def under(self, table: str, link: str, own: str) -> list[Row]:
        return self._by_link.get((table, link, own), [])

    def fault(self, table: str, own: str, reason: str) -> None:
        self.faults.append(Fault(self._where[table, own], reason))

    def where(self, table: str, own: str) -> str:
        return self._where[table, own]

    def facts(self, of: str) -> dict[str, tuple[str, Row]]:
        """Return the attributes of our own taxonomy: code to value and row."""
        return {
            term.get("code", ""): (row.get("value", ""), row)
            for row in self.under("attribute", "link_id", of)
            if (term := self.terms[row["taxonomy_term_id"]]).get("taxonomy_id") == FACTS
        }

    def topics(self, of: str) -> list[str]:
        return [
            term.get("code", "")
            for row in self.under("attribute", "link_id", of)
            if (term := self.terms[row["taxonomy_term_id"]]).get("taxonomy_id") == TOPICS
        ]


_FLAGS = {"url_is_direct", "always_open", "by_appointment", "takes_calls", "takes_texts", "every_year"}
_NUMBERS = {"order", "crisis_order"}
_MOST = 32767  # what their columns hold on every database


def records_of(
    rows: Rows, where: dict[tuple[str, str], str], known_topics: Iterable[str]
) -> tuple[Bundle, list[Fault]]:
    """Return the bundle that the checked `rows` hold, and the faults that show only now.

    A record of a package of other software has only the keys it tells of: a blank there erases nothing here.
    """
    reader = _Reader(rows, where)
    bundle = Bundle()
    known = set(known_topics)
    for row in rows["taxonomy_term"]:
        if row.get("taxonomy_id") == TOPICS and row.get("code") not in known:
            reader.fault("taxonomy_term", row["id"], f"there is no topic {row.get('code', '')!r} here")
    for row in rows["organization"]:
        bundle.organizations[row["id"]] = _read_organization(reader, row)
        bundle.origins[row["id"]] = reader.where("organization", row["id"])
    for row in rows["location"]:
        bundle.locations[row["id"]] = _read_location(reader, row)
        bundle.origins[row["id"]] = reader.where("location", row["id"])
    for row in rows["service"]:
        bundle.services.append(_read_service(reader, row))
        bundle.origins[row["id"]] = reader.where("service", row["id"])
    bundle.notes = reader.notes
    return bundle, reader.faults


def _texts(own: dict[str, tuple[str, Row]], row: Row, fields: dict[str, str], *, is_ours: bool) -> Record:
    """Return the texts of `fields`; of other software's rows only those that are not blank."""
    found: Record = {}
    for name, there in fields.items():
        texts = {
            code.partition(".")[2]: value
            for code, (value, _attribute) in own.items()
            if code.startswith(f"{name}.")
        }
        if there and there in row:
            texts[BASE] = row[there]
        if texts or is_ours:
            found[name] = dict(Translations.of(texts))
    return found


def _facts(reader: _Reader, own: dict[str, tuple[str, Row]], names: dict[str, Any], is_ours: bool) -> Record:
    """Return the facts of `names`, with what is left out for rows that are ours."""
    found: Record = dict(names) if is_ours else {}
    for name in names:
        if name not in own:
            continue
        value, row = own[name]
        try:
            found[name] = _value(name, value)
        except ValueError:
            reader.fault("attribute", row["id"], f"{value!r} is no value of {name}")
    return found


def _value(name: str, value: str) -> Any:
    if name in _FLAGS:
        return {"true": True, "false": False}.get(value) if value in {"true", "false"} else _bad(value)
    if name in _NUMBERS:
        is_one = value.isascii() and value.isdigit() and len(value) < 6 and int(value) <= _MOST
        return int(value) if is_one else _bad(value)
    return value


def _bad(value: str) -> Any:
    raise ValueError(value)


def _read_organization(reader: _Reader, row: Row) -> Record:
    own = reader.facts(row["id"])
    is_ours = "slug" in own
    found: Record = {
        "uuid": row["id"],
        "name": row["name"],
        **_facts(reader, own, _RUNNER_FACTS, is_ours=is_ours),
    }
    english = {} if "has_description" in own else {"description": row["description"]}
    found |= _texts(own, english, {"description": "description"}, is_ours=is_ours)
    for name, there in (("short_name", "alternate_name"), ("url", "website")):
        if there in row or is_ours:
            found[name] = row.get(there, "")
    return found


def _read_location(reader: _Reader, row: Row) -> Record:
    own = reader.facts(row["id"])
    is_ours = "visibility" in own
    found: Record = {"uuid": row["id"], **_facts(reader, own, _PLACE_FACTS, is_ours=is_ours)}
    found |= _texts(own, row, {"transportation": "transportation"}, is_ours=is_ours)
    if ("latitude" in row) != ("longitude" in row):
        reader.fault("location", row["id"], "latitude and longitude go together")
    for name in ("latitude", "longitude"):
        if name in row or is_ours:
            found[name] = float(row[name]) if name in row else None
    if abs(float(row.get("latitude", 0))) > 90 or abs(float(row.get("longitude", 0))) > 180:
        reader.fault("location", row["id"], "latitude and longitude are degrees")
    addresses = reader.under("address", "location_id", row["id"])
    whole = [address for address in addresses if address["address_type"] == "physical"]
    if len(whole) > 1:
        reader.fault("address", whole[1]["id"], "this place has two physical addresses")
    for address in whole[:1]:
        street = ", ".join(filter(None, (address["address_1"], address.get("address_2", ""))))
        found |= {"street": street, "city": address["city"], "postal_code": address["postal_code"]}
        if address["country"] == _COUNTRY and address["state_province"] in {_STATE, "Tennessee"}:
            region = address.get("region", "").removesuffix(" County")
            named = [county.slug for county in places.counties() if county.name == region]
            found.setdefault("county", "")
            found["county"] = found["county"] or next(iter(named), "")
    if found.get("county") and places.county(found["county"]) is None:
        reader.fault("location", row["id"], f"there is no county {found['county']!r}")
    return found


def _read_service(reader: _Reader, row: Row) -> Record:
    own = row["id"]
    facts = reader.facts(own)
    is_ours = "mark" in facts
    found: Record = {
        "uuid": own,
        "organization": row["organization_id"],
        **_facts(reader, facts, _SERVICE_FACTS, is_ours=is_ours),
        **_texts(facts, row, _SERVICE_TEXTS, is_ours=is_ours),
    }
    for name, there in (
        ("url", "url"), ("email", "email"), ("checked_on", "assured_date"), ("updated_at", "last_modified"),
    ):  # fmt: skip
        if there in row or is_ours:
            found[name] = row.get(there, "")
    known = row.get("interpretation_services", "").lower()
    if known in {"yes", "no"} or is_ours:
        found["has_interpreter"] = known if known in {"yes", "no"} else "not_known"
    lists = {
        "categories": sorted(reader.topics(own)),
        "languages": [one["code"] for one in reader.under("language", "service_id", own) if "code" in one],
        "places": sorted(
            {joint["location_id"] for joint in reader.under("service_at_location", "service_id", own)}
        ),
        "phones": [_read_phone(reader, phone) for phone in reader.under("phone", "service_id", own)],
        "schedules": _read_spans(reader, own),
        "access": {
            code.partition(".")[2]: value
            for code, (value, _row) in sorted(facts.items())
            if code.startswith("access.")
        },
    }
    found |= {name: value for name, value in lists.items() if value or is_ours}
    _read_areas(reader, own, found, is_ours=is_ours)
    if not is_ours:
        _read_others(reader, own, found)
    if row["status"] != "active":
        # Unpublishing is a decision of a person; the package may be wrong about it.
        reader.notes.append(f"{reader.where('service', own)}: its status there is {row['status']!r}")
    return found


def _read_phone(reader: _Reader, row: Row) -> Record:
    own = reader.facts(row["id"])
    number = row["number"] + (f" ext. {row['extension']}" if "extension" in row else "")
    facts = _facts(reader, own, _PHONE_FACTS, is_ours=True)
    if not (dial := facts.pop("dial") or digits(row["number"])):
        reader.fault("phone", row["id"], f"{row['number']!r} has no digits to dial")
    if "takes_calls" not in own and "takes_texts" not in own and row.get("type") == "sms":
        facts |= {"takes_calls": False, "takes_texts": True}
    codes = [one["code"] for one in reader.under("language", "phone_id", row["id"]) if "code" in one]
    return {
        "number": number,
        "dial": dial,
        "mark": "unverified",
        **{name: value for name, value in facts.items() if value is not None},
        **_texts(own, row, _PHONE_TEXTS, is_ours=True),
        "languages": codes,
    }


def _read_spans(reader: _Reader, own: str) -> list[Record]:
    """Return the spans of a service, at all its places and at each."""
    found: list[tuple[int, Record]] = []
    joints = reader.under("service_at_location", "service_id", own)
    groups = [("", reader.under("schedule", "service_id", own))] + [
        (joint["location_id"], reader.under("schedule", "service_at_location_id", joint["id"]))
        for joint in joints
    ]
    for place, rows in groups:
        for row in rows:
            if row["id"] in {made(own, "always open"), made(own, "hours in words")} or _is_words(row):
                continue
            facts = _facts(reader, reader.facts(row["id"]), _SPAN_FACTS, is_ours=True)
            order = facts.pop("order")
            order = len(found) if order is None else order
            found += [(order, {"place": place, **facts, **span}) for span in _spans(reader, row)]
    return [span for _order, span in sorted(found, key=lambda pair: pair[0])]


def _is_words(row: Row) -> bool:
    """Return whether a schedule tells its hours in words alone."""
    return "description" in row and not {"byday", "dtstart", "opens_at", "closes_at", "freq"} & set(row)


def _spans(reader: _Reader, row: Row) -> list[Record]:
    """Return the spans of one row: one, or one for each week of a month that has days of its own."""
    if (
        any(name in row for name in ("bymonthday", "byweekno", "byyearday"))
        or row.get("interval", "1") != "1"
    ):
        reader.fault(
            "schedule", row["id"], "days of a month, weeks of a year and intervals are not kept here"
        )
        return []
    same = {name: row.get(name, "") for name in ("opens_at", "closes_at", "valid_from", "valid_to")}
    if bool(same["opens_at"]) != bool(same["closes_at"]):
        reader.fault("schedule", row["id"], "opens_at and closes_at go together")
    if "byday" not in row:
        if "dtstart" not in row or row.get("count") != "1":
            reader.fault(
                "schedule", row["id"], "it names neither weekdays (byday) nor one day (dtstart, count)"
            )
            return []
        return [{**same, "weekdays": [], "weeks": [], "day": row["dtstart"]}]
    by_week: dict[int, list[str]] = {}
    for part in row["byday"].split(","):
        by_week.setdefault(int(part[:-2] or 0), []).append(part[-2:])
    if 0 in by_week or row.get("freq") != "MONTHLY":
        if set(by_week) != {0} or row.get("freq") == "MONTHLY":
            reader.fault(
                "schedule", row["id"], "weeks of a month go with freq MONTHLY, plain days with WEEKLY"
            )
            return []
        return [{**same, "weekdays": by_week[0], "weeks": [], "day": ""}]
    return [
        {**same, "weekdays": list(days), "weeks": [week for week, _days in weeks], "day": ""}
        for days, group in itertools.groupby(by_week.items(), key=lambda pair: pair[1])
        for weeks in [list(group)]
    ]


def _read_areas(reader: _Reader, own: str, found: Record, *, is_ours: bool) -> None:
    """Read counties and reach; of other software's packages also a state, a nation, and areas in words."""
    rows = reader.under("service_area", "service_id", own)
    by_name = {f"{county.name} county".lower(): county.slug for county in places.counties()}
    counties, words = [], []
    for row in rows:
        name = row.get("name", "").partition(",")[0].strip().lower()
        slug = row.get("extent", "") if row.get("extent_type") == "county" else ""
        slug = slug if places.county(slug) else by_name.get(name, "")
        if slug:
            counties.append(slug)
        elif row.get("extent_type") == "county":
            reader.fault(
                "service_area", row["id"], f"there is no county {row.get('name', '')!r} in Tennessee"
            )
        elif row.get("extent_type") not in _AREAS and row.get("name"):
            words.append(row["name"])
    if is_ours:
        found["counties"] = counties
        return
    if counties:
        found |= {"counties": counties, "reach": "counties"}
    if words:
        found["area"] = {BASE: "; ".join(words)}


def _read_others(reader: _Reader, own: str, found: Record) -> None:
    """Read what other software keeps in rows of their own and we keep in one text."""
    papers = [
        row["document"] for row in reader.under("required_document", "service_id", own) if "document" in row
    ]
    if papers:
        found["bring"] = {BASE: "; ".join(papers)}
    words = [row["description"] for row in reader.under("schedule", "service_id", own) if _is_words(row)]
    if words:
        found["hours"] = {BASE: "; ".join(words)}
    costs = [
        row.get("amount_description") or row.get("option", "")
        for row in reader.under("cost_option", "service_id", own)
    ]
    if "cost" not in found and any(costs):
        found["cost"] = {BASE: "; ".join(filter(None, costs))}
