"""The whole way of a visitor and of a trainee, with scripts on and off, on a phone and on a desk."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from training.models import Certificate, Question

pytestmark = pytest.mark.browser

BOTH = pytest.mark.parametrize(("width", "scripts"), [("phone", False), ("desk", True)])


def answer_right(page: Page) -> None:
    """Choose every right option of the questions on the page."""
    for question in Question.objects.prefetch_related("choices"):
        for choice in question.choices.all():
            box = page.locator(f"input[name='{question.slug}'][value='{choice.key}']")
            if choice.is_right and box.count():
                box.check()


@BOTH
def test_find_help_by_county_and_by_zip(portal, make_context, width, scripts):
    page = make_context(width, scripts=scripts).new_page()
    page.goto(portal)
    page.get_by_role("link", name="Choose your county").click()

    expect(page.get_by_text("call 911, give naloxone if you have it, and stay")).to_be_visible()
    page.get_by_label("County").select_option(label="Davidson")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Davidson")
    expect(page.get_by_role("link", name="Street Works")).to_be_visible()

    page.goto(portal + "/resources/")
    page.get_by_label("ZIP code").fill("37203")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("main")).to_contain_text("Davidson")


@BOTH
def test_from_the_first_lesson_to_a_checked_certificate(portal, make_context, width, scripts):
    context = make_context(width, scripts=scripts, accept_downloads=True)
    page = context.new_page()
    page.goto(portal + "/training/")
    page.get_by_role("link", name="Start the course").click()
    page.get_by_role("link", name="Start lesson 1").click()
    for number in range(1, 8):
        expect(page.get_by_text(f"Lesson {number} of 7")).to_be_visible()
        if number < 7:
            page.locator("a[rel=next]").click()
    page.goto(portal + "/training/naloxone/quiz/")
    answer_right(page)
    page.locator("main button").click()

    page.get_by_label("Your name, as it should be printed").fill("Zoë Nguyễn-Łuczak")
    with page.expect_download() as download:
        page.locator("main form button").last.click()
    reader = PdfReader(io.BytesIO(download.value.path().read_bytes()))
    text = " ".join(reader.pages[0].extract_text().split())
    assert len(reader.pages) == 1
    assert "Zoë Nguyễn-Łuczak" in text

    certificate = Certificate.objects.get()
    assert certificate.shown_code in text
    page.goto(portal + "/training/certificates/")
    page.locator("main input[type=text]").fill(certificate.shown_code.lower())
    page.locator("main form button").click()
    expect(page.locator("main")).to_contain_text(certificate.shown_code)
    assert context.cookies() == []


def test_a_wrong_answer_is_explained_and_free_kits_stay_open(portal, make_context):
    page = make_context("phone", scripts=False).new_page()
    page.goto(portal + "/training/naloxone/quiz/")
    for group in page.locator("main fieldset").all():
        group.locator("input").last.check()
    page.locator("main button").click()

    expect(page.locator("main")).not_to_contain_text("failed")
    expect(page.locator(".answer--wrong").first).to_be_visible()
    expect(page.get_by_role("link", name="naloxone").first).to_be_visible()


def test_an_unanswered_quiz_comes_back_with_a_list_of_what_is_missing(portal, make_context):
    page = make_context("phone", scripts=False).new_page()
    page.goto(portal + "/training/naloxone/quiz/")
    page.locator("main fieldset").first.locator("input").first.check()
    page.locator("main button").click()

    assert page.title().startswith("Error: ")
    expect(page.locator(".errors li")).to_have_count(11)
    expect(page.locator("main fieldset").first.locator("input").first).to_be_checked()
