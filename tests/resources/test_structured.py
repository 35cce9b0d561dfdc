"""What search engines read of a listing: what its page shows, and no hours that are only half true."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from resources.models import Phone, Schedule, Service
from resources.structured import weekly_hours

pytestmark = pytest.mark.django_db
NINE, FIVE = dt.time(9), dt.time(17)


def told(client, slug):
    """Return the microdata of a page as (name, value) pairs."""
    page = client.get(f"/resources/{slug}/").content.decode()
    return re.findall(r'itemprop="(\w+)" (?:content|href)="([^"]*)"', page)


def test_a_listing_is_told_with_its_number_hours_and_area(make_service, client):
    row = make_service(
        "open-door",
        place={"street": "1 Public Square", "city": "Nashville", "postal_code": "37201"},
        url="https://a.example/x",
        reach="counties",
        counties=["davidson"],
    )
    Phone.objects.create(
        service=row, number="615-555-0100", dial="6155550100", mark="seen", is_published=True
    )
    Schedule.objects.create(service=row, weekdays=["MO", "TU"], opens_at=NINE, closes_at=FIVE)

    found = told(client, "open-door")

    assert {
        ("name", "Open-Door"), ("description", "Help."), ("telephone", "615-555-0100"), ("opens", "09:00"),
        ("closes", "17:00"), ("dayOfWeek", "https://schema.org/Tuesday"), ("url", "https://a.example/x"),
        ("name", "Davidson County, Tennessee"), ("streetAddress", "1 Public Square"), ("postalCode", "37201"),
        ("name", "A group"),
    } <= set(found)  # fmt: skip


@pytest.mark.parametrize("level", ["city_only", "phone_only", "hidden"])
def test_a_private_address_is_not_told(make_service, client, level):
    row = make_service("quiet", place={"street": "77 Heron Lane", "city": "Nashville", "visibility": level})
    row.locations.create(slug="open", organization=row.organization, city="Memphis")

    names = dict(told(client, "quiet"))
    values = [value for name, value in told(client, "quiet") if name == "addressLocality"]

    assert "streetAddress" not in names
    assert ("Nashville" in values) is (level == "city_only")
    assert "Memphis" in values


def test_a_number_for_texts_alone_and_one_not_published_are_not_told(make_service, client):
    row = make_service("open-door")
    Phone.objects.create(service=row, number="555-0100", dial="5550100")
    texts = {"number": "555-0101", "dial": "5550101", "takes_calls": False, "takes_texts": True}
    Phone.objects.create(service=row, mark="seen", is_published=True, order=1, **texts)

    assert "telephone" not in dict(told(client, "open-door"))


@pytest.mark.parametrize(
    "odd",
    [{"weeks": [1]}, {"valid_from": dt.date(2026, 6, 1)}, {"kind": "appointment"}, {"kind": "closed"},
     {"weekdays": [], "day": dt.date(2026, 7, 4)}, {"opens_at": None, "closes_at": None}],
)  # fmt: skip
def test_hours_that_are_not_every_week_are_left_to_the_page(make_service, odd):
    row = make_service("open-door")
    Schedule.objects.create(service=row, weekdays=["MO"], opens_at=NINE, closes_at=FIVE)
    assert len(weekly_hours(Service.objects.listed().get())) == 1

    Schedule.objects.create(service=row, **{"weekdays": ["TU"], "opens_at": NINE, "closes_at": FIVE, **odd})

    assert weekly_hours(Service.objects.listed().get()) == []


def test_day_and_night_is_told_and_not_known_is_not(make_service):
    make_service("always", always_open=True)
    make_service("blank")
    rows = {row.slug: row for row in Service.objects.listed()}

    assert len(weekly_hours(rows["always"])[0].days) == 7
    assert weekly_hours(rows["blank"]) == []
