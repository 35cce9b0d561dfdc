"""What a package changes in the directory: planned first and shown to a person, then written, all or nothing.

Six rules. What is new comes in unpublished and not verified, because a person must check it. What a person
checked here later than the package, or changed here since, stays. Of a line of the crisis panel nothing is
changed: that takes two people. A place that is kept private is never touched, and one of which the package
does not say how much may be known comes in with its address private. Nothing is ever deleted or unpublished.
And the words that stand in addresses (slugs) stay, because they are printed.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify

from portal.lib.languages import BASE
from portal.lib.translated import TranslatedField, Translations
from resources import confidential, freshness, history, search
from resources.hsds.mapping import Bundle, Record, location_record, organization_record, service_record
from resources.hsds.tables import Fault, PackageRefusedError
from resources.models import (
    AccessFact,
    Category,
    Fact,
    How,
    Location,
    Mark,
    Organization,
    Phone,
    Schedule,
    Service,
)
from resources.models.directory import RESERVED

Difference = tuple[str, Any, Any]
VERDICTS = NEW, CHANGED, SAME, KEPT = "new", "changed", "same", "kept"

# What a package never changes of a row that is there.
_STAYS = {"uuid", "slug", "organization", "crisis_order", "order", "updated_at", "visibility"}
# What of a place may be read, and so compared, by how much of it is shown.
_OF_PLACE = {
    Location.Visibility.PUBLIC: {
        "street", "city", "postal_code", "county", "latitude", "longitude", "transportation",
    },
    Location.Visibility.CITY_ONLY: {"city", "county"},
}  # fmt: skip
_CHECKED = {"checked_on", "checked_how"}
_NOT_NEEDED = "no service that is taken over needs it"
_LISTS = {"categories", "places", "phones", "schedules", "access"}


@dataclass
class Entry:
    """What a package does to one row.

    verdict: NEW, CHANGED, SAME or KEPT. differences: (field, before, after), of a kept row those that are not
    taken. reason: why it is kept. row: the row here, None of a new one.
    """

    kind: str
    title: str
    verdict: str
    record: Record
    row: Any = None
    differences: list[Difference] = field(default_factory=list)
    reason: str = ""


@dataclass
class Plan:
    """What a package would do. Rows that would stay as they are have no differences."""

    organizations: dict[str, Entry] = field(default_factory=dict)
    locations: dict[str, Entry] = field(default_factory=dict)
    services: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """All entries: organizations, places, services."""
        return [*self.organizations.values(), *self.locations.values(), *self.services]

    def count(self, verdict: str) -> int:
        """Return how many services have this verdict."""
        return sum(entry.verdict == verdict for entry in self.services)

    @property
    def digest(self) -> str:
        """A short text that is another one when the plan is."""
        told = [
            (entry.kind, entry.title, entry.verdict, entry.differences, entry.reason)
            for entry in self.entries
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def in_words(value: Any) -> str:
    """Return a value of a record as a person reads it in a difference."""
    if isinstance(value, dict):
        said = {name: text for name, text in sorted(value.items()) if text not in ("", None, [], {}, False)}
        return "; ".join(f"{name}: {in_words(text)}" for name, text in said.items()) or "-"
    if isinstance(value, list):
        return " | ".join(map(in_words, value)) or "-"
    return str(value) if value not in ("", None) else "-"


# --- What is here ---


def _services_here(chosen: models.QuerySet[Service]) -> Iterable[Service]:
    """Return services with what `service_record` reads, unpublished ones and their numbers too."""
    return chosen.select_related("organization").prefetch_related(  # type: ignore[no-redef]  # as listed()
        models.Prefetch("locations", Location.objects.listed(), to_attr="listed_places"),
        models.Prefetch("schedules", to_attr="listed_schedules"),
        "locations",
        "phones",
        "access_facts",
        "categories",
        "fact_checks",
    )


def _compared_phones(row: Service) -> list[Phone]:
    """Return the numbers a package is about: the published ones, all of a service that is not published."""
    return [phone for phone in row.phones.all() if phone.is_published or not row.is_published]


def _record_here(row: Service) -> Record:
    row.listed_phones = _compared_phones(row)
    return service_record(row)


def _name(record: Record) -> str:
    return str(record["name"].get(BASE, "")).casefold().strip()


def _folded(street: str) -> str:
    """Return a street as it is compared: without case, blanks and marks."""
    return "".join(letter for letter in street.casefold() if letter.isalnum())


class _Here:
    """The rows of the directory that a bundle may be about."""

    def __init__(self, bundle: Bundle, *, lock: bool) -> None:
        self.organizations = {str(row.uuid): row for row in Organization.objects.all()}
        self._by_name = {row.name.casefold().strip(): row for row in self.organizations.values()}
        uuids = [record["uuid"] for record in bundle.services]
        known = map(self.organization, bundle.organizations.values())
        runners = {runner.pk for runner in known if runner}
        found = models.Q(uuid__in=uuids) | models.Q(organization__in=runners)
        if lock:
            list(Service.objects.select_for_update().filter(found).order_by("pk").values_list("pk"))
        rows = list(_services_here(Service.objects.filter(found)))
        self.services = {str(row.uuid): row for row in rows}
        self._services_by_name: dict[tuple[int, str], list[Service]] = {}
        for service in rows:
            key = (service.organization_id, _name({"name": service.name}))
            self._services_by_name.setdefault(key, []).append(service)
        places = Location.objects.filter(uuid__in=list(bundle.locations))
        # Only whether it is private is asked of a place that is.
        self.locations = {
            str(row.uuid): row for row in places.only("pk", "uuid", "visibility", "organization")
        }
        # A package may hold an address under another id that somebody here wants kept private.
        secret = Location.objects.exclude(visibility=Location.Visibility.PUBLIC).exclude(street="")
        self._secret_streets = {_folded(street) for street in secret.values_list("street", flat=True)}
        listed = Location.objects.listed().filter(uuid__in=list(bundle.locations))
        self.listed = {str(row.uuid): row for row in listed}

    def is_secret(self, street: str) -> bool:
        """Return whether this is the street of a place whose address is kept private here."""
        return bool(street) and _folded(street) in self._secret_streets

    def organization(self, record: Record) -> Organization | None:
        """Return the organization with this id, else with this name."""
        return self.organizations.get(record["uuid"]) or self._by_name.get(record["name"].casefold().strip())

    def service(self, record: Record, runner: Organization | None) -> Service | None:
        """Return the service with this id, else the only one of its organization with this name."""
        if record["uuid"] in self.services:
            return self.services[record["uuid"]]
        same = self._services_by_name.get((runner.pk, _name(record)), []) if runner else []
        return same[0] if len(same) == 1 else None


# --- Planning ---


def plan(bundle: Bundle, *, lock: bool = False) -> Plan:
    """Return what `bundle` would change. Raise PackageRefusedError when a row would not fit.

    lock: inside a transaction, let nobody change the services it is about before that ends.
    """
    return _Planner(bundle, lock=lock).plan()


class _Planner:
    def __init__(self, bundle: Bundle, *, lock: bool) -> None:
        self._bundle = bundle
        self._here = _Here(bundle, lock=lock)
        self._faults: list[Fault] = []
        self._matched: dict[int, str] = {}
        self._needed: set[str] = set()

    def plan(self) -> Plan:
        found = Plan(notes=list(self._bundle.notes))
        found.services = [self._service(record) for record in self._bundle.services]
        new = [entry.record for entry in found.services if entry.verdict == NEW]
        changed = [entry.record for entry in found.services if entry.verdict == CHANGED]
        self._needed = {record["organization"] for record in new}
        self._needed |= {place for record in [*new, *changed] for place in record.get("places", [])}
        kept = {entry.row.pk for entry in found.services if entry.verdict == KEPT}
        told = {entry.row.pk for entry in found.services if entry.row}
        for own, record in self._bundle.organizations.items():
            found.organizations[own] = self._organization(record, kept, told)
        for own, record in self._bundle.locations.items():
            found.locations[own] = self._location(record, kept, told)
        if self._faults:
            raise PackageRefusedError(self._faults)
        return found

    def _fault(self, record: Record, reason: str) -> None:
        self._faults.append(Fault(self._bundle.origins.get(record["uuid"], "package"), reason))

    def _service(self, record: Record) -> Entry:
        if "mark" not in record and "checked_on" in record:
            # Other software does not say how it checked; the least that may be meant is claimed.
            record = record | {"checked_how": How.STORED_COPY.value}
        runner = self._here.organization(self._bundle.organizations[record["organization"]])
        row = self._here.service(record, runner)
        title = str(record["name"].get(BASE, ""))
        if row is None:
            after = {**blank_service(), **record, "mark": Mark.UNVERIFIED.value}
            self._fits(Service, record)
            return Entry("service", title, NEW, after, differences=_told(blank_service(), after))
        if row.pk in self._matched:
            self._fault(record, f"it is the same service here as {self._matched[row.pk]}")
        self._matched[row.pk] = title
        before = _record_here(row)
        record = _seen_here(record, row, before, self._here)
        differences = _differences(before, record, _STAYS)
        if "mark" not in record and {name for name, _old, _new in differences} <= _CHECKED:
            differences = []
        if not differences:
            return Entry("service", title, SAME, record, row)
        if reason := _kept_because(row, record) or _tells(row, differences):
            return Entry("service", title, KEPT, record, row, differences, reason)
        self._fits(Service, record)
        return Entry("service", title, CHANGED, record, row, differences)

    def _organization(self, record: Record, kept: set[int], told: set[int]) -> Entry:
        row = self._here.organization(record)
        if row is None and record["uuid"] not in self._needed:
            return Entry("organization", record["name"], KEPT, record, reason=_NOT_NEEDED)
        if row is None:
            self._fits(Organization, record)
            blank = {"short_name": "", "url": "", "description": {}, "name": ""}
            return Entry("organization", record["name"], NEW, record, differences=_told(blank, record))
        differences = _differences(organization_record(row), record, _STAYS)
        return self._shared(Entry("organization", row.name, SAME, record, row, differences), kept, told)

    def _location(self, record: Record, kept: set[int], told: set[int]) -> Entry:
        row, listed = (
            self._here.locations.get(record["uuid"]),
            self._here.listed.get(record["uuid"]),
        )
        title = (
            ", ".join(filter(None, (record.get("street", ""), record.get("city", "")))) or record["uuid"][:8]
        )
        if row is None and record["uuid"] not in self._needed:
            return Entry("location", title, KEPT, record, reason=_NOT_NEEDED)
        if row is None:
            private = Location.Visibility.PHONE_ONLY.value
            after = {"visibility": private, **record}
            if self._here.is_secret(record.get("street", "")):
                after["visibility"] = private
            self._fits(Location, after)
            return Entry("location", title, NEW, after, differences=_told({}, after))
        if listed is None:
            return Entry("location", title, KEPT, record, row, reason="it is kept private here")
        allowed = _OF_PLACE[Location.Visibility(row.visibility)]
        before = location_record(listed)
        differences = [each for each in _differences(before, record, _STAYS) if each[0] in allowed]
        if "street" in allowed and self._here.is_secret(record.get("street", "")):
            return Entry("location", title, KEPT, record, row, reason="that address is kept private here")
        return self._shared(Entry("location", title, SAME, record, row, differences), kept, told)

    def _shared(self, entry: Entry, kept: set[int], told: set[int]) -> Entry:
        """Decide on a row that several services have: it stays when one of them does."""
        if not entry.differences:
            return entry
        services = Service.objects.filter(
            **{"organization" if entry.kind == "organization" else "locations": entry.row}
        )
        others = services.exclude(pk__in=told).filter(
            models.Q(checked_on__isnull=False) | models.Q(crisis_order__isnull=False)
        )
        if others.exists() or services.filter(pk__in=kept).exists():
            entry.verdict, entry.reason = KEPT, "a service that has it is kept as it is here"
        else:
            entry.verdict = CHANGED
            self._fits(Organization if entry.kind == "organization" else Location, entry.record)
        return entry

    def _fits(self, model: type[models.Model], record: Record) -> None:
        """Write down what of `record` the columns would not take."""
        self._clean(model, record, record)
        for name, inner in (("phones", Phone), ("schedules", Schedule)):
            for each in record.get(name, []):
                self._clean(inner, each, record)
        for kind, answer in record.get("access", {}).items():
            self._clean(AccessFact, {"kind": kind, "answer": answer}, record)
        if model is Service:
            self._fits_service(record)

    def _fits_service(self, record: Record) -> None:
        if not record["name"].get(BASE):
            self._fault(record, "name is missing in English")
        if record.get("counties") and record.get("reach", "counties") != Service.Reach.COUNTIES:
            self._fault(record, "counties are listed only for a service of some counties")
        for span in record.get("schedules", []):
            if span["every_year"] and not (span["valid_from"] and span["valid_to"]):
                self._fault(record, "a season of every year needs its first and its last day")
            elif not span["every_year"] and "" < span["valid_to"] < span["valid_from"]:
                self._fault(record, "a season ends before it begins")

    def _clean(self, model: type[models.Model], values: Record, record: Record) -> None:
        for column in model._meta.concrete_fields:
            if column.name not in values or column.name in {"uuid", "organization", "updated_at"}:
                continue
            value = _python(column, values[column.name])
            if value in (None, "", [], {}):
                if column.choices and not column.blank:
                    self._fault(record, f"{column.name}: it has no value")
                continue
            try:
                column.clean(value, None)
            except ValidationError as fault:
                self._fault(record, f"{column.name}: {' '.join(fault.messages)}")


def blank_service() -> Record:
    """Return the record of a service of which nothing is told."""
    row = Service()
    plain = {
        name: dict(value) if isinstance(value := getattr(row, name), dict) else value
        for name in (
            "name", "summary", "details", "caution", "hours", "area", "cost", "eligibility", "bring", "url",
            "url_is_direct", "email", "always_open", "by_appointment", "on_holidays", "has_interpreter",
            "reach", "mark", "source", "last_known", "checked_how", "crisis_order", "order", "languages",
            "counties",
        )
    }  # fmt: skip
    return {
        **plain, "reach": Service.Reach.UNCLEAR.value, "slug": "", "checked_on": "", "updated_at": "",
        "categories": [], "places": [], "phones": [], "schedules": [], "access": {},
    }  # fmt: skip


def _seen_here(record: Record, row: Service, before: Record, here: _Here) -> Record:
    """Return `record` without what is no business of a package for a service that is here.

    A place that is kept private here is neither added nor taken away, nor are hours there. A number that
    staff keep back from the public stays back.
    """
    private = {own for own in here.locations if own not in here.listed}
    seen = dict(record)
    if "places" in seen:
        seen["places"] = [place for place in seen["places"] if place not in private]
    if "schedules" in seen:
        seen["schedules"] = [span for span in seen["schedules"] if span["place"] not in private]
    if "phones" in seen and row.is_published:
        back = {phone.dial for phone in row.phones.all() if not phone.is_published}
        seen["phones"] = [phone for phone in seen["phones"] if phone["dial"] not in back]
    if "mark" not in record:
        # Other software does not say how well it knows a number; one that is here already stays as known.
        marks = {phone["dial"]: phone["mark"] for phone in before["phones"]}
        for phone in seen.get("phones", []):
            phone["mark"] = marks.get(phone["dial"], Mark.KNOWN.value)
    return seen


def _differences(before: Record, after: Record, but: set[str]) -> list[Difference]:
    """Return (field, before, after) of what `after` tells otherwise."""
    return [
        (name, before[name], value)
        for name, value in after.items()
        if name in before and name not in but and value != before[name]
    ]


def _told(blank: Record, after: Record) -> list[Difference]:
    return [
        (name, blank.get(name, ""), value)
        for name, value in after.items()
        if name not in {"uuid", "organization", "updated_at"} and value not in ("", None, [], {}, False)
    ]


def _kept_because(row: Service, record: Record) -> str:
    """Return why a package may not change `row`, or nothing."""
    if row.crisis_order is not None:
        return "a line of the crisis panel: two people must make the change"
    # A row without `how` only says that nobody has checked the fact since it was written down.
    checks = [check for check in row.fact_checks.all() if check.how]
    days = [day for check in checks for day in (check.checked_on, check.confirmed_on) if day]
    days += [row.checked_on] if row.checked_on else []
    there = record.get("checked_on", "")
    newest = max(days, default=None)
    if newest and newest.isoformat() > there:
        return f"checked here on {newest}, in the package {f'on {there}' if there else 'not at all'}"
    changed_at = record.get("updated_at", "")
    if changed_at and datetime.datetime.fromisoformat(changed_at) < row.updated_at:
        return "changed here after the package was made"
    if row.is_published and record.get("mark") == Mark.UNVERIFIED:
        return "published here, and the package calls it not verified"
    if row.is_published and "source" in record and not record["source"]:
        return "published here, and the package gives no source"
    return ""


def _tells(row: Service, differences: list[Difference]) -> str:
    """Return a reason when the words that would come tell where a private place of `row` is."""
    texts = {name: value for name, _old, value in differences if name in confidential.PUBLIC_TEXTS}
    is_told = confidential.telling(texts, row.locations.all())
    return "the words of the package tell where a place is that is kept private here" if is_told else ""


# --- Writing ---


@transaction.atomic
def carry_out(found: Plan, *, by: Any = None, reason: str = "") -> list[Service]:
    """Write what `found` says; return the services that are new or changed.

    by: the member of staff, None for a command. reason: kept with each change, such as the package's name.
    """
    today = timezone.localdate()
    runners = {own: _write_organization(entry) for own, entry in found.organizations.items()}
    moved = [entry.row.pk for entry in found.locations.values() if entry.verdict == CHANGED]
    places_before = history.states(Location, moved)
    places = {own: _write_location(entry, runners, found) for own, entry in found.locations.items()}
    history.record_all(Location, places_before, by=by, reason=reason)
    for service in Service.objects.filter(locations__in=moved).distinct():
        freshness.keep_up(service=service, today=today, changed=[Fact.ADDRESS])
    changed = [entry for entry in found.services if entry.verdict == CHANGED]
    before = history.states(Service, [entry.row.pk for entry in changed])
    written = [
        _write_service(entry, runners, places) for entry in found.services if entry.verdict in {NEW, CHANGED}
    ]
    for entry in changed:
        names = {"locations" if name == "places" else name for name, _old, _new in entry.differences}
        freshness.keep_up(service=entry.row, today=today, changed=freshness.facts_of(names))
    history.record_all(Service, before, by=by, reason=reason)
    others = [*found.organizations.values(), *found.locations.values()]
    search.refresh(*written, *(entry.row for entry in others if entry.verdict == CHANGED))
    return written


def _write_organization(entry: Entry) -> Organization:
    if entry.verdict == NEW:
        entry.row = Organization(uuid=entry.record["uuid"])
        wanted = entry.record.get("slug") or slugify(entry.record["name"])
        entry.row.slug = _free(Organization, wanted)
    if entry.verdict in {NEW, CHANGED}:
        _put(entry.row, entry.record, {"uuid", "slug"})
        entry.row.save()
    return entry.row  # type: ignore[no-any-return]


def _write_location(entry: Entry, runners: dict[str, Organization], found: Plan) -> Location:
    if entry.verdict == NEW:
        own = entry.record["uuid"]
        of = next(
            each.record["organization"] for each in found.services if own in each.record.get("places", [])
        )
        entry.row = Location(uuid=own, slug=_free(Location, f"place-{own[:8]}"), organization=runners[of])
        _put(entry.row, entry.record, {"uuid", "organization"})
        entry.row.save()
    elif entry.verdict == CHANGED:
        values = {name: value for name, _old, value in entry.differences}
        row = Location.objects.get(pk=entry.row.pk)
        _put(row, values, set())
        row.save(update_fields=list(values))
    return entry.row  # type: ignore[no-any-return]


def _write_service(entry: Entry, runners: dict[str, Organization], places: dict[str, Location]) -> Service:
    record = entry.record
    if entry.verdict == NEW:
        wanted = record["slug"] or slugify(record["name"][BASE])
        row = Service(
            uuid=record["uuid"], slug=_free(Service, wanted), organization=runners[record["organization"]]
        )
        _put(row, record, {*_STAYS, *_LISTS} - {"crisis_order", "order"})
        row.source = row.source or "HSDS package"
        row.save()
        entry.row = row
        changed = _LISTS
    else:
        row = entry.row
        values = {name: value for name, _old, value in entry.differences if name not in _LISTS}
        if "mark" not in record and row.is_published and "HSDS package" not in row.source:
            row.source = f"{row.source}; HSDS package"
        _put(row, values, set())
        row.updated_at = timezone.now()
        row.save()
        changed = {name for name, _old, _new in entry.differences} & _LISTS
    _write_lists(row, record, changed, places, is_shown=row.is_published)
    return row


def _write_lists(
    row: Service, record: Record, changed: set[str], places: dict[str, Location], *, is_shown: bool
) -> None:
    if "categories" in changed:
        row.categories.set(Category.objects.filter(slug__in=record["categories"]))
    if "places" in changed:
        seen = set(Location.objects.listed().filter(services=row).values_list("pk", flat=True))
        wanted = {places[place].pk for place in record["places"]}
        row.locations.remove(*seen - wanted)
        row.locations.add(*wanted)
    if "phones" in changed:
        _write_phones(row, record["phones"], is_shown=is_shown)
    if "schedules" in changed:
        _write_schedules(row, record["schedules"], places)
    if "access" in changed:
        row.access_facts.all().delete()
        AccessFact.objects.bulk_create(
            AccessFact(service=row, kind=kind, answer=answer) for kind, answer in record["access"].items()
        )


def _write_phones(row: Service, phones: list[Record], *, is_shown: bool) -> None:
    """Put these numbers in place of those a package is about; numbers that staff keep back stay."""
    old = _compared_phones(row)
    row.phones.filter(pk__in=[phone.pk for phone in old]).delete()
    start = row.phones.aggregate(last=models.Max("order", default=-1))["last"] + 1
    for place, phone in enumerate(phones, start):
        # What is not verified stays unpublished; that is a constraint as well.
        new = Phone(service=row, order=place, is_published=is_shown and phone["mark"] != Mark.UNVERIFIED)
        _put(new, phone, set())
        new.save()


def _write_schedules(row: Service, spans: list[Record], places: dict[str, Location]) -> None:
    """Put these hours in place of those at places that are not kept private."""
    seen = Location.objects.listed().filter(services=row).values("pk")
    row.schedules.filter(models.Q(location=None) | models.Q(location__in=seen)).delete()
    start = row.schedules.aggregate(last=models.Max("order", default=-1))["last"] + 1
    for place, span in enumerate(spans, start):
        new = Schedule(service=row, order=place, location=places[span["place"]] if span["place"] else None)
        _put(new, span, set())
        new.save()


def _put(row: models.Model, values: Record, but: set[str]) -> None:
    """Give `row` the values that are columns of it, `but` for some."""
    for column in row._meta.concrete_fields:
        if column.name in values and column.name not in but:
            setattr(row, column.name, _python(column, values[column.name]))


def _python(column: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(column, TranslatedField):
        return Translations.of(value)
    if value == "" and column.null:
        return None
    return column.to_python(value)


def _free(model: type[models.Model], wanted: str) -> str:
    """Return `wanted`, or a slug that begins with it, when a row or the site has that already."""
    wanted = wanted or str(model._meta.model_name)
    taken = set(model._default_manager.filter(slug__startswith=wanted[:50]).values_list("slug", flat=True))
    found, number = wanted[:60], 2
    while found in taken or found in RESERVED:
        found, number = f"{wanted[:50]}-{number}", number + 1
    return found
