"""The feed of what is new in the directory: listed services alone, no value, nobody's name."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.utils import timezone

from resources import history
from resources.models import Change, Service

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
FEED = "/resources/changes.atom"


def entries(client, path=FEED):
    """Return the entries of the feed as dicts of tag to text."""
    feed = ET.fromstring(client.get(path).content)
    return [
        {part.tag.removeprefix(ATOM): part.text or part.get("href") for part in entry}
        for entry in feed.findall(f"{ATOM}entry")
    ]


def test_a_new_service_is_told_and_one_that_is_not_listed_is_not(make_service, client, settings):
    make_service("open-door", summary={"en": "Help & care <here>."})
    make_service("draft", is_published=False)
    make_service("unseen", place={"visibility": "hidden"})

    (entry,) = entries(client)

    assert entry["title"] == "Open-Door: New in the list"
    assert entry["link"] == f"{settings.SITE_URL}/resources/open-door/"
    assert entry["summary"] == "Help &amp; care &lt;here&gt;."  # HTML
    assert entries(client, f"/es{FEED}")[0]["link"] == f"{settings.SITE_URL}/es/resources/open-door/"


def test_a_change_is_told_without_its_value_and_without_who_made_it(make_service, client):
    row = make_service("open-door")
    member = get_user_model().objects.create_user("zyxq-member", role="editor")
    before = history.state_of(row)
    Service.objects.filter(pk=row.pk).update(hours={"en": "Zyxq to Zyxr"}, staff_note="Zyxs")
    history.record(row, before=before, by=member, reason="Zyxt")

    assert Change.objects.filter(field="hours").exists()
    assert "Open-Door: Hours" in {entry["title"] for entry in entries(client)}
    assert "zyx" not in client.get(FEED).content.decode().casefold()


def test_an_unchanged_feed_is_not_sent_twice_and_keeps_its_names(make_service, client):
    make_service("open-door")
    first = client.get(FEED)
    assert first.headers["Content-Type"].startswith("application/atom+xml")
    assert "public" in first.headers["Cache-Control"]

    cache.clear()
    again = client.get(FEED, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make_service("second")
    cache.clear()
    assert client.get(FEED, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    ids = [entry["id"] for entry in entries(client)]
    assert len(set(ids)) == len(ids) == 2
    assert timezone.localdate().strftime("#%Y%m%d-") in ids[0]


def test_no_entry_is_in_the_future_and_the_directory_names_the_feed(make_service, client):
    make_service("open-door")

    assert all(entry["updated"] <= timezone.now().astimezone().isoformat() for entry in entries(client))
    assert f'type="application/atom+xml" href="{FEED}"' in client.get("/resources/").content.decode()


def test_the_feed_is_only_read(client):
    assert client.post(FEED).status_code == 405
    assert client.get(FEED).status_code == 200
