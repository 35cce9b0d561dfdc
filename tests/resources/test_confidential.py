"""Staff are stopped when a text for the public would tell where a place is that is kept private."""

from __future__ import annotations

import pytest
from django.contrib import admin

from resources.confidential import PUBLIC_TEXTS, telling
from resources.models import Location, Service

PLACE = {"street": "77 Heron Lane, Apt. 2", "postal_code": "37999-1234", "city": "Nashville"}
SAID = "a place whose address is not public"


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("Come to 77 Heron Lane.", True),
        ("Come to 77  HERON ln, back door", True),
        ({"en": "Come.", "es": "Calle 77-Heron"}, True),
        ("ZIP 37999", True),
        ("Come to 177 Heron Lane.", False),
        ("We are 77. Call first.", False),
        ("Call 555-379-9900 in Nashville", False),
        ("", False),
    ],
)
def test_an_address_is_found_in_any_spelling(text, tells):
    for level in ("city_only", "phone_only", "hidden"):
        assert bool(telling({"details": text}, [Location(visibility=level, **PLACE)])) is tells
    assert telling({"details": text}, [Location(visibility="public", **PLACE)]) == []


def test_a_place_without_an_address_stops_nothing():
    assert telling({"details": "Call us."}, [Location(visibility="hidden")]) == []
    (found,) = telling({"details": "At the Old Mill"}, [Location(visibility="hidden", street="Old Mill")])
    assert found == "details"


def test_every_text_of_the_public_page_is_looked_at():
    assert {"name", "summary", "details", "area", "caution", "hours", "eligibility", "source"} <= set(
        PUBLIC_TEXTS
    )
    assert "staff_note" not in PUBLIC_TEXTS


@pytest.fixture
def kept(make_service):
    row = make_service("shelter", place={"visibility": "phone_only", **PLACE}, details={"en": "Call first."})
    return Service.objects.get(pk=row.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["summary", "area", "source"])
def test_an_editor_cannot_type_it_into_a_public_text(kept, field):
    translated = field != "source"
    box = f"{field}_en" if translated else field
    made = admin.site.get_model_admin(Service).get_form(None, kept, fields=[field])

    refused = made({box: "We are at 77 Heron Lane."}, instance=Service.objects.get(pk=kept.pk))
    assert SAID in str(refused.errors)
    accepted = made({box: "Ask us how to come."}, instance=Service.objects.get(pk=kept.pk))
    assert SAID not in str(accepted.errors)


@pytest.mark.django_db
def test_a_place_whose_address_is_told_cannot_become_private(kept, sign_in):
    Service.objects.filter(pk=kept.pk).update(details={"en": "Come to 77 Heron Lane."})
    Location.objects.update(visibility="public")
    place = Location.objects.get()
    page = f"/admin/resources/location/{place.pk}/change/"
    names = ("slug", "name_for_staff", "street", "city", "postal_code", "county")
    typed = {name: getattr(place, name) for name in names}
    typed |= {"organization": place.organization_id, "visibility": "hidden"}
    client = sign_in("editor")

    refused = client.post(page, typed, secure=True)
    assert "Shelter" in refused.content.decode()
    assert "Change them first" in refused.content.decode()
    assert Location.objects.get().visibility == "public"
    Service.objects.filter(pk=kept.pk).update(details={"en": "Call first."})
    assert client.post(page, typed, secure=True).status_code == 302
    assert Location.objects.get().visibility == "hidden"
