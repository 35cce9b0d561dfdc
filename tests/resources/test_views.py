"""Pages of the directory: found by county, ZIP, topic and words."""

from __future__ import annotations

import pytest

from portal.lib import places
from resources.models import Phone, Principle, Service

pytestmark = pytest.mark.django_db


def add_phone(place: Service) -> None:
    """Give `place` a published number that no telephone has."""
    Phone.objects.create(service=place, number="555-0100", dial="5550100", mark="seen", is_published=True)


def test_every_county_has_its_page(loaded, client):
    for county in places.counties():
        response = client.get(f"/resources/county/{county.slug}/")
        assert response.status_code == 200
        assert f"{county.name} County" in response.content.decode()
    assert client.get("/resources/county/atlantis/").status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("county=davidson", "Street Works"),
        ("zip=37203", "Street Works"),
        ("q=narcan", "naloxone"),
        ("q=nalaxone", "naloxone"),
        ("q=needles", "yringe"),
        ("category=naloxone", "naloxone"),
    ],
)
def test_help_is_found(loaded, client, query, expected):
    assert expected.casefold() in client.get(f"/resources/?{query}").content.decode().casefold()


@pytest.mark.parametrize(
    "query", ["zip=99999", "zip=abc", "county=nowhere", "category=%00", "q=" + "x" * 5000, "q=%F0%9F%91%80"]
)
def test_a_strange_search_gets_a_page_and_the_crisis_lines(loaded, client, query):
    response = client.get(f"/resources/?{query}")

    assert response.status_code == 200
    assert "call" in response.content.decode().casefold()
    assert "tel:911" in response.content.decode()


def test_words_that_were_searched_are_kept_nowhere(loaded, client):
    assert client.get("/resources/?q=wound").headers["Cache-Control"] == "no-store"
    assert "public" in client.get("/resources/?county=knox").headers["Cache-Control"]


def test_an_overdose_prevention_site_gets_an_honest_answer(loaded, client):
    page = client.get("/resources/?q=overdose+prevention+site").content.decode()

    assert "Tennessee" in page
    assert Service.objects.filter(is_published=True, name__en__icontains="prevention site").count() == 0


def test_hidden_and_unpublished_services_are_not_found(make_service, client):
    make_service("open-door")
    make_service("hidden-door", place={"visibility": "hidden"})
    make_service("draft-door", is_published=False)

    assert client.get("/resources/open-door/").status_code == 200
    assert client.get("/resources/hidden-door/").status_code == 404
    assert client.get("/resources/draft-door/").status_code == 404


def test_csv_cells_cannot_run_as_formulas(make_service, client):
    make_service("sum", name={"en": "=1+1"}, summary={"en": "@cmd"})

    page = client.get("/resources/export.csv").content.decode()

    assert "'=1+1" in page
    assert "'@cmd" in page


def test_principles_lead_to_each_other(loaded, client):
    first, second, third = Principle.objects.all()[:3]
    page = client.get(second.get_absolute_url()).content.decode()

    assert first.get_absolute_url() in page
    assert third.get_absolute_url() in page


def test_a_blank_is_shown_as_not_known(make_service, client):
    add_phone(make_service("bare"))

    assert "Not known" in client.get("/resources/bare/").content.decode()


def test_the_list_asks_the_same_of_the_database_at_any_size(
    make_service, client, django_assert_max_num_queries
):
    for number in range(3):
        make_service(f"one-{number}")
    with django_assert_max_num_queries(8):
        client.get("/resources/")
    for number in range(40):
        make_service(f"two-{number}")
    with django_assert_max_num_queries(8):
        client.get("/resources/")


def test_a_principle_shows_its_tools_and_the_way_to_all_eight(loaded, client, django_assert_max_num_queries):
    path = Principle.objects.get(slug="a-range").get_absolute_url()
    with django_assert_max_num_queries(4):
        page = client.get(path).content.decode()

    assert "Principle 2 of 8" in page
    assert '<a href="/harm-reduction/#fentanyl-tests">Fentanyl tests</a>' in page
    assert page.count('aria-current="page"') == 1
    for row in Principle.objects.all():
        assert f'href="{row.get_absolute_url()}"' in page


def test_the_tools_are_sorted_by_what_tennessee_has(loaded, client):
    page = client.get("/harm-reduction/").content.decode()
    missing = page.split("tag--not_available", 1)[1].split("</section>")[0]

    assert "Overdose prevention sites" in missing
    assert "Naloxone" not in missing
