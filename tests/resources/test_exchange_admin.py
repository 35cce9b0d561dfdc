"""The page where staff bring a table or a package in: seen first, then written, by editors alone."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile

from resources.models import Change, Location, Service
from tests.pages import text_of

pytestmark = pytest.mark.django_db
PAGE = "/admin/resources/service/exchange/"


@pytest.fixture
def editor(sign_in):
    return sign_in("editor")


def sent(client, content: bytes, name="table.csv"):
    """Send the file; return the answer, a preview or a refusal."""
    return client.post(PAGE, {"package": SimpleUploadedFile(name, content)})


def confirmed(client, preview, **changed):
    """Send the form of a preview."""
    fields = re.findall(r'type="hidden" name="(kept|seen)" value="([^"]*)"', preview.content.decode())
    return client.post(PAGE, {name: html.unescape(value) for name, value in fields} | changed, follow=True)


def test_a_table_is_seen_before_it_is_written(make_service, editor):
    row = make_service(summary={"en": "Old help."})

    preview = sent(editor, b"slug,summary\nplace,New help.\n")
    page = preview.content.decode()
    row.refresh_from_db()
    assert "<del>Old</del><ins>New</ins>" in page
    assert str(row.summary) == "Old help."

    done = confirmed(editor, preview)
    row.refresh_from_db()
    assert "Written: 0 new, 1 changed." in text_of(done)
    assert str(row.summary) == "New help."
    assert Change.objects.get(service=row, field="summary").made_by.username == "editor"
    assert LogEntry.objects.get(object_id=str(row.pk)).change_message == "Brought in from a file."
    assert "New help." in editor.get("/resources/place/").content.decode()


@pytest.mark.parametrize("path", ["package.json", "package.zip"])
def test_a_package_is_seen_before_it_is_written(make_service, editor, path):
    row = make_service(summary={"en": "Old."})
    content = editor.get(f"/resources/hsds/{path}").content
    Service.objects.update(summary={"en": "Other."})

    preview = sent(editor, content, path)
    assert "<del>Other.</del><ins>Old.</ins>" in preview.content.decode()
    confirmed(editor, preview)

    row.refresh_from_db()
    assert str(row.summary) == "Old."


def test_what_stays_is_shown_with_its_reason(make_service, editor):
    make_service(crisis_order=1)

    preview = sent(editor, b"slug,summary\nplace,New help.\n")

    assert "two people must make the change" in text_of(preview)
    assert "Nothing would change." in text_of(preview)
    assert 'name="kept"' not in preview.content.decode()


def test_a_broken_file_is_refused_with_its_lines(make_service, editor):
    make_service()

    for content, fault in (
        (b"slug,phones\nplace,555-0101\n", "line 2: phones: this column is only there to be read"),
        (b'[{"name": "<b>x"}]', "$[0]: id is missing"),
        (b"PK\x03\x04", "package: it is no ZIP that can be read"),
        (b"", "Choose a file that is not empty."),
    ):
        answer = sent(editor, content)
        assert "Nothing was changed." in text_of(answer)
        assert fault in text_of(answer), fault
    assert "Nothing was changed." in text_of(editor.post(PAGE, {}))


def test_a_file_that_is_too_large_is_refused(make_service, editor, monkeypatch):
    make_service()
    monkeypatch.setattr("resources.admin.exchange.MOST_BYTES", 10)

    assert "larger than 4 MB" in text_of(sent(editor, b"slug,summary\nplace,x\n"))


def test_a_preview_that_is_no_longer_true_is_shown_again(make_service, editor):
    row = make_service(summary={"en": "Old."})
    preview = sent(editor, b"slug,summary\nplace,New.\n")
    Service.objects.update(summary={"en": "Changed meanwhile."})

    again = confirmed(editor, preview)

    row.refresh_from_db()
    assert "The directory has changed since." in text_of(again)
    assert str(row.summary) == "Changed meanwhile."
    confirmed(editor, again)
    row.refresh_from_db()
    assert str(row.summary) == "New."


def test_a_preview_cannot_be_forged(make_service, editor):
    row = make_service()
    preview = sent(editor, b"slug,summary\nplace,New.\n")

    answer = confirmed(editor, preview, kept="eJxLyszLBgAEggGr:1:x")

    row.refresh_from_db()
    assert "not yours" in text_of(answer)
    assert str(row.summary) == "Help."


@pytest.mark.parametrize(("role", "status"), [("editor", 200), ("reviewer", 403)])
def test_only_who_edits_services_gets_the_page(make_service, sign_in, role, status):
    make_service()
    member = sign_in(role)

    assert member.get(PAGE).status_code == status
    assert sent(member, b"slug,summary\nplace,New.\n").status_code == status
    if status == 200:
        assert PAGE in member.get("/admin/resources/service/").content.decode()


def test_nobody_else_gets_the_page(client):
    answer = client.get(PAGE)

    assert (answer.status_code, "/admin/login/" in answer.headers["Location"]) == (302, True)


def test_a_private_place_is_not_in_the_preview(make_service, editor):
    make_service(place={"street": "77 Canary Lane", "city": "Nashville", "postal_code": "37201"})
    content = editor.get("/resources/hsds/package.json").content
    Location.objects.update(visibility="phone_only", street="78 Canary Lane")
    Service.objects.update(summary={"en": "Other."})

    page = sent(editor, content.replace(b"77 Canary", b"79 Canary")).content.decode()

    assert "it is kept private here" in page.lower()
    assert "78 Canary" not in page
