"""What the certificate says, to eyes, to screen readers, and to whoever checks it."""

from __future__ import annotations

import datetime as dt
import io
import logging
import subprocess
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pikepdf
import pypdf
import pytest

from training import pdf
from training.views import certificates as views

HARD_NAMES = [
    "Zoë Nguyễn-Łuczak Ŵyn",
    "José María Ñúñez d'Ávila",
    "O’Connor-Smith, Jr.",
    "Þórður Guðmundsson",
    "İlker Şükrü Çağdaş",
    "Владимир Щукин",
    "Ελένη Παπαδοπούλου",
    "محمد عبد الله",
    "ئاسۆ کەریم",
    "שרה כהן",
    "王小明",
    "김민준",
    "Robert'); DROP TABLE students;--",
    '<b>Ana</b> & Co "x"',
    "Ma" + "ximiliana " * 11 + "Roe",
]
# Scripts whose letters change shape and place: readers cannot always give the typed text back.
SHAPED_NAMES = ["မောင်မောင်", "अनिता शर्मा", "সুমাইয়া", "สมชาย ใจดี", "አበበ በቀለ", "გიორგი", "Արամ", "தமிழ்", "ខ្មែរ"]


@pytest.fixture
def render(make_certificate):
    """Return a function that renders the certificate for a name."""

    def make(name):
        row = make_certificate(name=name)
        answer = views.pdf_answer(row, name)
        return None if answer is None else answer.content

    return make


def words_of(content):
    """Return the text of a PDF as poppler reads it, in typed order, without marks of direction."""
    run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    text = run.stdout.decode()
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())


def test_it_is_one_tagged_letter_page_with_title_and_language(render):
    with pikepdf.open(io.BytesIO(render("Ana Pérez"))) as file:
        page = file.pages[0]

        assert len(file.pages) == 1
        assert [float(side) for side in page.mediabox] == [0, 0, 792, 612]
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang) == "en"
        assert file.Root.ViewerPreferences.DisplayDocTitle
        assert "/StructTreeRoot" in file.Root
        metadata = file.open_metadata()
        assert metadata["dc:title"] == "Certificate of Completion: Naloxone Training and Self-Assessment"
        assert metadata["pdfuaid:part"] == "1"


def test_every_font_is_inside_and_ours(render):
    with pikepdf.open(io.BytesIO(render("Ana 王小明 محمد"))) as file:
        fonts = [font.DescendantFonts[0] for font in file.pages[0].Resources.Font.values()]

        assert fonts
        for font in fonts:
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys())
            name = str(font.BaseFont).partition("+")[2]
            assert name.startswith("Door"), name


def test_pictures_speak(render):
    with pikepdf.open(io.BytesIO(render("Ana Pérez"))) as file:
        alts = [
            str(item.Alt) for item in file.objects if isinstance(item, pikepdf.Dictionary) and "/Alt" in item
        ]

    assert len(alts) == 2
    assert any("QR code that opens" in alt for alt in alts)


def test_it_says_what_it_is_and_what_it_is_not(render, make_certificate):
    text = words_of(render("Ana Pérez"))

    assert "Certificate of Completion" in text
    assert "This shows that Ana Pérez finished the online naloxone training" in text
    assert "November 1, 2026" in text
    assert "spotting an overdose, calling 911, giving naloxone" in text
    assert make_certificate().shown_code in text
    assert "not a license, not a CPR card, and not a State of Tennessee document" in text
    assert "Course version 1, about 15 minutes." in text


@pytest.mark.parametrize("name", HARD_NAMES)
def test_a_hard_name_comes_back_as_typed(render, name):
    content = render(name)

    assert content is not None
    assert " ".join(name.split()) in words_of(content)
    assert len(pikepdf.open(io.BytesIO(content)).pages) == 1


@pytest.mark.parametrize("name", SHAPED_NAMES)
def test_a_name_in_a_shaped_script_is_printed_without_boxes(render, name):
    assert pdf.can_draw(name)
    assert render(name) is not None


def test_a_second_reader_agrees(render):
    reader = pypdf.PdfReader(io.BytesIO(render("Zoë Nguyễn-Łuczak Ŵyn")))

    assert "Zoë Nguyễn-Łuczak Ŵyn" in reader.pages[0].extract_text()


@pytest.mark.parametrize("name", ["𒀀𒀁", "Ana 🎉", "\U0010fffd"])
def test_a_letter_without_a_font_is_noticed_and_never_logged(name):
    logged = io.StringIO()
    handler = logging.StreamHandler(logged)
    logging.getLogger().addHandler(handler)

    try:
        assert not pdf.can_draw(name)
        if name == "\U0010fffd":
            with pytest.raises(pdf.MissingLetters):
                pdf.render_certificate({"name": name})
    finally:
        logging.getLogger().removeHandler(handler)

    assert logged.getvalue() == ""


def test_the_same_name_and_day_give_the_same_words(render):
    assert words_of(render("Ana Pérez")) == words_of(render("Ana Pérez"))


def test_many_at_once_do_not_disturb_each_other():
    names = [f"Person {letter}" for letter in "ABCDEFGH"]

    with ThreadPoolExecutor(4) as pool:
        files = list(pool.map(lambda name: pdf.render_certificate({"name": name}), names))

    for name, content in zip(names, files, strict=True):
        assert name in words_of(content)


def test_the_qr_code_is_a_picture_of_the_check_address(make_certificate, settings):
    settings.SITE_URL = "https://portal.example"
    row = make_certificate(issued_on=dt.date(2026, 11, 2))

    address = views.check_address(row)

    assert address == f"https://portal.example/training/certificates/{row.shown_code}/"
    assert pdf.qr_picture(address) != pdf.qr_picture(address + "x")
    assert pdf.qr_picture(address).startswith("data:image/svg+xml;base64,")
