"""Finding help in a real browser: the place of the device only after a press, and everything without it."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from resources import suggestions
from resources.models import Suggestion

pytestmark = pytest.mark.browser
KNOXVILLE = {"latitude": 35.96121, "longitude": -83.92074}


def test_near_me_sends_a_rounded_place_once_and_only_after_a_press(portal, make_context, watched):
    context = make_context("phone", geolocation=KNOXVILLE, permissions=["geolocation"])
    page = context.new_page()
    seen = watched(page, portal)
    sent: list[str | None] = []
    page.on("request", lambda request: sent.append(request.post_data) if request.method == "POST" else None)
    page.goto(f"{portal}/resources/")
    page.wait_for_timeout(300)
    assert sent == []

    page.get_by_role("button", name="Near me").click()

    page.get_by_role("heading", name="Help in Knox County", level=1).wait_for()
    assert sent == ["latitude=35.96&longitude=-83.92"]
    assert page.locator("#near input").evaluate_all("boxes => boxes.map(box => box.value)") == ["", ""]
    assert "35.9" not in page.url
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert seen == []


def test_a_refusal_gets_a_sentence_and_sends_nothing(portal, make_context):
    page = make_context("phone").new_page()
    page.goto(f"{portal}/resources/")
    refused = page.get_by_text("Your device did not tell where it is.")
    assert not refused.is_visible()

    page.get_by_role("button", name="Near me").click()

    refused.wait_for()
    assert page.url == f"{portal}/resources/"


def test_a_place_outside_tennessee_gets_a_sentence(portal, make_context):
    new_york = {"latitude": 40.71, "longitude": -74.0}
    page = make_context("phone", geolocation=new_york, permissions=["geolocation"]).new_page()
    page.goto(f"{portal}/resources/")

    page.get_by_role("button", name="Near me").click()

    page.get_by_text("Your device is outside Tennessee.").wait_for()


def test_help_is_found_put_on_paper_and_put_right_without_scripts(portal, make_context, monkeypatch):
    monkeypatch.setattr(suggestions, "QUICKEST", suggestions.QUICKEST * 0)
    context = make_context("phone", scripts=False)
    page = context.new_page()
    page.goto(f"{portal}/resources/")
    assert not page.get_by_role("button", name="Near me").is_visible()

    page.get_by_label("ZIP code").fill("37203")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("heading", name="Help in Davidson County", level=1).wait_for()
    assert page.get_by_text("211 is not 911").is_visible()
    sheet = context.request.get(portal + page.get_by_role("link", name="Sheet as PDF").get_attribute("href"))
    assert len(PdfReader(io.BytesIO(sheet.body())).pages) == 1

    page.get_by_role("link", name="Street Works: syringe services").click()
    page.get_by_role("heading", name="Street Works: syringe services", level=1).wait_for()
    by_text = page.get_by_role("link", name="Send by text message").get_attribute("href")
    assert by_text.startswith("sms:?body=Street%20Works")
    assert page.get_by_role("img", name="QR code of this page").is_visible()

    page.get_by_role("link", name="This is wrong").click()
    page.get_by_label("The hours").check()
    page.get_by_label("What is right, in your words?").fill("They are open on Mondays too.")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    assert Suggestion.objects.get().service.slug == "street-works"
    assert context.cookies() == []


def test_axe_finds_nothing_on_the_lists(portal, make_context, axe):
    page = make_context("phone", bypass_csp=True).new_page()
    found = {}
    for query in ("?zip=37012", "?q=nalaxone&county=knox", "?q=zzzqqq", "?zip=99999", "?page=2", "?open=now"):
        page.goto(f"{portal}/resources/{query}")
        if faults := axe(page):
            found[query] = faults
    assert found == {}
