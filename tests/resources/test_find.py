"""The pages of the directory: what they list, in which order, how far away, and what they keep back."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from resources import search

pytestmark = pytest.mark.django_db
KNOX = {"reach": "counties", "counties": ["knox"]}
SPRINGS = {"latitude": 36.00, "longitude": -84.00}


def headings(page: str) -> list[str]:
    """Return the names of the cards of `page`, in their order."""
    return [part.split("</a>")[0].rpartition(">")[2] for part in page.split('<li class="card">')[1:]]


@pytest.mark.parametrize(
    "path", ["/resources/", "/resources/county/knox/", "/resources/?category=topic", "/resources/?zip=37902"]
)
def test_a_list_costs_the_same_for_ten_and_for_sixty(make_service, client, path):
    for number in range(10):
        make_service(f"place-{number}", **KNOX)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for number in range(10, 60):
        make_service(f"place-{number}", **KNOX)
    with CaptureQueriesContext(connection) as many:
        client.get(path)

    assert len(many) == len(few)
    assert len(few) <= (12 if "zip" in path else 9)


def test_a_long_list_has_pages_that_lead_to_each_other(make_service, client):
    for number in range(45):
        make_service(f"place-{number:02}", order=number)

    first = client.get("/resources/").content.decode()
    last = client.get("/resources/?page=3").content.decode()

    assert headings(first) == [f"Place-{number:02}" for number in range(20)]
    assert 'rel="next" href="/resources/?page=2"' in first
    assert 'rel="prev"' not in first
    assert headings(last) == [f"Place-{number:02}" for number in range(40, 45)]
    assert 'rel="prev" href="/resources/?page=2"' in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999", "²", "", "7"])
def test_a_strange_page_number_is_the_first_page(make_service, client, page):
    make_service("lantern")

    assert headings(client.get("/resources/", {"page": page}).content.decode()) == ["Lantern"]


def test_the_pages_of_a_search_keep_its_words(make_service, client):
    for number in range(25):
        search.refresh(make_service(f"lantern-{number:02}", **KNOX))

    page = client.get("/resources/?q=lantern&county=knox").content.decode()

    assert "25 listings found" in page
    assert 'href="/resources/?q=lantern&amp;county=knox&amp;page=2"' in page
    assert len(headings(client.get("/resources/?q=lantern&county=knox&page=2").content.decode())) == 5


def test_a_zip_across_county_lines_offers_the_others(make_service, client):
    both = client.get("/resources/?zip=37012").content.decode()
    one = client.get("/resources/?zip=37203").content.decode()

    assert "Help in DeKalb County" in both
    assert "lies in:" in both
    assert "<strong>DeKalb County</strong>" in both
    assert 'href="/resources/?zip=37012&amp;county=smith">Smith County</a>' in both
    assert 'href="/resources/?zip=37012&amp;county=wilson">Wilson County</a>' in both
    assert "Help in Davidson County" in one
    assert "lies in:" not in one


def test_a_county_that_does_not_fit_the_zip_is_said_and_not_swapped(make_service, client):
    page = client.get("/resources/?zip=37203&county=knox").content.decode()

    assert "Help in Knox County" in page
    assert 'href="/resources/?zip=37203&amp;county=davidson">Davidson County</a>' in page


def test_the_nearest_comes_first_and_says_how_far(make_service, client):
    make_service("far", order=1, place={"postal_code": "37918", "city": "Knoxville"}, **KNOX)
    make_service("unknown", order=2, **KNOX)
    make_service(
        "close", order=3, place={"latitude": 35.96, "longitude": -83.92, "city": "Knoxville"}, **KNOX
    )

    page = client.get("/resources/?zip=37902").content.decode()

    assert headings(page) == ["Close", "Far", "Unknown"]
    assert "about 1 mile away" in page
    assert page.count("miles away") == 1
    assert (
        "away"
        not in client.get("/resources/county/knox/").content.decode().split("<main")[1].split("</main")[0]
    )


def test_the_nearest_come_first_over_all_pages(make_service, client):
    for number in range(62):
        place = {"latitude": 35.0 + number / 100, "longitude": -84.0}
        make_service(f"place-{number:02}", order=100 - number, place=place, **KNOX)
    make_service("wide", order=0)

    asked = "/resources/?zip=37902&county=knox"
    first, second = (headings(client.get(f"{asked}&page={page}").content.decode()) for page in (1, 2))

    # The middle of the ZIP code lies north of them all.
    assert first == [f"Place-{number:02}" for number in range(61, 1, -1)]
    assert second == ["Place-01", "Place-00", "Wide"]


def test_the_further_pages_of_near_me_are_those_of_its_county(make_service, client):
    for number in range(61):
        make_service(f"place-{number:02}", **KNOX)

    answer = client.post("/resources/near/", {"latitude": "35.96", "longitude": "-83.92"}).content.decode()

    assert 'rel="next" href="/resources/?county=knox&amp;page=2"' in answer
    assert '<option value="knox" selected>' in answer
    assert client.get("/resources/near/").headers["Location"] == "/resources/"


@pytest.mark.parametrize("visibility", ["city_only", "phone_only"])
def test_no_distance_points_at_a_place_that_is_kept_private(make_service, client, visibility):
    place = {"visibility": visibility, "postal_code": "37902", "city": "Knoxville", **SPRINGS}
    make_service("shelter", place=place, **KNOX)

    for page in (
        client.get("/resources/?zip=37902"),
        client.post("/resources/near/", {"latitude": "36.00", "longitude": "-84.00"}),
    ):
        assert headings(page.content.decode()) == ["Shelter"]
        assert " away</strong>" not in page.content.decode()


def test_near_me_lists_the_county_around_and_keeps_nothing(make_service, client):
    make_service("close", place={"city": "Knoxville", "latitude": 35.96, "longitude": -83.92}, **KNOX)

    answer = client.post("/resources/near/", {"latitude": "35.96", "longitude": "-83.92"})

    assert "Help in Knox County" in answer.content.decode()
    assert "about 1 mile away" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert "geolocation=(self)" in answer.headers["Permissions-Policy"]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"latitude": "40.71", "longitude": "-74.00"}, "outside Tennessee"),
        ({"latitude": "x", "longitude": ""}, "could not read your place"),
        ({"latitude": "nan", "longitude": "-84"}, "could not read your place"),
        ({}, "could not read your place"),
    ],
)
def test_a_place_that_does_not_help_gets_a_sentence(make_service, client, sent, told):
    make_service("lantern")

    answer = client.post("/resources/near/", sent)

    assert told in answer.content.decode()
    assert headings(answer.content.decode()) == ["Lantern"]


def test_what_is_asked_stands_in_no_log(make_service, client, caplog):
    make_service("lantern")
    with caplog.at_level("INFO"):
        client.get("/resources/?q=heronwords&zip=99999&page=7")
        client.post("/resources/near/", {"latitude": "35.961234", "longitude": "heronwords"})
        client.post("/resources/near/?q=heronwords", headers={"Sec-Fetch-Site": "cross-site"})
        assert client.get("/resources/heron-nowhere/?q=heronwords").status_code == 404

    assert "heronwords" not in caplog.text
    assert "35.96" not in caplog.text
    assert "nowhere" in caplog.text  # the log is read, and holds the address of what was not found


def test_another_site_cannot_send_a_place(client):
    sent = {"latitude": "35.96", "longitude": "-83.92"}

    assert client.post("/resources/near/", sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/resources/near/", sent, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_open_now_keeps_what_is_not_known_and_leaves_out_what_is_closed(make_service, client):
    make_service("always", order=3, always_open=True)
    make_service("unknown", order=1, **KNOX)
    closed = make_service("closed", order=2, **KNOX)
    closed.schedules.create(kind="closed", weekdays=["MO", "TU", "WE", "TH", "FR", "SA", "SU"])

    assert headings(client.get("/resources/?open=now").content.decode()) == ["Always", "Unknown"]
    assert headings(client.get("/resources/").content.decode()) == ["Unknown", "Closed", "Always"]


def test_nobody_counts_what_was_not_looked_at(make_service, client, monkeypatch):
    for number in range(3):
        make_service(f"place-{number}")
    assert "3 listings found" in client.get("/resources/?open=now").content.decode()

    monkeypatch.setattr("resources.listing.MOST_LOOKED_AT", 2)

    page = client.get("/resources/?open=now").content.decode()
    assert headings(page) == ["Place-0", "Place-1"]
    assert "found" not in page.split("<main")[1].split("</main")[0]


def test_did_you_mean_keeps_where_the_reader_looks(make_service, client):
    search.refresh(make_service("lantern", **KNOX))

    page = client.get("/resources/?q=lanturn+37902").content.decode()

    assert "Did you mean:" in page
    assert 'href="/resources/?q=lantern&amp;zip=37902">lantern</a>' in page


def test_a_listing_goes_along_without_telling_us_the_number(make_service, client):
    place = make_service("lantern", place={"street": "1 Public Square", "city": "Knoxville"})
    place.phones.create(number="555-0100", dial="5550100", mark="seen", is_published=True)

    page = client.get("/resources/lantern/").content.decode()

    lines = ["Lantern", "555-0100", "1 Public Square, Knoxville", "http://testserver/resources/lantern/"]
    told = quote("\n".join(lines), safe="")
    assert f'href="sms:?body={told}"' in page
    assert f'href="mailto:?subject=Lantern&amp;body={told}"' in page


def test_a_private_place_is_said_to_be_private_and_nothing_more(make_service, client):
    make_service(
        "shelter", place={"visibility": "phone_only", "city": "Hushville", "street": "77 Lane"}, **KNOX
    )

    page = client.get("/resources/shelter/").content.decode()

    assert "The place is kept private." in page
    assert "Hushville" not in page
    assert "77" not in page.split("<main")[1].split("<svg")[0]


def test_blanks_are_not_known(make_service, client):
    visited = make_service("visited", place={"city": "Knoxville"}, **KNOX)
    visited.access_facts.create(kind="step_free", answer="yes")

    page = client.get("/resources/visited/").content.decode()

    assert "<dt>Step-free entrance</dt><dd>Yes</dd>" in page
    assert "Accessible restroom · Bus stop close by" in page
    assert "Hours not known" in page
    for name in ("Cost", "Who it is for", "What to bring", "Languages spoken there"):
        assert f"<dt>{name}</dt><dd>Not known</dd>" in page


@pytest.mark.parametrize(
    "path",
    ["/resources/", "/resources/?q=zzzqqq", "/resources/?zip=99999", "/resources/county/knox/", "near"],
)
def test_the_crisis_lines_stand_above_every_answer_in_their_order(make_service, client, path):
    for order, slug in enumerate(("emergency", "poison", "lifeline", "state-line", "companion", "redline")):
        make_service(slug, crisis_order=order, order=900 - order)
    make_service("lantern")

    answer = client.post("/resources/near/", {}) if path == "near" else client.get(path)

    page = answer.content.decode()
    panel = page.split('<section class="card crisis"')[1].split("</section>")[0]
    lines = [line.split("</a>")[0].rpartition(">")[2] for line in panel.split("<li>")[1:]]
    assert lines == ["Emergency", "Poison", "Lifeline", "State-Line", "Companion", "Redline"]
    assert panel.index("tel:911") < panel.index("Emergency")
    assert "211 is not 911" in panel
    assert page.index('class="card crisis"') < page.index("Lantern" if "Lantern" in page else "</main>")


def test_a_listing_without_a_known_place_says_so(make_service, client):
    make_service("visited", **KNOX)

    page = client.get("/resources/visited/").content.decode()

    assert "<dt>Address</dt><dd>Not known</dd>" in page
