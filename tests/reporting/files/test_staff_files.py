"""Staff's side: files of their own cases, saved as attachments, each saving written down."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.asgi import ASGIRequest

from reporting import keys, services
from reporting.files import cleaning, replying
from reporting.files.download import OpenedFile, attachment
from reporting.formtoken import BoxToken, Filing
from reporting.models import CASE, FileChunk, Report, ReportBlock, ReportEvent, SealedPart
from tests.portal.conftest import _fast_hashing, form_of, lead, make_member, sign_in, vault  # noqa: F401
from tests.reporting.files import making

QUEUE = "/admin/reporting/report/"


@pytest.fixture
def case(vault):  # noqa: F811
    """Return a report with a file and its original; `report.code` is its code."""
    filing = Filing.new()
    services.file_report(filing=filing, answers={"story": "He pushed me."})
    report = Report.objects.get()
    clean = cleaning.clean(making.jpeg(exif=making.exif_deep()), "IMG <b>1.jpg")
    raw = making.jpeg(exif=making.exif_deep())
    box = BoxToken.new(report.pk, filing.code)
    replying.add_files(box=box, files=[(clean, raw)], note="In the hall", who="Officer G.")
    report.code, report.clean, report.raw = filing.code, clean, raw
    return report


def part_of(kind):
    return SealedPart.objects.get(kind=kind)


def address(report, part):
    return f"{QUEUE}{report.pk}/files/{part}/"


def test_the_case_page_lists_files_with_their_sums_and_shows_no_picture(sign_in, vault, case):  # noqa: F811
    page = sign_in(vault).get(f"{QUEUE}{case.pk}/change/", secure=True).content.decode()

    for words in ("IMG &lt;b&gt;1.jpg", "In the hall", "Officer G.", case.clean.sha256):
        assert words in page
    assert case.clean.original_sha256 in page
    assert "<img" not in page.partition("files-head")[2]
    assert "Save the original" in page


def test_a_file_is_saved_as_an_attachment_that_no_browser_runs(sign_in, vault, case):  # noqa: F811
    client = sign_in(vault)
    response = client.post(address(case, part_of("file").pk), secure=True)

    assert b"".join(response.streaming_content) == case.clean.body
    assert response["Content-Disposition"] == 'attachment; filename="photo-3.jpg"'
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Length"] == str(len(case.clean.body))
    event = ReportEvent.objects.get(kind=ReportEvent.Kind.DOWNLOADED)
    assert (event.actor, event.report, "IMG" in event.detail) == (vault, case, False)
    assert client.get(address(case, part_of("file").pk), secure=True).status_code == 405


def test_an_original_is_for_leads_only(sign_in, vault, case, make_member):  # noqa: F811
    member = make_member("bo")
    keys.grant_rooms(by=vault, by_key=vault.key, to=member, rooms=[CASE])
    client = sign_in(member)
    page = client.get(f"{QUEUE}{case.pk}/change/", secure=True).content.decode()
    assert "Leads can open it" in page
    assert client.post(address(case, part_of("original").pk), secure=True).status_code == 403
    assert client.post(address(case, part_of("file").pk), secure=True).status_code == 200
    client.logout()
    response = sign_in(vault).post(address(case, part_of("original").pk), secure=True)
    assert b"".join(response.streaming_content) == case.raw


def test_another_reports_id_a_strange_one_and_a_hidden_report_are_not_found(sign_in, vault, case):  # noqa: F811
    client, part = sign_in(vault), part_of("file").pk
    services.file_report(filing=Filing.new(), answers={"story": "Another."})
    other = Report.objects.exclude(pk=case.pk).get()

    assert client.post(address(case, part), secure=True).status_code == 200
    assert client.post(address(other, part), secure=True).status_code == 404
    assert client.post(address(case, uuid.uuid4()), secure=True).status_code == 404
    assert client.post(address(case, part_of_report(case)), secure=True).status_code == 404
    ReportBlock.objects.create(report=case, member=vault)
    assert client.post(address(case, part), secure=True).status_code == 404


def part_of_report(report):
    return report.parts.get(kind="report").pk


def test_a_member_without_the_key_saves_nothing(sign_in, case, make_member):  # noqa: F811
    client = sign_in(make_member("new"))
    assert client.post(address(case, part_of("file").pk), secure=True).status_code == 403
    assert client.post(f"{QUEUE}{case.pk}/files/", secure=True).status_code == 403
    assert not ReportEvent.objects.filter(kind=ReportEvent.Kind.DOWNLOADED).exists()


def test_a_damaged_file_gives_a_plain_page(sign_in, vault, case):  # noqa: F811
    client = sign_in(vault)
    FileChunk.objects.filter(part=part_of("file")).update(body=b"\x01" + b"\0" * 200)
    page = client.post(address(case, part_of("file").pk), secure=True)

    assert (page.status_code, b"cannot be opened" in page.content) == (200, True)
    FileChunk.objects.all().delete()
    assert b"cannot be opened" in client.post(address(case, part_of("original").pk), secure=True).content
    assert not ReportEvent.objects.filter(kind=ReportEvent.Kind.DOWNLOADED).exists()


def test_staff_send_a_file_that_tells_nothing_of_them(sign_in, vault, case):  # noqa: F811
    client = sign_in(vault)
    upload = SimpleUploadedFile("Ann's letter.pdf", making.pdf(making.with_info))
    sent = {"files": upload, "note": "Please sign"}
    page = client.post(f"{QUEUE}{case.pk}/files/", sent, secure=True, follow=True).content.decode()
    assert "File kept for the reporter." in page
    assert "for the reporter</span>" in page

    box = services.read_box(code=case.code)
    (shown,) = box.files
    assert (shown.name, shown.note) == ("document-1.pdf", "Please sign")
    bad = {"files": SimpleUploadedFile("x.zip", making.zipped(a_txt=b"x" * 90))}
    page = client.post(f"{QUEUE}{case.pk}/files/", bad, secure=True, follow=True).content.decode()
    assert "ZIP or Office" in page
    page = client.post(f"{QUEUE}{case.pk}/files/", {}, secure=True, follow=True).content.decode()
    assert "Choose a file first" in page
    assert SealedPart.objects.filter(kind="reply_file").count() == 1


def test_under_asgi_the_file_flows_piece_by_piece(monkeypatch):
    pieces = [b"one", b"two"]
    monkeypatch.setattr("reporting.files.download.opened_pieces", lambda part, key: iter(pieces))
    request = ASGIRequest({"type": "http", "method": "POST", "path": "/", "headers": []}, None)
    response = attachment(request, OpenedFile(None, b"", "../x\r\n.jpg", "jpeg", 6))

    async def read():
        return [piece async for piece in response]

    assert response.is_async
    assert asyncio.run(read()) == pieces
    assert response["Content-Disposition"] == 'attachment; filename="..x.jpg"'
