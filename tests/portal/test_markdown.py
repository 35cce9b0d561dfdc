"""Staff's Markdown: what they may write comes out, what would harm a reader does not."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from portal.lib.markdown import links, render


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("**strong** and *soft*", "<strong>strong</strong> and <em>soft</em>"),
        ("## A heading", "<h2>A heading</h2>"),
        ("- one\n- two", "<li>one</li>"),
        ("3. three", '<ol start="3">'),
        ("[call](tel:988)", '<a href="tel:988" rel="noreferrer">call</a>'),
        ("[page](/overdose/)", 'href="/overdose/"'),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
    ],
)
def test_plain_markdown_works(written, html):
    assert html in render(written)


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![pixel](https://tracker.example/pixel.gif)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        '<a href="/" onclick="alert(1)">x</a>',
        "<iframe src=https://other.example></iframe>",
        "<style>body{display:none}</style>",
    ],
)
def test_html_images_and_scripts_do_not_come_out(written):
    html = render(written).lower()

    assert not any(tag in html for tag in ("<script", "<img", "<iframe", "<style"))
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert '<a href="/" onclick' not in html


@given(st.text(alphabet="<>[]()!*_`#&'\"=:/ ajscriptonimg\n", max_size=60))
def test_no_text_makes_an_image_or_a_script(written):
    html = render(written).lower()

    assert "<script" not in html
    assert "<img" not in html


def test_the_links_of_a_text_are_told_with_their_words():
    text = "[**Call** 911](tel:911), <https://a.example/> and [it][1].\n\n[1]: /overdose/\n\n`[no](/x)`"

    assert links(text) == [
        ("tel:911", "Call 911"),
        ("https://a.example/", "https://a.example/"),
        ("/overdose/", "it"),
    ]
    assert links("No link: [x] and 1 > 0.") == []


def test_templates_have_it_as_a_filter():
    page = Template("{% load portal_text %}{{ text|markdown }}")

    assert "<strong>b</strong>" in page.render(Context({"text": "**b**"}))
