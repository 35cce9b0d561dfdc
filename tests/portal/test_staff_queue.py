"""The queue and one report, as members of different standing see them."""

from __future__ import annotations

import re

import pytest

from reporting import keys, queue, services
from reporting.formtoken import Filing
from reporting.models import CASE, Report, ReportEvent, SealedPart
from tests.portal.conftest import PASSPHRASE

QUEUE = "/admin/reporting/report/"
STORY = "He pushed me against the wall <script>alert(1)</script> & laughed."


@pytest.fixture
def file(vault):
    """Return a function that files so many reports, and returns the code of the last."""

    def send(count=1, **answers):
        for number in range(count):
            filing = Filing.new()
            services.file_report(filing=filing, answers={"story": f"{STORY} {number}", **answers})
        return filing.code

    return send


def _case(report):
    return f"{QUEUE}{report.pk}/change/"


def test_an_unlocked_member_reads_titles_and_the_story_made_harmless(sign_in, vault, file):
    file(name="Sample Person")
    client = sign_in(vault)
    report = Report.objects.get()

    listed = client.get(QUEUE, secure=True).content.decode()
    shown = client.get(_case(report), secure=True).content.decode()

    assert "He pushed me against the wall" in listed
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; laughed. 0" in shown
    assert "<script>alert" not in listed + shown
    assert "Sample Person" not in listed + shown
    read = ReportEvent.objects.filter(report=report, kind=ReportEvent.Kind.READ, actor=vault)
    assert read.count() == 1


def test_who_wrote_is_opened_on_request_by_leads_only(sign_in, vault, file, make_member):
    file(name="Sample Person")
    report = Report.objects.get()
    bo = make_member("bo")
    keys.grant_rooms(by=vault, by_key=vault.key, to=bo, rooms=[CASE])

    client = sign_in(bo)
    assert client.post(_case(report), {"do": "identity"}, secure=True).status_code == 403
    client.logout()
    page = sign_in(vault).post(_case(report), {"do": "identity"}, secure=True).content.decode()
    assert "Sample Person" in page


@pytest.mark.parametrize("role", ["reviewer", "lead"])
def test_a_member_without_access_sees_no_word_and_can_do_nothing(sign_in, file, make_member, role):
    file()
    report = Report.objects.get()
    client = sign_in(make_member("new", role))

    for path in (QUEUE, _case(report)):
        page = client.get(path, secure=True).content.decode()
        assert "pushed me" not in page
        assert "locked for you" in page
    for act in ("work", "note", "answer"):
        assert client.post(_case(report), {"do": act, "note-text": "x"}, secure=True).status_code == 403
    assert not ReportEvent.objects.filter(report=report).exists()


def test_work_is_kept_with_its_trace(sign_in, vault, file):
    file()
    report = Report.objects.get()
    client = sign_in(vault)

    sent = {
        "do": "work",
        "work-status": "working",
        "work-priority": "urgent",
        "work-assigned_to": vault.pk,
    }
    assert client.post(_case(report), sent, secure=True).status_code == 302

    report.refresh_from_db()
    assert (report.status, report.priority, report.assigned_to) == ("working", "urgent", vault)
    kinds = set(ReportEvent.objects.filter(report=report).values_list("kind", flat=True))
    assert {"status", "priority", "assigned"} <= kinds


@pytest.mark.parametrize("changed", [{"work-status": "gone"}, {"work-assigned_to": "9999"}])
def test_work_that_makes_no_sense_changes_nothing(sign_in, vault, file, changed):
    file()
    report = Report.objects.get()
    sent = {"do": "work", "work-status": "working", "work-priority": "normal", **changed}

    response = sign_in(vault).post(_case(report), sent, secure=True)

    assert response.status_code == 200
    report.refresh_from_db()
    assert report.status == "new"


