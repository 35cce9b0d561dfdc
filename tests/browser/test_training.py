"""The pages of the quiz that only answers lead to: accessible too."""

from __future__ import annotations

import pytest

from training.models import Question

pytestmark = pytest.mark.browser


def send(page):
    """Send the answers and wait for the page that comes back."""
    with page.expect_navigation():
        page.get_by_role("button", name="See how you did").click()


def answer(page, wrong=""):
    """Answer every question on the page; the one on the topic `wrong` is answered wrong."""
    for group in page.locator("fieldset").all():
        boxes = group.locator("input")
        question = Question.objects.get(slug=boxes.first.get_attribute("name"))
        keys = [c.key for c in question.choices.all() if c.is_right != (question.critical == wrong)]
        for key in keys if question.kind == "multi" else keys[:1]:
            group.locator(f'input[value="{key}"]').check()
    send(page)


def test_axe_finds_nothing_on_the_pages_of_the_quiz(portal, make_context, axe):
    page = make_context("phone", bypass_csp=True).new_page()
    found = {}
    page.goto(portal + "/training/naloxone/give-naloxone/?answer=b")
    found["lesson"] = axe(page)
    page.goto(portal + "/training/naloxone/quiz/")
    found["quiz"] = axe(page)
    send(page)
    found["errors"] = axe(page)
    answer(page, wrong="K2")
    found["feedback"] = axe(page)
    answer(page)
    found["passed"] = axe(page)

    assert {name: faults for name, faults in found.items() if faults} == {}
