"""Files on their way: into a draft, into a report, into the box and back. No scripts, no file on a disk."""

from __future__ import annotations

import html
import re
import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from PIL import Image

from reporting import services
from reporting.files import cleaning, drafted, gate, replying, sealing
from reporting.files.kinds import Refused
from reporting.formtoken import BoxToken, Filing
from reporting.models import CASE, IDENTITY, Draft, DraftFile, FileChunk, Report, SealedPart
from reporting.vault import primitives
from tests.reporting.files import making

STORY = "He pushed me."
FILES, SENT = "/report/files/", "/report/sent/"


def upload(name="photo.jpg", body=None):
    return SimpleUploadedFile(name, making.jpeg(exif=making.exif_deep()) if body is None else body)


def text_of(response):
    return html.unescape(response.content.decode())


def carried(response):
    page = response.content.decode()
    found = {
        name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("token", "kept", "came", "box")
    }
    return {name: html.unescape(match[1]) for name, match in found.items() if match}


@pytest.fixture
def story(client, vault):
    """Return what the files page carries after a story was written."""
    begun = carried(client.get("/report/"))
    told = {**begun, "step": "story", "item": "0", "go": "check", "story": STORY}
    return carried(client.post(FILES, carried(client.post("/report/questions/", told))))


def add(client, fields, *files, **more):
    return client.post(FILES, {**fields, "do": "add", "files": list(files), **more})


def opened(part, room):
    """Return (what is sealed about a file, its bytes)."""
    content = services.unseal_part(part=part, room=room)
    key = primitives.open_sealed(room.privates[part.epoch], part.sealed_key)
    return content, b"".join(sealing.opened_pieces(part, key))


def part_of(kind):
    return SealedPart.objects.select_related("report").get(kind=kind)


# --- Into a draft ---


def test_a_file_goes_from_the_draft_into_the_report(client, story, case_room, identity_room):
    body = making.jpeg(exif=making.exif_deep())
    page = add(client, story, upload("IMG_0042 Sam.jpg", body), keep_original="1")
    assert "IMG_0042 Sam.jpg" in text_of(page)
    page = client.post(FILES, {**carried(page), "do": "done", "note-1": "His hand", "who-1": "Officer G."})
    assert "Check what you wrote" in text_of(page)
    assert "IMG_0042 Sam.jpg" in text_of(page)
    assert "We have your report" in text_of(client.post(SENT, carried(page)))

    told, cleaned = opened(part_of("file"), case_room)
    assert (told["name"], told["stored_name"], told["kind"]) == ("IMG_0042 Sam.jpg", "photo-1.jpg", "jpeg")
    assert (told["note"], told["who"]) == ("His hand", "Officer G.")
    assert making.PLANTED.encode() not in cleaned
    original, raw = opened(part_of("original"), identity_room)
    assert raw == body
    assert original["sha256"] == told["original_sha256"]
    assert told["original"] == str(part_of("original").pk)
    assert (part_of("file").room, part_of("original").room) == (CASE, IDENTITY)
    assert not DraftFile.objects.exists()
    sealed = services.unseal_part(part=part_of("report"), room=case_room)
    assert "files" not in sealed["answers"]


def test_the_button_on_the_story_keeps_the_words_and_leads_on_from_there(client, vault):
    begun = carried(client.get("/report/"))
    told = {**begun, "step": "story", "item": "0", "go": "files", "story": STORY}
    page = client.post(FILES, told)
    assert "Choose a photo or file" in text_of(page)
    onward = client.post(FILES, {**carried(page), "do": "done", "files": [upload()]})

    assert "Choose a photo or file" not in text_of(onward)
    assert 'name="story"' not in text_of(onward)
    check = client.post("/report/review/", carried(onward))
    assert STORY in text_of(check)
    assert "photo.jpg" in text_of(check)


def test_without_the_tick_no_original_is_kept(client, story):
    client.post(SENT, carried(client.post(FILES, {**carried(add(client, story, upload())), "do": "done"})))

    assert not SealedPart.objects.filter(kind="original").exists()
    assert SealedPart.objects.filter(kind="file").count() == 1


