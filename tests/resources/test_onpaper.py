"""Sheets of one page, and the file of a county: what they hold, what they leave out and say so."""

from __future__ import annotations

import datetime as dt
import io
import re
import subprocess

import pikepdf
import pypdf
import pytest
import zxingcpp
from django.utils.translation import gettext, override
from PIL import Image

from portal.lib import places, printing
from resources import onpaper
from resources.models import Location, Phone, Schedule

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 18, 0, tzinfo=dt.UTC)


@pytest.fixture
def crisis(make_service):
    """Make two lines of the crisis panel."""
    for order, (slug, number) in enumerate([("first-line", "555-0101"), ("second-line", "555-0102")], 1):
        row = make_service(slug, crisis_order=order)
        Phone.objects.create(
            service=row, number=number, dial=number.replace("-", ""), mark="seen", is_published=True
        )


@pytest.fixture
def sixty(make_service, crisis):
    """Make sixty services, of which the first ten are in Knox County."""
    for number in range(60):
        near = {"reach": "counties", "counties": ["knox"]} if number < 10 else {}
        row = make_service(f"place-{number:02}", order=number, summary={"en": "Help for you. " * 4}, **near)
        Phone.objects.create(service=row, number="555-0100", dial="5550100", mark="seen", is_published=True)


@pytest.fixture
def plain_press(monkeypatch):
    """Let a sheet be its own HTML."""
    monkeypatch.setattr(printing, "printed", lambda text, *_more, **_patience: text.encode())


