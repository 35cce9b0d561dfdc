"""Working on many reports: filters, views, tags, bulk acts, duplicates, search, paper, answers."""

from __future__ import annotations

import html
import itertools
import re
import uuid
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import translation

from reporting import answertexts, bulk, conflicts, facets, keys, queue, savedviews, search, tags
from reporting.filters import Filters
from reporting.models import (
    CASE,
    BulkAct,
    Conflict,
    Facet,
    Report,
    ReportEvent,
    SavedView,
    SealedPart,
    Template,
)
from tests.portal.test_staff_queue import file  # noqa: F401 - a fixture

QUEUE = "/admin/reporting/report/"
EVIL = "<script>alert(1)</script>"


def text_of(response):
    return html.unescape(response.content.decode())


def references(response):
    return re.findall(r'class="queue__open"[^>]*>(R-[0-9A-Z]{8})</a>', response.content.decode())


def case(report):
    return f"{QUEUE}{report.pk}/change/"


@pytest.fixture
def staff(sign_in, vault):
    """Return a client that is signed in as the lead."""
    client = sign_in(vault)

    class Staff:
        def get(self, path, **more):
            return client.get(path, secure=True, **more)

        def post(self, path, **fields):
            return client.post(path, fields, secure=True)

    return Staff()


@pytest.fixture
def room(vault):
    return keys.open_room(staff_private_key=vault.key, user=vault, room=CASE)


@pytest.fixture
def blocked(make_member, vault, room, file):  # noqa: F811
    """Return a reviewer tied to the school of the one report there is."""
    file(1, school="Made-up School 3", county="knox")
    facets.index_new(room=room)
    member = make_member("tied")
    keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE])
    facet = Facet.objects.get(kind=Facet.Kind.SCHOOL)
    Conflict.objects.create(member=member, kind=facet.kind, token=facet.token)
    return member


# --- Filters and views ---


def test_the_first_view_is_everything_open(staff, file):  # noqa: F811
    file(4)
    spam, closed, copy, shown = Report.objects.order_by("pk")
    Report.objects.filter(pk=spam.pk).update(status="spam")
    Report.objects.filter(pk=closed.pk).update(status="closed")
    Report.objects.filter(pk=copy.pk).update(duplicate_of=shown)

    assert references(staff.get(QUEUE)) == [shown.reference]
    assert len(references(staff.get(f"{QUEUE}?status=all"))) == 4
    assert references(staff.get(f"{QUEUE}?status=spam")) == [spam.reference]


def test_urgent_first_holds_every_report_once(vault, file):  # noqa: F811
    file(9)
    ranks = ["normal", "urgent", "high"]
    for number, report in enumerate(Report.objects.all()):
        Report.objects.filter(pk=report.pk).update(priority=ranks[number % 3])
    filters, seen, cursor = Filters.parse({"order": "priority"}), [], None

    while found := queue.following(filters, vault, cursor, 2):
        seen += found
        cursor = queue.Cursor.of(found[-1])

    assert [report.priority for report in seen] == ["urgent"] * 3 + ["high"] * 3 + ["normal"] * 3
    assert len({report.pk for report in seen}) == 9
    for before, after in itertools.pairwise(seen):
        assert queue.neighbours(filters, vault, before)[1] == after
        assert queue.neighbours(filters, vault, after)[0] == before


def test_a_facet_is_a_token_in_the_address_and_words_on_the_page(staff, file, room):  # noqa: F811
    file(1, school="Made-up School 3")
    file(2, school="Made-up School 4")
    facets.index_new(room=room)

    offered = staff.get(f"{QUEUE}narrow/?status=open&kind=unknown")
    address = html.unescape(
        re.search(r'href="([^"]*school=[0-9a-f]{32})"[^>]*>[^<]*3', offered.content.decode())[1]
    )
    listed = staff.get(address)
    assert len(references(listed)) == 1
    assert "School: " in text_of(listed)
    assert "made-up" not in address.lower()

    typed = staff.post(f"{QUEUE}narrow/?status=open", kind="school", words="made-up school 4")
    assert typed.status_code == 302
    assert len(references(staff.get(typed["Location"]))) == 2
    assert "made" not in typed["Location"].lower()
    assert "Type a name first." in text_of(staff.post(f"{QUEUE}narrow/", kind="school", words=""))


