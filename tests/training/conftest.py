"""The course as it is shipped, and short ways to take its quiz."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from tests.content import put
from training import certificates, content
from training.models import Course, Question


@pytest.fixture
def course(db):
    """Return the naloxone course, loaded from its files."""
    put(content.load)
    return Course.objects.get(slug="naloxone")


@pytest.fixture
def make_certificate(course):
    """Return a function that issues a certificate; a test names what matters to it."""

    def make(name="Ana Pérez", issued_on=dt.date(2026, 11, 1), nonce="one"):
        return certificates.issue_certificate(
            course=course, course_version=course.version, name=name, issued_on=issued_on, nonce=nonce
        )

    return make


class Quiz:
    """Takes the quiz through the pages, as a trainee without scripts does."""

    def __init__(self, client):
        self.client = client

    def page(self):
        """Return a page with twelve fresh questions."""
        return self.client.get("/training/naloxone/quiz/")

    def hidden(self, response, name):
        """Return the value of the hidden field `name`."""
        for tag in re.findall(r"<input[^>]+>", response.content.decode()):
            if f'name="{name}"' in tag and 'type="hidden"' in tag:
                return re.search(r'value="([^"]*)"', tag)[1]
        raise AssertionError(f"no hidden field {name}")

    def slugs(self, response):
        """Return the slugs of the questions that a page asks, in their order."""
        asked = re.findall(r'<input type="(?:radio|checkbox)" name="([^"]+)"', response.content.decode())
        return list(dict.fromkeys(asked))

    def answers(self, response, wrong=()):
        """Return right answers to all a page asks, but wrong ones where slug or topic is in `wrong`."""
        answers = {}
        questions = Question.objects.filter(slug__in=self.slugs(response)).prefetch_related("choices")
        for question in questions:
            is_wrong = question.slug in wrong or question.critical in wrong
            choices = [choice.key for choice in question.choices.all() if choice.is_right != is_wrong]
            answers[question.slug] = choices[:1] if is_wrong else choices
        return answers

    def send(self, page=None, wrong=()):
        """Answer a page (a fresh one without `page`) and return the page that comes back."""
        page = page or self.page()
        sent = {"sheet": self.hidden(page, "sheet"), **self.answers(page, wrong)}
        return self.client.post("/training/naloxone/result/", sent)

    def passed(self):
        """Return the signed proof of a quiz that was passed."""
        return self.hidden(self.send(), "passed")


@pytest.fixture
def quiz(client, course):
    """Return a Quiz on the shipped course."""
    return Quiz(client)
