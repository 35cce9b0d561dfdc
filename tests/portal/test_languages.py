"""The public pages in every language: there, marked, linked to one another, and with the same numbers."""

from __future__ import annotations

import gettext
import re
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.utils.translation import get_language_info, override

from portal.lib.languages import ALL, BASE, BY_CODE, KNOWN, bare_path, path_in
from portal.lib.translated import EnglishText, TranslatedField, Translations
from resources.models import Service
from tests.content import put_everything

LOCALE = Path(__file__).parent.parent.parent / "locale"
OTHERS = [language for language in ALL if language.code != BASE]
EACH = pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.code)
CATALOGUES = pytest.mark.parametrize(
    "language", [language for language in KNOWN if language.code != BASE], ids=lambda language: language.code
)
# One address of each shape.
PATHS = [
    "/", "/overdose/", "/about/", "/privacy/", "/accessibility/", "/safety/",
    "/harm-reduction/", "/principles/", "/principles/dignity/", "/resources/", "/resources/?county=davidson",
    "/resources/?q=needle", "/resources/?zip=99999", "/resources/988-lifeline/",
    "/resources/county/davidson/", "/resources/print/",
    "/training/", "/training/naloxone/", "/training/naloxone/danger/",
    "/training/naloxone/danger/check/", "/training/naloxone/danger/check/?answer=none",
    "/training/naloxone/quiz/", "/training/naloxone/refresher/", "/training/naloxone/place/",
    "/training/naloxone/place/?at=danger/", "/training/naloxone/certificate/", "/training/certificates/",
    "/report/", "/report/return/", "/report/paper/", "/rights/", "/figures/",
]  # fmt: skip
_SMALL = re.compile(r"\b[a-z]{2,}")
WORDLESS = {"path", "circle", "rect", "br", "img", "input", "meta", "link", "hr"}


