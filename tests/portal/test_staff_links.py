"""Related reports and conflicts as members of different standing see them."""

from __future__ import annotations

import re
import uuid

import pytest
from django.contrib import admin

from reporting import conflicts, facets, keys, links, services
from reporting.formtoken import Filing
from reporting.models import CASE, Conflict, Facet, QueueKey, Report, ReportBlock, ReportEvent, ReportLink

QUEUE = "/admin/reporting/report/"
CONFLICTS = f"{QUEUE}conflicts/"
GARCIA = {"officer_name": "Ofc. García", "badge": "#1234", "agency": "Larkspur PD", "school": "Foxglove High"}


@pytest.fixture
def case_room(vault):
    return keys.open_room(staff_private_key=vault.key, user=vault, room=CASE)


@pytest.fixture
def file(vault):
    """Return a function that files a report; nobody has indexed it yet."""

    def send(story="He pushed me.", **answers):
        before = set(Report.objects.values_list("pk", flat=True))
        services.file_report(filing=Filing.new(), answers={"story": story, **answers})
        return Report.objects.exclude(pk__in=before).get()

    return send


@pytest.fixture
def reader(vault, make_member):
    """Return a function that makes a member who may read the case room."""

    def make(name, role="reviewer"):
        member = make_member(name, role)
        keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE])
        return member

    return make


def _case(report):
    return f"{QUEUE}{report.pk}/change/"


def _page(client, path):
    return client.get(path, secure=True).content.decode()


def _act(client, path, do, **fields):
    return client.post(path, {"do": do, **fields}, secure=True)


# --- Indexing ---


def test_signing_in_indexes_and_opening_a_page_does_not(sign_in, vault, file):
    client = sign_in(vault)
    report = file(**GARCIA)

    _page(client, QUEUE)
    _page(client, _case(report))
    _page(client, f"{_case(report)}?related=1")
    assert not Facet.objects.exists()
    client.logout()
    sign_in(vault)
    assert Report.objects.get().indexed
    assert Facet.objects.filter(report=report, kind="officer").count() == 1


def test_a_swapped_room_key_stops_the_indexing_and_not_the_signing_in(sign_in, vault, file):
    report = file(**GARCIA)
    QueueKey.objects.filter(room=CASE).update(signature="0" * 64)

    assert "Reports" in _page(sign_in(vault), QUEUE)
    assert not Facet.objects.exists()
    report.refresh_from_db()
    assert not report.indexed


def test_the_button_indexes_and_tells_no_number(sign_in, vault, file):
    client = sign_in(vault)
    file(**GARCIA)

    assert client.get(f"{QUEUE}index/", secure=True).status_code == 405
    assert not Report.objects.get().indexed
    answer = client.post(f"{QUEUE}index/", secure=True, follow=True)
    assert "New reports are indexed." in answer.content.decode()
    assert Report.objects.get().indexed


def test_work_on_a_case_indexes_it(sign_in, vault, file):
    client = sign_in(vault)
    report = file(**GARCIA)
    assert _act(client, _case(report), "note", **{"note-text": "Called."}).status_code == 302
    assert Report.objects.get().indexed


@pytest.mark.parametrize("role", ["editor", "trainer", "operator"])
def test_others_reach_neither_the_conflicts_nor_the_button(sign_in, vault, make_member, role):
    client = sign_in(make_member("other", role))
    assert client.get(CONFLICTS, secure=True).status_code == 403
    assert client.post(f"{QUEUE}index/", secure=True).status_code == 403


def test_a_locked_member_reaches_neither(sign_in, vault, make_member):
    client = sign_in(make_member("locked"))
    assert client.get(CONFLICTS, secure=True).status_code == 403
    assert client.post(f"{QUEUE}index/", secure=True).status_code == 403


# --- Related reports ---