@pytest.mark.parametrize(
    "query", ["school=x", "tag=%00", "assigned=" + "9" * 5000, "order=pk", "after=urgent.x."]
)
def test_strange_filters_change_nothing(staff, file, query):  # noqa: F811
    file(1)
    assert len(references(staff.get(f"{QUEUE}?{query}"))) == 1


def test_a_view_is_kept_renamed_opened_first_and_removed(staff, file, vault, make_member):  # noqa: F811
    file(1)
    assert "Give the view a name" in text_of(staff.post(f"{QUEUE}views/?status=closed", do="keep", name=""))
    staff.post(f"{QUEUE}views/?status=closed&kind=force", do="keep", name=f"Knox {EVIL}", shared="on")
    row = SavedView.objects.get()
    assert b"Knox" not in bytes(row.name)
    assert row.query == "status=closed&kind=force"

    page = staff.get(f"{QUEUE}views/")
    assert "Knox &lt;script&gt;" in page.content.decode()
    assert EVIL not in page.content.decode()
    staff.post(f"{QUEUE}views/", do="change", view=row.pk, name="Gym")
    assert "Gym" in text_of(staff.get(f"{QUEUE}?status=open"))
    staff.post(f"{QUEUE}views/", do="first", view=row.pk)
    assert staff.get(QUEUE)["Location"] == f"{QUEUE}?status=closed&kind=force"
    staff.post(f"{QUEUE}views/", do="everything")
    assert staff.get(QUEUE).status_code == 200
    staff.post(f"{QUEUE}views/", do="remove", view=row.pk)
    assert not SavedView.objects.exists()


def test_a_view_of_another_member_is_theirs(sign_in, client, vault, make_member, room):
    member = make_member("bo")
    keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE])
    own = savedviews.keep(owner=vault, name="mine", filters=Filters.parse({}), shared=False)
    shared = savedviews.keep(owner=vault, name="ours", filters=Filters.parse({}), shared=True)
    sign_in(member)

    page = text_of(client.get(f"{QUEUE}views/", secure=True))
    assert "ours" in page
    assert "mine" not in page
    for act, row, status in [("change", shared, 404), ("remove", shared, 403), ("remove", own, 403)]:
        sent = {"do": act, "view": row.pk, "name": "x"}
        assert client.post(f"{QUEUE}views/", sent, secure=True).status_code == status
    assert SavedView.objects.count() == 2
    theirs = savedviews.keep(owner=member, name="theirs", filters=Filters.parse({}), shared=True)
    assert savedviews.may_remove(theirs, vault)


# --- Tags, duplicates ---


def test_a_tag_is_sealed_found_and_removed(staff, file, room):  # noqa: F811
    file(2)
    report, other = Report.objects.order_by("pk")
    staff.post(case(report), **{"do": "tag", "tag-text": f"Bus {EVIL}"})
    staff.post(case(other), **{"do": "tag", "tag-text": f"  BUS   {EVIL}"})
    token = Facet.objects.filter(kind="tag").values_list("token", flat=True).distinct().get()

    listed = staff.get(f"{QUEUE}?tag={token}").content.decode()
    assert "Bus &lt;script&gt;" in listed
    assert "<script>alert" not in listed + staff.get(case(report)).content.decode()
    details = ReportEvent.objects.filter(kind="tagged").values_list("detail", flat=True)
    assert set(details) == {"added a tag"}

    staff.post(case(report), **{"do": "untag", "untag-token": token})
    assert Facet.objects.filter(kind="tag").get().report == other


