"""Every public page in a real browser: accessible, nothing foreign, nothing wider than the screen."""

from __future__ import annotations

import pytest
from django.urls import resolve

from portal.sitemap import reading_paths

pytestmark = pytest.mark.browser

MORE = [
    "/resources/county/davidson/",
    "/resources/988-lifeline/",
    "/resources/988-lifeline/wrong/",
    "/resources/missing/",
    "/resources/print/",
    "/training/naloxone/quiz/",
    "/report/",
    "/report/return/",
    "/no-such-page/",
]


def every_path() -> list[str]:
    """Return the reading pages and the first pages of the forms."""
    return [*reading_paths(), *MORE]


def one_of_each_shape() -> list[str]:
    """Return the first path of each view, and one that leads nowhere."""
    found = {resolve(path).view_name: path for path in reversed(every_path()) if path != MORE[-1]}
    return [*found.values(), MORE[-1]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(portal, make_context, axe, scheme):
    page = make_context("phone", bypass_csp=True, color_scheme=scheme).new_page()
    found = {}
    # Only the colours are others in the dark, and pages of one shape have the same.
    for path in one_of_each_shape() if scheme == "dark" else every_path():
        page.goto(portal + path)
        if faults := axe(page, ["color-contrast"] if scheme == "dark" else None):
            found[path] = faults
    assert found == {}


def test_axe_finds_a_planted_fault(portal, make_context, axe):
    page = make_context("phone", bypass_csp=True).new_page()
    page.goto(portal + "/overdose/")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=/static/icons/door.svg>')"
    )
    assert list(axe(page)) == ["image-alt"]
    page.evaluate("document.querySelector('main p').style.color = '#ddd'")
    assert list(axe(page, ["color-contrast"])) == ["color-contrast"]


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_is_wider_than_the_screen(portal, make_context, width):
    page = make_context("phone").new_page()
    page.set_viewport_size({"width": width, "height": 740})
    wide = {}
    for path in every_path():
        page.goto(portal + path)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if overflow:
            wide[path] = overflow
    assert wide == {}


def test_no_foreign_request_no_storage_no_console_error(portal, make_context, watched):
    context = make_context("desk")
    page = context.new_page()
    seen = watched(page, portal)
    for path in every_path():
        if path != "/no-such-page/":
            page.goto(portal + path)
    assert seen == []
    assert context.cookies() == []
    # The place in the course, which "Leave this page" clears.
    assert page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]") == ["course-place"]


def test_only_the_course_remembers_anything_on_the_device(portal, make_context):
    page = make_context("desk").new_page()
    for path in ("/", "/overdose/", "/resources/", "/report/", "/training/", "/training/naloxone/"):
        page.goto(portal + path)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_keyboard_reaches_leave_then_skip(portal, make_context):
    page = make_context("phone", scripts=True).new_page()
    page.goto(portal + "/privacy/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Leave this page"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the text"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_overdose_steps_need_no_scrolling_on_a_desk(portal, make_context):
    page = make_context("desk", scripts=False).new_page()
    page.goto(portal + "/overdose/")
    box = page.locator(".rescue > ol > li").last.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 900


def test_overdose_opens_again_without_a_signal(portal, chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(portal + "/overdose/")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    context.set_offline(True)
    page.reload()
    assert page.locator(".rescue > ol > li").count() == 6
    context.close()
