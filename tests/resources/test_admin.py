"""What an editor does with the directory."""

from __future__ import annotations

import pytest
from django.utils import timezone

from resources.models import Page, Phone, Service, YearOfDeaths

pytestmark = pytest.mark.django_db
LISTS = [
    "page", "principle", "toolgroup", "tool", "yearofdeaths", "category", "organization", "service",
    "synonym", "suggestion", "location", "factcheck", "law",
]  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_an_editor_sees_every_list_and_form(loaded, make_service, sign_in, name):
    editor = sign_in("editor")
    page = editor.get(f"/admin/resources/{name}/")

    assert page.status_code == 200
    assert "&quot;en&quot;" not in page.content.decode(), "a translated text is shown as its column holds it"


def test_a_reviewer_has_no_business_here(loaded, sign_in):
    assert sign_in("reviewer").get("/admin/resources/service/").status_code == 403


def test_every_kind_of_row_opens_for_editing(loaded, sign_in):
    editor = sign_in("editor")
    for row in (Page.objects.first(), Service.objects.first()):
        assert editor.get(f"/admin/resources/{row._meta.model_name}/{row.pk}/change/").status_code == 200


def test_an_edited_page_is_shown_at_once(loaded, sign_in):
    editor = sign_in("editor")
    page = Page.objects.get(slug="overdose")

    answer = editor.post(
        f"/admin/resources/page/{page.pk}/change/", {"title_en": "Not waking up?", "body_en": "1. **Check.**"}
    )

    assert answer.status_code == 302
    assert "Not waking up?" in editor.get("/overdose/").content.decode()


def test_publishing_without_a_source_is_refused_with_a_sentence(loaded, sign_in):
    editor = sign_in("editor")
    row = YearOfDeaths.objects.get(year=2022)
    typed = {
        "year": 2022,
        "deaths": 3826,
        "note_en": "",
        "mark": "seen",
        "checked_on": "2026-11-22",
        "is_published": "on",
    }

    refused = editor.post(f"/admin/resources/yearofdeaths/{row.pk}/change/", {**typed, "source": ""})
    kept = editor.post(f"/admin/resources/yearofdeaths/{row.pk}/change/", {**typed, "source": "tn.gov"})

    assert "To publish this, give its source" in refused.content.decode()
    assert kept.status_code == 302


def test_checked_today_is_one_click_with_a_trace(make_service, sign_in):
    editor = sign_in("editor")
    place = make_service(always_open=True)
    Phone.objects.create(service=place, number="555-0100", dial="5550100", mark="seen", is_published=True)

    editor.post("/admin/resources/service/", {"action": "checked_by_call", "_selected_action": [place.pk]})

    place.refresh_from_db()
    assert (place.checked_on, place.checked_how) == (timezone.localdate(), "called")
    checks = place.fact_checks.all()
    assert {check.fact for check in checks} == {"phone", "hours"}
    assert all(
        check.checked_by.username == "editor" and (check.next_due - check.checked_on).days == 90
        for check in checks
    )


def test_counties_are_chosen_from_the_list(make_service, sign_in):
    editor = sign_in("editor")
    place = make_service(reach="counties", counties=["knox"])
    address = f"/admin/resources/service/{place.pk}/change/"
    form = editor.get(address).context["adminform"].form
    empty = {
        f"{name}-{part}_FORMS": 0
        for name in ("phones", "schedules", "access_facts", "fact_checks")
        for part in ("TOTAL", "INITIAL")
    }
    typed = {**empty, **{name: value for name, value in form.initial.items() if value not in (None, "")}}
    typed |= {"name_en": "Place", "summary_en": "Help.", "languages": "[]"}
    typed["categories"] = [topic.pk for topic in place.categories.all()]

    refused = editor.post(address, {**typed, "counties": ["knox", "atlantis"]})
    kept = editor.post(address, {**typed, "counties": ["knox", "blount"]})

    assert "atlantis is not one of the available choices" in refused.content.decode()
    assert kept.status_code == 302, kept.context["adminform"].form.errors
    place.refresh_from_db()
    assert sorted(place.counties) == ["blount", "knox"]
