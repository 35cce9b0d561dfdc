"""Facets, links and alerts as the services keep them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from reporting import facets, keys, links, services
from reporting.formtoken import BoxToken
from reporting.links import Strength
from reporting.models import CASE, Conflict, Facet, Label, Report, ReportBlock, ReportEvent, ReportLink

GARCIA = {"officer_name": "Ofc. García", "badge": "#1234", "agency": "Larkspur PD", "school": "Foxglove High"}


@pytest.fixture
def named(make_report, case_room):
    """Return a function that files a report and indexes it."""

    def make(**answers):
        report = make_report(**answers)
        facets.index_new(room=case_room)
        report.refresh_from_db()
        return report

    return make


@pytest.fixture
def suggest(vault, case_room):
    """Return a function that lists the ids suggested for a report, to this user."""

    def look(report, user=vault):
        return [each.report.pk for each in links.suggestions(report=report, user=user, room=case_room)]

    return look


def _kinds(report):
    return sorted(report.facets.values_list("kind", flat=True))


def test_a_report_gets_facets_of_all_its_officers_and_places(named, case_room):
    report = named(
        officers=[
            {"officer_name": "Garcia", "badge": "12"},
            {"officer_name": "Deputy Thistlewood", "agency": "the sheriff"},
        ],
        incidents_list=[{"county": "knox", "school": "Foxglove High", "district": "Foxglove City Schools"}],
    )
    words = facets.labels_of(report.facets.values_list("token", flat=True), case_room)

    assert report.indexed
    assert {(kind, text) for (kind, _token), text in words.items()} == {
        ("officer", "Garcia"),
        ("officer", "Thistlewood"),
        ("badge", "12"),
        ("agency", "Knox Sheriff"),
        ("school", "Foxglove High"),
        ("district", "Foxglove"),
        ("county", "Knox"),
    }
    assert "sound" in _kinds(report)


def test_a_student_is_never_a_facet(named, case_room):
    report = named(students=[{"student_name": "Marker Student", "age": "12-14"}], name="Marker Parent")
    assert _kinds(report) == []


def test_tokens_tell_nothing_without_the_index_key(vault, case_room):
    index_key = keys.open_index_key(case_room)
    known = facets.tokens_of(index_key, GARCIA)
    other = facets.tokens_of(bytes(32), GARCIA)

    assert facets.tokens_of(index_key, GARCIA) == known
    assert not known.keys() & other.keys()
    assert all("garcia" not in token for _kind, token in known)


def test_indexing_is_bounded_goes_on_and_can_be_repeated(make_report, case_room):
    for number in range(5):
        make_report(officer_name=f"Officer Fictional{number}")

    assert facets.index_new(room=case_room, at_most=2) == 2
    assert Report.objects.filter(indexed=True).count() == 2
    assert facets.index_new(room=case_room) == 3
    before = Facet.objects.count()
    Report.objects.update(indexed=False)
    assert facets.index_new(room=case_room) == 5
    assert Facet.objects.count() == before
    assert facets.index_new(room=case_room) == 0


def test_no_time_left_indexes_nothing(make_report, case_room):
    make_report(**GARCIA)
    assert facets.index_new(room=case_room, seconds=0) == 0


def test_indexing_leaves_no_trace_of_reading(make_report, case_room):
    report = make_report(**GARCIA)
    facets.index_new(room=case_room)

    report.refresh_from_db()
    assert report.unread
    assert not ReportEvent.objects.filter(report=report).exists()


def test_indexing_asks_the_same_for_one_and_for_twenty(make_report, case_room, django_assert_max_num_queries):

    make_report(**GARCIA)
    facets.index_new(room=case_room)
    asked = []
    for more in (1, 20):
        for number in range(more):
            make_report(officer_name=f"Officer Fictional{more}x{number}")
        with django_assert_max_num_queries(12) as counted:
            facets.index_new(room=case_room)
        asked.append(len(counted))
    assert asked[0] == asked[1]


def test_an_addition_is_indexed_again(named, case_room):
    report = named(officer_name="Garcia")
    services.add_to_report(
        box=BoxToken(report_id=report.pk, code=report.code, nonce=bytes(32)), text="More to say."
    )

    report.refresh_from_db()
    assert not report.indexed
    assert facets.index_report(report=report, room=case_room)
    report.refresh_from_db()
    assert report.indexed


def test_a_damaged_report_stays_unindexed_and_others_go_on(make_report, case_room):
    damaged, whole = make_report(officer_name="Garcia"), make_report(officer_name="Smith")
    part = damaged.parts.get(number=1)
    type(part).objects.filter(pk=part.pk).update(body=bytes(part.body)[:-1] + b"\x00")

    assert facets.index_new(room=case_room) == 1
    assert set(Report.objects.filter(indexed=True)) == {whole}


def test_a_member_who_was_not_let_in_indexes_nothing(make_report, make_member):
    make_report(**GARCIA)
    outsider = make_member("outsider")

    assert facets.index_at_sign_in(user=outsider, staff_key=outsider.key) == 0
    assert facets.index_at_sign_in(user=outsider, staff_key=None) == 0
    assert not Facet.objects.exists()


def test_a_label_is_kept_once(named):
    named(**GARCIA)
    before = Label.objects.count()
    named(**GARCIA)
    assert Label.objects.count() == before


# --- Suggestions ---


def test_the_same_officer_is_suggested_the_likeliest_first(named, suggest):
    report = named(**GARCIA)
    likely = named(officer_name="Jose Garcia", school="foxglove HS")
    possible = named(officer_name="Karcia", agency="City of Larkspur Police")
    named(officer_name="Pennywise", school="Hartsong Middle")

    assert suggest(report) == [likely.pk, possible.pk]
    assert report.pk in suggest(likely)


@pytest.mark.parametrize(
    ("answers", "strength"),
    [
        ({"badge": "1234", "agency": "Larkspur Police"}, Strength.STRONG),
        ({"badge": "1234", "agency": "Elk Hollow PD"}, Strength.WEAK),
        ({"officer_name": "Garcia", "agency": "LPD"}, Strength.WEAK),
        ({"officer_name": "Garcia", "agency": "Larkspur PD"}, Strength.STRONG),
        ({"officer_name": "Garcia", "school": "Foxglove", "badge": "77"}, Strength.WEAK),
        ({"officer_name": "Pike", "school": "Foxglove High"}, Strength.NONE),
        ({"school": "Foxglove High", "agency": "Larkspur PD"}, Strength.NONE),
    ],
)
def test_what_counts_for_how_much(answers, strength):
    link = links.compare(facets.traits_of(GARCIA), facets.traits_of(answers))
    assert link.strength == strength
    assert bool(link.reasons) == bool(strength)


def test_schools_of_one_name_in_two_counties_are_two(named, suggest):
    report = named(officer_name="Garcia", school="Foxglove High", county="knox")
    named(officer_name="Garcia", school="Foxglove High", county="shelby")
    near = named(officer_name="Garcia", school="Foxglove High", county="knox")

    assert suggest(report) == [near.pk]


def test_what_very_many_share_is_no_link_by_itself(named, suggest, monkeypatch):
    monkeypatch.setattr(links, "SHARED_AT_MOST", 3)
    report = named(officer_name="Garcia", agency="Larkspur PD", school="Foxglove High")
    for _ in range(4):
        named(officer_name="Garcia", agency="Larkspur PD", school="Foxglove High")
    assert suggest(report) == []


def test_a_suggestion_asks_the_same_however_many_there_are(
    named, vault, case_room, django_assert_max_num_queries
):
    report = named(**GARCIA)
    asked = []
    for more in (1, 12):
        for _ in range(more):
            named(**GARCIA)
        with django_assert_max_num_queries(7) as counted:
            assert links.suggestions(report=report, user=vault, room=case_room)
        asked.append(len(counted))
        assert not any("COUNT(" in one["sql"] for one in counted)
    assert asked[0] == asked[1]


def test_a_hidden_report_is_not_suggested(named, suggest, make_member):
    report, other = named(**GARCIA), named(**GARCIA)
    member = make_member("bo")
    assert suggest(report, member) == [other.pk]

    ReportBlock.objects.create(report=other, member=member)
    assert suggest(report, member) == []


# --- Judging ---


@pytest.fixture
def judge(vault, case_room):
    def keep(report, other, **how):
        return links.judge(report=report, other=other, by=vault, room=case_room, **{"same": True, **how})

    return keep


def test_a_judgment_is_kept_once_and_taken_back_with_its_trace_on_both(named, judge, suggest, vault):
    report, other = named(story="One", **GARCIA), named(story="Two", **GARCIA)

    judge(report, other, independent=True)
    judge(other, report, same=False)
    assert suggest(report) == suggest(other) == []
    assert ReportLink.objects.get().verdict == "different"
    assert links.undo(report=other, other=report, by=vault)
    assert not links.undo(report=other, other=report, by=vault)

    assert suggest(report) == [other.pk]
    for each in (report, other):
        events = ReportEvent.objects.filter(report=each, kind="linked").order_by("number")
        assert [event.detail for event in events] == ["same, two people", "different", "taken back"]


def test_no_event_of_a_link_names_the_other_report(named, judge):
    report, other = named(story="One", **GARCIA), named(story="Two", **GARCIA)
    judge(report, other)
    assert other.reference not in report.events.get(kind="linked").detail


def test_the_same_words_are_not_two_people(named, judge):
    report, other = named(story="He pushed me!", **GARCIA), named(story="he  pushed ME", **GARCIA)

    with pytest.raises(links.SameWords):
        judge(report, other, independent=True)
    assert not ReportLink.objects.exists()
    assert not judge(report, other).independent


def test_a_report_is_not_linked_to_itself_nor_the_wrong_way_round(named, judge):
    report = named(**GARCIA)
    with pytest.raises(ValueError):
        judge(report, report)
    other = named(**GARCIA)
    one, last = sorted((report, other), key=lambda each: each.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportLink.objects.create(one=last, other=one, verdict="same")


def test_an_alert_counts_confirmed_reports_and_two_people(named, judge, vault):
    report, second, third = (named(story=f"Story {n}", **GARCIA) for n in range(3))

    def alert():
        report.refresh_from_db()
        found = links.alert_from(links.judged(report=report, user=vault))
        assert found == links.alerts_for(reports=[report], user=vault).get(report.pk)
        return found

    assert alert() is None
    judge(report, second)
    assert alert() == links.Alert(2, independent=False)
    judge(report, third, independent=True)
    assert alert() == links.Alert(3, independent=True)
    judge(report, third, same=False)
    assert alert() == links.Alert(2, independent=False)
    Report.objects.filter(pk=second.pk).update(duplicate_of=report)
    assert alert() is None


def test_an_alert_counts_no_hidden_report(named, judge, make_member):
    report, other = named(story="One", **GARCIA), named(story="Two", **GARCIA)
    judge(report, other, independent=True)
    member = make_member("bo")
    assert links.alerts_for(reports=[report], user=member)[report.pk].reports == 2

    ReportBlock.objects.create(report=other, member=member)
    assert links.alerts_for(reports=[report], user=member) == {}
    assert links.judged(report=report, user=member) == []


def test_alerts_of_a_page_ask_twice_or_less(named, judge, vault, django_assert_max_num_queries):
    reports = [named(story=f"Story {n}", **GARCIA) for n in range(6)]
    for other in reports[1:]:
        judge(reports[0], other, independent=True)

    with django_assert_max_num_queries(2):
        found = links.alerts_for(reports=reports, user=vault)
    assert {pk: alert.reports for pk, alert in found.items()} == {
        reports[0].pk: 6,
        **{other.pk: 2 for other in reports[1:]},
    }
    with django_assert_max_num_queries(0):
        assert links.alerts_for(reports=[], user=vault) == {}


def test_what_belongs_to_a_report_or_a_member_goes_with_it(named, judge, make_member):
    report, other = named(story="One", **GARCIA), named(story="Two", **GARCIA)
    judge(report, other)
    member = make_member("bo")
    ReportBlock.objects.create(report=report, member=member)
    Conflict.objects.create(member=member, kind="school", token="0" * 32)

    member.delete()
    assert not Conflict.objects.exists()
    assert not ReportBlock.objects.exists()
    report.delete()
    assert not ReportLink.objects.exists()
    assert set(Facet.objects.values_list("report_id", flat=True)) == {other.pk}


def test_facets_open_after_a_new_grant_only(named, make_member, vault):
    named(**GARCIA)
    bo = make_member("bo")
    with pytest.raises(keys.NotGranted):
        keys.open_room(staff_private_key=bo.key, user=bo, room=CASE)
    keys.grant_rooms(by=vault, by_key=vault.key, to=bo, rooms=[CASE])
    room = keys.open_room(staff_private_key=bo.key, user=bo, room=CASE)
    assert set(facets.labels_of(Facet.objects.values_list("token", flat=True), room).values()) >= {"Garcia"}
