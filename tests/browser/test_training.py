"""The pages of the quiz that only answers lead to: accessible too."""

from __future__ import annotations

import pytest

from tests.browser.test_journeys import answer, asked_on, to_last_question, to_next

pytestmark = pytest.mark.browser


def test_axe_finds_nothing_on_the_pages_of_the_quiz(portal, make_context, axe):
    page = make_context("phone", bypass_csp=True).new_page()
    found = {}
    page.goto(portal + "/training/naloxone/give-naloxone/4/")
    found["drawing"] = axe(page)
    page.goto(portal + "/training/naloxone/the-six-steps/11/?answer=b")
    found["check"] = axe(page)
    page.goto(portal + "/training/naloxone/quiz/")
    to_next(page, "Start the quiz")
    found["question"] = axe(page)
    to_next(page, "See what is right")
    found["error"] = axe(page)
    while not asked_on(page).asked.item.critical:
        answer(page)
        page.get_by_role("link", name="Next question").click()
    answer(page, rightly=False)
    found["feedback"] = axe(page)
    to_last_question(page, portal)
    answer(page)
    page.get_by_role("link", name="See how you did").click()
    found["passed"] = axe(page)
    page.get_by_role("link", name="Keep my place").click()
    found["place"] = axe(page)

    assert {name: faults for name, faults in found.items() if faults} == {}