def test_the_reporter_reads_the_answer_and_never_the_note(sign_in, vault, file, client):
    code = file()
    report = Report.objects.get()
    staff = sign_in(vault)
    staff.post(_case(report), {"do": "note", "note-text": "marker-note-only-team"}, secure=True)
    staff.post(_case(report), {"do": "answer", "answer-text": "We read it. Who was there?"}, secure=True)

    shown = staff.get(_case(report), secure=True).content.decode()
    box = services.read_box(code=code)

    assert "marker-note-only-team" in shown
    assert [answer.text for answer in box.answers] == ["We read it. Who was there?"]
    page = client.post("/report/return/", {"code": code}, secure=True).content.decode()
    assert "marker-note-only-team" not in page


def test_a_damaged_part_says_so_and_the_others_show(sign_in, vault, file):
    file(2)
    part = SealedPart.objects.filter(kind="report").first()
    SealedPart.objects.filter(pk=part.pk).update(body=bytes(part.body)[:-1] + b"\x00")
    client = sign_in(vault)

    listed = client.get(QUEUE, secure=True).content.decode()
    shown = client.get(_case(part.report), secure=True).content.decode()

    for page in (listed, shown):
        assert "This part cannot be opened (damaged). Tell the operator; a backup may have it." in page
    assert listed.count("He pushed me") == 1


def test_pages_of_the_queue_hold_every_report_once(sign_in, vault, file, monkeypatch):
    file(12)
    monkeypatch.setattr(queue.page_of, "__defaults__", (5,))
    client = sign_in(vault)
    seen, query = [], ""

    for _ in range(4):
        page = client.get(f"{QUEUE}?{query}", secure=True).content.decode()
        seen += re.findall(r">(R-[0-9A-Z]{8})</a>", page)
        following = re.search(r'href="\?([^"]+)" rel="next"', page)
        if not following:
            break
        query = following[1].replace("&amp;", "&")

    assert len(seen) == 12
    assert sorted(seen) == sorted(Report.objects.values_list("reference", flat=True))


def test_the_queue_costs_the_same_at_ten_and_at_sixty(sign_in, vault, file, django_assert_max_num_queries):
    client = sign_in(vault)
    # The sentences above the page are asked once a minute.
    client.get(QUEUE, secure=True)
    counts = []
    for more in (10, 50):
        file(more)
        with django_assert_max_num_queries(12) as asked:
            client.get(QUEUE, secure=True)
        counts.append(len(asked))
        # A count over the table would grow with it.
        assert not any('COUNT(*) AS "__count" FROM "reporting_report"' in one["sql"] for one in asked)

    assert counts[0] == counts[1]


@pytest.mark.parametrize("query", ["after=x", "after=2026-01-05.zz", "status=zz&kind=%00", "assigned=mine"])
def test_strange_addresses_of_the_queue_are_answered(sign_in, vault, file, query):
    file()
    assert sign_in(vault).get(f"{QUEUE}?{query}", secure=True).status_code == 200


def test_filters_narrow_the_queue(sign_in, vault, file):
    file(1, incidents=["force"])
    file(1, incidents=["search"])
    page = sign_in(vault).get(f"{QUEUE}?kind=force", secure=True).content.decode()

    assert len(re.findall(r">R-[0-9A-Z]{8}</a>", page)) == 1


@pytest.mark.parametrize("path", ["add/", "00000000-0000-0000-0000-000000000000/change/", "x/change/"])
def test_nothing_is_added_and_unknown_reports_are_not_found(sign_in, vault, path):
    assert sign_in(vault).get(f"{QUEUE}{path}", secure=True).status_code in {403, 404}


def test_nothing_is_deleted(sign_in, vault, file):
    file()
    report = Report.objects.get()
    path = f"{QUEUE}{report.pk}/delete/"

    assert sign_in(vault).post(path, {"post": "yes"}, secure=True).status_code == 403
    assert Report.objects.exists()


def test_the_passphrase_is_nowhere_in_a_session_row(sign_in, vault):
    from portal.models import StaffSession

    sign_in(vault)
    assert PASSPHRASE.encode() not in bytes(StaffSession.objects.get(owner=vault).data)