def test_a_file_that_was_chosen_and_not_added_goes_along_with_go_on(client, story):
    page = client.post(FILES, {**story, "do": "done", "files": [upload()]})

    client.post(SENT, carried(page))
    assert SealedPart.objects.filter(kind="file").count() == 1


def test_hostile_files_are_refused_with_words_and_nothing_else_is_lost(client, story):
    fields = carried(add(client, story, upload("good.jpg")))
    named = (
        "program called a photo",
        "zip",
        "PDF with a password",
        "GIF called a photo",
        "nothing",
        "one byte",
    )
    bad = [upload(f"bad{number}.jpg", making.hostile()[what][1]) for number, what in enumerate(named)]
    page = add(client, fields, *bad[:3], **{"note-1": "typed note"})

    text = text_of(page)
    assert page.status_code == 200
    assert "<title>Error:" in text
    assert "3 files were not taken" in text
    assert all(
        words in text
        for words in ("bad0.jpg", "This is a program", "ZIP or Office", "locked with a password")
    )
    assert "good.jpg" in text
    assert "typed note" in text
    page = client.post(FILES, {**carried(page), "do": "done"})
    assert STORY in text_of(page)
    client.post(SENT, carried(page))
    assert (Report.objects.count(), SealedPart.objects.filter(kind="file").count()) == (1, 1)


def test_remove_takes_the_file_and_its_bytes_out(client, story):
    page = add(client, story, upload("one.jpg"), upload("two.jpg"), keep_original="1")
    page = client.post(FILES, {**carried(page), "do": "remove-1", "note-2": "kept note"})

    assert "one.jpg" not in text_of(page)
    assert "kept note" in text_of(page)
    assert set(DraftFile.objects.values_list("number", flat=True)) == {2}


def test_the_sixth_file_and_more_than_25_megabytes_are_refused(client, story, monkeypatch):
    page = add(client, story, *[upload(f"{number}.jpg") for number in range(6)])
    assert "five files already" in text_of(page)
    assert "5.jpg" in text_of(page)
    page = client.post(FILES, {**carried(page), "do": "remove-1"})
    monkeypatch.setattr(drafted, "MOST_BYTES", 100)
    assert "may have 25 MB" in text_of(add(client, carried(page), upload("large.jpg")))
    assert DraftFile.objects.values("number").distinct().count() == 4


def test_a_double_click_and_a_resend_make_one_report_with_its_files_once(client, story):
    fields = carried(client.post(FILES, {**carried(add(client, story, upload())), "do": "done"}))
    first, again = client.post(SENT, fields), client.post(SENT, fields)

    assert "We have your report" in text_of(first)
    assert "We already have this" in text_of(again)
    assert "no longer here" not in text_of(again)
    assert (Report.objects.count(), SealedPart.objects.filter(kind="file").count()) == (1, 1)


def test_a_file_added_under_a_used_form_is_added_to_the_report(client, story):
    fields = carried(client.post(FILES, {**carried(add(client, story, upload())), "do": "done"}))
    client.post(SENT, fields)
    page = client.post(FILES, {**fields, "do": "done", "files": [upload("later.jpg")]})
    client.post(SENT, carried(page))

    assert (Report.objects.count(), SealedPart.objects.filter(kind="file").count()) == (1, 2)


def test_a_purged_draft_loses_its_files_and_the_words_are_sent_all_the_same(client, story):
    fields = carried(client.post(FILES, {**carried(add(client, story, upload())), "do": "done"}))
    Draft.objects.all().delete()
    assert not DraftFile.objects.exists()

    assert "no longer here" in text_of(client.post(SENT, fields))
    assert SealedPart.objects.filter(kind="report").count() == 1


def test_when_sending_fails_neither_report_nor_file_is_kept(client, story, monkeypatch):
    fields = carried(client.post(FILES, {**carried(add(client, story, upload())), "do": "done"}))

    def fail(**kwargs):
        raise OperationalError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(services, "seal_drafted_files", fail)
        response = client.post(SENT, fields)
    assert response.status_code == 503
    assert (Report.objects.count(), SealedPart.objects.count(), FileChunk.objects.count()) == (0, 0, 0)
    assert "We have your report" in text_of(client.post(SENT, carried(response)))
    assert SealedPart.objects.filter(kind="file").count() == 1


