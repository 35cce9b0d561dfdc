"""Every public form takes anything: a page with a sentence comes back, no fault; other sites are refused."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.content import put_everything

FORMS = {
    "/training/naloxone/start/": ["spot", "give", "stay"],
    "/training/naloxone/quiz/": ["class_code", "county"],
    "/training/naloxone/quiz/nothing/next/": ["answer"],
    "/training/naloxone/result/nothing/": ["spot", "give", "stay"],
    "/training/naloxone/place/": ["at", "do"],
    "/training/naloxone/certificate/": ["passed", "name", "issued_on", "language"],
    "/training/certificates/": ["code"],
    "/training/certificates/AAAAAA-BBBBBB-CCCCCC/": ["name", "do"],
    "/report/story/": ["token", "story"],
    "/report/kind/": ["token", "incidents"],
    "/report/review/": ["token"],
    "/report/sent/": ["token", "story"],
    "/report/return/": ["code", "token", "text"],
    "/resources/988-lifeline/wrong/": ["about", "words", "website", "shown"],
    "/resources/missing/": ["words", "website", "shown"],
    "/rights/dates/": ["kind", "first", "last", "age", "charged", "plan", "grievance"],
}
NASTY = {
    "empty": "",
    "spaces": "   \n\t ",
    "control characters": "a\x00b\x07c\x1b[31m",
    "emoji": "👀👩‍👩‍👧‍👦🏴‍☠️",
    "right to left": "\u202eabc\u202c שלום مرحبا",
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "a megabyte": "x" * 1_000_000,
    "a strange number": "٣" * 40,
}


@pytest.fixture
def _content(db):
    put_everything()


@pytest.mark.usefixtures("_content")
@pytest.mark.parametrize("kind", NASTY)
def test_every_form_takes_what_people_and_scripts_type(client, kind):
    for path, names in FORMS.items():
        response = client.post(path, dict.fromkeys(names, NASTY[kind]))

        assert response.status_code < 500, path
        page = response.content.decode()
        assert response.status_code in {301, 302} or "<h1" in page, path
        assert "<script>alert" not in page, path
        assert "Set-Cookie" not in response.headers, path


@pytest.mark.usefixtures("_content")
def test_every_form_refuses_another_site_and_takes_our_own(client):
    for path, names in FORMS.items():
        typed = dict.fromkeys(names, "x")

        refused = client.post(path, typed, headers={"sec-fetch-site": "cross-site"})
        foreign = client.post(path, typed, headers={"origin": "https://elsewhere.example"})
        taken = client.post(path, typed, headers={"sec-fetch-site": "same-origin"})

        assert (refused.status_code, foreign.status_code) == (403, 403), path
        assert taken.status_code not in {403, 500}, path


@pytest.mark.usefixtures("_content")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(sorted(FORMS)), typed=st.text(max_size=300), twice=st.booleans())
def test_no_text_makes_a_fault(client, path, typed, twice):
    typed = typed.encode("utf-8", "replace").decode()
    fields = {name: [typed, typed] if twice else typed for name in FORMS[path]}

    assert client.post(path, fields).status_code < 500
