"""How many queries the pages of staff ask: few, and the same however much there is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.models import StaffSession
from portal.staff import sessions
from reporting import answertexts, conflicts, duplicates, events, facets, keys, links, queue, services, tags
from reporting.formtoken import Filing
from reporting.models import CASE, Facet, Report, ReportEvent

QUEUE = "/admin/reporting/report/"
MOST = 12
# A small page of the queue, so that ten reports are more than one.
SIZE = 5


@pytest.fixture
def room(vault):
    """Return the opened case room."""
    return keys.open_room(staff_private_key=vault.key, user=vault, room=CASE)


@pytest.fixture
def member_of(vault, make_member, room):
    """Return a function that returns a member of one standing who was let into the case room."""

    def make(standing):
        if standing == "lead":
            return vault
        member = make_member(standing)
        keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE])
        if standing == "tied":
            conflicts.declare(member=member, kind="county", text="Knox", by=vault, room=room)
        return member

    return make


@pytest.fixture
def file(vault, room):
    """Return a function that files so many reports, indexed, each with a tag and in one of two counties."""
    answertexts.load(lambda line: None)

    def send(count):
        for number in range(count):
            county = "knox" if number % 2 else "shelby"
            answers = {"story": f"He pushed me {number}.", "county": county, "incidents": ["force"]}
            services.file_report(filing=Filing.new(), answers=answers)
        while facets.index_new(room=room):
            pass
        for report in Report.objects.exclude(facets__kind=Facet.Kind.TAG):
            tags.add(report=report, by=vault, room=room, text="bus")

    return send


def _asked(client, path):
    with CaptureQueriesContext(connection) as asked:
        response = client.get(path, secure=True)
    assert response.status_code == 200
    return len(asked), response.content.decode()


def _show(*counts):
    """Say what was counted, for who runs this file with -s."""
    print(*counts, sep="\n")  # noqa: T201


def _pages(member, room):
    """Return the path of each page, by name: of reports that the member may see."""
    seen = Report.objects.visible_to(member).order_by("-week", "-id")
    page = queue.page_of(queue.Filters.parse({}), member, "", room, SIZE)
    tag = tags.token_of("bus", room)
    return {
        "first": QUEUE,
        "filtered": f"{QUEUE}?kind=force&status=new",
        "facet": f"{QUEUE}?tag={tag}",
        "later": f"{QUEUE}?after={page.following or queue.Cursor.of(seen[2]).text()}",
        "urgent first": f"{QUEUE}?order=priority",
        "case": f"{QUEUE}{seen[1].pk}/change/",
        "case in a view": f"{QUEUE}{seen[1].pk}/change/?order=priority&tag={tag}",
    }


@pytest.mark.parametrize("standing", ["lead", "reviewer", "tied"])
def test_pages_cost_the_same_at_ten_and_at_sixty(sign_in, file, member_of, room, monkeypatch, standing):
    monkeypatch.setattr(queue.page_of, "__defaults__", (SIZE,))
    member = member_of(standing)
    client = sign_in(member)
    counts = []
    for more in (10, 50):
        file(more)
        # The sentences above are asked once a minute, an opening is written down once in half an hour.
        pages = _pages(member, room)
        for path in (pages["first"], pages["case"]):
            client.get(path, secure=True)
        counts.append({name: _asked(client, path)[0] for name, path in pages.items()})
    _show(standing, *counts)
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= MOST


@pytest.mark.parametrize("standing", ["lead", "reviewer"])
def test_a_case_of_ten_parts_costs_as_much_as_one_of_one(sign_in, file, member_of, vault, room, standing):
    file(2)
    one, ten = Report.objects.all()
    for number in range(9):
        services.add_note(report=ten, by=vault, key=room, text=f"Note {number}")
    client = sign_in(member_of(standing))
    client.get(QUEUE, secure=True)
    first, again = {}, {}
    for report in (one, ten):
        first[report], _page = _asked(client, f"{QUEUE}{report.pk}/change/")
        again[report], page = _asked(client, f"{QUEUE}{report.pk}/change/")
    _show(standing, "first opening", *first.values(), "again", *again.values())

    assert "Note 8" in page
    assert again[one] == again[ten] <= MOST
    assert first[one] == first[ten]
    read = ReportEvent.objects.filter(report=ten, kind=ReportEvent.Kind.READ)
    assert read.count() == 10
    assert not events.broken_links(ten.reference)


def test_a_case_with_all_that_can_hang_on_it(sign_in, file, member_of, vault, room):
    file(4)
    one, other, copy, _last = Report.objects.all()
    links.judge(report=one, other=other, by=vault, room=room, same=True)
    duplicates.mark(report=copy, of=one, by=vault)
    conflicts.block(report=one, member=member_of("reviewer"), by=vault)
    client = sign_in(vault)
    path = f"{QUEUE}{one.pk}/change/"
    client.get(path, secure=True)
    count, page = _asked(client, path)
    _show("everything", count)

    assert other.reference in page
    assert copy.reference in page
    assert "Show it to them again" in page
    assert count <= MOST + 3


def test_the_sentences_above_a_page_are_asked_once_a_minute(sign_in, file, vault):
    file(1)
    path = f"{QUEUE}{Report.objects.get().pk}/change/"
    client = sign_in(vault)
    client.get(path, secure=True)
    warm, _page = _asked(client, path)
    cache.clear()
    cold, _page = _asked(client, path)
    _show("cold", cold, "warm", warm)

    assert warm < cold <= MOST + 2


def test_the_row_of_a_session_is_written_once_a_minute(sign_in, vault):
    client = sign_in(vault)
    client.get(QUEUE, secure=True)
    rows = StaffSession.objects.filter(owner=vault)
    fresh = timezone.now() + timedelta(minutes=29, seconds=30)
    rows.update(expires=fresh)
    client.get(QUEUE, secure=True)
    assert rows.get().expires == fresh

    rows.update(expires=timezone.now() + timedelta(minutes=28, seconds=59))
    client.get(QUEUE, secure=True)
    assert rows.get().expires > timezone.now() + timedelta(minutes=29, seconds=50)


def test_what_changes_in_a_session_is_written_at_once(sign_in, vault):
    client = sign_in(vault)
    session = client.session
    session["mark"] = 1
    session.save()
    assert sessions.SessionStore(session.session_key)["mark"] == 1
