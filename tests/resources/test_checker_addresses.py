"""Which addresses are collected, from where, and that what is not published is never asked."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from resources.checker import addresses, numbers
from resources.models import Organization, Page, Phone, Tool, ToolGroup

pytestmark = pytest.mark.django_db


def test_addresses_of_published_content_are_found_with_their_places(make_service):
    service = make_service(
        url="https://help.example/a#top",
        email="ann@help.example",
        details={"en": "See [more](http://more.example/x).", "es": "Mira [esto](https://es.example/)."},
        caution={"en": "Call [988, then 2](tel:988)."},
        crisis_order=1,
    )
    Organization.objects.update(url="https://group.example")
    Phone.objects.create(
        service=service, number="1-615-555-0100", dial="16155550100", mark="seen", is_published=True
    )
    Page.objects.create(slug="p", title={"en": "P"}, body={"en": "[Text us](sms:741741?body=HOME) <b>x</b>"})
    group = ToolGroup.objects.create(slug="g", name={"en": "G"})
    Tool.objects.create(
        slug="t", group=group, name={"en": "T"}, tennessee_note={"en": "[n](https://tool.example/n)"},
        mark="seen", source="s", checked_on="2026-11-22", is_published=True,
    )  # fmt: skip

    found = addresses.collect()

    assert set(found) == {
        "https://help.example/a", "mailto:ann@help.example", "http://more.example/x", "https://es.example/",
        "https://group.example", "tel:6155550100", "tel:988", "tel:741741", "https://tool.example/n",
    }  # fmt: skip
    change = f"/admin/resources/service/{service.pk}/change/"
    assert found["https://help.example/a"] == [addresses.Use("Place", change, is_crisis=True)]
    assert found["tel:6155550100"][0].printed == "1-615-555-0100"
    assert found["tel:988"][0].printed == "988"


def test_what_is_not_published_is_not_collected(make_service):
    shown = make_service("shown", url="https://shown.example/")
    make_service("draft", url="https://draft.example/", is_published=False)
    make_service("secret", url="https://secret.example/", place={"visibility": "hidden"})
    Phone.objects.create(service=shown, number="615-555-0100", dial="6155550100")

    assert set(addresses.collect()) == {"https://shown.example/"}


def test_pages_of_our_own_and_addresses_too_long_to_keep_are_left_out():
    long = f"https://long.example/{'x' * 400}"
    body = f"[own](/overdose/) [m](javascript:x) [l]({long}) [k](https://kept.example/)"
    Page.objects.create(slug="p", title={"en": "P"}, body={"en": body})

    assert set(addresses.collect()) == {"https://kept.example/"}


def test_one_address_in_two_places_is_one_with_both_uses(make_service):
    make_service("one", url="https://same.example/")
    make_service("two", url="https://same.example/")

    assert [use.label for use in addresses.collect()["https://same.example/"]] == ["One", "Two"]


def test_the_number_of_queries_does_not_grow_with_the_directory(make_service):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            addresses.collect()
        return len(queries)

    make_service("first", url="https://a.example/")
    before = asked()
    for number in range(5):
        make_service(f"more-{number}", url=f"https://b.example/{number}")

    assert asked() == before


def test_every_number_of_the_first_content_can_exist_and_is_dialled_as_printed(loaded):
    found = addresses.collect()
    faults = {
        address: fault
        for address, uses in found.items()
        if address.startswith("tel:")
        and (fault := numbers.fault(address[4:], frozenset(use.printed for use in uses)))
    }

    assert sum(address.startswith("tel:") for address in found) > 15
    assert faults == {}
