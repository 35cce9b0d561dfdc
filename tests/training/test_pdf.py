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
import zxingcpp
from fontTools.ttLib import TTFont
from PIL import Image

from portal.lib.translated import Translations
from portal.lib.typesetting import FONTS
from training import pdf
from training.models import Certificate, Course

LONG_WORD = "Maximiliana" * 11
HARD_NAMES = [
    # Accents and signs of Latin, composed and taken apart
    "Zoë Nguyễn-Łuczak Ŵyn",
    "José María Ñúñez d'Ávila",
    "O’Connor-Smith, Jr.",
    "Þórður Guðmundsson",
    "İlker Şükrü Çağdaş",
    "Nguyễn Thị Hồng Ánh",
    "Ọlábísí Ṣọlá Ẹ̀gbẹ́",
    "Škoda Žluťoučký Kůň",
    "Zoe\u0308 Nu\u0301n\u0303ez",
    "Ǹjọ́ọ̀ku Ŋmaa",
    "Jean‑Luc Œuvre ŒŒ",
    "Mary-Ann St. John III",
    # Other alphabets from left to right
    "Владимир Щукин",
    "Ґалаґан Їжакевич",
    "Ελένη Παπαδοπούλου",
    "გიორგი მაისურაძე",
    "Արամ Խաչատրյան",
    "አበበ በቀለ",
    "ᎠᏂᏴᏫᏯ",
    # From right to left, and both ways in one name
    "محمد عبد الله",
    "ئاسۆ کەریم",
    "ڕێبوار هەڵۆ ژیان",
    "فاطمة الزهراء بنت محمد",
    "مُحَمَّد",
    "شرین پژمان گیتی",
    "שרה כהן",
    "בן־דוד יְהוּדָה",
    "Ana محمد",
    "משה Smith בן-דוד",
    "محمد (Ali)",
    "علی‌رضا به‌نام",
    "ג'ורג' לוי-כהן",
    "د. علي -ساسون",
    "Sara שרה سارة 2.",
    "𞤀𞤣𞤤𞤢𞤥 𞤆𞤵𞤤𞤢𞤪",
    # Chinese, Japanese, Korean
    "王小明",
    "歐陽菲菲",
    "山田 太郎",
    "やまだ タロウ",
    "김민준",
    "王小明" * 40,
    # Letters that change shape and place
    "မောင်မောင်",
    "ဒေါ်အောင်ဆန်းစုကြည်",
    "စဝ်ခွန်သႂ်",
    "अनिता शर्मा",
    "क्षितिज त्रिपाठी",
    "সুমাইয়া ক্ষমা",
    "สมชาย ใจดี",
    "தமிழ்ச்செல்வன்",
    "ខ្មែរ ស្រីមុំ",
    "ສົມສັກ ແກ້ວ",
    "గోపాలకృష్ణ",
    "ಕೃಷ್ಣಮೂರ್ತಿ",
    "ശ്രീകൃഷ്ണൻ",
    "ગુજરાતી શ્રી",
    "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "ශ්‍රී ලංකා",
    # Long, and what programs could take for their own
    "Ma" + "ximiliana " * 11 + "Roe",
    LONG_WORD[:120],
    "محمد عبد الله " * 8 + "محمود",
    "မောင်" * 24,
    "Robert'); DROP TABLE students;--",
    '<b>Ana</b> & Co "x"',
    "{{ name }} {% load x %}",
    "\\(a) <<MCID 0>> BDC)",
    "../../etc/passwd\\n%00",
]
ADDRESS = "https://portal.example/training/certificates/ABCDEF-GHJKMN-PQRSTV/"


