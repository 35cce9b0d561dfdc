"""The whole way of a visitor, a trainee, a reporter and staff, with scripts on and off, on phone and desk."""

from __future__ import annotations

import io
from urllib.parse import unquote, urlsplit

import pyotp
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from portal.staff import secondfactor
from reporting import services
from reporting.models import Report
from tests.browser.conftest import PASSPHRASE
from training import attempts
from training.models import Certificate, Course

pytestmark = pytest.mark.browser

BOTH = pytest.mark.parametrize(("width", "scripts"), [("phone", False), ("desk", True)])


def asked_on(page: Page) -> attempts.Step:
    """Return the question that stands on a page of the quiz: all of it is in the address."""
    token = unquote(urlsplit(page.url).path).rstrip("/").removesuffix("/next").rpartition("/")[2]
    step = attempts.read_attempt(Course.objects.get(), token).open_step
    assert step
    return step


def answer(page: Page, *, rightly: bool = True) -> None:
    """Answer the question on the page, rightly or with one wrong option, and read why."""
    options = [o for o in asked_on(page).asked.options if o.is_right == rightly and o.key != "u"]
    for option in options if rightly else options[:1]:
        page.locator(f"input[name=answer][value='{option.key}']").check()
    to_next(page, "See what is right")


def to_last_question(page: Page, portal: str) -> None:
    """Go on at the last question of a quiz whose others are answered rightly: all of it is in the address."""
    attempt = attempts.new_attempt(Course.objects.get())
    for asked in attempt.drawn[:-1]:
        attempt = attempt.answered(asked.item.right)
    page.goto(f"{portal}/training/naloxone/quiz/{attempt.signed()}/next/")


def take_quiz(page: Page) -> None:
    """Answer every question rightly, up to the result."""
    while page.get_by_role("button", name="See what is right").count():
        answer(page)
        with page.expect_navigation():
            page.locator("main p.actions a.button").first.click()


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
    page.get_by_role("button", name="Start lesson 1").click()
    # The first lesson screen by screen; tests/training/test_lessons.py follows the others link by link.
    while page.get_by_text("Lesson 1 of 7").count():
        with page.expect_navigation():
            page.locator("a[rel=next]").click()
    expect(page.get_by_text("Lesson 2 of 7")).to_be_visible()
    page.goto(portal + "/training/naloxone/store-carry-stay-safer/6/")
    while page.locator("a[rel=next]").count():
        with page.expect_navigation():
            page.locator("a[rel=next]").click()
    to_next(page, "Start the quiz")
    if scripts:  # without scripts every page of the quiz is walked through
        to_last_question(page, portal)
    take_quiz(page)

    page.get_by_label("Your name, as it should be printed").fill("Zoë Nguyễn-Łuczak")
    with page.expect_download() as download:
        page.get_by_role("button", name="Get the certificate").click()
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
    to_next(page, "Start the quiz")
    while not asked_on(page).asked.item.critical:
        answer(page)
        page.get_by_role("link", name="Next question").click()
    answer(page, rightly=False)

    expect(page.get_by_role("heading", level=1)).to_have_text("Not quite. Here is why.")
    expect(page.locator(".answer--wrong").first).to_be_visible()
    expect(page.get_by_role("link", name="See where to get it free")).to_be_visible()
    page.get_by_role("link", name="Try one more on this point").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more on this point")
    expect(page.locator("main")).not_to_contain_text("failed")


def test_no_answer_is_said_and_reload_and_back_lose_nothing(portal, make_context):
    page = make_context("phone", scripts=False).new_page()
    page.goto(portal + "/training/naloxone/quiz/")
    to_next(page, "Start the quiz")
    question = page.locator("legend").inner_text()
    to_next(page, "See what is right")
    assert page.title().startswith("Error: ")
    expect(page.locator(".errors li")).to_have_count(1)

    answer(page)
    page.go_back()
    page.reload()
    expect(page.locator("legend")).to_have_text(question)


