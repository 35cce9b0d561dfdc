"""The table: one list of columns out and in, and what a line of it may change."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources import exchange
from resources.hsds.tables import PackageRefusedError
from resources.models import FactCheck, Location, Organization, Phone, Service
from resources.table import NAMES, plain, read_csv, shielded


def rows_out(client) -> list[dict[str, str]]:
    """Return the public table as a spreadsheet would hold it."""
    text = client.get("/resources/export.csv").content.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def table(rows: list[dict[str, str]], names=NAMES) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def bring(content: bytes) -> exchange.Plan:
    found = exchange.plan(read_csv(content))
    exchange.carry_out(found)
    return found


def faults_of(content: bytes) -> list[str]:
    with pytest.raises(PackageRefusedError) as caught:
        bring(content)
    return [str(fault) for fault in caught.value.faults]


@settings(max_examples=300, deadline=None)
@given(st.text("'=+-@\t\rab", max_size=6))
def test_a_shielded_text_runs_nowhere_and_comes_back(text):
    assert not shielded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert plain(shielded(text)) == text


def test_the_shipped_table_brought_in_again_changes_nothing(loaded, client):
    content = client.get("/resources/export.csv").content

    found = bring(content)

    assert len(found.services) > 40
    assert {entry.verdict for entry in found.entries} == {"same"}
    assert client.get("/resources/export.csv").content == content
    assert client.get("/es/resources/export.csv").content == content


def test_line_ends_and_a_mark_of_a_spreadsheet_change_nothing(make_service, client):
    make_service(details={"en": "One\r\ntwo"}, summary={"en": "=1+1"})
    content = client.get("/resources/export.csv").content.replace(b"\r\n", b"\n")

    assert {entry.verdict for entry in bring(b"\xef\xbb\xbf" + content).services} == {"same"}


def test_a_line_changes_what_it_tells_and_nothing_else(make_service, client):
    row = make_service(
        summary={"en": "Help.", "es": "Ayuda."}, reach="counties", counties=["knox"], bring={"en": "Nothing"}
    )
    Phone.objects.create(service=row, number="555-0100", dial="5550100", mark="seen", is_published=True)
    (line,) = rows_out(client)
    line |= {"summary": "More.", "counties": "Van Buren; Knox", "bring": "", "hours": "24/7"}

    found = bring(table([line]))

    names = {name for name, _old, _new in found.services[0].differences}
    assert names == {"summary", "counties", "bring", "always_open"}
    row.refresh_from_db()
    assert (row.summary, row.counties, row.bring) == (
        {"en": "More.", "es": "Ayuda."},
        ["van-buren", "knox"],
        {},
    )
    assert (row.always_open, row.is_published, row.phones.count()) == (True, True, 1)


def test_a_table_with_few_columns_changes_only_those(make_service, client):
    row = make_service(cost={"en": "Free"})

    bring(table([{"slug": "place", "cost": "Ask"}], ("slug", "cost")))

    row.refresh_from_db()
    assert (str(row.cost), str(row.summary)) == ("Ask", "Help.")


def test_a_newer_check_and_a_later_change_stay(make_service, client):
    checked, changed, free = make_service("checked"), make_service("changed"), make_service("free")
    lines = [line | {"summary": "Other."} for line in rows_out(client)]
    later = dt.date(2026, 11, 23)
    FactCheck.objects.create(service=checked, fact="phone", checked_on=later, how="called", next_due=later)
    changed.updated_at += dt.timedelta(seconds=1)
    changed.save()

    found = bring(table(lines))

    assert {entry.row.slug: entry.verdict for entry in found.services} == {
        "checked": "kept",
        "changed": "kept",
        "free": "changed",
    }
    assert str(Service.objects.get(pk=free.pk).summary) == "Other."


def test_a_new_line_is_a_service_that_waits_for_a_person(make_service, client):
    make_service()
    new = {"slug": "new", "name": "New", "organization": "A group", "topics": "A topic", "mark": "seen"}

    bring(table([new]))

    row = Service.objects.get(slug="new")
    assert (row.is_published, row.mark, str(row.name)) == (False, "unverified", "New")
    assert [topic.slug for topic in row.categories.all()] == ["topic"]
    assert row.organization == Organization.objects.get()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"phones": "555-0101"}, "line 2: phones: this column is only there to be read"),
        ({"street": "2 Road"}, "line 2: street: this column is only there to be read"),
        ({"organization": "Another"}, "line 2: organization: this column is only there to be read"),
        ({"name": ""}, "line 2: name: a service needs one"),
        ({"topics": "Nothing"}, "line 2: topics: there is no topic 'Nothing'"),
        ({"counties": "Cook"}, "line 2: counties: there is no county 'Cook'"),
        ({"mark": "sure"}, "line 2: mark: 'sure' is none of seen"),
        ({"checked_on": "11/22/2026"}, "line 2: checked_on: '11/22/2026' is no day"),
        ({"changed_at": "yesterday"}, "line 2: changed_at: 'yesterday' is no moment"),
        ({"website": "javascript:x"}, "line 2: url: Enter a valid URL"),
        ({"slug": "other", "organization": "None"}, "line 2: organization: 'other' is not in the table"),
        ({"slug": ""}, "line 2: slug: a service needs one"),
        ({"slug": "hidden"}, "line 2: slug: 'hidden' is not in the public table"),
    ],
)
def test_a_wrong_cell_refuses_the_whole_table(make_service, client, change, fault):
    make_service("one", place={"street": "1 Road", "city": "Memphis"})
    make_service("two")
    make_service("hidden", is_published=False)
    first, second = rows_out(client)

    found = faults_of(table([first | change, second | {"summary": "Other."}]))

    assert [each for each in found if each.startswith(fault)], found
    assert not Service.objects.filter(summary__en="Other.").exists()
    assert Location.objects.get().street == "1 Road"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "table: it has no line of a service"),
        (b"slug\n", "table: it has no line of a service"),
        (b"name\nx\n", "line 1: the column slug is missing"),
        (b"slug,colour\nx,y\n", "line 1: there is no column 'colour' here"),
        (b"slug,name,name\nx,y,z\n", "line 1: the column 'name' is there twice"),
        (b"slug,name\nx\n", "line 2: it has 1 cells, the first line has 2"),
        (b'slug,name\nx,"y\n', "line 2: it is no CSV"),
        (b"slug,name\nx,\xff\n", "table: it is not UTF-8"),
        (b"slug,name\nx,a\x00b\n", "line 2: it"),
    ],
)
def test_a_broken_table_is_refused(content, fault):
    assert faults_of(content)[0].startswith(fault)


def test_the_same_service_on_two_lines_is_refused(make_service, client):
    make_service()
    (line,) = rows_out(client)

    assert faults_of(table([line, line])) == ["line 3: slug: it is already on line 2"]