def render(name="Ana Pérez", language="en", site_name="Harm Reduction Collective"):
    """Return the PDF of a certificate for a name."""
    course = Course(
        minutes=15,
        certificate_title=Translations(en="Naloxone Training", es="Capacitación sobre naloxona"),
        certificate_topics=Translations(en="calling 911, giving naloxone", es="llamar al 911, dar naloxona"),
    )
    row = Certificate(
        code="ABCDEFGHJKMNPQRSTV", course_version=1, issued_on=dt.date(2026, 11, 2), language=language
    )
    context = {"certificate": row, "course": course, "name": name, "address": ADDRESS}
    return pdf.render_certificate({**context, "site_name": site_name})


@pytest.fixture(scope="module")
def paper():
    """Return the certificate of Ana Pérez, printed once."""
    return render()


def words_of(content, *options):
    """Return the text of a PDF as poppler reads it, without marks of direction."""
    run = subprocess.run(["pdftotext", *options, "-", "-"], input=content, capture_output=True, check=True)
    marks = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    return " ".join("".join(letter for letter in run.stdout.decode() if letter not in marks).split())


def picture_of(content, *options):
    """Return the page as a picture, as `options` of pdftoppm ask."""
    run = subprocess.run(["pdftoppm", "-png", *options], input=content, capture_output=True, check=True)
    return Image.open(io.BytesIO(run.stdout))


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Certificate of Completion: Naloxone Training"),
        ("es", "Certificado de finalización: Capacitación sobre naloxona"),
    ],
)
def test_it_is_one_tagged_letter_page_with_title_and_language(language, title):
    with pikepdf.open(io.BytesIO(render(language=language))) as file:
        page = file.pages[0]

        assert len(file.pages) == 1
        assert [float(side) for side in page.mediabox] == [0, 0, 792, 612]
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang) == language
        assert file.Root.ViewerPreferences.DisplayDocTitle
        assert "/StructTreeRoot" in file.Root
        metadata = file.open_metadata()
        assert metadata["dc:title"] == title
        assert metadata["pdfuaid:part"] == "1"


def test_every_font_is_inside_and_ours():
    with pikepdf.open(io.BytesIO(render("Ana 王小明 محمد"))) as file:
        fonts = [font.DescendantFonts[0] for font in file.pages[0].Resources.Font.values()]

        assert fonts
        for font in fonts:
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys())
            subset, _, name = str(font.BaseFont).partition("+")
            assert len(subset) == len("/ABCDEF")
            assert name.startswith("Door"), name


def test_pictures_speak(paper):
    with pikepdf.open(io.BytesIO(paper)) as file:
        alts = [
            str(item.Alt) for item in file.objects if isinstance(item, pikepdf.Dictionary) and "/Alt" in item
        ]

    assert len(alts) == 2
    assert f"QR code that opens {ADDRESS}" in alts


def test_it_says_what_it_is_and_what_it_is_not(paper):
    text = words_of(paper, "-layout")

    assert "Certificate of Completion Naloxone Training" in text
    assert "This shows that Ana Pérez finished the online naloxone training" in text
    assert "on November 2, 2026." in text
    assert "Topics: calling 911, giving naloxone." in text
    assert "ABCDEF-GHJKMN-PQRSTV" in text
    assert "not a license, not a CPR card, and not a State of Tennessee document" in text
    assert "Course version 1, about 15 minutes." in text


def test_it_says_the_same_in_spanish():
    text = words_of(render(language="es"), "-layout")

    assert "Certificado de finalización Capacitación sobre naloxona" in text
    assert "Este documento muestra que Ana Pérez terminó la capacitación" in text
    assert "el 2 de noviembre de 2026." in text
    assert "Temas: llamar al 911, dar naloxona." in text
    assert "ni un documento del Estado de Tennessee" in text


def test_a_title_without_spanish_stays_english_and_plain():
    course = Course(minutes=15, certificate_title=Translations(en="Naloxone & more"), certificate_topics="x")
    row = Certificate(
        code="ABCDEFGHJKMNPQRSTV", course_version=1, issued_on=dt.date(2026, 11, 2), language="es"
    )
    context = {"certificate": row, "course": course, "name": "Ana", "address": ADDRESS, "site_name": "Site"}

    with pikepdf.open(io.BytesIO(pdf.render_certificate(context))) as file:
        assert file.open_metadata()["dc:title"] == "Certificado de finalización: Naloxone & more"