def test_a_member_looks_confirms_and_takes_back(sign_in, vault, file):
    report, other = file("One", **GARCIA), file("Two", officer_name="J. Garcia", school="foxglove hs")
    client = sign_in(vault)

    assert other.reference not in _page(client, _case(report))
    looked = _page(client, f"{_case(report)}?related=1")
    assert other.reference in looked
    assert "the same name, the same school" in looked
    tick = {"link_same-other": other.pk, "link_same-independent": "on"}
    assert _act(client, _case(report), "link_same", **tick).status_code == 302
    shown = _page(client, _case(other))
    assert report.reference in shown
    assert "Named in 2 reports that belong together." in shown
    assert "At least two people reported who do not know of each other." in shown

    assert _act(client, _case(other), "link_undo", **{"link_undo-other": report.pk}).status_code == 302
    assert "Named in 2 reports" not in _page(client, _case(report))
    assert not ReportLink.objects.exists()


def test_what_does_not_belong_is_not_suggested_again(sign_in, vault, file):
    report, other = file("One", **GARCIA), file("Two", **GARCIA)
    client = sign_in(vault)
    _act(client, _case(report), "link_apart", **{"link_apart-other": other.pk})

    shown = _page(client, f"{_case(report)}?related=1")
    assert "does not belong with this one" in shown
    assert "They belong together" not in shown
    assert "Named in" not in shown


def test_one_hand_is_not_counted_twice(sign_in, vault, file):
    report, other = file("The same words.", **GARCIA), file("the same WORDS", **GARCIA)
    client = sign_in(vault)
    tick = {"link_same-other": other.pk, "link_same-independent": "on"}

    answer = _act(client, _case(report), "link_same", **tick)
    assert answer.status_code == 200
    assert "one person sent them" in answer.content.decode()
    assert not ReportLink.objects.exists()


# --- Conflicts ---


def _declare(client, kind, name, **fields):
    return _act(client, CONFLICTS, "declare", kind=kind, name=name, **fields)


def _pages(report):
    """Return the address of every page of the staff site about reports, for this one where it needs one."""
    part = report.parts.order_by("number").first()
    found = []
    for pattern in admin.site._registry[Report].get_urls():
        route = str(pattern.pattern)
        if route == "<path:object_id>/":
            continue  # Django's old address, which leads on to the case
        for name, value in {"part_id": part.pk, "part": part.pk}.items():
            route = re.sub(rf"<\w+:{name}>", str(value), route)
        found.append(QUEUE + re.sub(r"<\w+:\w+>", str(report.pk), route))
    return found


def _chosen(client, report):
    """Return whether a bulk act on the report, as one that was ticked, changes it."""
    before = Report.objects.get(pk=report.pk).priority
    wanted = "high" if before == "normal" else "normal"
    client.post(
        f"{QUEUE}bulk/", {"report": report.pk, "act": f"priority:{wanted}", "which": "chosen"}, secure=True
    )
    return Report.objects.get(pk=report.pk).priority == wanted


def _walk(client, report, other):
    """Return every place where a member could meet `report`: page to whether it is there."""
    found = {
        "queue": report.reference in _page(client, QUEUE),
        "filtered": report.reference in _page(client, f"{QUEUE}?kind=unknown&status=new"),
        "related": report.reference in _page(client, f"{_case(other)}?related=1"),
        "case": client.get(_case(report), secure=True).status_code != 404,
        "search": report.reference
        in client.post(f"{QUEUE}search/", {"words": "e"}, secure=True).content.decode(),
        "compare": client.get(f"{QUEUE}compare/?one={other.pk}&other={report.pk}", secure=True).status_code
        == 200,
        "chosen": _chosen(client, report),
        "link": _act(client, _case(other), "link_apart", **{"link_apart-other": report.pk}).status_code
        == 302,
        "note": _act(client, _case(report), "note", **{"note-text": "x"}).status_code == 302,
    }
    for path in _pages(report):
        answer = client.get(path, secure=True)
        shown = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[path] = report.reference in shown.decode("utf-8", "replace")
        if str(report.pk) in path:
            # A report that is hidden answers as one that does not exist.
            missing = client.get(path.replace(str(report.pk), str(uuid.uuid4())), secure=True)
            found[path] |= answer.status_code != missing.status_code
    ReportLink.objects.all().delete()
    return found


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("school", "Foxglove HS"),
        ("school", "foxglove"),
        ("school", "Foxgluv High School"),
        ("agency", "City of Larkspur Police Dept."),
        ("officer", "José Garcia"),
        ("officer", "Garsia"),
        ("badge", "No. 01234"),
        ("county", "Knox County"),
        ("district", "Knox County Schools"),
    ],
)
def test_a_conflict_hides_what_names_it_however_it_is_written(vault, file, reader, case_room, kind, name):
    tied = file("Tied", county="knox", **GARCIA)
    free = file("Free", officer_name="Officer Pike", school="Hartsong Middle", county="maury", badge="99")
    facets.index_new(room=case_room)
    member = reader("bo")
    assert set(Report.objects.visible_to(member)) == {tied, free}

    conflicts.declare(member=member, kind=kind, text=name, by=vault, room=case_room)
    assert set(Report.objects.visible_to(member)) == {free}
    assert set(Report.objects.visible_to(vault)) == {tied, free}