def test_a_duplicate_leaves_the_open_view_and_comes_back(staff, file):  # noqa: F811
    file(3)
    report, first, third = Report.objects.order_by("pk")
    mark = {"do": "duplicate", "duplicate-reference": first.reference.lower()}
    assert staff.post(case(report), **mark).status_code == 302

    assert report.reference not in references(staff.get(QUEUE))
    assert f"/{report.pk}/change/" in staff.get(case(first)).content.decode()
    chained = {"do": "duplicate", "duplicate-reference": report.reference}
    assert "duplicate already" in text_of(staff.post(case(third), **chained))
    assert "duplicate already" in text_of(
        staff.post(case(first), **{**chained, "duplicate-reference": third.reference})
    )
    unknown = {"do": "duplicate", "duplicate-reference": "R-NOSUCH"}
    assert "no report with this reference" in text_of(staff.post(case(third), **unknown))
    assert set(ReportEvent.objects.filter(kind="duplicate").values_list("subject", flat=True)) == {
        report.reference,
        first.reference,
    }

    staff.post(case(report), do="single")
    assert report.reference in references(staff.get(QUEUE))


# --- Many reports ---


def test_the_ticked_ones_are_changed_and_taken_back(staff, file, vault):  # noqa: F811
    file(3)
    ticked = list(Report.objects.order_by("pk")[:2])
    sent = {"report": [report.pk for report in ticked], "which": "chosen", "query": "status=open"}
    response = staff.post(f"{QUEUE}bulk/", act="status:spam", **sent)
    assert response["Location"] == f"{QUEUE}?status=open"
    assert Report.objects.filter(status="spam", retention="short", erase_on__isnull=False).count() == 2
    assert ReportEvent.objects.filter(kind="status", detail="new to spam").count() == 2

    act = BulkAct.objects.get()
    assert "2 reports changed." in text_of(staff.get(f"{QUEUE}bulk/"))
    changed_since = ticked[1]
    Report.objects.filter(pk=changed_since.pk).update(status="working")
    staff.post(f"{QUEUE}bulk/{act.pk}/", do="take_back")
    staff.post(f"{QUEUE}bulk/{act.pk}/", do="take_back")
    ticked[0].refresh_from_db()
    changed_since.refresh_from_db()
    assert (ticked[0].status, ticked[0].retention, ticked[0].erase_on) == ("new", "standard", None)
    assert changed_since.status == "working"
    assert BulkAct.objects.filter(act="take_back").get().refused == 1


@pytest.mark.parametrize(
    ("act", "changed"),
    [
        ("priority:urgent", {"priority": "urgent"}),
        ("assign:me", {"assigned_to__username": "lead"}),
        ("tag", {"facets__kind": "tag"}),
    ],
)
def test_all_that_fit_are_changed_after_a_second_look(staff, file, act, changed):  # noqa: F811
    file(3)
    Report.objects.filter(pk=Report.objects.order_by("pk").first().pk).update(kind="sexual")
    asked = staff.post(f"{QUEUE}bulk/", act=act, tag="bus", which="all", query="kind=unknown")
    assert not Report.objects.filter(**changed).exists()
    page = asked.content.decode()
    again = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("act", "id")}
    for _twice in range(2):
        done = staff.post(f"{QUEUE}bulk/", which="all", query="kind=unknown", **again)
    assert "2 reports changed. Finished." in " ".join(text_of(staff.get(done["Location"])).split())
    assert Report.objects.filter(**changed).count() == 2

    staff.post(done["Location"], do="take_back")
    assert not Report.objects.filter(**changed).exists()


def test_an_act_that_is_cut_off_goes_on_and_does_nothing_twice(vault, file, monkeypatch):  # noqa: F811
    file(7)
    monkeypatch.setattr(bulk, "PIECE", 2)
    act = bulk.begin(pk=uuid.uuid4(), by=vault, act="status", value="spam", filters=Filters.parse({}))
    real, calls = bulk.events.record_many, []

    def fails_the_second_time(**given):
        calls.append(1)
        if len(calls) == 2:
            raise ConnectionError
        return real(**given)

    monkeypatch.setattr(bulk.events, "record_many", fails_the_second_time)
    with pytest.raises(ConnectionError):
        bulk.go_on(pk=act.pk, by=vault)
    assert Report.objects.filter(status="spam").count() == 2
    rounds = 0
    while not bulk.go_on(pk=act.pk, by=vault, seconds=0).is_done:
        rounds += 1

    assert rounds == 2
    assert Report.objects.filter(status="spam").count() == 7
    assert ReportEvent.objects.filter(batch=act.pk).count() == 7
    assert BulkAct.objects.get().changed == 7
    for report in Report.objects.all():
        assert bulk.events.broken_links(report.reference) == []