def spoken_name(content):
    """Return what a screen reader says for the name."""
    with pikepdf.open(io.BytesIO(content)) as file:
        [section] = [
            item
            for item in file.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Sect"
        ]
        return str(section.ActualText)


@pytest.mark.parametrize("name", HARD_NAMES)
def test_a_hard_name_comes_back_as_typed(name):
    content = render(name)

    assert pdf.can_draw(name)
    for options in ([], ["-layout"]):
        assert f"This shows that {name} finished" in words_of(content, *options)
    assert spoken_name(content) == name
    with pikepdf.open(io.BytesIO(content)) as file:
        assert len(file.pages) == 1


@pytest.mark.parametrize("name", ["W" * 120, "王" * 120, "မောင်" * 24, "Ana " * 30])
def test_the_longest_name_stays_in_its_place(name):
    page = picture_of(
        render(name, language="es", site_name="Collective for Health " * 3), "-r", "40", "-gray"
    )
    short = picture_of(
        render("Ana", language="es", site_name="Collective for Health " * 3), "-r", "40", "-gray"
    )
    width, height = page.size

    # To the left, to the right and below of it nothing has moved.
    for box in ((0, 0, int(width * 0.1), height), (int(width * 0.9), 0, width, height)):
        assert page.crop(box).tobytes() == short.crop(box).tobytes()
    below = (0, int(height * 0.77), width, height)
    assert page.crop(below).tobytes() == short.crop(below).tobytes()


def test_a_second_reader_agrees():
    reader = pypdf.PdfReader(io.BytesIO(render("Zoë Nguyễn-Łuczak Ŵyn")))

    assert "Zoë Nguyễn-Łuczak Ŵyn" in reader.pages[0].extract_text()


@pytest.mark.parametrize("name", ["𒀀𒀁", "Ana 🎉", "\U0010fffd"])
def test_a_letter_without_a_font_is_noticed_and_never_logged(name):
    logged = io.StringIO()
    handler = logging.StreamHandler(logged)
    logging.getLogger().addHandler(handler)

    try:
        assert not pdf.can_draw(name)
        with pytest.raises(pdf.MissingLetters):
            render(name)
    finally:
        logging.getLogger().removeHandler(handler)

    assert logged.getvalue() == ""


def test_the_same_name_and_day_give_the_same_page(paper):
    assert picture_of(render(), "-r", "40").tobytes() == picture_of(paper, "-r", "40").tobytes()


def test_many_at_once_do_not_disturb_each_other():
    names = [f"Person {letter}" for letter in "ABCDEFGH"]

    with ThreadPoolExecutor(4) as pool:
        files = list(pool.map(render, names))

    for name, content in zip(names, files, strict=True):
        assert f"This shows that {name} finished" in words_of(content)


@pytest.mark.parametrize("options", [["-r", "150"], ["-r", "150", "-gray"], ["-r", "96", "-mono"]])
def test_the_qr_code_opens_the_check_page(paper, options):
    [code] = zxingcpp.read_barcodes(picture_of(paper, *options))

    assert code.format == zxingcpp.BarcodeFormat.QRCode
    assert code.text == ADDRESS


def test_the_list_of_letters_is_that_of_the_fonts():
    """To write it anew, write the points of the fonts as ranges in hexadecimal, one a line."""
    points = set()
    for path in FONTS.glob("*.ttf"):
        with TTFont(path, lazy=True) as font:
            points |= set(font.getBestCmap())

    assert pdf.drawable() == points


def test_every_category_of_hard_names_is_there():
    directions = {unicodedata.bidirectional(letter) for name in HARD_NAMES for letter in name}

    assert len(HARD_NAMES) >= 40
    assert {"L", "R", "AL", "NSM"} <= directions
    assert max(map(len, HARD_NAMES)) == 120