@BOTH
def test_the_place_goes_along_to_another_device_by_its_qr_code(portal, make_context, width, scripts):
    page = make_context(width, scripts=scripts).new_page()
    page.goto(portal + "/training/naloxone/quiz/")
    to_next(page, "Start the quiz")
    answer(page)
    page.get_by_role("link", name="Next question").click()
    question = page.locator("legend").inner_text()
    page.get_by_role("link", name="Keep my place").click()
    picture = Image.open(io.BytesIO(page.locator("figure.qr svg").screenshot()))
    address = zxingcpp.read_barcode(picture).text

    other = make_context("desk", scripts=scripts).new_page()
    other.goto(portal + urlsplit(address).path)
    expect(other.locator("legend")).to_have_text(question)

    page.get_by_role("button", name="Remember it on this device").click()
    page.goto(portal + "/training/naloxone/")
    page.get_by_role("link", name="Go on where I stopped").click()
    expect(page.locator("legend")).to_have_text(question)


def test_with_scripts_the_device_remembers_by_itself_and_leaving_forgets(portal, make_context):
    context = make_context("phone", scripts=True)
    page = context.new_page()
    page.goto(portal + "/training/naloxone/the-six-steps/4/")
    page.goto(portal + "/training/naloxone/")
    page.get_by_role("link", name="Go on where I stopped").click()
    expect(page.locator("main")).to_contain_text("Screen 4 of")
    assert context.cookies() == []

    context.route("**/*", lambda route: route.fallback() if portal in route.request.url else route.abort())
    page.evaluate("fetch('/leave/', {redirect: 'manual'})")
    page.goto(portal + "/training/naloxone/")
    page.get_by_role("link", name="Go on where I stopped").click()
    expect(page.locator("main")).to_contain_text("No place is kept on this device")


MARKER = "He pushed my son against the lockers."


def to_the_story(page: Page, portal: str) -> None:
    """Open the form and go past the questions about safety to the story."""
    page.goto(portal + "/report/")
    to_next(page, "Begin")
    while step_on(page) != "story":
        to_next(page)


def step_on(page: Page) -> str:
    """Return the slug of the questions that are shown, empty on any other page."""
    step = page.locator("input[name=step]")
    return step.get_attribute("value") if step.count() else ""


