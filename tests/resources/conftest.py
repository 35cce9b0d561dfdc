"""Services to look for, and the first content."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth import get_user_model

from portal.staff.login import SECOND_FACTOR
from resources import content
from resources.models import Category, Location, Organization, Service
from tests.content import put


@pytest.fixture
def loaded(db) -> list[str]:
    """Load the first content; return what the command would print."""
    return put(content.load)


@pytest.fixture
def make_service(db):
    """Return a function that makes a published service of the whole state.

    place: fields of a Location where it is given, if it has one.
    """

    def make(slug: str = "place", *, place: dict | None = None, **fields) -> Service:
        organization, _new = Organization.objects.get_or_create(slug="group", defaults={"name": "A group"})
        topic, _new = Category.objects.get_or_create(slug="topic", defaults={"name": {"en": "A topic"}})
        row = Service.objects.create(
            slug=slug,
            organization=organization,
            **{
                "name": {"en": slug.title()},
                "summary": {"en": "Help."},
                "is_published": True,
                "mark": "seen",
                "source": "its own page",
                "checked_on": dt.date(2026, 11, 22),
                "checked_how": "stored_copy",
                **fields,
            },
        )
        row.categories.add(topic)
        if place is not None:
            row.locations.add(
                Location.objects.create(slug=f"{slug}-place", organization=organization, **place)
            )
        return row

    return make


@pytest.fixture
def sign_in(client, db):
    """Return a function that signs a new member of `role` in."""

    def make(role: str):
        member = get_user_model().objects.create_user(role, role=role)
        client.force_login(member)
        session = client.session
        session[SECOND_FACTOR] = True
        session.save()
        return client

    return make