def test_reports_without_a_decision_are_not_closed_in_bulk(staff, file):  # noqa: F811
    file(2)
    decided = Report.objects.order_by("pk").first()
    SealedPart.objects.create(
        report=decided, number=9, kind="decision", room=CASE, epoch=1, sealed_key=b"", body=b""
    )
    pks = list(Report.objects.values_list("pk", flat=True))
    page = staff.post(f"{QUEUE}bulk/", act="status:closed", which="chosen", report=pks)
    assert Report.objects.filter(status="closed").get() == decided
    assert "1 left as they are: nobody has decided" in text_of(staff.get(page["Location"]))


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"act": ""}, "Choose what to do"),
        ({"act": "status:gone"}, "Choose what to do"),
        ({"act": "assign:9999"}, "cannot read reports"),
        ({"act": "tag"}, "Write the tag"),
        ({"act": "status:spam", "report": []}, "Tick at least one"),
        ({"do": "compare"}, "Tick exactly two"),
    ],
)
def test_a_bulk_act_that_makes_no_sense_changes_nothing(staff, file, sent, says):  # noqa: F811
    file(1)
    fields = {"which": "chosen", "report": [Report.objects.get().pk], **sent}
    page = staff.get(staff.post(f"{QUEUE}bulk/", **fields)["Location"])
    assert says in text_of(page)
    assert Report.objects.get().status == "new"
    assert not BulkAct.objects.filter(changed__gt=0).exists()


def test_an_act_of_another_member_is_not_found(sign_in, client, vault, make_member, file):  # noqa: F811
    file(1)
    act = bulk.begin(pk=uuid.uuid4(), by=vault, act="status", value="spam", filters=Filters.parse({}))
    member = make_member("bo")
    keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE])
    sign_in(member)
    assert client.post(f"{QUEUE}bulk/{act.pk}/", {"do": "on"}, secure=True).status_code == 404
    assert Report.objects.get().status == "new"


# --- Search, comparison, paper ---


