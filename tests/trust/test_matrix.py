"""Who may do what: every address and every act of the case page, as everybody, by GET and by POST.

`make test` asks public pages and pages of content as those alone whom they tell apart, `make trust` as all.
The answers stand in `matrix.txt`, which people review. `make matrix` writes it anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection

from reporting.models import Facet, Report
from reporting.panels import PANELS
from tests.content import put_everything
from tests.trust import people
from tests.trust.addresses import addresses
from tests.trust.conftest import FULL
from tests.trust.people import MARKS, ROLES
from tests.trust.undone import Undone

pytestmark = [pytest.mark.trust, pytest.mark.django_db]
MATRIX = Path(__file__).with_name("matrix.txt")
HEAD = f"""\
# Who may do what. Checked by tests/trust/test_matrix.py, written anew by `make matrix`: read every changed line.
# A cell is the status of the answer; "login" leads to the sign-in page, "go" is another redirect. Letters after +
# say what the page shows: s words of a report, i who wrote it, a the answer to code A, b the answer to code B.
# Report A is the one in the addresses; `conflict` is a reviewer tied to its school. An act is sent with no other
# field: 403 and 404 refuse it, 200 asks for the rest, "go" did it.
# {" ".join(ROLES)}
"""  # noqa: E501


def ask(cast, role, method, path, **typed):
    """Return the cell for `role`: status and what is shown; nothing that was changed stays."""
    cache.clear()  # no limit is met, and no page kept for another
    if role in {"code-a", "code-b"} and method == "POST":
        typed["code"] = cast.code_a if role == "code-a" else cast.code_b
    client = cast.clients[role]
    cookies = client.cookies.copy()
    with Undone():
        response = getattr(client, method.lower())(path, typed, secure=True)
        body = b"".join(response.streaming_content) if response.streaming else response.content
    client.cookies = cookies
    shown = "".join(letter for mark, letter in MARKS.items() if mark.encode() in body)
    where = response.headers.get("Location", "")
    status = str(response.status_code)
    if where:
        status = "login" if where.startswith("/admin/login/") else "go"
    return f"{status}+{shown}" if shown else status


def line(name, cells):
    """Return one line; where everybody gets the same, it is said once."""
    told = (
        f"everybody {cells[0]}" if len(set(cells)) == 1 else " ".join(f"{cell:<7}" for cell in cells).rstrip()
    )
    return f"{name:<70} {told}"


# Below /admin/ no code is looked for, elsewhere no cookie; content knows editors and trainers.
_BY_CODE = ("code-a", "code-b")
_READERS = ("visitor", *_BY_CODE, "lead")
_OF_CONTENT = ("visitor", "editor", "trainer", "operator", "one-factor", "reviewer")


def asked_as(address):
    """Return the roles that ask for an address."""
    if FULL or os.environ.get("WRITE_MATRIX"):
        return ROLES
    if not address.is_staff_page:
        return _READERS
    if address.route.startswith(("/admin/resources/", "/admin/training/")):
        return _OF_CONTENT
    return tuple(role for role in ROLES if role not in _BY_CODE)


def address_lines(cast):
    """Yield a line for each address and method, with cells of those who asked."""
    for address in addresses(cast.a, cast.members["trainer"].pk):
        for method in ("GET", "POST"):
            cells = {role: ask(cast, role, method, address.path) for role in asked_as(address)}
            yield f"{method:<4} {address.route}", cells


def asked_lines(cast):
    """Yield a line for each address whose query names reports: A beside B, and the queue narrowed to A's."""
    school = Facet.objects.get(report=cast.a, kind=Facet.Kind.SCHOOL).token
    for name, query in (
        ("compare/?one=A&other=B", f"compare/?one={cast.a.pk}&other={cast.b.pk}"),
        ("?school=A's", f"?status=all&school={school}"),
    ):
        cells = {role: ask(cast, role, "GET", f"/admin/reporting/report/{query}") for role in ROLES}
        yield f"GET  /admin/reporting/report/{name}", cells


