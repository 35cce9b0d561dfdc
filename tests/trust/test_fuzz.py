"""Whatever scripts and fingers send to a form, a page comes back: no fault, and nothing half kept."""

from __future__ import annotations

import random
from urllib.parse import quote_from_bytes

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting.formtoken import BoxToken, Filing
from reporting.models import Report
from reporting.panels import PANELS
from tests.content import put_everything
from tests.trust import people
from tests.trust.conftest import FULL
from tests.trust.undone import Undone
from tests.trust.walker import forms_of

pytestmark = [pytest.mark.trust, pytest.mark.django_db]
QUEUE = "/admin/reporting/report/"
PUBLIC = {
    "/report/questions/": "filing",
    "/report/files/": "filing",
    "/report/review/": "filing",
    "/report/sent/": "filing",
    "/report/return/": "box",
    "/training/naloxone/start/": "",
    "/training/naloxone/quiz/": "",
    "/training/naloxone/place/": "",
    "/training/naloxone/certificate/": "",
    "/training/certificates/": "",
    "/resources/": "",
    "/resources/988-lifeline/wrong/": "",
    "/resources/missing/": "",
}
NASTY = [
    b"",
    b" ",
    b"\0",
    b"a\0b",
    b"\xed\xa0\x80",
    b"\xff\xfe",
    "\u202eabc\u202c".encode(),
    "👩‍👩‍👧‍👦".encode(),
    b"x" * 1_000_000,
    b"<script>alert(1)</script>",
    b"'\"--; DROP TABLE x",
    b"../../etc/passwd",
    b"%00%0d%0a",
    b"\r\nSet-Cookie: a=b",
    b"-1",
    b"0",
    b"9" * 40,
    b"1e400",
    b"NaN",
    b"null",
    b"[]",
    b"{}",
    b"True",
    b"9999-99-99",
    b"0000-00-00",
    b"\x1b[31m",
    "٣".encode(),
    b"{{7*7}}",
    b"${7*7}",
    b"story",
    b"officers",
    b"change:officer:99",
    b"add:students",
    b"remove:x:-1",
    b"edit:story:0",
    b"back",
    b"later",
    b"check",
    b"1",
    b"__all__",
]
KEYS = [
    "token",
    "kept",
    "step",
    "item",
    "edit",
    "go",
    "story",
    "code",
    "box",
    "text",
    "incidents",
    "county",
    "name",
    "contact",
    "officers",
    "date_from",
    "withdraw",
    "file",
    "files",
    "do",
    "q",
    "zip",
    "need",
    "passed",
    "about",
    "words",
    "website",
    "shown",
    "sheet",
    "q01",
    "",
]
_value = st.one_of(
    st.sampled_from(NASTY),
    st.binary(max_size=200),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
_pairs = st.lists(st.tuples(st.one_of(st.sampled_from(KEYS), st.text(max_size=12)), _value), max_size=12)
_body = st.one_of(
    _pairs.map(lambda pairs: ("application/x-www-form-urlencoded", encoded(pairs))),
    st.integers(100, 2000).map(
        lambda many: ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * many))
    ),
    st.tuples(_pairs, st.sampled_from([b"--b", b"--wrong", b""])).map(lambda told: multipart(*told)),
    st.binary(max_size=300).map(lambda raw: ("multipart/form-data; boundary=b", raw)),
    st.binary(max_size=300).map(lambda raw: ("multipart/form-data", raw)),
    st.binary(max_size=300).map(lambda raw: ("application/json", raw)),
    st.binary(max_size=300).map(lambda raw: ("application/x-www-form-urlencoded; charset=nonsense", raw)),
)
_quiet = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
}


def encoded(pairs):
    """Return `pairs` as a browser's form, whatever bytes are in them."""
    return b"&".join(
        quote_from_bytes(name.encode("utf-8", "surrogatepass")).encode()
        + b"="
        + quote_from_bytes(value).encode()
        for name, value in pairs
    )


def multipart(pairs, edge):
    """Return `pairs` as an upload whose edge between parts is `edge`: right, wrong or missing."""
    pieces = [
        edge + b'\r\nContent-Disposition: form-data; name="' + name.encode("utf-8", "surrogatepass")
        + (b'"; filename="\0../x.png"' if number % 3 == 0 else b'"') + b"\r\n\r\n" + value[:5000] + b"\r\n"
        for number, (name, value) in enumerate(pairs)
    ]  # fmt: skip
    return "multipart/form-data; boundary=b", b"".join(pieces) + edge + b"--\r\n"