def test_search_finds_all_words_in_every_script_and_leaves_no_trace_of_them(staff, file, vault):  # noqa: F811
    file(1, when="Después de la reunión")
    file(1, when="بعد المدرسة", where_words="зал")
    report = Report.objects.exclude(parts__isnull=True).order_by("pk").first()
    before = ReportEvent.objects.filter(kind="read").count()

    found = staff.post(f"{QUEUE}search/?status=open", words="REUNION despues")
    page = text_of(found)
    assert "Looked through 2 reports. Found 1." in " ".join(page.split())
    assert "reunión" in page
    assert "no-store" in found["Cache-Control"]
    title = re.search(r"<title>(.*?)</title>", found.content.decode(), re.S)[1]
    assert "eunion" not in title
    assert "Found 1." in text_of(staff.post(f"{QUEUE}search/", words="المدرسة"))
    evil = staff.post(f"{QUEUE}search/", words="<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in evil
    assert "&lt;script&gt;alert(1)" in evil
    assert "Type a word first." in text_of(staff.post(f"{QUEUE}search/", words=" "))
    log = ReportEvent.objects.filter(kind="searched").order_by("number").values_list("detail", flat=True)
    assert list(log[:2]) == ["2 reports, 1 shown", "2 reports, 1 shown"]
    assert ReportEvent.objects.filter(kind="read").count() == before + 4
    assert report.reference


def test_a_search_that_was_too_long_goes_on_below(vault, file, room):  # noqa: F811
    file(7)
    seen, after = [], ""
    for _ in range(9):
        found = search.search(
            filters=Filters.parse({}), words=["pushed"], user=vault, room=room, after=after, at_once=2
        )
        seen += [hit.report.pk for hit in found.hits]
        after = found.following
        if not after:
            break
    assert len(seen) == len(set(seen)) == 7


def test_two_reports_side_by_side_are_read(staff, file, vault):  # noqa: F811
    file(1, when=f"Monday {EVIL}")
    file(1, when="Tuesday")
    one, other = Report.objects.order_by("pk")
    sent = staff.post(f"{QUEUE}bulk/", do="compare", report=[one.pk, other.pk])
    page = staff.get(sent["Location"])

    assert "Tuesday" in text_of(page)
    assert "<script>alert" not in page.content.decode()
    assert {event.report_id for event in ReportEvent.objects.filter(kind="read")} == {one.pk, other.pk}
    assert staff.get(f"{QUEUE}compare/?one={one.pk}&other={one.pk}").status_code == 404
    assert staff.get(f"{QUEUE}compare/?one=x").status_code == 404


def test_the_next_report_of_the_view_is_one_step_away(staff, file):  # noqa: F811
    file(4)
    spam = Report.objects.order_by("pk").first()
    Report.objects.filter(pk=spam.pk).update(status="spam")
    order = list(Report.objects.exclude(pk=spam.pk).order_by("-week", "-pk"))
    page = staff.get(f"{case(order[1])}?status=open").content.decode()
    newer = re.search(r'data-key="newer"[^>]*href="([^"]*)"', page)[1]
    older = re.search(r'data-key="older"[^>]*href="([^"]*)"', page)[1]
    assert newer == f"{case(order[0])}?status=open"
    assert older == f"{case(order[2])}?status=open"
    done = staff.post(f"{case(order[1])}?status=open", **{"do": "note", "note-text": "x"})
    assert done["Location"].endswith("?status=open")


def test_the_case_file_says_why_it_was_printed_and_names_nobody(staff, file, vault):  # noqa: F811
    file(1, name="Sample Person", when=EVIL)
    report = Report.objects.get()
    assert staff.get(f"{QUEUE}{report.pk}/paper/").status_code == 405
    assert staff.post(f"{QUEUE}{report.pk}/paper/", reason="because").status_code == 302
    assert not ReportEvent.objects.filter(kind="exported").exists()

    page = staff.post(f"{QUEUE}{report.pk}/paper/", reason="meeting")
    assert "He pushed me against the wall" in text_of(page)
    assert "Sample Person" not in text_of(page)
    assert "<script>alert" not in page.content.decode()
    kinds = ReportEvent.objects.filter(report=report).values_list("kind", "detail")
    assert {("exported", "printed: meeting"), ("read", "part 1, report")} <= set(kinds)


# --- Answers ---


def test_an_answer_begins_with_a_text_in_the_reporters_language(staff, client, vault, file):  # noqa: F811
    answertexts.load(lambda line: None)
    file(1, language="es")
    report = Report.objects.get()
    template = Template.objects.get(slug="we-read-it")
    assert '<option value="es" selected>' in staff.get(case(report)).content.decode()

    wish = {"do": "template", "template-template": template.pk, "template-language": "es"}
    page = text_of(staff.post(case(report), **wish))
    assert "Gracias por contarnos" in page
    assert "no native speaker has read this text" in page
    assert not SealedPart.objects.filter(kind="answer").exists()
    assert "Choose a text." in text_of(
        staff.post(case(report), **{"do": "template", "template-template": "0"})
    )


@pytest.mark.parametrize(("pages", "words"), [("ckb", "Kurdî"), ("vi", "Tiếng Việt"), ("en", "English")])
def test_staff_see_in_which_language_the_reporter_read_the_pages(staff, vault, file, pages, words):  # noqa: F811
    with translation.override(pages):
        file(1)
    page = staff.get(case(Report.objects.get())).content.decode()

    assert f"Language to answer in: <strong>{words}" in page
    assert '<html lang="en"' in page


def test_texts_that_staff_changed_are_never_overwritten(staff, vault):
    call_command("load_content", stdout=StringIO())
    row = Template.objects.get(slug="a-question")
    response = staff.post(
        f"/admin/reporting/template/{row.pk}/change/",
        title_en="Ask",
        body_en="Our own words.",
        body_es="Lo nuestro.",
        draft_languages="",
    )
    assert response.status_code == 302, response.content.decode()
    lines = []
    answertexts.load(lines.append)
    row.refresh_from_db()
    assert row.body == {"en": "Our own words.", "es": "Lo nuestro."}
    assert "1 kept as staff changed them" in lines[0]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_answer_text_is_there_in_both_languages_and_promises_nothing(db, language):
    answertexts.load(lambda line: None)
    rows = Template.objects.filter(use="answer")
    assert rows.count() >= 7
    for row in rows:
        text, spoken = answertexts.text_for(row, language)
        assert spoken == language
        assert not re.search(
            r"\bwe will investigate\b|confidential|guarantee|investigaremos|confidencial", text.lower()
        )
        assert answertexts.is_draft(row, "es")


# --- Who may not see ---


def test_a_tied_member_finds_nothing_on_any_page(sign_in, client, blocked, vault, room):
    report = Report.objects.get()
    tags.add(report=report, by=vault, room=room, text="seen-by-tag")
    sign_in(blocked)
    pages = [
        client.get(path, secure=True)
        for path in (QUEUE, f"{QUEUE}?status=all", f"{QUEUE}narrow/", f"{QUEUE}views/", f"{QUEUE}bulk/")
    ]
    pages.append(client.post(f"{QUEUE}search/?status=all", {"words": "pushed"}, secure=True))
    for page in pages:
        assert page.status_code == 200
        for word in (report.reference, "pushed me", "Made-up School 3", "seen-by-tag"):
            assert word not in text_of(page)
    assert "Looked through 0 reports." in " ".join(text_of(pages[-1]).split())
    for path in (case(report), f"{QUEUE}compare/?one={report.pk}&other={report.pk}"):
        assert client.get(path, secure=True).status_code == 404
    assert client.post(f"{QUEUE}{report.pk}/paper/", {"reason": "meeting"}, secure=True).status_code == 404
    sent = {"act": "status:spam", "which": "chosen", "report": [report.pk]}
    client.post(f"{QUEUE}bulk/", sent, secure=True)
    act = bulk.begin(pk=uuid.uuid4(), by=blocked, act="status", value="spam", filters=Filters.parse({}))
    assert bulk.go_on(pk=act.pk, by=blocked).changed == 0
    report.refresh_from_db()
    assert report.status == "new"
    assert conflicts.KINDS


@pytest.mark.parametrize("path", ["views/", "narrow/", "search/", "compare/", "bulk/"])
def test_while_locked_or_without_the_role_the_pages_are_closed(sign_in, client, vault, make_member, path):
    sign_in(make_member("new"))
    assert client.get(f"{QUEUE}{path}", secure=True).status_code == 403
    client.logout()
    sign_in(make_member("ed", "editor"))
    assert client.get(f"{QUEUE}{path}", secure=True).status_code == 403
    client.logout()
    sign_in(vault)
    assert client.get(f"{QUEUE}{path}", secure=True).status_code in {200, 404}


def test_templates_are_for_leads(sign_in, client, make_member):
    sign_in(make_member("bo"))
    assert client.get("/admin/reporting/template/", secure=True).status_code == 403


def test_a_part_opened_again_soon_is_one_opening(staff, file, vault, monkeypatch):  # noqa: F811
    file(1)
    report = Report.objects.get()
    reads = ReportEvent.objects.filter(report=report, kind="read")
    for _ in range(3):
        staff.get(case(report))
    assert reads.count() == 1
    event = reads.get()
    ReportEvent.objects.filter(pk=event.pk).update(at=event.at - bulk.events.ONE_OPENING)
    staff.get(case(report))
    assert reads.count() == 2
