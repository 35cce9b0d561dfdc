"""The course as it is shipped, and short ways to take its quiz."""

from __future__ import annotations

import datetime as dt
import re
import time

import pytest
from django.core import signing

from tests.content import put
from training import attempts, certificates, content
from training.models import Course


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

    def __init__(self, client, course):
        self.client = client
        self.course = course
        self.path = f"/training/{course.slug}/quiz/"

    def start(self, path="", **told):
        """Begin a quiz (or what `path` begins) and return the page of its first question."""
        return self.client.post(path or self.path, told, follow=True)

    def address(self, page):
        """Return the address of a page that was followed to, or asked for."""
        return page.request["PATH_INFO"]

    def attempt(self, page):
        """Return the Attempt that stands in the address of `page`."""
        token = self.address(page).rstrip("/").removesuffix("/next").rpartition("/")[2]
        return attempts.read_attempt(self.course, token)

    def keys(self, page, wrong=()):
        """Return right keys for the question of `page`, or one wrong where slug or topic is in `wrong`."""
        asked = self.attempt(page).open_step.asked
        is_wrong = asked.item.slug in wrong or (asked.item.critical or "-") in wrong
        keys = [option.key for option in asked.options if option.is_right != is_wrong and option.key != "u"]
        return keys[:1] if is_wrong else keys

    def send(self, page, keys):
        """Answer the question of `page` with these option keys and return the page that comes back."""
        return self.client.post(self.address(page), {"answer": keys}, follow=True)

    def go_on(self, page):
        """Press the one button of the page that explains an answer."""
        link = re.search(r'<a class="button" href="([^"]+)"', page.content.decode())[1]
        return self.client.get(link)

    def run(self, wrong=(), again_wrong=(), page=None):
        """Take the quiz to its end and return the last page.

        wrong: slugs or topics answered wrong. again_wrong: topics whose other question is answered wrong too.
        """
        page = page or self.start()
        while "/next/" in self.address(page):
            step = self.attempt(page).open_step
            missed = again_wrong if step.is_again else wrong
            page = self.go_on(self.send(page, self.keys(page, missed)))
        return page

    def hidden(self, page, name):
        """Return the value of the hidden field `name`."""
        for tag in re.findall(r"<input[^>]+>", page.content.decode()):
            if f'name="{name}"' in tag and 'type="hidden"' in tag:
                return re.search(r'value="([^"]*)"', tag)[1]
        raise AssertionError(f"no hidden field {name}")

    def answered(self, attempt, wrong=(), again_wrong=(), but=0):
        """Return `attempt` with all but the last `but` questions answered, without its pages."""
        while (step := attempt.open_step) and len(attempt.drawn) - step.number >= but:
            missed = again_wrong if step.is_again else wrong
            item = step.asked.item
            is_wrong = item.slug in missed or (item.critical or "-") in missed
            attempt = attempt.answered(frozenset("u") if is_wrong else item.right)
        return attempt

    def result(self, wrong=(), again_wrong=(), attempt=None, **told):
        """Return the last page of a quiz (a fresh one without `attempt`), without the 24 before it."""
        attempt = self.answered(attempt or attempts.new_attempt(self.course, **told), wrong, again_wrong)
        return self.client.get(f"/training/{self.course.slug}/result/{attempt.signed()}/")

    def last_question(self, page):
        """Return the page of the last question of the quiz that `page` began, the others being right."""
        attempt = self.answered(self.attempt(page), but=1)
        before, _slash, _token = self.address(page).removesuffix("/next/").rpartition("/")
        return self.client.get(f"{before}/{attempt.signed()}/next/")

    def passed(self):
        """Return the signed proof of a quiz that was passed."""
        return self.hidden(self.result(), "passed")


@pytest.fixture
def quiz(client, course):
    """Return a Quiz on the shipped course."""
    return Quiz(client, course)


@pytest.fixture
def time_machine_signing(monkeypatch):
    """Return a function that lets signed texts believe that so many days have passed."""
    now = time.time()

    def travel(days):
        monkeypatch.setattr(signing.time, "time", lambda: now + days * 86_400)

    return travel
