"""A real Chromium, driven against the live portal on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from reporting import keys
from reporting.models import CASE
from tests.content import put_everything

PASSPHRASE = "river stone lantern maple"
WIDTHS = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 900}}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return Debian's Chromium, started once."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def portal(transactional_db, live_server) -> str:
    """Return the address of the live portal with its content loaded."""
    put_everything()
    return live_server.url


@pytest.fixture
def vault(portal):
    """Return the lead of an open vault, with their opened case room."""
    lead = get_user_model().objects.create_user("lead", role="lead")
    papers = keys.setup_vault(lead=lead, passphrase=PASSPHRASE)
    keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[1].text)
    private = keys.unlock_staff_key(user=lead, passphrase=PASSPHRASE)
    return lead, keys.open_room(staff_private_key=private, user=lead, room=CASE)


@pytest.fixture
def make_context(chromium) -> Iterator:
    """Return a function that opens a browser context: width name, scripts on or off, CSP kept or not."""
    opened: list[BrowserContext] = []

    def make(
        width: str = "desk", *, scripts: bool = True, bypass_csp: bool = False, **more
    ) -> BrowserContext:
        context = chromium.new_context(
            viewport=WIDTHS[width],
            java_script_enabled=scripts,
            bypass_csp=bypass_csp,
            service_workers="block",
            **more,
        )
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def watched() -> callable:
    """Return a function that makes a page note every foreign request and every console error."""

    def watch(page: Page, base: str) -> list[str]:
        seen: list[str] = []
        page.on(
            "request",
            lambda request: None if request.url.startswith((base, "data:")) else seen.append(request.url),
        )
        page.on("console", lambda line: seen.append(line.text) if line.type == "error" else None)
        return seen

    return watch


@pytest.fixture
def axe() -> callable:
    """Return a function that runs the accessibility rules: rule broken to the markup that breaks it.

    Its second argument names single rules to run instead of all.
    """
    every = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def run(page: Page, rules: list[str] | None = None) -> dict[str, list[str]]:
        only = {"type": "rule", "values": rules} if rules else every
        violations = Axe().run(page, options={"runOnly": only}).response["violations"]
        return {found["id"]: [node["html"][:160] for node in found["nodes"][:3]] for found in violations}

    return run
