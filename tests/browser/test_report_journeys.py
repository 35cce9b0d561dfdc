"""The ways of a reporter and of staff through reports, from end to end, with scripts off."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from reporting.models import Report
from tests.browser.test_journeys import MARKER, sign_in, step_on, to_next, to_the_story

pytestmark = pytest.mark.browser

# One person more of each of these groups is told about, on the page that lists the group.
TWICE = {"officers": "Add another officer", "students": "Add another student", "times": "Add another time"}


def picture() -> dict[str, object]:
    """Return a small PNG as a file chooser takes it."""
    kept = io.BytesIO()
    Image.new("RGB", (24, 24), "teal").save(kept, "PNG")
    return {"name": "bruise.png", "mimeType": "image/png", "buffer": kept.getvalue()}


def size_of(path) -> tuple[int, int]:
    """Return width and height of the picture in a saved file."""
    with Image.open(path) as opened:
        return opened.size


def come_back(page: Page, portal: str, code: str) -> None:
    """Open the box or the draft of a code."""
    page.goto(portal + "/report/return/")
    page.get_by_label("Your code").fill(code)
    to_next(page, "Open")


def file_with_a_picture(page: Page, portal: str) -> str:
    """Send a story and a picture, nothing else; return the code."""
    to_the_story(page, portal)
    page.locator("textarea").fill(MARKER)
    page.get_by_role("button", name="Add photos or files").click()
    page.get_by_label("Choose a photo or file").set_input_files(picture())
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("main section h2")).to_contain_text("bruise")
    to_next(page, "Go on")
    while step_on(page):
        skip = "Skip to the end"
        to_next(page, skip if page.get_by_role("button", name=skip).count() else "Next")
    page.get_by_role("button", name="Send").first.click()
    return page.locator(".code").inner_text()


def test_a_full_report_in_two_sittings_and_what_its_code_opens(portal, vault, make_context):
    page = make_context("phone", scripts=False).new_page()
    to_the_story(page, portal)
    page.locator("textarea").fill(MARKER)
    page.get_by_role("button", name="Add photos or files").click()
    page.get_by_label("Choose a photo or file").set_input_files(picture())
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Save and finish later").click()
    code = page.locator(".code").inner_text()

    other = make_context("desk", scripts=False).new_page()
    come_back(other, portal, code)
    told = set()
    while slug := step_on(other):
        # The first line or choice of a page of each kind, so that nobody's entry is empty.
        field = other.locator("main form .field").first.locator("input[type=text], input[type=radio]").first
        if field.count():
            field.check() if field.get_attribute("type") == "radio" else field.fill("Grey")
        more = slug in TWICE and slug not in told
        told |= {slug} if more else set()
        to_next(other, TWICE[slug] if more else "Next")
    assert told == set(TWICE)
    expect(other.locator("main")).to_contain_text(MARKER)
    expect(other.locator("#part-files + ul li")).to_have_count(1)
    expect(other.locator("main")).to_contain_text("2 told")
    other.get_by_role("button", name="Send").first.click()
    assert other.locator(".code").inner_text() == code

    come_back(other, portal, code)
    expect(other.locator("main")).to_contain_text("1 file")
    expect(other.locator("main")).not_to_contain_text(MARKER)
    other.get_by_label("Add something, or answer us").fill("It happened again.")
    other.get_by_label("Share this report with a lawyer").check()
    other.get_by_label("Please erase my report").check()
    other.get_by_role("button", name="Add photos or files").click()
    other.get_by_label("Choose a photo or file").set_input_files(picture())
    other.get_by_role("button", name="Send", exact=True).click()
    expect(other.locator("main")).to_contain_text("Come back with your code")
    kinds = list(Report.objects.get().parts.values_list("kind", flat=True))
    assert kinds.count("file") == 2
    assert "addition" in kinds


def test_a_report_is_kept_while_it_is_typed_when_that_is_asked_for(portal, vault, make_context):
    page = make_context("phone").new_page()
    page.clock.install()
    to_the_story(page, portal)
    page.locator("textarea").fill(MARKER)
    to_next(page, "Save and finish later")
    code = page.locator(".code").inner_text()
    to_next(page, "Go on now")

    def kept(text):
        page.locator("textarea").fill(text)
        page.clock.fast_forward(21_000)
        other = make_context("desk", scripts=False).new_page()
        come_back(other, portal, code)
        return other.locator("textarea").input_value()

    assert kept(f"{MARKER} Twice.") == MARKER
    page.get_by_label("Keep what I type as I go").check()
    with page.expect_response("**/report/questions/"):
        page.clock.fast_forward(21_000)
    expect(page.get_by_text("Kept. Nothing is sent yet.")).to_be_visible()
    assert kept(f"{MARKER} Twice.") == f"{MARKER} Twice."

    page.context.set_offline(True)
    page.locator("textarea").fill(f"{MARKER} Three times.")
    page.clock.fast_forward(21_000)
    expect(page.get_by_text("Not kept just now.")).to_be_visible()
    page.context.set_offline(False)
    to_next(page)
    expect(page.get_by_label("Keep what I type as I go")).to_be_checked()
    to_next(page, "Back")
    expect(page.locator("textarea")).to_have_value(f"{MARKER} Three times.")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_staff_decide_close_and_send_a_file_that_the_reporter_saves(portal, vault, make_context):
    lead, _room = vault
    reporter = make_context("phone", scripts=False).new_page()
    code = file_with_a_picture(reporter, portal)

    page = make_context(scripts=False).new_page()
    sign_in(page, portal, lead)
    page.goto(portal + "/admin/reporting/report/")
    page.locator(".queuefilter select").first.select_option("new")
    page.get_by_role("button", name="Show").click()
    page.locator("a.queue__open").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the file").click()
    assert size_of(saved.value.path()) == (24, 24)

    page.get_by_label("Status").select_option("closed")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#content")).to_contain_text("Decide on the duty to report first")
    page.get_by_label("The duty does not apply").check()
    page.get_by_label("Reason, or what else to know").fill("Nobody was hurt.")
    page.get_by_role("button", name="Keep the decision").click()
    expect(page.locator(".decision--counts")).to_contain_text("Nobody was hurt.")
    page.get_by_label("Add a tag").fill("bus")
    page.get_by_label("Add a tag").press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Tag added.")

    page.get_by_role("button", name="Fill it in").click()
    answer = page.get_by_label("Answer to the reporter").input_value()
    assert answer
    page.get_by_role("button", name="Send the answer").click()
    page.locator("summary", has_text="File for the reporter").click()
    page.locator("#reply-file").set_input_files(picture())
    page.get_by_role("button", name="Send the file").click()
    page.get_by_label("Status").select_option("closed")
    page.get_by_role("button", name="Save", exact=True).click()
    assert Report.objects.get().status == Report.Status.CLOSED

    come_back(reporter, portal, code)
    expect(reporter.locator("main")).to_contain_text(answer.split("\n")[0].strip())
    with reporter.expect_download() as saved:
        reporter.get_by_role("button", name="Save this file").click()
    assert size_of(saved.value.path()) == (24, 24)


def test_rights_dates_paper_and_figures(portal, vault, make_context):
    page = make_context("phone", scripts=False).new_page()
    page.goto(portal + "/rights/")
    page.get_by_role("link", name="How much time do I have?").click()
    assert page.url.endswith("#deadlines")
    page.get_by_label("Do you know the day?").select_option(label="Yes")
    page.get_by_label("Which day? Or when did it begin?").fill("2026-03-09")
    page.get_by_role("button", name="Show my dates").click()
    expect(page.locator("main")).to_contain_text("does not stop or extend any of these deadlines")
    expect(page.locator("main")).to_contain_text("2027")
    assert "2026" not in page.url
    page.goto(portal + "/report/paper/")
    expect(page.locator("main")).to_contain_text("In which language should we answer?")
    page.goto(portal + "/figures/")
    expect(page.locator("main")).to_contain_text("No figures are published yet.")
