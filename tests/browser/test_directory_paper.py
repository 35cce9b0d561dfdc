"""The file of a county, opened from the disk of a phone without a network."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_a_saved_county_opens_without_a_network(portal, make_context, axe, tmp_path):
    context = make_context("phone", accept_downloads=True)
    page = context.new_page()
    page.goto(f"{portal}/resources/county/knox/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Save this county").click()
    assert waiting.value.suggested_filename == "help-in-knox-county.html"
    file = tmp_path / "help-in-knox-county.html"
    waiting.value.save_as(file)
    context.set_offline(True)
    alone = context.new_page()
    seen: list[str] = []
    alone.on("request", lambda request: seen.append(request.url))
    alone.on("console", lambda line: seen.append(line.text))

    alone.goto(file.as_uri())

    alone.get_by_role("heading", name="Help in Knox County", level=1).wait_for()
    assert alone.locator(".crisis a").first.get_attribute("href") == "tel:911"
    assert alone.evaluate("document.documentElement.scrollWidth") == 360
    assert seen == [file.as_uri()]
    # The file refuses every script, the rules of axe too: they get a copy without that line.
    ruled = tmp_path / "ruled.html"
    text = file.read_text()
    ruled.write_text(text.replace('http-equiv="Content-Security-Policy"', 'name="policy"'))
    alone.goto(ruled.as_uri())
    assert axe(alone) == {}