def test_a_member_with_a_conflict_meets_the_report_nowhere(sign_in, vault, file, reader):
    report = file("Tied", **GARCIA)
    other = file("Free", officer_name="Officer Garcia", agency="Larkspur PD", school="Elk Hollow High")
    free = file("Also free", officer_name="Officer Garcia", agency="Larkspur PD")
    member = reader("bo")
    client = sign_in(member)
    before = _walk(client, report, other)
    assert {place for place, there in before.items() if there} >= {
        "queue", "filtered", "related", "case", "link", "note", "search", "compare", "chosen",
    }  # fmt: skip
    client.logout()
    Report.objects.filter(pk=other.pk).update(duplicate_of=report)
    lead = sign_in(vault)
    assert _declare(lead, "school", "Foxglove High", member=member.pk).status_code == 302
    lead.logout()

    client = sign_in(member)
    assert [place for place, there in _walk(client, report, other).items() if there] == []
    assert free.reference in _page(client, QUEUE)


def test_the_typed_letters_of_a_school_are_hidden_too(sign_in, vault, file, reader):
    written, letters = file(school="Riverbend Fictional High"), file(school="RFHS")
    member = reader("bo")
    lead = sign_in(vault)
    _declare(lead, "school", "Riverbend Fictional High School", member=member.pk)
    assert not Report.objects.visible_to(member).exists()
    assert set(Report.objects.visible_to(vault)) == {written, letters}


def test_a_lead_may_hide_reports_from_themselves_and_not_bring_them_back(sign_in, vault, file):
    report = file(**GARCIA)
    client = sign_in(vault)
    assert report.reference in _page(client, QUEUE)
    _declare(client, "officer", "Garcia", member=vault.pk)

    assert report.reference not in _page(client, QUEUE)
    assert client.get(_case(report), secure=True).status_code == 404
    shown = _page(client, CONFLICTS)
    assert "Officer, Garcia" in shown
    assert "End it" not in shown
    tie = Conflict.objects.get(kind="officer")
    answer = client.post(CONFLICTS, {"do": "lift", "tie": tie.pk}, secure=True, follow=True)
    assert "Nobody ends their own" in answer.content.decode()
    assert Conflict.objects.filter(pk=tie.pk).exists()


def test_a_reviewer_declares_their_own_and_only_a_lead_ends_it(sign_in, vault, file, reader):
    report, member = file(**GARCIA), reader("bo")
    client = sign_in(member)
    assert _declare(client, "school", "Foxglove High", member=vault.pk).status_code == 302
    assert set(Conflict.objects.values_list("member_id", flat=True)) == {member.pk}
    tie = Conflict.objects.filter(kind="school").order_by("pk").first()
    shown = _page(client, CONFLICTS)
    assert "School, Foxglove High" in shown
    assert "End it" not in shown
    assert _act(client, CONFLICTS, "lift", tie=tie.pk).status_code == 200
    assert Conflict.objects.filter(pk=tie.pk).exists()
    client.logout()

    lead = sign_in(vault)
    shown = _page(lead, CONFLICTS)
    number = re.search(r'name="tie" value="(\d+)"', shown)[1]
    assert _act(lead, CONFLICTS, "lift", tie=number).status_code == 302
    assert not Conflict.objects.exists()
    assert set(Report.objects.visible_to(member)) == {report}
    details = ReportEvent.objects.filter(kind="blocked").values_list("detail", flat=True)
    assert set(details) == {"bo: tied to one school", "bo: no longer tied to one school"}


