"""Staff write down a report that somebody told or handed to them."""

from __future__ import annotations

import html
import re

import pytest

from reporting import keys, services
from reporting.models import CASE, IDENTITY, Report, ReportEvent, SealedPart
from reporting.schema import STEPS

ENTER = "/admin/reporting/report/enter/"
STORY = "He pulled her hair, she told us on the phone."


def token_on(response):
    return html.unescape(re.search(r'name="token" value="([^"]*)"', response.content.decode())[1])


def code_on(response):
    found = re.search(r'class="secret"[^>]*>([0-9A-Z-]{20})<', response.content.decode())
    return found[1] if found else ""


@pytest.fixture
def desk(sign_in, vault):
    """Return a function that sends the long page as the lead, and the page as it first comes."""
    client = sign_in(vault)
    first = client.get(ENTER, secure=True)

    def send(**typed):
        given = {"token": token_on(first), "source": "phone", "do": "keep", "story": STORY, **typed}
        return client.post(ENTER, given, secure=True)

    send.first = first
    return send


def contents(vault, room=CASE):
    opened = keys.open_room(staff_private_key=vault.key, user=vault, room=room)
    parts = SealedPart.objects.filter(room=room).select_related("report")
    return [services.unseal_part(part=part, room=opened) for part in parts]


def test_the_long_page_asks_every_question(desk):
    page = html.unescape(desk.first.content.decode())
    for step in STEPS:
        for question in step.questions:
            assert str(question.label) in page, question.slug
    assert "Talk to a lawyer first" in page
    assert "877-237-0004" in page


def test_an_entered_report_is_sealed_with_its_source_and_its_code_is_handed_over(desk, vault):
    response = desk(**{
        "source": "paper",
        "count-officers": "2",
        "officers-0-officer_name": "One",
        "officers-1-officer_name": "Two",
        "students-0-student_name": "Kit",
        "students-0-race": ["black"],
        "incidents_list-0-county": "shelby",
        "name": "Sam",
        "anonymity": "staff",
    })  # fmt: skip
    code = code_on(response)
    report = Report.objects.get()

    (case,), (identity,) = contents(vault), contents(vault, IDENTITY)
    assert case["source"] == "paper"
    assert [officer["officer_name"] for officer in case["answers"]["officers"]] == ["One", "Two"]
    assert identity["answers"] == {"name": "Sam", "students": [{"student_name": "Kit"}]}
    assert "paper" not in str(Report.objects.values())
    assert report.division == "west"
    event = ReportEvent.objects.get(report=report)
    assert (event.kind, event.actor, event.detail) == ("entered", vault, "")
    assert services.read_box(code=code.replace("-", "")).report == report
    assert "no-store" in response.headers["Cache-Control"]
    assert STORY not in response.content.decode()


def test_sent_twice_it_is_kept_once_and_shows_the_same_code(desk):
    first, again = desk(), desk()

    assert code_on(first) == code_on(again) != ""
    assert Report.objects.count() == 1
    assert ReportEvent.objects.filter(kind="entered").count() == 1


def test_adding_an_item_keeps_all_that_was_typed(desk):
    response = desk(**{"do": "add:officers", "officers-0-officer_name": "One", "badge": "x"})
    page = response.content.decode()

    assert STORY in html.unescape(page)
    assert 'value="One"' in page
    assert 'name="officers-1-officer_name"' in page
    assert 'name="count-officers" value="2"' in page
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"source": ""}, "Choose how the report came."),
        ({"story": ""}, "Write what happened"),
        ({"anonymity": "anonymous", "name": "Sam"}, "They want to stay unknown"),
        ({"incidents_list-0-date_from": "soon"}, "Please look at the marked answers."),
        ({"token": "junk"}, "open for more than a day"),
        ({"officers-0-officer_type": "wizard"}, "Please look at the marked answers."),
    ],
)
def test_what_cannot_be_kept_comes_back_with_a_sentence_and_its_words(desk, typed, words):
    response = desk(**{"looks": "", "evidence_text": "The bus driver.", **typed})
    page = html.unescape(response.content.decode())

    assert words in page
    assert "The bus driver." in page
    assert not Report.objects.exists()


def test_when_it_cannot_be_kept_now_the_words_stay(desk, monkeypatch):
    def busy(**kwargs):
        raise keys.Busy

    with monkeypatch.context() as patch:
        patch.setattr(services, "file_report", busy)
        response = desk()
    assert response.status_code == 503
    assert STORY in html.unescape(response.content.decode())
    assert code_on(desk())


def test_only_members_with_an_opened_room_enter_reports(sign_in, vault, make_member):
    assert sign_in(vault).get(ENTER, secure=True).status_code == 200
    for name, role in (("new", "reviewer"), ("ed", "editor")):
        member = sign_in(make_member(name, role))
        assert member.get(ENTER, secure=True).status_code == 403
        assert member.post(ENTER, {"story": STORY}, secure=True).status_code == 403
    assert not Report.objects.exists()
