"""What an answer means, without asking anybody; and which numbers can exist."""

from __future__ import annotations

import pytest

from resources.checker import numbers
from resources.checker.judging import Kind, Seen, is_home, judge, read, same_page

PAGE = "https://help.example/naloxone"
WORDS = " ".join(f"word{number}" for number in range(60))


def page(title="Naloxone near you", text=WORDS, **more) -> bytes:
    return (
        f"<html><head><title>{title}</title></head><body><nav>Home About</nav>{text}</body></html>".encode()
    )


def seen(
    final=PAGE, status=200, body=None, url=PAGE, content_type="text/html; charset=utf-8", **more
) -> Seen:
    return Seen(url, final, status, content_type, page() if body is None else body, **more)


MADE_UP = "https://help.example/no-such-page-1"


def made_up(status=200, body=b"", final=MADE_UP) -> Seen:
    return Seen(MADE_UP, final, status, "text/html", body)


@pytest.mark.parametrize(
    ("answer", "other", "kind"),
    [
        (seen(), None, Kind.FINE),
        (seen(), made_up(404), Kind.FINE),
        (seen(), made_up(200, page("Home", "Welcome " * 30)), Kind.FINE),
        (seen("https://www.help.example/naloxone/", for_good=True), None, Kind.FINE),
        (seen("https://help.example/new", for_good=True), made_up(404), Kind.MOVED),
        (seen("https://help.example/new"), made_up(404), Kind.FINE),
        (seen("https://help.example/", for_good=True), None, Kind.HOME),
        (seen("https://other.example/en/index.html"), None, Kind.HOME),
        (seen("https://new.example/", url="https://old.example/", for_good=True), None, Kind.MOVED),
        (seen("https://help.example/en/", url="https://help.example/"), None, Kind.FINE),
        (seen("https://help.example/search"), made_up(final="https://help.example/search"), Kind.SOFT_404),
        (seen(url="https://help.example/search", final="https://help.example/search"),
         made_up(final="https://help.example/search", body=page()), Kind.FINE),
        (seen(), made_up(body=page()), Kind.SOFT_404),
        (seen(body=page(text=f"{WORDS} /naloxone is away")),
         made_up(body=page(text=f"{WORDS} /no-such-page-1 is away")), Kind.SOFT_404),
        (seen(body=page(text=f"{WORDS * 9} monday tuesday wednesday thursday friday doors open at nine bring "
                             "your card ask for ann")),
         made_up(body=page(text=f"{WORDS * 9} nothing")), Kind.FINE),
        (seen(body=page("", "Loading")), made_up(body=page("", "Loading")), Kind.UNCLEAR),
        (seen(body=page("Page not found")), made_up(404), Kind.SAYS_GONE),
        (seen(body=page("404 | Help")), None, Kind.SAYS_GONE),
        (seen(body=page("What to do when naloxone is not found at home")), None, Kind.FINE),
        (seen(body=page("This domain is for sale")), None, Kind.FOR_SALE),
        (seen(status=404), None, Kind.GONE),
        (seen(status=410), None, Kind.GONE),
        (seen(status=404, body=page("Access denied")), None, Kind.GONE),
        (seen(status=500), None, Kind.SERVER_ERROR),
        (seen(status=503), None, Kind.SERVER_ERROR),
        (seen(status=503, body=page("Just a moment...")), None, Kind.WALL),
        (seen(status=503, challenged=True), None, Kind.WALL),
        (seen(body=page("", "Please verify you are human")), None, Kind.WALL),
        (seen(body=page("Pain", f"{WORDS * 6} a captcha is a picture")), None, Kind.FINE),
        (seen(status=401), None, Kind.WALL),
        (seen(status=403), None, Kind.WALL),
        (seen(status=429), None, Kind.WALL),
        (seen(status=400), None, Kind.UNCLEAR),
        (seen(status=405), None, Kind.UNCLEAR),
        (seen(content_type="application/pdf", body=b"%PDF"), None, Kind.FINE),
        (seen(content_type="application/x-msdownload"), None, Kind.WRONG_TYPE),
        (seen(url="https://help.example/sheet.pdf", final="https://help.example/sheet.pdf"), None,
         Kind.WRONG_TYPE),
        (seen(url="https://help.example/s.PDF", final="https://help.example/s.PDF",
              content_type="application/pdf"), None, Kind.FINE),
        (Seen(PAGE, PAGE, fault=Kind.TIMEOUT), None, Kind.TIMEOUT),
        (Seen(PAGE, PAGE, fault=Kind.AWAY), None, Kind.AWAY),
    ],
)  # fmt: skip
def test_what_an_answer_means(answer, other, kind):
    assert judge(answer, other).kind == kind