def words_of(content):
    """Return the words of a PDF in one line."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def check_form(content, title, lang="en"):
    """Fail unless a PDF is one tagged Letter page in black, with fonts of ours alone."""
    with pikepdf.open(io.BytesIO(content)) as file:
        assert len(file.pages) == 1
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang) == lang
        assert file.open_metadata()["dc:title"] == title
        assert file.open_metadata()["pdfuaid:part"] == "1"
        [page] = file.pages
        assert "/XObject" not in page.Resources or not any(
            form.get("/Subtype") == "/Image" for form in page.Resources.XObject.values()
        )
        assert [float(side) for side in page.mediabox] == [0, 0, 612, 792]
        for font in page.Resources.Font.values():
            [inner] = font.DescendantFonts
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner.FontDescriptor.keys())
            assert str(inner.BaseFont).partition("+")[2].startswith("Door")
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) in {"rg", "RG"}:
                assert len({float(part) for part in operands}) == 1, "a colour"
            assert str(operator) not in {"k", "K"}


def smallest_letters(content):
    """Return the size in points of the smallest letters of a PDF."""
    sizes = []

    def see(text, _matrix, text_matrix, _font, size):
        if text.strip():
            sizes.append(abs(size * text_matrix[3]))

    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        page.extract_text(visitor_text=see)
    return min(sizes)


def qr_of(content):
    """Return what the QR code on the page says, read from a picture of it."""
    run = subprocess.run(["pdftoppm", "-png", "-r", "120"], input=content, capture_output=True, check=True)
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(run.stdout)))]


# The sheets as PDF


def test_a_sheet_of_a_few_listings_holds_them_all(client, make_service, crisis):
    place = {"street": "1 Public Square", "city": "Knoxville", "postal_code": "37902", "county": "knox"}
    row = make_service("near-place", reach="counties", counties=["knox"], place=place)
    kept = {"organization": row.organization, "street": "9 Hidden Lane", "city": "Farragut", "county": "knox"}
    for level in ("city_only", "phone_only", "hidden"):
        row.locations.add(Location.objects.create(slug=level, visibility=level, **kept))
    Phone.objects.create(service=row, number="555-0100", dial="5550100", mark="seen", is_published=True)

    response = client.get("/resources/county/knox/sheet.pdf")

    assert response["Content-Type"] == "application/pdf"
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    check_form(response.content, "Help in Knox County")
    words = words_of(response.content)
    assert "1 Public Square, Knoxville 37902" in words
    assert "Hidden Lane" not in words
    assert "Farragut" in words
    assert "The place is kept private." in words
    assert words.index("555-0101") < words.index("555-0102") < words.index("555-0100")
    assert "211 is not 911" in words
    assert "Numbers change" in words
    assert "on the website." not in words
    assert qr_of(response.content) == ["http://127.0.0.1:8000/resources/county/knox/"]


@pytest.mark.parametrize("is_large", [False, True])
def test_a_sheet_leaves_out_from_the_end_and_says_how_many(client, sixty, is_large):
    content = client.get(f"/resources/county/knox/sheet{'-large' * is_large}.pdf").content

    check_form(content, "Help in Knox County")
    words = words_of(content)
    shown = re.findall(r"Place-\d\d", words)
    assert shown == [f"Place-{number:02}" for number in range(len(shown))]
    assert 2 <= len(shown) < 40
    assert f"{60 - len(shown)} more listings are on the website." in words
    assert (smallest_letters(content) >= 17.9) is is_large


def test_a_sheet_in_spanish(client, sixty):
    content = client.get("/es/resources/topic/topic/sheet.pdf").content

    check_form(content, f"A topic: {_spanish('Help in Tennessee')}", "es")
    assert qr_of(content) == ["http://127.0.0.1:8000/es/resources/?category=topic"]


def _spanish(text):
    with override("es"):
        return gettext(text)


# What stands on them


@pytest.mark.parametrize("path", ["county/knox", "topic/topic"])
@pytest.mark.parametrize("size", ["", "-large"])
def test_every_kind_of_sheet_is_found_and_an_unknown_one_is_not(client, crisis, plain_press, path, size):
    response = client.get(f"/resources/{path}/sheet{size}.pdf")

    assert response.status_code == 200
    assert ".pdf" in response["Content-Disposition"]
    assert client.get(f"/resources/{path}nowhere/sheet{size}.pdf").status_code == 404
    assert client.post(f"/resources/{path}/sheet{size}.pdf").status_code == 405


def test_a_sheet_is_in_spanish_or_in_english(client, crisis, plain_press):
    assert b'<html lang="es">' in client.get("/es/resources/county/knox/sheet.pdf").content
    assert b'<html lang="en">' in client.get("/ar/resources/county/knox/sheet.pdf").content


def test_a_busy_press_offers_the_page_to_print(client, crisis, monkeypatch):
    def busy(*_job, **_patience):
        raise printing.CannotPrint

    monkeypatch.setattr(printing, "printed", busy)

    county = client.get("/resources/county/knox/sheet.pdf")
    topic = client.get("/resources/topic/topic/sheet-large.pdf")

    assert county.status_code == topic.status_code == 503
    assert "/resources/print/?county=knox" in county.content.decode()
    assert "/resources/print/?topic=topic" in topic.content.decode()
    assert client.get("/resources/print/?topic=topic").status_code == 200
    assert client.get("/resources/print/?topic=nowhere").status_code == 404


def test_a_program_that_takes_every_sheet_is_slowed_and_readers_are_not(client, crisis, plain_press):
    path = "/resources/county/knox/sheet.pdf"
    first = [client.get(path, REMOTE_ADDR="198.51.100.1").status_code for _turn in range(41)]

    slowed = client.get(path, REMOTE_ADDR="198.51.100.1")
    assert first == [200] * 40 + [429]
    assert slowed["Retry-After"] == "60"
    assert "/resources/print/?county=knox" in slowed.content.decode()
    assert client.get(path, REMOTE_ADDR="198.51.100.2").status_code == 200


def test_who_waits_for_the_press_is_told_soon(monkeypatch):
    assert printing._turn.acquire(timeout=1)
    try:
        with pytest.raises(printing.CannotPrint):
            printing.printed("<p>paper</p>", onpaper._STYLE, patience=0.01)
    finally:
        printing._turn.release()


def test_paper_tells_hours_and_never_what_is_true_now(client, make_service, crisis, plain_press):
    row = make_service("near-place", reach="counties", counties=["knox"])
    Schedule.objects.create(
        service=row, weekdays=["MO", "TU", "WE"], opens_at=dt.time(9), closes_at=dt.time(17)
    )
    make_service("always", always_open=True)

    for path in ("county/knox/sheet.pdf", "county/knox/save/", "print/?county=knox"):
        page = client.get(f"/resources/{path}").content.decode()
        assert "Monday to Wednesday: 9 a.m. to 5 p.m. Eastern time" in page
        assert "Open day and night" in page
        assert "Open now" not in page
        assert "Closed now" not in page


def test_what_most_listings_share_is_said_once(client, sixty, make_service, plain_press):
    make_service("called", order=0, reach="counties", counties=["knox"], checked_how="called")

    page = client.get("/resources/county/knox/sheet.pdf").content.decode()

    assert page.count("Read in a stored copy on Nov. 22, 2026; not yet test-called.") == 1
    assert page.count("Checked by phone on Nov. 22, 2026.") >= 1


# The file of a county


def test_a_saved_county_needs_nothing_from_elsewhere(client, sixty, make_service):
    make_service("careful", caution={"en": "May be *old*. Read [the notice](/resources/)."})
    response = client.get("/resources/county/knox/save/")
    page = response.content.decode()

    assert response["Content-Disposition"] == 'attachment; filename="help-in-knox-county.html"'
    assert "public" in response["Cache-Control"]
    assert page.count("<article>") == 61
    assert page.index("555-0101") < page.index("555-0102") < page.index("<article>")
    assert "<strong>May be old. Read the notice.</strong>" in page
    assert "<script" not in page
    assert not re.findall(r"(?:src|srcset|action|poster)=", page)
    assert "url(" not in page
    assert "@import" not in page
    schemes = {link.split(":")[0] for link in re.findall(r'href="([^"]*)"', page)}
    assert schemes <= {"tel", "sms", "mailto", "http", "https"}
    assert 'href="http://127.0.0.1:8000/resources/county/knox/"' in page
    assert "Copied on" in page
    assert "delete it from your downloads" in page
    assert client.get("/resources/county/nowhere/save/").status_code == 404


@pytest.mark.parametrize("path", ["county/knox/save/", "print/?county=knox"])
def test_a_copy_holds_no_private_place(client, make_service, crisis, path):
    place = {"street": "1 Public Square", "city": "Knoxville", "county": "knox"}
    row = make_service("near-place", place=place)
    kept = {"organization": row.organization, "street": "9 Hidden Lane", "county": "knox"}
    for level in ("city_only", "phone_only", "hidden"):
        row.locations.add(Location.objects.create(slug=level, visibility=level, **kept))

    page = client.get(f"/resources/{path}").content.decode()

    assert "1 Public Square" in page
    assert "Hidden Lane" not in page


@pytest.mark.parametrize(("count", "words"), [(200, 60), (200, 600)])
def test_a_saved_county_stays_below_its_size_and_says_what_is_missing(
    client, make_service, crisis, count, words
):
    for number in range(count):
        make_service(f"place-{number:03}", order=number, summary={"en": "help " * words})

    content = client.get("/resources/county/knox/save/").content

    assert len(content) < onpaper.MOST_BYTES
    shown = content.count(b"<article>")
    assert shown > 80
    is_whole = shown == count
    assert is_whole is (words == 60)
    assert is_whole or f"{count - shown} more listings are on the website." in content.decode()


def test_every_county_can_be_saved(loaded):
    sizes = {
        county.slug: len(onpaper.saved(county, now=NOW).encode()) for county in list(places.counties())[::12]
    }

    assert all(10_000 < size < 100_000 for size in sizes.values()), sizes
