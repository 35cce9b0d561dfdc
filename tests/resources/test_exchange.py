"""What a package changes here: what is new waits for a person, and what a person knows better stays."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources import exchange
from resources.hsds import export, load, mapping
from resources.hsds.tables import PackageRefusedError
from resources.models import (
    Category,
    Change,
    FactCheck,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    Synonym,
)
from tests.resources.packages import ANY, TOPICS, as_json, as_tabular, bundles, changed_somewhere

pytestmark = pytest.mark.django_db
CANARY = "77 Canary Lane"
LATER = dt.date(2026, 11, 23)


def bundle_here() -> mapping.Bundle:
    return mapping.bundle_of(export.public_services(), mapping.topics_by_slug())


def packed() -> list[dict]:
    """Return the package of the directory as it is, to be changed and brought in again."""
    return json.loads(as_json(bundle_here()))


def bring(package: list[dict], **options) -> exchange.Plan:
    found = exchange.plan(load.read_package(json.dumps(package).encode()))
    exchange.carry_out(found, **options)
    return found


def verdicts(found: exchange.Plan) -> list[tuple[str, str]]:
    return [(entry.title, entry.verdict) for entry in found.services]


def empty_directory() -> None:
    Service.objects.all().delete()
    Location.objects.all().delete()
    Organization.objects.all().delete()


def records() -> dict[str, dict]:
    """Return what a package would hold of every service, also of those that wait for a person."""
    rows = list(exchange._services_here(Service.objects.all()))
    return {str(row.uuid): exchange._record_here(row) for row in rows}


def test_the_shipped_directory_goes_out_and_comes_back(loaded):
    before, out = bundle_here(), as_tabular(bundle_here())
    empty_directory()

    found = exchange.plan(load.read_package(out))
    exchange.carry_out(found)

    after = records()
    assert len(after) == len(before.services) > 40
    for record in before.services:
        assert after[record["uuid"]] == {
            **record,
            "mark": "unverified",
            "updated_at": after[record["uuid"]]["updated_at"],
        }
    assert {verdict for _title, verdict in verdicts(found)} == {"new"}
    assert not Service.objects.filter(is_published=True).exists()
    assert not Phone.objects.filter(is_published=True).exists()
    assert {str(row.uuid): mapping.organization_record(row) for row in Organization.objects.all()} == (
        before.organizations
    )


def test_the_directory_brought_in_where_it_came_from_changes_nothing(loaded):
    stamps = dict(Service.objects.values_list("pk", "updated_at"))

    found = exchange.plan(load.read_package(as_json(bundle_here())))
    written = exchange.carry_out(found)

    assert {entry.verdict for entry in found.entries} == {"same"}
    assert written == []
    assert dict(Service.objects.values_list("pk", "updated_at")) == stamps


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(bundle=bundles())
def test_any_directory_comes_back_from_the_database_as_it_was(bundle, db):
    with transaction.atomic():
        for slug, (name, above) in TOPICS.items():
            parent = Category.objects.filter(slug=above).first()
            Category.objects.get_or_create(slug=slug, defaults={"name": {"en": name}, "parent": parent})

        exchange.carry_out(exchange.plan(load.read_package(as_tabular(bundle))))
        # A person has looked at all of it.
        Service.objects.update(source="its own page", checked_on=LATER, mark="seen", is_published=True)
        Phone.objects.exclude(mark="unverified").update(is_published=True)
        out = bundle_here()

        for record in bundle.services:
            record.update(source="its own page", checked_on=str(LATER), mark="seen")
            record["phones"] = [phone for phone in record["phones"] if phone["mark"] != "unverified"]
        back = {record["uuid"]: record for record in out.services}
        assert len(back) == len(bundle.services)
        for record in bundle.services:
            there = back[record["uuid"]]
            free = {"updated_at": there["updated_at"], "slug": there["slug"]}
            assert there == {**record, **free}
            assert there["slug"].startswith(record["slug"])
        assert out.locations == {own: bundle.locations[own] for own in out.locations}
        transaction.set_rollback(True)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(bundle=bundles(), other=ANY, choose=st.data())
def test_what_is_not_refused_can_be_written(bundle, other, choose, db):
    with transaction.atomic():
        for slug, (name, _above) in TOPICS.items():
            Category.objects.get_or_create(slug=slug, defaults={"name": {"en": name}})
        with contextlib.suppress(PackageRefusedError):
            for content in (as_json(bundle), changed_somewhere(bundle, other, choose)):
                exchange.carry_out(exchange.plan(load.read_package(content)))
        transaction.set_rollback(True)


def test_a_change_is_taken_and_told_field_by_field(make_service, trainer_like):
    row = make_service(summary={"en": "Help.", "es": "Ayuda."}, cost={"en": "Free"})
    Phone.objects.create(service=row, number="555-0100", dial="5550100", mark="seen", is_published=True)
    package = packed()
    package[0]["description"] = "More help."
    package[0]["phones"][0]["number"] = "555-0101"

    found = bring(package, by=trainer_like, reason="package of a friend")

    (entry,) = found.services
    told = {name: (exchange.in_words(old), exchange.in_words(new)) for name, old, new in entry.differences}
    assert told["summary"] == ("en: Help.; es: Ayuda.", "en: More help.; es: Ayuda.")
    assert "number: 555-0101" in told["phones"][1]
    row.refresh_from_db()
    assert (row.summary["en"], row.is_published, row.slug) == ("More help.", True, "place")
    (phone,) = row.phones.all()
    assert (phone.number, phone.is_published) == ("555-0101", True)
    written = {change.field: change for change in Change.objects.filter(service=row)}
    assert {"summary", "phones"} <= set(written)
    assert (written["summary"].made_by, written["summary"].reason) == (trainer_like, "package of a friend")
    assert FactCheck.objects.get(service=row, fact="phone").how == ""


@pytest.fixture
def trainer_like(django_user_model):
    return django_user_model.objects.create(username="editor")


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        ("2026-11-22", "2026-11-23", "changed"),
        ("2026-11-22", "2026-11-22", "changed"),
        ("2026-11-22", "2026-11-21", "kept"),
        ("2026-11-22", None, "kept"),
    ],
)
def test_a_newer_check_of_a_person_stays(make_service, ours, theirs, verdict):
    row = make_service(checked_on=dt.date.fromisoformat(ours))
    package = packed()
    package[0] |= {"description": "Other.", "assured_date": theirs}

    found = bring(package)

    row.refresh_from_db()
    assert [entry.verdict for entry in found.services] == [verdict]
    assert str(row.summary) == ("Other." if verdict == "changed" else "Help.")


def test_a_newer_check_of_one_fact_keeps_the_service(make_service):
    row, other = make_service(), make_service("other")
    FactCheck.objects.create(service=row, fact="phone", checked_on=LATER, how="called", next_due=LATER)
    package = packed()
    for service in package:
        service["description"] = "Other."

    assert dict(verdicts(bring(package))) == {"Place": "kept", "Other": "changed"}
    assert str(Service.objects.get(pk=row.pk).summary) == "Help."
    assert str(Service.objects.get(pk=other.pk).summary) == "Other."


def test_a_fact_that_nobody_has_checked_since_a_package_keeps_nothing(make_service):
    row = make_service()
    Phone.objects.create(service=row, number="555-0100", dial="5550100", mark="seen", is_published=True)
    package = packed()
    del package[0]["last_modified"]
    for number in ("555-0101", "555-0102"):
        package[0]["phones"][0]["number"] = number
        assert verdicts(bring(package)) == [("Place", "changed")]
        assert row.phones.get().number == number
    assert FactCheck.objects.get(service=row, fact="phone").how == ""


def test_what_was_changed_here_since_stays(make_service):
    row, _other = make_service(), make_service("other")
    package = packed()
    row.updated_at += dt.timedelta(seconds=1)
    row.save()
    for service in package:
        service["description"] = "Other."

    assert dict(verdicts(bring(package))) == {"Place": "kept", "Other": "changed"}
    assert str(Service.objects.get(pk=row.pk).summary) == "Help."


def test_nothing_of_a_crisis_line_is_changed(make_service):
    row, _other = make_service(crisis_order=1), make_service("other")
    package = packed()
    for service in package:
        service |= {"description": "Other.", "assured_date": "2027-01-01"}

    found = bring(package)

    assert dict(verdicts(found)) == {"Place": "kept", "Other": "changed"}
    assert "two people" in found.services[1].reason
    assert str(Service.objects.get(pk=row.pk).summary) == "Help."


def test_a_service_never_becomes_a_crisis_line_nor_another_address_by_a_package(make_service):
    row = make_service()
    package = packed()
    bundle = load.read_package(json.dumps(package).encode())
    bundle.services[0] |= {
        "crisis_order": 1,
        "slug": "another",
        "is_published": False,
        "summary": {"en": "X"},
    }

    exchange.carry_out(exchange.plan(bundle))

    row.refresh_from_db()
    assert (row.crisis_order, row.slug, row.is_published, str(row.summary)) == (None, "place", True, "X")


@pytest.mark.parametrize("level", ["phone_only", "hidden"])
def test_a_place_that_became_private_is_not_touched(make_service, level):
    row = make_service(place={"street": "1 Public Square", "city": "Nashville", "postal_code": "37201"})
    package = packed()
    place = row.locations.get()
    Location.objects.update(visibility=level, street=CANARY)
    Schedule.objects.create(service=row, location=place, weekdays=["MO"])
    package[0] |= {"description": "Other.", "assured_date": "2027-01-01"}

    found = bring(package)

    assert verdicts(found) == [("Place", "changed")]
    assert [(entry.verdict, entry.reason) for entry in found.locations.values()] == [
        ("kept", "it is kept private here")
    ]
    assert CANARY not in repr([(entry.differences, entry.record) for entry in found.entries])
    place.refresh_from_db()
    assert (place.visibility, place.street) == (level, CANARY)
    assert list(row.locations.all()) == [place]
    assert row.schedules.count() == 1


def test_a_public_place_is_corrected_and_stays_when_another_service_there_was_checked(make_service):
    row = make_service(place={"street": "1 Public Square", "city": "Nashville", "postal_code": "37201"})
    package = packed()
    address = package[0]["service_at_locations"][0]["location"]["addresses"][0]
    address["address_1"] = "2 Public Square"
    other = make_service("other")
    other.locations.set(row.locations.all())

    bring(package)
    assert row.locations.get().street == "1 Public Square"

    other.delete()
    bring(package)
    assert row.locations.get().street == "2 Public Square"


def test_the_street_of_a_place_of_which_only_the_city_is_known_is_not_taken(make_service):
    row = make_service(place={"street": CANARY, "city": "Nashville", "visibility": "city_only"})
    package = packed()
    assert CANARY not in json.dumps(package)
    location = package[0]["service_at_locations"][0]["location"]
    location["addresses"] = [
        {
            "id": str(row.uuid), "address_1": "9 Other Road", "city": "Franklin", "state_province": "TN",
            "postal_code": "37064", "country": "US", "address_type": "physical",
        }
    ]  # fmt: skip
    location["attributes"] = [
        each for each in location["attributes"] if each["taxonomy_term"]["code"] not in {"city", "visibility"}
    ]

    bring(package)

    place = row.locations.get()
    assert (place.street, place.city, place.visibility) == (CANARY, "Franklin", "city_only")


def test_a_place_of_other_software_comes_in_with_a_private_address(make_service):
    row = make_service()
    package = packed()
    own = "11111111-1111-4111-8111-111111111111"
    package[0]["service_at_locations"] = [
        {"id": own, "location": {"id": own, "location_type": "physical", "addresses": [
            {
                "id": own, "address_1": CANARY, "city": "Nashville", "state_province": "TN",
                "postal_code": "37201", "country": "US", "address_type": "physical",
            }
        ]}}
    ]  # fmt: skip

    bring(package)

    assert row.locations.get().visibility == "phone_only"
    assert Service.objects.listed().get().listed_places == []


@pytest.mark.parametrize("street", [CANARY, "77  CANARY lane."])
def test_an_address_that_is_kept_private_here_does_not_come_in_by_another_id(make_service, street):
    """The package calls the place public, and our own place with that address is private."""
    make_service("shelter", place={"street": CANARY, "city": "Nashville", "visibility": "phone_only"})
    row = make_service("other", place={"street": "1 Road", "city": "Nashville", "postal_code": "37201"})
    (package,) = [each for each in packed() if each["id"] == str(row.uuid)]
    location = package["service_at_locations"][0]["location"]
    location["addresses"][0]["address_1"] = street

    found = bring([package])
    assert [each.reason for each in found.locations.values()] == ["that address is kept private here"]

    fresh = "33333333-3333-4333-8333-333333333333"
    location["id"] = fresh
    for attribute in location["attributes"]:
        attribute["id"] = attribute["id"][:-4] + "0000"
    bring([package])
    assert Location.objects.get(uuid=fresh).visibility == "phone_only"
    assert CANARY.split()[1] not in as_json(bundle_here()).decode()


def test_words_that_tell_where_a_private_place_is_do_not_come_in(make_service):
    row = make_service(place={"street": CANARY, "city": "Nashville", "visibility": "phone_only"})
    other = make_service("other")
    package = packed()
    for service in package:
        service["description"] = f"Come to {CANARY.lower()}."

    found = bring(package)

    assert dict(verdicts(found)) == {"Place": "kept", "Other": "changed"}
    assert str(Service.objects.get(pk=row.pk).summary) == "Help."
    assert "canary" in str(Service.objects.get(pk=other.pk).summary)


def test_a_number_that_staff_keep_back_stays_back(make_service):
    row = make_service()
    Phone.objects.create(service=row, number="555-0199", dial="5550199", mark="seen")
    package = packed()
    package[0]["phones"] = [
        {"id": FOREIGN["id"], "number": "555-0199"},
        {"id": FOREIGN["organization"]["id"], "number": "555-0100"},
    ]
    package[0]["phones"][1]["attributes"] = [
        next(each for each in package[0]["attributes"] if each["taxonomy_term"]["code"] == "mark")
        | {"id": FOREIGN["id"]}
    ]

    bring(package)

    numbers = dict(row.phones.values_list("number", "is_published"))
    assert numbers == {"555-0199": False, "555-0100": True}


FOREIGN = {
    "id": "11111111-1111-4111-8111-111111111111", "name": "Place", "status": "active",
    "organization": {"id": "22222222-2222-4222-8222-222222222222", "name": "A GROUP", "description": "A"},
    "description": "Said elsewhere.",
}  # fmt: skip


def test_a_package_of_other_software_finds_the_service_by_its_names(make_service):
    row = make_service(cost={"en": "Free"}, source="its own page")

    kept = bring([FOREIGN])
    taken = bring([{**FOREIGN, "assured_date": "2026-12-01"}])

    assert (verdicts(kept), verdicts(taken)) == ([("Place", "kept")], [("Place", "changed")])
    row.refresh_from_db()
    assert (str(row.summary), str(row.cost)) == ("Said elsewhere.", "Free")
    assert (row.checked_on, row.checked_how) == (dt.date(2026, 12, 1), "stored_copy")
    assert row.source == "its own page; HSDS package"
    assert Organization.objects.count() == 1
    assert verdicts(bring([{**FOREIGN, "assured_date": "2026-12-02"}])) == [("Place", "same")]


def test_a_new_service_waits_for_a_person():
    found = bring([{**FOREIGN, "phones": [{"id": FOREIGN["id"], "number": "555-0100"}]}])

    row = Service.objects.get()
    assert verdicts(found) == [("Place", "new")]
    assert (row.is_published, row.mark, row.slug, row.reach) == (False, "unverified", "place", "unclear")
    assert row.source == "HSDS package"
    assert row.phones.get().is_published is False
    assert not Service.objects.listed().exists()


def fact(code: str, value: str) -> dict:
    """Return an attribute of our own taxonomy."""
    term = {"id": mapping.term_id(mapping.FACTS, code), "code": code, "name": code, "description": code}
    detail = mapping.TAXONOMIES[mapping.FACTS]
    return {
        "id": mapping.made(FOREIGN["id"], code),
        "value": value,
        "taxonomy_term": {**term, "taxonomy_id": mapping.FACTS, "taxonomy_detail": detail},
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"name": "N" * 10, "url": "https://a.example/" + "a" * 400},
            "url: Ensure this value has at most 300",
        ),
        ({"phones": [{"id": FOREIGN["id"], "number": "5" * 41}]}, "number: Ensure this value has at most 40"),
        ({"attributes": [fact("mark", "")]}, "mark: it has no value"),
        ({"attributes": [fact("mark", "sure")]}, "mark: Value 'sure' is not a valid choice"),
        (
            {"attributes": [fact("mark", "seen"), fact("reach", "state"), fact("order", "99999")]},
            "'99999' is no value of order",
        ),
        ({"attributes": [fact("mark", "seen"), fact("access.moon", "yes")]}, "kind: Value 'moon' is not"),
    ],
)
def test_what_the_database_would_not_take_is_refused_before_anything_is_written(change, reason):
    with pytest.raises(PackageRefusedError, match=r"\$\[0\][^ ]*: " + reason):
        bring([{**FOREIGN, **change}])

    assert not Service.objects.exists()
    assert not Organization.objects.exists()


def test_two_rows_of_a_package_that_are_one_service_here_are_refused(make_service):
    make_service()
    package = packed()
    package[0]["assured_date"] = "2026-12-01"

    with pytest.raises(PackageRefusedError, match="it is the same service here as Place"):
        bring([*package, {**FOREIGN, "assured_date": "2026-12-01"}])


def test_the_commands_write_and_read_a_package(make_service, tmp_path, capsys):
    make_service(summary={"en": "Help."})
    for name, kind in (("a.json", "json"), ("a.zip", "tabular")):
        path = tmp_path / name
        call_command("export_hsds", str(path), format=kind)
        Service.objects.update(summary={"en": "Old."})

        call_command("import_hsds", str(path), dry_run=True)
        assert "summary: en: Old. -> en: Help." in capsys.readouterr().out
        assert str(Service.objects.get().summary) == "Old."

        call_command("import_hsds", str(path))
        assert "services: 0 new, 1 changed, 0 same, 0 kept." in capsys.readouterr().out
        assert str(Service.objects.get().summary) == "Help."
        Service.objects.update(updated_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def test_the_command_refuses_a_broken_package_with_its_lines(make_service, tmp_path):
    make_service()
    path = tmp_path / "broken.json"
    path.write_text('[{"name": "x"}]')

    with pytest.raises(CommandError, match=r"nothing was changed:\n  \$\[0\]: id is missing"):
        call_command("import_hsds", str(path))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_hsds", str(tmp_path / "none.json"))


def required_faults(found: object, kind: str, path: str = "$") -> list[str]:
    """Return what HSDS requires and `found` does not have: a second reading, for these tests."""
    needed = {
        "service": ("id", "name", "status"), "organization": ("id", "name", "description"),
        "location": ("id", "location_type"), "phone": ("id", "number"),
        "address": ("id", "address_1", "city", "state_province", "postal_code", "country", "address_type"),
        "taxonomy_term": ("id", "name", "description"), "taxonomy": ("id", "name", "description"),
    }  # fmt: skip
    kinds = {
        "phones": "phone", "organization": "organization", "addresses": "address", "location": "location",
        "taxonomy_term": "taxonomy_term", "taxonomy_detail": "taxonomy",
    }  # fmt: skip
    faults = [f"{path}.{name}" for name in needed.get(kind, ("id",)) if not found.get(name)]
    for name, value in found.items():
        for place, item in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(item, dict):
                faults += required_faults(item, kinds.get(name, name), f"{path}.{name}[{place}]")
    return faults


def test_every_entity_has_what_hsds_requires(loaded):
    for service in packed():
        assert required_faults(service, "service") == []
    assert required_faults({"id": "1", "phones": [{"id": "2"}]}, "service") == [
        "$.name",
        "$.status",
        "$.phones[0].number",
    ]


@pytest.mark.skipif("HSDS_SCHEMA" not in os.environ, reason="HSDS_SCHEMA names no folder of its schemas")
def test_every_entity_fits_the_published_schemas(loaded):
    from resources.hsds.schemas import faults_against

    folder = Path(os.environ["HSDS_SCHEMA"])
    count, faults = faults_against(packed(), folder)
    broken = [{**packed()[0], "status": "gone"}]

    assert faults == []
    assert count > 1000
    assert "'gone' is not one of" in faults_against(broken, folder)[1][0]


def test_the_package_is_the_same_bytes_each_time(loaded):
    assert as_tabular(bundle_here()) == as_tabular(bundle_here())
    assert Synonym.objects.exists()  # the directory is the shipped one

    text = io.StringIO()
    assert export.write_json(text, export.bundles()) == len(bundle_here().services)
