"""No page, feed or file for the public tells anything of a place that is kept private.

Shown in two ways: words that stand nowhere else are looked for in every public answer, and every public
answer stays the same, byte for byte, when all that is private of such places is changed.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
import zipfile

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import models
from django.urls import get_resolver

from portal.lib import printing
from reporting.models import Report
from resources import search
from resources.models import (
    AccessFact,
    Location,
    Organization,
    Phone,
    Schedule,
    SearchEntry,
    SearchWord,
    Service,
)
from tests.trust.addresses import _PARAMETER, _routes, addresses

pytestmark = pytest.mark.django_db
LEVELS = ("city_only", "phone_only", "hidden")
QUERIES = (
    "/resources/?q=quiet", "/resources/?q=qiuet", "/resources/?county=pickett", "/resources/?zip=37203",
    "/resources/?county=pickett&q=quiet", "/resources/print/?county=pickett", "/resources/print/",
    "/resources/print/?category=topic", "/resources/?category=topic", "/resources/hsds/services/?full=true",
    "/nowhere/", "/resources/nowhere/",
    "/sitemap.xml", "/robots.txt",
)  # fmt: skip
# What a form carries anew each time.
_FRESH = re.compile(rb'name="(?:csrfmiddlewaretoken|shown)" value="[^"]*"')


def private_words(level: str) -> dict[str, str]:
    """Return the words by field that no public answer may hold of a place of that level."""
    tag = level.replace("_", "")
    words = {
        "street": f"Zyxqstreet{tag}",
        "postal_code": {"city_only": "99917", "phone_only": "99927", "hidden": "99937"}[level],
        "name_for_staff": f"Zyxqname{tag}",
        "slug": f"zyxqslug{tag}",
        "transportation": f"Zyxqbus{tag}",
        "staff_note": f"Zyxqnote{tag}",
        "latitude": {"city_only": "35.99171", "phone_only": "35.99272", "hidden": "35.99373"}[level],
        "longitude": {"city_only": "-85.99171", "phone_only": "-85.99272", "hidden": "-85.99373"}[level],
    }
    return words if level == "city_only" else {**words, "city": f"Zyxqcity{tag}"}


# Where a reader stands: at the confidential places, and far from them.
NEAR = [
    *({name: private_words(level)[name] for name in ("latitude", "longitude")} for level in LEVELS),
    {"latitude": "35.15", "longitude": "-90.05"},
]
WORDS = sorted(word for level in LEVELS for word in private_words(level).values())


@pytest.fixture(autouse=True)
def _plain_press(monkeypatch):
    """Let a sheet be its own HTML, which also holds what does not fit on the page."""
    monkeypatch.setattr(printing, "printed", lambda text, *_more, **_patience: text.encode())


@pytest.fixture
def confidential(make_service):
    """Make a service at a place of each level, and one with a public and a hidden place."""
    for level in LEVELS:
        words = private_words(level)
        row = make_service(f"quiet-{level.replace('_', '-')}", staff_note=words["staff_note"])
        place = Location.objects.create(
            organization=row.organization,
            visibility=level,
            county="pickett",
            city=words.get("city", "Opentown"),
            transportation={"en": words["transportation"]},
            latitude=float(words["latitude"]),
            longitude=float(words["longitude"]),
            street=f"77 {words['street']} Lane",
            **{name: words[name] for name in ("postal_code", "name_for_staff", "slug")},
        )
        row.locations.add(place)
        AccessFact.objects.create(service=row, kind="step_free", answer="yes")
        Phone.objects.create(service=row, number="555-0100", dial="5550100", mark="seen", is_published=True)
        Schedule.objects.create(
            service=row, location=place, weekdays=["MO"], opens_at=dt.time(3, 7), closes_at=dt.time(4, 19)
        )
    shown = {"street": "1 Public Square", "city": "Nashville", "postal_code": "37203", "county": "davidson"}
    mixed = make_service("quiet-mixed", place=shown)
    mixed.locations.add(Location.objects.get(visibility="hidden"))
    unseen = Location.objects.exclude(visibility="public").exclude(visibility="city_only")
    Schedule.objects.create(
        service=mixed,
        location=unseen.last(),
        weekdays=["TU"],
        opens_at=dt.time(3, 7),
        closes_at=dt.time(4, 19),
    )
    _index()


def _index() -> None:
    for row in Service.objects.all():
        search.refresh(row)
    cache.clear()


def _paths() -> list[str]:
    """Return every public address of the resolver, each with every row it could be asked about."""
    found = {item.path for item in addresses(Report(pk=uuid.UUID(int=7)), 0) if not item.is_staff_page}
    values = {
        "slug": [*Service.objects.values_list("slug", flat=True), "pickett", "davidson", "topic"],
        "uuid": [
            *Service.objects.values_list("uuid", flat=True),
            *Organization.objects.values_list("uuid", flat=True),
            *Location.objects.values_list("uuid", flat=True),
        ],
    }
    for route in set(_routes(get_resolver())):
        if route.startswith("/resources/") and (kinds := _PARAMETER.findall(route)):
            found |= {_PARAMETER.sub(str(value), route) for value in values.get(kinds[0][0] or "slug", [])}
    others = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    places = [path for path in found if path.startswith(("/resources/quiet", "/resources/county/pickett"))]
    return sorted(
        {*found, *QUERIES, *(f"/{code}{path}" for code in others for path in (*places, "/resources/"))}
    )


def _read(client, path: str) -> bytes:
    """Return status, headers and body of an answer as bytes; of packages and PDF files, what is in them."""
    response = client.get(path)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.headers.get("Content-Type", "")
    if "zip" in kind:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            body = b"\n".join(package.read(name) for name in package.namelist())
    elif body.startswith(b"%PDF"):
        pypdf = pytest.importorskip("pypdf")
        body = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages).encode()
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(response.items()))
    return f"{response.status_code}\n{headers}\n".encode() + _FRESH.sub(b"", body)


def _walk(client) -> dict[str, bytes]:
    near = {f"near {point}": client.post("/resources/near/", point) for point in NEAR}
    assert {response.status_code for response in near.values()} == {200}
    shown = {name: _FRESH.sub(b"", response.content) for name, response in near.items()}
    return {path: _read(client, path) for path in _paths()} | shown


def _rows() -> str:
    """Return what the tables of search hold, which answers are made of."""
    tables: list[type[models.Model]] = [SearchEntry, SearchWord]
    return "\n".join(str(row) for table in tables for row in table._base_manager.values())


def found_in(outputs: dict[str, bytes]) -> list[tuple[str, str]]:
    """Return where a private word stands, with the word."""
    folded = {path: body.lower() for path, body in outputs.items()}
    return [(path, word) for path, body in folded.items() for word in WORDS if word.lower().encode() in body]


def test_no_public_answer_holds_a_private_word(client, confidential):
    outputs = {**_walk(client), "tables of search": _rows().encode()}

    assert found_in(outputs) == []
    assert len(outputs) > 100
    # The walk came to the places that may be known, so that it would have come to the others.
    assert any(b"1 Public Square" in body for body in outputs.values())
    assert b"Opentown" in outputs["/resources/quiet-city-only/"]
    assert outputs["/resources/quiet-hidden/"].startswith(b"404")
    assert outputs["/resources/quiet-phone-only/"].startswith(b"200")


def test_nothing_public_depends_on_what_is_private(client, confidential):
    before = _walk(client)
    for number, place in enumerate(Location.objects.exclude(visibility="public")):
        place.street, place.postal_code, place.name_for_staff = f"{number} Other Street", "38501", "Another"
        place.latitude, place.longitude = 36.5, -86.5 - number
        place.transportation = {"en": "Another bus"}
        if place.visibility != Location.Visibility.CITY_ONLY:
            place.city, place.county = f"Other {number}", "lake"
        place.save()
    unseen = Schedule.objects.exclude(location__visibility__in=["public", "city_only"]).exclude(location=None)
    assert unseen.update(weekdays=["SU"], opens_at=dt.time(9), closes_at=dt.time(10)) == 3
    Service.objects.update(staff_note="another")
    _index()

    after = _walk(client)

    assert [path for path in before if before[path] != after[path]] == []


def test_a_search_for_a_private_word_finds_nothing(client, confidential):
    for word in WORDS:
        page = client.get("/resources/", {"q": word}).content.decode()
        assert re.findall(r'href="(/resources/quiet[^"]*)"', page) == []
    assert "/resources/quiet-mixed/" in client.get("/resources/", {"q": "quiet"}).content.decode()


@pytest.mark.parametrize("level", LEVELS)
def test_the_check_finds_a_place_that_was_made_public(client, confidential, level):
    Location.objects.filter(visibility=level).update(visibility="public")
    _index()
    words = private_words(level)

    found = {word for _path, word in found_in({path: _read(client, path) for path in (
        "/resources/quiet-mixed/",
        f"/resources/quiet-{level.replace('_', '-')}/",
        "/resources/hsds/package.zip",
    )})}  # fmt: skip

    assert {words["street"], words["postal_code"], words["transportation"]} <= found
    assert words["staff_note"] not in found


def test_the_check_finds_a_private_word_in_a_public_text(client, confidential):
    word = private_words("hidden")["street"]
    Service.objects.filter(slug="quiet-mixed").update(summary={"en": f"Come to 77 {word} Lane."})
    _index()

    asked = ("/resources/", "/resources/export.csv", "/resources/quiet-mixed/", "/resources/changes.atom")
    outputs = {path: _read(client, path) for path in asked}
    places = {path for path, _word in found_in({**outputs, "tables": _rows().encode()})}

    assert {*asked, "tables"} <= places
