"""The pages in every language in a real browser: accessible, and no wider than a small phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from portal.lib.languages import BASE, BY_CODE, path_in
from tests.browser.test_journeys import MARKER, step_on

pytestmark = pytest.mark.browser

READ = ("/training/naloxone/give-naloxone/4/", "/", "/overdose/", "/rights/", "/report/return/")
# Two halves for two cores, each with both directions and its share of the heavier letters.
HALVES = pytest.mark.parametrize("codes", [("en", "es", "ckb"), ("ar", "my", "vi")], ids="+".join)


def faults_of(page: Page, axe, code: str) -> dict[str, object]:
    """Return what is wrong with the page: broken rules, too much width, a wrong language or direction."""
    faults = axe(page)
    wide, language, direction = page.evaluate(
        "(() => { const root = document.documentElement;"
        " return [root.scrollWidth - root.clientWidth, root.lang, getComputedStyle(root).direction] })()"
    )
    faults |= {"wider than the screen": wide} if wide else {}
    wanted = (code, "rtl" if BY_CODE[code].is_rtl else "ltr")
    return faults | ({"language": (language, direction)} if (language, direction) != wanted else {})


def press(page: Page, selector: str) -> None:
    """Press a button, whatever it says in this language, and wait for its page."""
    with page.expect_navigation():
        page.locator(selector).first.click()


@HALVES
def test_pages_of_every_language_are_accessible_on_a_small_phone(portal, vault, make_context, axe, codes):
    page = make_context("phone", bypass_csp=True).new_page()
    found = {}

    def look(name: str) -> None:
        if faults := faults_of(page, axe, code):
            found[code, name] = faults

    for code in codes:
        # English ones are looked at with all other reading pages.
        for path in READ if code != BASE else ():
            page.goto(portal + path_in(path, code))
            look(path)
        page.goto(portal + path_in("/report/", code))
        look("start")
        press(page, "main form button")
        while step_on(page) != "story":
            press(page, "#filing .actions button")
        page.locator("textarea").first.fill(MARKER)
        press(page, "#filing .actions button")
        look("step")
        press(page, "button[value=check]")
        look("check")
        press(page, "main .button--report")
        expect(page.locator(".code")).to_be_visible()
        look("sent")
    assert found == {}


def test_the_switch_keeps_what_is_typed_and_enter_still_goes_on(portal, vault, make_context):
    page = make_context("phone", scripts=False).new_page()
    page.goto(portal + "/report/")
    press(page, "main form button")
    while step_on(page) != "officer":
        if step_on(page) == "story":
            page.locator("textarea").first.fill(MARKER)
        press(page, "#filing .actions button")
    name = page.locator("input[name=officer_name]")
    name.fill("Grey")
    press(page, "#languages button[lang=ar]")

    assert page.url == portal + "/ar/report/questions/"
    assert step_on(page) == "officer"
    expect(page.locator("input[name=officer_name]")).to_have_value("Grey")
    with page.expect_navigation():
        page.locator("input[name=officer_name]").press("Enter")
    assert step_on(page) != "officer"
    assert page.locator("html").get_attribute("lang") == "ar"


def test_a_number_keeps_the_order_of_its_groups_between_arabic_words(portal, make_context):
    page = make_context("phone").new_page()
    page.goto(portal + "/ar/report/")
    link = page.locator("main a[href='tel:+18772370004']").first
    assert link.evaluate(
        "link => [getComputedStyle(link).direction, getComputedStyle(link).unicodeBidi]"
    ) == [
        "ltr",
        "isolate",
    ]
