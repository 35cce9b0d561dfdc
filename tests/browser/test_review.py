"""A reader says what is wrong, an editor reviews it, a second person confirms; scripts off, axe content."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from resources import suggestions
from resources.models import Change, Service, Suggestion
from tests.browser.test_journeys import sign_in
from tests.browser.test_staff_journeys import follow, press

pytestmark = pytest.mark.browser
LINE = "988-lifeline"


@pytest.fixture
def editor(portal, make_context):
    """Return a function that signs a new editor in, in a browser of their own."""

    def enter(name, width="desk", **more):
        page = make_context(width, **more).new_page()
        sign_in(page, portal, get_user_model().objects.create_user(name, role="editor"))
        return page

    return enter


def test_from_a_reader_to_the_second_person_without_scripts(portal, make_context, editor, monkeypatch):
    monkeypatch.setattr(suggestions, "QUICKEST", suggestions.QUICKEST * 0)
    reader = make_context("phone", scripts=False).new_page()
    reader.goto(f"{portal}/resources/{LINE}/")
    follow(reader, "This is wrong")
    press(reader, "Send")
    expect(reader.get_by_role("alert")).to_contain_text("Choose what is wrong.")
    reader.get_by_label("A phone number").check()
    reader.get_by_label("What is right, in your words?").fill("It is 615-555-0100 now.")
    press(reader, "Send")
    expect(reader.locator("h1")).to_contain_text("Thank you")
    assert reader.context.cookies() == []

    anna = editor("anna", scripts=False)
    anna.goto(f"{portal}/admin/resources/suggestion/")
    anna.locator("#result_list tbody a").first.click()
    anna.get_by_label("Number", exact=True).first.fill("615-555-0100")
    anna.get_by_label("Dial", exact=True).first.fill("6155550100")
    press(anna, "See the difference")
    expect(anna.locator("ins").first).to_have_text("615-555-0100")
    press(anna, "Accept and write it")
    expect(anna.locator(".messagelist")).to_contain_text("A second person must confirm this: Phone numbers.")
    assert "615-555-0100" not in reader.goto(f"{portal}/resources/{LINE}/").text()

    ben = editor("ben", scripts=False)
    ben.goto(f"{portal}/admin/resources/change/")
    ben.locator("#result_list tbody a").first.click()
    press(ben, "Confirm: I checked it too – Phone numbers")
    expect(ben.locator(".messagelist")).to_contain_text("Confirmed.")
    assert "615-555-0100" in reader.goto(f"{portal}/resources/{LINE}/?now").text()
    assert Suggestion.objects.get().status == "accepted"
    assert Change.objects.get().decided_by.username == "ben"


def test_the_pages_of_a_review_are_accessible_and_fit(portal, make_context, editor, axe):
    service = Service.objects.get(slug=LINE)
    told = [
        Suggestion.objects.create(service=row, about=about, words="It is another.", received_on="2026-11-23")
        for row, about in ((service, "phone"), (service, "hours"), (service, "address"), (None, "missing"))
    ]
    page = editor("anna", "phone", bypass_csp=True)
    page.goto(f"{portal}/admin/resources/service/{service.pk}/change/")
    page.get_by_label("Number:").first.fill("615-555-0100")
    page.get_by_label("Dial:").first.fill("6155550100")
    page.locator("[name=cost_en]").fill("Free")
    page.get_by_role("button", name="Save", exact=True).click()
    found = {}

    def look(name):
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found[name] = (axe(page), wide)

    for row in told:
        page.goto(f"{portal}/admin/resources/suggestion/{row.pk}/change/")
        look(row.about)
    page.goto(f"{portal}/admin/resources/suggestion/{told[0].pk}/change/")
    page.get_by_label("Number", exact=True).first.fill("615-555-0177")
    page.get_by_label("Dial", exact=True).first.fill("6155550177")
    press(page, "See the difference")
    look("difference")
    page.goto(f"{portal}/admin/resources/service/{service.pk}/history/")
    look("history")
    assert found == {name: ({}, 0) for name in found}
