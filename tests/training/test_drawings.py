"""The drawings of the course: each has words, and each file is small, plain and in the portal's colours."""

from __future__ import annotations

import gzip
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string
from django.utils.html import escape

from training.drawings import DRAWINGS

STATIC = Path(__file__).parents[2] / "static"
FILES = sorted((STATIC / "drawings").glob("*"))
MOST_BYTES = 6 * 1024
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon"}
SKINS = {"#8d5a3b", "#c68a5e", "#f0c8a0", "#5b3a29"}
COLOURS = {
    *("#2a2018", "#0b5d5e", "#f2b33d", "#e6efe3", "#fffdf9", "#fbf6ee", "#b3341b", "#8a4b77", "none"),
    *SKINS,
}
PLACES = {"d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height"}
LINES = {"stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray", "pathLength", "transform"}
ROOT = {"viewBox": "0 0 320 240", "role": "img"}


def faults(text):
    """Return what is wrong with the text of one drawing, one line each; none when it may be shown."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        return [f"not well-formed: {error}"]
    found = []
    if root.tag != f"{SVG}svg" or root.attrib != ROOT:
        found.append(f"root: {root.tag} {root.attrib}")
    if "<!" in text or "<?" in text:
        found.append("a declaration, an instruction or a comment")
    if "".join(root.itertext()).strip():
        found.append("text")
    for element in list(root.iter())[1:]:
        name = element.tag.removeprefix(SVG)
        if name not in SHAPES:
            found.append(f"element {name}")
        for key, value in element.attrib.items():
            if key in {"fill", "stroke"} and value not in COLOURS:
                found.append(f"{name} {key} {value}")
            if key not in PLACES | LINES | {"fill", "stroke"}:
                found.append(f"{name} attribute {key}")
    return found


def test_every_drawing_has_a_file_and_every_file_has_words():
    assert [path.relative_to(STATIC).as_posix() for path in FILES] == sorted(
        drawing.path for drawing in DRAWINGS.values()
    )
    assert all(slug == drawing.slug for slug, drawing in DRAWINGS.items())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_drawing_is_plain_and_in_the_colours_of_the_portal(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_drawing_is_small(path):
    assert len(gzip.compress(path.read_bytes())) <= MOST_BYTES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_drawing_shows_a_skin_and_stands_in_the_frame_of_the_door(path):
    text = path.read_text(encoding="utf-8")
    assert any(skin in text for skin in SKINS)
    frame = ElementTree.fromstring(text)[-1]
    assert frame.get("d") == "M8 232V88C8 36 48 8 96 8h128c48 0 88 28 88 80v144z"
    assert frame.get("stroke") == "#2a2018"


GOOD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" role="img">{}</svg>'
BREACHES = {
    "a colour of its own": '<path d="M0 0" fill="#ff0000"/>',
    "a colour from elsewhere": '<path d="M0 0" fill="url(https://example.org/a.svg#b)"/>',
    "a script": "<script>go()</script>",
    "a handler": '<path d="M0 0" onclick="go()"/>',
    "a style": "<style>path { fill: red }</style>",
    "a style attribute": '<path d="M0 0" style="fill: red"/>',
    "a letter": "<g>911</g>",
    "words with a font": '<text font-family="Arial">911</text>',
    "a picture from elsewhere": '<image href="https://example.org/a.png"/>',
    "a comment": "<!-- made with -->",
    "an open end": "<g>",
}


def test_a_plain_drawing_has_no_fault():
    assert faults(GOOD.format('<path d="M0 0" fill="#2a2018"/>')) == []


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES)
def test_a_planted_breach_is_found(breach):
    assert faults(GOOD.format(breach))


@pytest.mark.parametrize("other", ['viewBox="0 0 320 200"', 'viewBox="0 0 320 240" width="320"'])
def test_another_size_is_found(other):
    assert faults(GOOD.format("").replace('viewBox="0 0 320 240"', other))


@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=lambda drawing: drawing.slug)
def test_a_drawing_is_told_in_words(drawing):
    alt, caption = str(drawing.alt), str(drawing.caption)
    assert alt.strip()
    assert caption.strip()
    assert alt != caption


@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=lambda drawing: drawing.slug)
def test_the_partial_shows_picture_words_and_step(drawing):
    html = render_to_string("training/_drawing.html", {"drawing": drawing})
    assert f'drawings/{drawing.slug}.svg" width="320" height="240"' in html
    assert f'alt="{escape(drawing.alt)}"' in html
    assert f"<figcaption>{escape(drawing.caption)}</figcaption>" in html