def test_what_works_fails_and_cannot_be_told_are_three_things():
    told = {kind: judge(Seen(PAGE, PAGE, fault=kind)) for kind in Kind if kind != Kind.FINE}

    assert not told[Kind.WALL].works and not told[Kind.WALL].fails  # noqa: PT018 (neither is the point)
    assert {kind for kind, verdict in told.items() if not verdict.fails} == {
        Kind.MOVED, Kind.WALL, Kind.UNCLEAR, Kind.AWAY,
    }  # fmt: skip


def test_the_answer_names_the_status_and_where_a_reader_ends():
    home = judge(seen("https://help.example/"))

    assert judge(seen()).answer == "200"
    assert (home.answer, home.leads_to) == ("200: leads to the home page", "https://help.example/")
    assert judge(Seen(PAGE, PAGE, fault=Kind.NO_HOST)).answer == "the name of the site does not exist"


@pytest.mark.parametrize("url", ["https://a.example", "https://a.example/", "https://a.example/es/",
                                 "https://a.example/Index.php", "https://a.example/en-us/home"])  # fmt: skip
def test_home_pages(url):
    assert is_home(url)


@pytest.mark.parametrize("url", ["https://a.example/naloxone", "https://a.example/?page=5",
                                 "https://a.example/home/tn", "https://a.example/abc"])  # fmt: skip
def test_pages_that_are_not_home(url):
    assert not is_home(url)


def test_small_differences_of_an_address_are_the_same_page():
    assert same_page("http://www.a.example/x", "https://A.example/x/#top")
    assert not same_page("https://a.example/x?id=1", "https://a.example/x?id=2")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>Página</title>Sí".encode("cp1252"), "text/html; charset=windows-1252"),
        ("<meta charset='iso-8859-1'><title>Página</title>Sí".encode("latin-1"), "text/html"),
        ("<title>Página</title>Sí".encode("utf-16"), "text/html"),
        ("<title>Página</title>Sí".encode("utf-8-sig"), "text/html; charset=bogus"),
        ("<title>Página</title>Sí".encode(), "text/html; charset=rot13"),
        ("<title>Página</title>Sí".encode(), "text/html; charset=idna"),
    ],
)
def test_pages_are_read_in_any_encoding(body, content_type):
    words = read(Seen(PAGE, PAGE, 200, content_type, body))

    assert words.title == "Página"
    assert words.text.endswith("Sí")


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00",
        b"<title",
        b"<title>" * 5000,
        b"<div>" * 50_000,
        b"<!--" * 60_000,
        b"<a " * 80_000,
        b"<script>" * 30_000,
    ],
)
def test_a_broken_page_is_read_without_a_fault(body):
    assert judge(seen(body=body)).kind == Kind.FINE


@pytest.mark.parametrize(
    ("dial", "printed", "fault"),
    [
        ("988", "988", None),
        ("741741", "Text HOME to 741741", None),
        ("8552747471", "855-274-7471", None),
        ("8552747471", "855-CRISIS-1", None),
        ("8002221222", "1-800-222-1222", None),
        ("6155550100", "(615) 555-0100 ext. 5", None),
        ("6155550100", "call us", None),
        ("6155550100", "615-555-0101", numbers.Fault.DIFFERENT),
        ("911", "988", numbers.Fault.DIFFERENT),
        ("5550100", "555-0100", numbers.Fault.IMPOSSIBLE),
        ("61555501000", "615-555-01000", numbers.Fault.IMPOSSIBLE),
        ("", "", numbers.Fault.IMPOSSIBLE),
        ("1155550100", "115-555-0100", numbers.Fault.NOT_GIVEN_OUT),
        ("5195550100", "519-555-0100", numbers.Fault.NOT_GIVEN_OUT),
        ("98", "98", numbers.Fault.IMPOSSIBLE),
    ],
)
def test_numbers_that_can_exist_and_agree_with_what_is_printed(dial, printed, fault):
    assert numbers.fault(dial, frozenset({printed})) == fault


def test_digits_are_those_that_the_country_dials():
    assert [numbers.digits(typed) for typed in ("+1 800 222 1222", "1-855-CRISIS-1", "911", "")] == [
        "8002221222", "8552747471", "911", "",
    ]  # fmt: skip