def test_without_a_database_the_page_comes_back_with_the_words(client, story, monkeypatch):
    fields = carried(add(client, story, upload("one.jpg")))

    def fail(*args, **kwargs):
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr("reporting.files.views.load_draft", fail)
        response = add(client, fields, upload("two.jpg"), **{"note-1": "typed note"})
    assert response.status_code == 503
    assert "could not be kept" in text_of(response)
    assert "typed note" in text_of(response)
    assert "one.jpg" in text_of(response)
    again = client.post(FILES, {**carried(response), "do": "done", "note-1": "typed note"})
    assert "Check what you wrote" in text_of(again)


def test_when_the_cleaner_fails_nothing_is_kept_and_the_story_is(client, story, monkeypatch):
    def fail(*args):
        raise Refused("too-complicated")

    monkeypatch.setattr(cleaning, "_cleaned", fail)
    page = add(client, story, upload(), keep_original="1")

    assert "too complicated" in text_of(page)
    assert not DraftFile.objects.exists()
    assert STORY in text_of(client.post("/report/review/", carried(page)))


def test_above_the_rate_files_wait_and_words_go_on(client, story, monkeypatch):
    monkeypatch.setattr(gate, "MOST_MEBIBYTES", 1)
    fields = carried(add(client, story, upload("a.jpg"), upload("b.jpg")))
    page = add(client, fields, upload("c.jpg"))

    assert "cannot take more files just now" in text_of(page)
    page = client.post(FILES, {**carried(page), "do": "done"})
    assert "We have your report" in text_of(client.post(SENT, carried(page)))


def test_a_stale_or_foreign_page_and_another_site_get_nowhere(client, story):
    assert client.get(FILES)["Location"] == "/report/"
    assert client.post(FILES, {"token": "junk"})["Location"] == "/report/"
    foreign = client.post(FILES, story, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


def test_chunks_are_of_one_mebibyte_padded_and_bound_to_their_place(client, vault, case_room):
    noise = Image.effect_noise((1500, 1100), 90)
    filing, answers = Filing.new(), {"story": STORY}
    clean = cleaning.clean(making.saved(noise, "PNG"), "noise.png")
    Draft.objects.create(pk=filing.draft_id, body=filing.lock(answers), purge_week="2030-01-07")
    drafted.add_file(filing=filing, answers=answers, clean=clean, original=None)
    services.file_report(filing=filing, answers=answers)

    part = part_of("file")
    chunks = list(FileChunk.objects.filter(part=part))
    assert [(chunk.number, chunk.of) for chunk in chunks] == [(1, 2), (2, 2)]
    overhead = 1 + primitives.NONCE_BYTES + 16
    assert {(len(chunk.body) - overhead) % primitives.FILE_BLOCK for chunk in chunks} == {0}
    told, body = opened(part, case_room)
    assert body == clean.body
    first, second = chunks
    FileChunk.objects.filter(pk=first.pk).update(body=bytes(second.body))
    FileChunk.objects.filter(pk=second.pk).update(body=bytes(first.body))
    key = primitives.open_sealed(case_room.privates[part.epoch], part.sealed_key)
    assert not sealing.is_whole(part, key, told["sha256"])
    second.delete()
    assert not sealing.is_whole(part, key, told["sha256"])


# --- With the code ---


@pytest.fixture
def box(client, make_report):
    """Return the fields of an opened box."""
    report = make_report()
    return report, carried(client.post("/report/return/", {"code": report.code}))


def test_files_and_words_are_added_with_the_code_once(client, box, case_room):
    report, fields = box
    door = client.post("/report/return/files/", {**fields, "text": "carried words"})
    assert "carried words" in text_of(door)
    bad = upload("bad.exe", b"MZ" + b"\0" * 90)
    sent = {**fields, "send": "1", "text": "carried words", "note": "The hall", "files": [upload(), bad]}
    page = client.post("/report/return/files/", sent)
    again = client.post("/report/return/files/", {**sent, "files": [upload()]})

    assert "1 file is saved" in text_of(page)
    assert "bad.exe" in text_of(page)
    assert again.status_code == 200
    assert report.parts.filter(kind="addition").count() == 1
    assert report.parts.filter(kind="file").count() == 1
    assert opened(part_of("file"), case_room)[0]["note"] == "The hall"
    assert "1 file" in text_of(client.post("/report/return/", {"code": report.code}))


def test_a_box_page_without_anything_or_with_the_code_in_it_is_asked_again(client, box):
    report, fields = box
    empty = client.post("/report/return/files/", {**fields, "send": "1"})
    told = client.post(
        "/report/return/files/", {**fields, "send": "1", "note": report.code, "files": [upload()]}
    )

    assert "Choose a file or write something" in text_of(empty)
    assert told.status_code == 400
    assert not report.parts.filter(kind="file").exists()


def test_a_stale_box_asks_for_the_code_and_keeps_the_words(client, vault):
    page = client.post("/report/return/files/", {"box": "junk", "text": "kept words"})
    assert page.status_code == 400
    assert "kept words" in text_of(page)


def test_a_full_or_an_erased_report_takes_no_file_and_says_so(client, box, monkeypatch):
    _report, fields = box
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "MOST_IN_REPORT", 0)
        full = client.post("/report/return/files/", {**fields, "send": "1", "files": [upload()]})
    assert "as many files as we can keep" in text_of(full)
    Report.objects.all().delete()
    gone = client.post("/report/return/files/", {**fields, "send": "1", "files": [upload()]})
    assert gone.status_code == 410


