"""What an older database holds comes along: addresses, and which rows staff have changed."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from resources import content
from resources.models import Location, Page, Service

OLD, NEW = [("resources", "0001_initial")], [("resources", "0005_principle_tools")]


def old_digest(row, **more) -> str:
    """Return the digest as the first release wrote it: over every column but four."""
    left_out = {"id", "uuid", "loaded_hash", "service"}
    columns = [field for field in row._meta.concrete_fields if field.name not in left_out]
    state = {field.attname: getattr(row, field.attname) for field in columns} | more
    text = json.dumps(state, default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def old(transactional_db):
    """Go back to the first release; return its models. The newest tables stand again afterwards."""
    executor = MigrationExecutor(connection)
    executor.migrate(OLD)
    yield executor.loader.project_state(OLD).apps
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("resources"))


def test_addresses_and_untouched_rows_come_along(old):
    page_model, service_model = old.get_model("resources", "Page"), old.get_model("resources", "Service")
    page = page_model.objects.create(slug="definition", title={"en": "Old"}, body={"en": "Old words."})
    ours = page_model.objects.create(slug="overdose", title={"en": "Ours"}, body={"en": "Ours."})
    for row in (page, ours):
        page_model.objects.filter(pk=row.pk).update(loaded_hash=old_digest(row))
    page_model.objects.filter(pk=ours.pk).update(title={"en": "Changed by staff"})
    runner = old.get_model("resources", "Organization").objects.create(slug="group", name="A group")
    service_model.objects.create(
        slug="shelter", organization=runner, visibility="phone_only", street="77 Lane", city="Town"
    )
    service_model.objects.create(slug="line", organization=runner)

    executor = MigrationExecutor(connection)
    executor.migrate(NEW)
    lines: list[str] = []
    content.load(lines.append)

    [place] = Location.objects.exclude(slug="tennessee-harm-reduction")
    assert (place.street, place.city, place.visibility) == ("77 Lane", "Town", "phone_only")
    assert [row.slug for row in place.services.all()] == ["shelter"]
    assert not Service.objects.get(slug="line").locations.exists()
    assert str(Page.objects.get(slug="definition").title) == "What harm reduction is"
    assert str(Page.objects.get(slug="overdose").title) == "Changed by staff"
    assert "  kept: page overdose" in lines