def with_token(kind, body, cast):
    """Return `body` with a token that is good, stale or foreign in front, for a form that wants one."""
    content_type, raw = body
    if "urlencoded" not in content_type or not kind:
        return body
    filing = Filing.new()
    tokens = {
        "filing": [f"token={filing.token()}&step=story&story=x&", f"token={filing.token()}&", "token=x&", ""],
        "box": [
            f"box={BoxToken.new(cast.a.pk, cast.code_a).token()}&text=x&",
            "box=x&",
            f"code={cast.code_a}&",
            "",
        ],
    }
    return content_type, random.choice(tokens[kind]).encode() + raw


def half_kept():
    """Return the reports that miss a part."""
    return [
        report.reference
        for report in Report.objects.all()
        if report.parts.count() != report.part_count or report.parts.count() < 2
    ]


@pytest.fixture
def cast(db):
    put_everything()
    return people.gather()


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_form_takes_anything(cast, path, figures):
    client, statuses = Client(raise_request_exception=False), {}

    @settings(max_examples=10_000 if FULL else 12, **_quiet)
    @given(_body)
    def try_it(body):
        content_type, raw = with_token(PUBLIC[path], body, cast)
        cache.clear()
        with Undone():
            response = client.generic("POST", path, raw, content_type=content_type, secure=True)
            assert half_kept() == []
        statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
        assert response.status_code < 500, raw[:2000]

    try_it()
    figures(f"{path}: {sum(statuses.values())} bodies, answers {dict(sorted(statuses.items()))}")


def test_the_forms_of_staff_take_anything(cast, figures):
    client, statuses = cast.clients["lead"], {}
    acts = sorted({name for panel in PANELS for name in panel.forms})
    path = f"{QUEUE}{cast.a.pk}/change/"
    fields = {act: fields_of(client, path, act) for act in acts}

    @settings(max_examples=2_000 if FULL else 25, **_quiet)
    @given(st.sampled_from(acts), st.lists(_value, min_size=8, max_size=8), _pairs)
    def try_it(act, values, more):
        named = [(name, values[number % 8]) for number, name in enumerate(fields[act])]
        raw = encoded([("do", act.encode()), *named, *more])
        kept = client.cookies.copy()
        with Undone():
            posted = client.generic(
                "POST", path, raw, content_type="application/x-www-form-urlencoded", secure=True
            )
            asked = client.generic("GET", QUEUE + "?" + encoded(more[:6])[:3000].decode(), secure=True)
        client.cookies = kept
        for response in (posted, asked):
            statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
            assert response.status_code < 500, raw[:2000]

    try_it()
    figures(
        f"{len(acts)} acts and the queue, {sum(statuses.values())} requests: {dict(sorted(statuses.items()))}"
    )


def fields_of(client, path, act):
    """Return the names of the fields of the form that `act` belongs to."""
    page = client.get(path, secure=True).content.decode()
    for form in forms_of(page):
        if (
            any(button.name == "do" and button.value == act for button in form.buttons)
            or ("do", act) in form.values
        ):
            return [*form.free, *form.choices, *form.files]
    return [f"{act}-text"]


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>x</script>",
    "javascript:alert(1)",
    "{{7*7}}",
    "{% csrf_token %}",
    "<a href=javascript:alert(1)>x</a>",
    "\x00<script>",
    "<!--<script>",
]


def test_a_script_in_a_report_is_only_text(cast, figures, count):
    lead, tried = cast.clients["lead"], 0
    for number in range(count(10, 200)):
        payload = PAYLOADS[number % len(PAYLOADS)] + str(number)
        report, _code = people.file_report(
            story=payload, school=payload, name=payload, when=payload, agency=payload
        )
        for page in (
            lead.get(f"{QUEUE}{report.pk}/change/", secure=True),
            lead.get(QUEUE, secure=True),
            lead.post(f"{QUEUE}{report.pk}/change/", {"do": "identity"}, secure=True),
        ):
            assert page.status_code == 200
            if "<" in payload:
                assert payload.replace("\x00", "") not in page.content.decode()
        assert lead.get(QUEUE, secure=True).status_code == 200
        tried += 1
    figures(f"{tried} payloads in five fields each, shown as text on three pages")


def test_a_half_kept_report_is_noticed(cast):
    assert half_kept() == []
    cast.a.parts.filter(kind="identity").delete()
    assert half_kept() == [cast.a.reference]