def test_ending_one_conflict_keeps_what_another_needs(sign_in, vault, case_room, reader):
    member = reader("bo")
    for name in ("Jose Garcia", "Maria Garcia"):
        conflicts.declare(member=member, kind="officer", text=name, by=vault, room=case_room)
    first = conflicts.ties(room=case_room)[0]
    assert conflicts.lift(pk=first.pk, by=vault, room=case_room)
    assert {tie.words for tie in conflicts.ties(room=case_room)} == {"Maria Garcia"}
    assert Conflict.objects.filter(member=member, kind="sound").exists()
    assert not conflicts.lift(pk=first.pk, by=vault, room=case_room)


@pytest.mark.parametrize("name", ["idk", "#", "Garcia and Smith"])
def test_a_name_that_tells_nothing_is_refused_with_its_words(sign_in, vault, name):
    client = sign_in(vault)
    answer = _declare(client, "officer", name, member=vault.pk)
    assert answer.status_code == 200
    assert "This names nothing of this kind, or several." in answer.content.decode()
    assert f'value="{name}"' in answer.content.decode()
    assert not Conflict.objects.exists()


def test_a_conflict_says_in_the_database_nothing_of_whom(sign_in, vault, case_room, reader):
    conflicts.declare(member=reader("bo"), kind="officer", text="Garcia", by=vault, room=case_room)
    for row in Conflict.objects.values():
        assert "garcia" not in str(row).lower()
    assert "Garcia" not in "".join(ReportEvent.objects.values_list("detail", flat=True))


def test_new_reports_are_hidden_until_the_members_own_session_knows_them(
    sign_in, vault, file, reader, case_room
):
    member = reader("bo")
    conflicts.declare(member=member, kind="officer", text="Garcia", by=vault, room=case_room)
    client = sign_in(member)
    tied, free = file(**GARCIA), file(officer_name="Pike")

    shown = _page(client, QUEUE)
    assert tied.reference not in shown
    assert free.reference not in shown
    answer = client.post(f"{QUEUE}index/", secure=True, follow=True).content.decode()
    assert free.reference in answer
    assert tied.reference not in answer
    assert not ReportEvent.objects.filter(report=tied).exists()


def test_a_hidden_report_is_in_no_alert(sign_in, vault, file, reader, case_room):
    report, other = file("One", **GARCIA), file("Two", officer_name="Garcia", school="Foxglove High")
    facets.index_new(room=case_room)
    links.judge(report=report, other=other, by=vault, room=case_room, same=True, independent=True)
    member = reader("bo")
    client = sign_in(member)
    assert "Named in 2 reports" in _page(client, _case(report))

    ReportBlock.objects.create(report=other, member=member)
    shown = _page(client, _case(report))
    assert "Named in" not in shown
    assert other.reference not in shown


# --- One report ---


def test_a_lead_hides_one_report_from_one_member(sign_in, vault, file, reader):
    report, other, member = file("One", **GARCIA), file("Two", **GARCIA), reader("bo")
    services.assign(report=report, by=vault, to=member)
    lead = sign_in(vault)
    assert _act(lead, _case(report), "block", **{"block-member": member.pk}).status_code == 302
    report.refresh_from_db()
    assert report.assigned_to is None
    assert "bo" in _page(lead, _case(report))
    lead.logout()

    client = sign_in(member)
    assert client.get(_case(report), secure=True).status_code == 404
    assert report.reference not in _page(client, QUEUE) + _page(client, f"{_case(other)}?related=1")
    client.logout()
    lead = sign_in(vault)
    assert _act(lead, _case(report), "unblock", **{"unblock-member": member.pk}).status_code == 302
    lead.logout()
    client = sign_in(member)
    assert report.reference in _page(client, QUEUE)
    details = ReportEvent.objects.filter(report=report, kind="blocked").order_by("number")
    assert [event.detail for event in details] == ["hidden from bo", "shown again to bo"]


def test_only_leads_hide_single_reports(sign_in, vault, file, reader):
    report, member = file(**GARCIA), reader("bo")
    client = sign_in(member)
    assert "Who may not see this report" not in _page(client, _case(report))
    assert _act(client, _case(report), "block", **{"block-member": vault.pk}).status_code == 403
    assert not ReportBlock.objects.exists()