def act_lines(cast):
    """Yield a line for each act of the case page."""
    path = f"/admin/reporting/report/{cast.a.pk}/change/"
    for act in sorted({name for panel in PANELS for name in panel.forms} | {"no-such-act"}):
        cells = {role: ask(cast, role, "POST", path, do=act) for role in ROLES}
        yield f"act  {act}", cells


@pytest.fixture
def cast():
    put_everything()
    return people.gather()


def test_everybody_may_do_exactly_what_the_matrix_says(cast, figures):
    if connection.vendor == "postgresql" and not FULL:
        pytest.skip("asked on SQLite in make test, on both databases in make trust")
    found = dict([*address_lines(cast), *asked_lines(cast), *act_lines(cast)])
    if os.environ.get("WRITE_MATRIX"):
        MATRIX.write_text(
            HEAD + "".join(line(name, list(cells.values())) + "\n" for name, cells in found.items())
        )
    told = rows()

    figures(f"{len(found)} addresses and acts, {sum(map(len, found.values()))} cells")
    assert sorted(found) == sorted(told)
    assert [
        f"{name} {role}: {cell}, not {told[name][role]}"
        for name, cells in found.items()
        for role, cell in cells.items()
        if cell != told[name][role]
    ] == []


def rows():
    """Return the cells of the matrix by what was asked."""
    table = {}
    for row in MATRIX.read_text().splitlines():
        if not row.startswith("#"):
            name, cells = row[:70].strip(), row[70:].split()
            table[name] = dict(
                zip(ROLES, cells[1:] * len(ROLES) if cells[0] == "everybody" else cells, strict=True)
            )
    return table


# Who may see what at all, whatever the address. Everything else in the matrix is for people to judge.
MAY_SHOW = {
    "s": {"reviewer", "lead", "conflict"},
    "i": {"lead"},
    "a": {"code-a", "reviewer", "lead"},
    "b": {"code-b", "reviewer", "lead", "conflict"},
}


def wrong(table):
    """Return what no matrix may say: a fault of ours, or something shown to somebody who must not see it."""
    found = []
    for name, cells in table.items():
        if (
            "/report/<" in name
            and name.split()[1].startswith("/admin/")
            and cells["conflict"].startswith("2")
        ):
            found.append(f"{name}: conflict finds a report it is tied to")
        for role, cell in cells.items():
            if cell.startswith("5"):
                found.append(f"{name}: {role} meets a fault")
            found += [
                f"{name}: {role} sees {letter}"
                for letter, may in MAY_SHOW.items()
                if letter in cell.partition("+")[2] and role not in may
            ]
    return found


def test_no_line_of_the_matrix_shows_anything_to_who_must_not_see_it():
    assert wrong(rows()) == []


def test_a_line_that_shows_too_much_is_found():
    cells = dict.fromkeys(ROLES, "200")
    assert wrong({"GET /": cells}) == []
    assert wrong({"GET /": cells | {"editor": "200+s"}}) == ["GET /: editor sees s"]
    assert wrong({"GET /": cells | {"reviewer": "200+i"}}) == ["GET /: reviewer sees i"]
    one = "GET /admin/reporting/report/<path:object_id>/history/"
    assert wrong({one: cells}) == [f"{one}: conflict finds a report it is tied to"]
    assert wrong({"GET /": cells | {"visitor": "500"}}) == ["GET /: visitor meets a fault"]


def test_an_unlocked_lead_who_loses_the_room_is_noticed(cast):
    path = f"/admin/reporting/report/{cast.a.pk}/change/"

    assert ask(cast, "conflict", "GET", path) == "404"
    assert "s" in ask(cast, "reviewer", "GET", path).partition("+")[2]
    Facet.objects.all().delete()
    assert "s" in ask(cast, "conflict", "GET", path).partition("+")[2]
    Report.objects.update(indexed=False)
    assert ask(cast, "conflict", "GET", path) == "404"
