"""A place in the course, carried without an account."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

import pytest
from django.test import Client

from tests.pages import text_of

PLACE = "/training/naloxone/place/"


@pytest.mark.parametrize("at", ["the-six-steps/", "the-six-steps/3/"])
def test_a_place_is_a_plain_link_and_a_qr_code(client, course, settings, at):
    settings.SITE_URL = "https://portal.example"

    page = client.get(PLACE, {"at": at})

    assert page["Cache-Control"] == "no-store"
    assert f"https://portal.example/training/naloxone/{at}" in text_of(page)
    assert "<svg" in page.content.decode()
    assert not page.cookies


def test_every_page_of_the_course_leads_to_its_own_place(quiz, client):
    for page in (client.get("/training/naloxone/the-six-steps/2/"), quiz.start(), quiz.run()):
        link = html.unescape(re.search(r'href="([^"]*place/[^"]*)"', page.content.decode())[1])

        shown = client.get(link)

        assert unquote(link.partition("at=")[2]) == quiz.address(page).removeprefix("/training/naloxone/")
        assert quiz.address(page) in text_of(shown)


@pytest.mark.parametrize(
    "at", ["", "nothing/here/at/all/", "../../admin/", "//evil.example/", "quiz/", "x" * 5000, "certificate/"]
)
def test_what_is_not_a_place_is_not_offered(client, course, at):
    page = client.get(PLACE, {"at": at})
    kept = client.post(PLACE, {"at": at, "do": "keep"})

    assert "No place is kept on this device" in text_of(page)
    assert not kept.cookies


def test_a_device_remembers_only_when_asked_and_forgets_when_asked(client, course):
    assert "No place is kept" in text_of(client.get(PLACE))

    kept = client.post(PLACE, {"at": "the-six-steps/3/", "do": "keep"}, follow=True)
    cookie = client.cookies["place"]
    back = client.get(PLACE)
    client.post(PLACE, {"at": "the-six-steps/3/", "do": "forget"})

    assert "This device remembers your place" in text_of(kept)
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == (PLACE, "Strict", True)
    assert cookie.value == "the-six-steps/3/"
    assert back["Location"] == "/training/naloxone/the-six-steps/3/"
    assert "No place is kept" in text_of(client.get(PLACE))


def test_a_tampered_cookie_leads_nowhere(course):
    browser = Client()
    browser.cookies["place"] = "//evil.example/"

    assert "No place is kept" in text_of(browser.get(PLACE))


def test_another_site_cannot_make_a_device_remember(client, course):
    sent = {"at": "the-six-steps/", "do": "keep"}

    assert client.post(PLACE, sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(PLACE, sent, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302