class _Texts(HTMLParser):
    """Collects every text that is read, with the language it is marked as."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str | None]] = []
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        for name in ("aria-label", "alt", "placeholder"):
            if told.get(name):
                self.handle_data(told[name])
        if tag not in WORDLESS:
            self.open.append((tag, told.get("lang")))

    def handle_endtag(self, tag):
        while tag not in WORDLESS and self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        text = " ".join(data.split())
        # A title takes no markup, and may be a name out of the database.
        if re.search(r"[^\W\d_]{2}", text) and ("title", None) not in self.open[-1:]:
            language = next((lang for _tag, lang in reversed(self.open) if lang), "")
            self.found.append((language, text))


def texts_in(page: str, language: str) -> set[str]:
    """Return the texts of `page` that are marked as `language`."""
    parser = _Texts()
    parser.feed(page)
    return {text for marked, text in parser.found if marked == language}


def english_left(english: str, theirs: str, code: str) -> set[str]:
    """Return the sentences that the page `theirs` has in common with the English page, and does not mark."""
    both = texts_in(english, BASE) & texts_in(theirs, code)
    # Two words in small letters are no name, and an address holds no space.
    return {text for text in both if " " in text and len(_SMALL.findall(text)) > 1}


@pytest.fixture
def _content(db):
    put_everything()


@pytest.fixture
def paths(_content):
    """Return PATHS with the slugs that the content has."""
    from resources.models import Principle
    from training.models import Lesson
    from training.screens import screens

    first = Lesson.objects.first()
    lesson = first.get_absolute_url()
    check = f"{lesson}{len(screens(first.body['en'])) + 1}/"
    slugs = {
        "/principles/dignity/": Principle.objects.first().get_absolute_url(),
        "/training/naloxone/danger/": lesson,
        "/training/naloxone/danger/check/": check,
        "/training/naloxone/danger/check/?answer=none": check + "?answer=none",
        "/training/naloxone/place/?at=danger/": f"/training/naloxone/place/?at={first.slug}/",
    }
    return [slugs.get(path, path) for path in PATHS]


@EACH
def test_every_shape_of_page_answers_in_the_language_of_its_address(paths, client, language):
    direction = "rtl" if language.is_rtl else "ltr"
    for path in [*paths, "/no-such-page/"]:
        response = client.get(path_in(path, language.code), headers={"accept-language": "en"})
        page = response.content.decode()
        assert response.status_code == (404 if path == "/no-such-page/" else 200), path
        assert response.headers["Content-Language"] == language.code, path
        assert not response.cookies, path
        is_report = path.startswith("/report/") and path != "/report/paper/"
        assert ("no-store" in response.headers["Cache-Control"]) or not is_report, path
        assert f'<html lang="{language.code}" dir="{direction}">' in page, path
        assert page.count('class="draft wrap"') == 1, path
        for other in ALL:
            href = path_in(path, other.code)
            assert f'hreflang="{other.code}" href="http://127.0.0.1:8000{href}"' in page, path
            linked = f'<a href="{href}" hreflang="{other.code}" lang="{other.code}"' in page
            assert linked == (other != language), path


def test_english_stays_at_the_root_whatever_the_browser_asks_for(paths, client):
    for path in paths:
        response = client.get(path, headers={"accept-language": "es"})
        page = response.content.decode()
        assert response.status_code == 200, path
        assert '<html lang="en" dir="ltr">' in page, path
        assert 'class="draft' not in page, path
        assert '<span lang="en"' not in page, path
    assert client.get("/en/about/").status_code == 404


@EACH
def test_no_english_sentence_is_left_unmarked(paths, client, language):
    """What a page of another language has in common with the English one are names and codes alone."""
    left: set[str] = set()
    for path in paths:
        english = client.get(path).content.decode()
        theirs = client.get(path_in(path, language.code)).content.decode()
        left |= english_left(english, theirs, language.code)
    assert sorted(left) == []


@pytest.mark.usefixtures("_content")
def test_english_words_of_the_database_are_marked_and_translated_ones_are_not(client):
    service = Service.objects.listed().first()
    address = service.get_absolute_url()
    page = client.get("/ar" + address).content.decode()
    assert f'<h1><span lang="en" dir="ltr">{service.name}</span></h1>' in page
    assert f"<title>{service.name} – " in page

    service.name = Translations.of({**service.name, "ar": "خط المساعدة"})
    service.save()
    page = client.get("/ar" + address).content.decode()
    assert "<h1>خط المساعدة</h1>" in page
    assert f"<h1>{service.name}</h1>" in client.get(address).content.decode()


@pytest.mark.usefixtures("_content")
def test_english_words_stay_plain_outside_of_pages(client):
    with override("ar"):
        words = str(Translations.of({"en": "Water & <salt>"}))

    assert isinstance(words, EnglishText)
    assert words == "Water & <salt>"
    assert words.__html__() == '<span lang="en" dir="ltr">Water &amp; &lt;salt&gt;</span>'
    export = client.get("/ar/resources/export.csv").content.decode()
    assert export == client.get("/resources/export.csv").content.decode()


@pytest.mark.parametrize(
    ("path", "english"),
    [("/", "/"), ("/es/", "/"), ("/ckb/report/", "/report/"), ("/some/", "/some/"), ("/en/x/", "/en/x/")],
)
def test_the_address_in_another_language(path, english):
    assert bare_path(path) == english
    assert path_in(path, BASE) == english
    assert path_in(path, "my") == f"/my{english}"


@pytest.mark.parametrize("path", ["/es//elsewhere.example/", "//elsewhere.example/", '/ar/"><a href="x/'])
def test_no_address_makes_the_switch_lead_elsewhere(client, db, path):
    page = client.generic("GET", "/", PATH_INFO=path).content.decode()
    links = re.findall(r'<a href="([^"]*)" hreflang', page)

    assert len(links) >= len(OTHERS)
    assert not any(link.startswith("//") or not link.startswith("/") for link in links)
    assert 'href="x/' not in page


def test_django_knows_every_language(settings):
    for language in ALL:
        assert get_language_info(language.code)["bidi"] == language.is_rtl
    assert [code for code, _name in settings.LANGUAGES] == list(BY_CODE)


def test_faults_speak_the_language_of_the_address(client, monkeypatch, db):
    client.raise_request_exception = False

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("portal.views.render", broken)
    page = client.get("/ar/about/")
    assert page.status_code == 500
    assert '<html lang="ar" dir="rtl">' in page.content.decode()
    assert 'href="/ar/"' in page.content.decode()


def test_the_phone_keeps_the_overdose_page_of_every_language(client):
    script = client.get("/service-worker.js").content.decode()
    assert all(f'"{path_in("/overdose/", language.code)}"' in script for language in ALL)

    manifest = client.get("/ckb/manifest.webmanifest").json()
    assert (manifest["start_url"], manifest["dir"], manifest["lang"]) == ("/ckb/overdose/", "rtl", "ckb")


def test_a_translation_that_waits_for_a_speaker_is_not_there(client, db):
    waiting = [language.code for language in KNOWN if language not in ALL]

    assert client.get("/report/").status_code == client.get("/vi/report/").status_code == 200
    for code in waiting:
        assert client.get(f"/{code}/report/").status_code == 404
        assert f'lang="{code}"' not in client.get("/report/").content.decode()
    assert waiting == ["so"]


def test_robots_are_sent_away_from_reports_in_every_language(client):
    lines = client.get("/robots.txt").content.decode().splitlines()
    for language in ALL:
        assert f"Disallow: {path_in('/report/', language.code)}" in lines


def test_a_text_in_a_language_nobody_writes_in_is_shown_and_kept():
    field = TranslatedField().formfield()
    plain = field.widget.render("title", Translations.of({"en": "Water"}))
    assert re.findall(r'name="title_(\w+)"', plain) == ["en", "es"]

    page = field.widget.render("title", Translations.of({"en": "Water", "vi": "Nước"}))
    assert re.findall(r'name="title_(\w+)"', page) == ["en", "es", "vi"]
    sent = {"title_en": "Water", "title_es": "", "title_vi": "Nước"}
    assert field.clean(field.widget.value_from_datadict(sent, {}, "title")) == {"en": "Water", "vi": "Nước"}


# --- The catalogues ---

_NUMBER = re.compile(r"\d+")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|(?<!\{)\{\w*\}(?!\})")
_TAG = re.compile(r"</?\w[^>]*>")
# So that the groups of a number keep their order between words that run from right to left.
ISOLATES = str.maketrans("", "", "\u2066\u2067\u2068\u2069\u200e\u200f")
_GROUPED = re.compile(r"(?<![\u2066\u200e])(?<![\d-])\d+(?:-\d+)+(?![\d-])")


def catalogue(code: str) -> list[tuple[str, str, bool]]:
    """Return (English, translation, whether it is a form for some numbers only) of every sentence."""
    with (LOCALE / code / "LC_MESSAGES/django.mo").open("rb") as compiled:
        found = gettext.GNUTranslations(compiled)._catalog
    sentences = []
    for key, text in found.items():
        english = key[0] if isinstance(key, tuple) else key
        if english:
            sentences.append((english.rpartition("\4")[2], text, isinstance(key, tuple)))
    return sentences


@CATALOGUES
def test_every_sentence_is_translated(language):
    path = LOCALE / language.code / "LC_MESSAGES/django.po"
    told = subprocess.run(
        ["msgfmt", "--check-format", "--statistics", "-o", "/dev/null", path],
        capture_output=True, text=True, check=True, env={"LC_ALL": "C", "PATH": "/usr/bin"},
    ).stderr  # fmt: skip
    assert re.fullmatch(r"\d+ translated messages\.\s*", told)


@CATALOGUES
def test_translations_keep_numbers_placeholders_and_tags(language):
    """A dead number or a lost link would harm a child: every one of the English stands in the other."""
    wrong = []
    for english, text, is_plural in catalogue(language.code):
        plain = text.translate(ISOLATES)
        # msgfmt looks after the placeholders of plural forms: some languages say "one", others 1.
        for kind in [_TAG] if is_plural else [_PLACEHOLDER, _TAG, _NUMBER]:
            if Counter(kind.findall(english)) != Counter(kind.findall(plain)):
                wrong.append((english, text))
                break
    assert wrong == []


@CATALOGUES
def test_numbers_keep_the_order_of_their_groups(language):
    """Between Arabic letters "877-237-0004" would be shown as "0004-237-877" unless it is kept apart.

    So U+2066 stands before such a number and U+2069 behind it, or U+200E before it.
    """
    if not language.is_rtl:
        return
    unsafe = [
        text
        for _english, text, _is_plural in catalogue(language.code)
        # The number in a link to call it is kept apart by the stylesheet.
        if _GROUPED.search(re.sub(r'<a href="tel:[^>]*>[^<]*</a>|<[^>]*>', "", text))
    ]
    assert unsafe == []