def to_next(page: Page, name: str = "Next") -> None:
    """Press the button and wait for its page: one that has only begun to come looks empty."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def file_report(page: Page, portal: str) -> str:
    """Tell the story alone and skip the rest; return the code from the last page."""
    to_the_story(page, portal)
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".errors")).to_contain_text("Tell us what happened")
    page.locator("textarea").fill(MARKER)
    page.get_by_role("button", name="Next").click()
    assert MARKER not in page.url
    page.get_by_role("button", name="Skip to the end").click()
    expect(page.locator("main")).to_contain_text(MARKER)
    page.get_by_role("button", name="Send").first.click()
    return page.locator(".code").inner_text()


@BOTH
def test_a_report_its_code_and_an_answer(portal, vault, make_context, width, scripts):
    lead, room = vault
    context = make_context(width, scripts=scripts)
    page = context.new_page()
    code = file_report(page, portal)
    assert code.replace("-", "") not in page.url.replace("-", "")
    assert code not in page.title()

    services.answer_reporter(report=Report.objects.get(), by=lead, key=room, text="Thank you. We are here.")
    page.goto(portal + "/report/return/")
    page.get_by_label("Your code").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Open").click()
    expect(page.locator("main")).to_contain_text("Thank you. We are here.")
    expect(page.locator("main")).not_to_contain_text(MARKER)

    page.locator("textarea").fill("It happened again.")
    page.get_by_role("button", name="Send").click()
    assert Report.objects.get().parts.filter(kind="addition").count() == 1
    assert context.cookies() == []


def test_reload_shows_the_same_code_and_keeps_one_report(portal, vault, make_context):
    page = make_context("phone").new_page()
    code = file_report(page, portal)

    page.reload()
    assert page.locator(".code").inner_text() == code
    assert Report.objects.count() == 1


# One page of each shape, and those around them.
SHAPES = {"safety", "law", "story", "kind", "about-force", "officer", "officer-agency", "officers", "day"}
SHAPES |= {"where", "student-race", "safe-contact", "language"}


def test_every_shape_of_page_of_the_report_is_accessible(portal, vault, make_context, axe):
    page = make_context("phone", bypass_csp=True).new_page()
    found, looked_at = {}, set()
    page.goto(portal + "/report/")
    to_next(page, "Begin")
    while slug := step_on(page):
        if slug in SHAPES:
            looked_at.add(slug)
            found[slug] = axe(page)
        if slug == "story":
            page.locator("textarea").fill(MARKER)
        elif slug == "kind":
            page.get_by_label("Force: hit").check()
        elif slug == "when":
            page.get_by_label("Yes, I know the day").check()
        to_next(page)
    found["check"] = axe(page)
    to_next(page, "Save and finish later")
    found["saved"] = axe(page)
    to_next(page, "Go on now")
    with page.expect_navigation():
        page.get_by_role("button", name="Send").first.click()
    found["sent"] = axe(page)
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert looked_at == SHAPES


def test_a_draft_goes_on_in_another_browser_and_the_card_prints_alone(portal, vault, make_context):
    page = make_context("phone", scripts=False).new_page()
    to_the_story(page, portal)
    page.locator("textarea").fill(MARKER)
    page.get_by_role("button", name="Save and finish later").click()
    code = page.locator(".code").inner_text()
    page.emulate_media(media="print")
    expect(page.locator(".codecard")).to_be_visible()
    expect(page.locator("main h1")).to_be_hidden()

    other = make_context("desk", scripts=False).new_page()
    other.goto(portal + "/report/return/")
    other.get_by_label("Your code").fill(code)
    other.get_by_role("button", name="Open").click()
    expect(other.locator("textarea")).to_have_value(MARKER)
    other.get_by_role("button", name="Next").click()
    other.get_by_role("button", name="Skip to the end").click()
    other.get_by_role("button", name="Send").first.click()
    assert other.locator(".code").inner_text() == code
    assert Report.objects.count() == 1


def sign_in(page: Page, portal: str, lead) -> None:
    """Sign `lead` in with passphrase and the code of a second factor made here."""
    seed = secondfactor.new_seed()
    lead.set_password(PASSPHRASE)
    lead.save()
    secondfactor.enroll(lead, seed, 0)
    page.goto(portal + "/admin/")
    page.get_by_label("Account").fill(lead.username)
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_label("Code").fill(pyotp.TOTP(seed).now())
    page.get_by_role("button", name="Sign in").click()


@BOTH
def test_staff_read_a_report_and_the_answer_reaches_the_reporter(
    portal, vault, make_context, watched, axe, width, scripts
):
    lead, _room = vault
    reporter = make_context(width, scripts=scripts).new_page()
    code = file_report(reporter, portal)

    page = make_context(width, scripts=scripts, bypass_csp=scripts).new_page()
    seen = watched(page, portal)
    sign_in(page, portal, lead)
    page.goto(portal + "/admin/reporting/report/")
    expect(page.locator("table.queue")).to_contain_text(MARKER)
    if scripts:
        assert axe(page) == {}
    page.locator("table.queue a").first.click()
    expect(page.locator("#content")).to_contain_text(MARKER)
    assert MARKER not in page.title()
    if scripts:
        assert axe(page) == {}
    page.get_by_label("Answer to the reporter").fill("We read it. We will help.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.locator(".casepart--answer")).to_contain_text("We read it. We will help.")
    page.get_by_label("Note for the team").fill("Called the school. Never for the reporter.")
    page.get_by_role("button", name="Keep the note").click()
    assert seen == []

    reporter.goto(portal + "/report/return/")
    reporter.get_by_label("Your code").fill(code)
    reporter.get_by_role("button", name="Open").click()
    expect(reporter.locator("main")).to_contain_text("We read it. We will help.")
    expect(reporter.locator("main")).not_to_contain_text("Never for the reporter")