def test_a_file_from_staff_is_saved_with_the_code_and_with_no_other(
    client, vault, box, case_room, make_report
):
    report, fields = box
    clean = cleaning.clean(making.pdf(making.with_info), "from Ann.pdf")
    part = replying.reply_with_file(report=report, by=vault, key=case_room, clean=clean, note="Please sign")
    page = client.post("/report/return/", {"code": report.code})
    assert "Please sign" in text_of(page)
    assert "document-1.pdf" in text_of(page)
    assert "from Ann" not in text_of(page)

    saved = client.post("/report/return/file/", {"box": carried(page)["box"], "part": str(part.pk)})
    assert b"".join(saved.streaming_content) == clean.body
    assert saved["Content-Disposition"] == 'attachment; filename="document-1.pdf"'
    other = BoxToken.new(make_report().pk, report.code).token()
    for token, wanted in (
        (other, part.pk),
        (fields["box"], SealedPart.objects.first().pk),
        (fields["box"], "x"),
    ):
        assert client.post("/report/return/file/", {"box": token, "part": str(wanted)}).status_code == 404
    FileChunk.objects.update(body=b"\x01" + b"\0" * 90)
    damaged = client.post("/report/return/file/", {"box": fields["box"], "part": str(part.pk)})
    assert (damaged.status_code, "cannot be opened" in text_of(damaged)) == (404, True)


# --- Nothing in clear on a disk ---

_written: list[str] = []
_watching = False


def _hook(event, arguments):
    if _watching and event == "open":
        path, mode, flags = arguments
        writes = (mode and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & 3)
        if writes and not isinstance(path, int):
            _written.append(str(path))


def test_an_upload_is_written_to_no_file_of_the_site(client, story):
    global _watching
    sys.addaudithook(_hook)
    noise = making.saved(Image.effect_noise((2700, 2000), 90), "PNG")
    assert len(noise) > 5_000_000  # the stock handler writes from 2.5 MB on
    _written.clear()
    _watching = True
    try:
        page = add(client, story, upload("large.png", noise), keep_original="1")
        client.post(SENT, carried(page))
    finally:
        _watching = False
    assert [path for path in _written if "sqlite" not in path and path != "/dev/null"] == []
    assert SealedPart.objects.filter(kind="original").count() == 1
