"""The read-only API of HSDS: its pages, what they cost, and what they never tell."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.management import call_command

from resources.hsds import load
from resources.models import Location, Phone, Schedule, Service

pytestmark = pytest.mark.django_db
ROOT = "/resources/hsds/"
CANARIES = (
    "77 Canary Lane",
    "Canaryville",
    "37999",
    "canary-slug",
    "Canary House",
    "555-0199",
    "Canary note",
)


def get(client, path, **headers):
    return client.get(ROOT + path, headers=headers)


def test_the_root_tells_what_this_is_and_where_everything_stands(client, make_service):
    make_service()

    found = get(client, "").json()

    assert found["version"] == "3.1"
    for name in ("services", "organizations", "taxonomies", "taxonomy_terms", "package_json", "package_zip"):
        path = found[name].partition(ROOT)[2]
        assert get(client, path).status_code == 200, name


def test_services_come_in_pages_and_one_by_one(client, make_service):
    row = make_service("one", order=1)
    make_service("two", order=2)
    make_service("three", is_published=False)

    first = get(client, "services/?per_page=1").json()
    last = get(client, "services/?per_page=1&page=2").json()

    assert {name: value for name, value in first.items() if name != "contents"} == {
        "total_items": 2, "total_pages": 2, "page_number": 1, "size": 1,
        "first_page": True, "last_page": False, "empty": False,
    }  # fmt: skip
    assert (first["contents"][0]["name"], last["contents"][0]["name"]) == ("One", "Two")
    assert last["last_page"] is True
    assert "attributes" not in first["contents"][0]
    full = get(client, "services/?full=true").json()["contents"][0]
    assert get(client, f"services/{row.uuid}/").json() == full
    assert {each["taxonomy_term"]["code"] for each in full["attributes"]} >= {"mark", "reach", "topic"}


def test_an_organization_holds_its_services(client, make_service):
    row = make_service()

    (listed,) = get(client, "organizations/").json()["contents"]
    found = get(client, f"organizations/{row.organization.uuid}/").json()

    assert listed == {"id": str(row.organization.uuid), "name": "A group", "description": "A group"}
    assert found["services"][0]["id"] == str(row.uuid)
    assert "organization" not in found["services"][0]


def test_topics_are_terms(client, make_service):
    make_service()

    for kind in ("taxonomies", "taxonomy_terms"):
        for one in get(client, f"{kind}/").json()["contents"]:
            assert get(client, f"{kind}/{one['id']}/").json() == one


def test_an_empty_directory_is_one_empty_page(client):
    found = get(client, "services/").json()

    assert (found["total_items"], found["total_pages"], found["empty"], found["contents"]) == (0, 1, True, [])
    assert get(client, "package.json").json() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services/?page=1", 200),
        ("services/?page=2", 404),
        ("services/?page=0", 400),
        ("services/?page=-1", 400),
        ("services/?page=x", 400),
        ("services/?page=%C2%B2", 400),
        ("services/?page=99999999999999999999", 400),
        ("services/?per_page=200", 200),
        ("services/?per_page=201", 400),
        ("services/11111111-1111-4111-8111-111111111111/", 404),
        ("organizations/11111111-1111-4111-8111-111111111111/", 404),
        ("taxonomies/11111111-1111-4111-8111-111111111111/", 404),
        ("taxonomy_terms/11111111-1111-4111-8111-111111111111/", 404),
    ],
)
def test_what_cannot_be_answered_is_said_in_json(client, make_service, path, status):
    make_service()

    response = get(client, path)

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    assert ("error" in response.json()) is (status != 200)


def test_it_only_reads(client, make_service):
    make_service()

    assert client.post(f"{ROOT}services/").status_code == 405
    head = client.head(f"{ROOT}services/")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", ["services/", "package.json", "package.zip"])
def test_what_did_not_change_is_not_sent_again(client, make_service, path):
    row = make_service()
    first = get(client, path)

    again = get(client, path, if_none_match=first.headers["ETag"])
    row.summary = {"en": "Other."}
    row.save()
    other = get(client, path, if_none_match=first.headers["ETag"])

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"].startswith("public")
    assert other.status_code == 200
    assert other.headers["ETag"] != first.headers["ETag"]


def test_any_site_may_read_it_and_nothing_is_left_with_the_reader(client, make_service):
    make_service()

    response = get(client, "services/")

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Cache-Control"].startswith("public")
    assert not response.cookies
    assert "Access-Control-Allow-Origin" not in client.get("/resources/").headers


def test_it_is_the_same_under_the_address_of_another_language(client, make_service):
    make_service(name={"en": "A place", "es": "Un lugar"})

    own, other = get(client, "services/?full=true"), client.get("/es/resources/hsds/services/?full=true")

    assert own.content == other.content
    assert other.headers["Content-Language"] == "en"
    assert "Un lugar" in own.content.decode()


def test_a_page_costs_the_same_number_of_queries_however_many_services(
    client, make_service, django_assert_max_num_queries
):
    for number in range(2):
        make_service(
            f"place-{number}", place={"street": "1 Road", "city": "Nashville", "postal_code": "37201"}
        )
    for number in range(2, 12):
        make_service(
            f"place-{number}", place={"street": "1 Road", "city": "Nashville", "postal_code": "37201"}
        )
    for path in ("services/?per_page=2", "services/?full=true", "organizations/", "package.json"):
        with django_assert_max_num_queries(9):
            assert get(client, path).status_code == 200


def test_the_packages_are_given_to_one_address_only_so_often(client, make_service, monkeypatch):
    make_service()
    monkeypatch.setattr("resources.views.hsds.PACKAGES_PER_MINUTE", 1)

    assert get(client, "package.zip").status_code == 200
    second = get(client, "package.zip")

    assert (second.status_code, second.headers["Retry-After"]) == (429, "60")


def test_the_packages_can_be_brought_in(client, make_service):
    row = make_service()

    for path in ("package.json", "package.zip"):
        (service,) = load.read_package(get(client, path).content).services
        assert service["uuid"] == str(row.uuid)


@pytest.mark.parametrize("level", ["city_only", "phone_only", "hidden"])
def test_nothing_of_a_private_place_is_in_any_output(client, make_service, tmp_path, level):
    city = "Nashville" if level == "city_only" else "Canaryville"
    row = make_service(
        place={
            "street": "77 Canary Lane", "city": city, "postal_code": "37999", "visibility": level,
            "name_for_staff": "Canary House", "latitude": 36.123456, "longitude": -86.123456,
            "transportation": {"en": "Bus to Canaryville"}, "county": "" if level != "city_only" else "knox",
        },
        staff_note="Canary note",
    )  # fmt: skip
    place = row.locations.get()
    Location.objects.update(slug="canary-slug")
    row.locations.add(Location.objects.create(slug="open", organization=row.organization, city="Memphis"))
    Schedule.objects.create(service=row, location=place, weekdays=["MO"])
    Phone.objects.create(service=row, number="555-0199", dial="5550199")
    paths = [
        "services/", "services/?full=true", f"services/{row.uuid}/", "organizations/",
        f"organizations/{row.organization.uuid}/", "taxonomy_terms/", "package.json",
    ]  # fmt: skip
    outputs = {path: get(client, path).content.decode() for path in paths}
    outputs["csv"] = client.get("/resources/export.csv").content.decode()
    call_command("export_hsds", str(tmp_path / "a.zip"), format="tabular")
    for name, content in (
        ("view", get(client, "package.zip").content),
        ("file", (tmp_path / "a.zip").read_bytes()),
    ):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            outputs[name] = "".join(package.read(entry).decode() for entry in package.namelist())

    for path, output in outputs.items():
        found = [canary for canary in (*CANARIES, "36.123456", "86.123456") if canary in output]
        assert found == [], path
        assert level == "city_only" or str(place.uuid) not in output, path
    assert "Memphis" in outputs["view"]
    assert ("Nashville" in outputs["view"]) is (level == "city_only")


def test_the_canary_of_a_public_place_is_found_everywhere(client, make_service):
    make_service(place={"street": "77 Canary Lane", "city": "Canaryville", "postal_code": "37999"})

    for path in ("services/?full=true", "package.json"):
        assert "77 Canary Lane" in get(client, path).content.decode()
    assert json.loads(get(client, "package.json").content)[0]["status"] == "active"
    assert Service.objects.listed().exists()
