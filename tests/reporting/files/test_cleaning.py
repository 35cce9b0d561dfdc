"""Hostile files and hidden details: what comes out is clean, or nothing comes out and a sentence says why."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Name
from PIL import Image

from reporting.files import cleaning, images, kinds, media, pdfs, worker
from reporting.files.cleaning import clean
from reporting.files.kinds import Refused
from reporting.files.names import LONGEST, shown_name, stored_name
from reporting.files.sentences import SENTENCES
from tests.reporting.files import making

GROUPS = 4
NEEDLES = [
    making.PLANTED.encode(),
    making.PLANTED.encode("utf-16le"),
    making.PLANTED.encode("utf-16be"),
    b"Exif\0\0",
    b"xmpmeta",
    b"Photoshop 3.0",
]
EVIL = [making.EVIL, b"<script", b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile", b"/passwd"]
EVIL += [b"PK\3\4", b"MZ\x90"]


def unfolded(body):
    """Return the bytes of a file; of a PDF also all that is packed inside."""
    body += b"".join(unpacked_text(body))
    if not body.startswith(b"%PDF"):
        return body
    with pikepdf.open(io.BytesIO(body)) as opened:
        out = io.BytesIO()
        opened.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
        )
    return body + out.getvalue()


def unpacked_text(body):
    """Yield what is packed in a PNG's words and in streams of a PDF."""
    for start in (found.end() for found in re.finditer(rb"(?:zTXt|iCCP)[^\0]+\0\0|stream\r?\n", body)):
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj().decompress(body[start:], 10_000)


def can_be_read(body, kind):
    """Open the clean file as its reader would."""
    if kind in {"jpeg", "png", "webp"}:
        with Image.open(io.BytesIO(body)) as opened:
            opened.load()
            return (
                not opened.getexif()
                and getattr(opened, "n_frames", 1) == 1
                and not {"icc_profile", "xmp", "comment", "exif", "photoshop"} & set(opened.info)
            )
    if kind == "pdf":
        with pikepdf.open(io.BytesIO(body)) as opened:
            return bool(opened.pages) and set(opened.Root.keys()) <= {"/Type", "/Pages"}
    shown = subprocess.run(
        ["ffprobe", "-loglevel", "error", "-show_format", "-show_streams", "-of", "json", "-"],
        input=body, capture_output=True, check=True,
    )  # fmt: skip
    return bool(json.loads(shown.stdout)["streams"])


def share(files, group):
    """Return every fourth file: workers of the test run divide them up."""
    return dict(list(files.items())[group::GROUPS])


def test_there_are_at_least_60_hostile_files_and_40_with_details():
    hostile, planted = making.hostile(), making.planted()
    print(f"{len(hostile)} hostile files, {len(planted)} with planted details")  # noqa: T201
    assert len(hostile) >= 60
    assert len(planted) >= 40


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_hostile_file_comes_out_clean_or_is_refused_with_a_sentence(group):
    came = {what: outcome(*file) for what, file in share(making.hostile(), group).items()}

    assert {what: words for what, words in came.items() if words} == {}


def outcome(name, body, comes_out):
    """Return what is wrong with what became of a hostile file, empty when nothing is."""
    try:
        cleaned = clean(body, name)
    except Refused as refused:
        known = refused.reason in SENTENCES
        return f"refused: {refused.reason}" if comes_out or not known else ""
    if comes_out is False:
        return "was taken"
    everything = unfolded(cleaned.body)
    found = [needle for needle in EVIL if needle in everything]
    sums = (hashlib.sha256(cleaned.body).hexdigest(), hashlib.sha256(body).hexdigest())
    if found or sums != (cleaned.sha256, cleaned.original_sha256):
        return f"holds {found}"
    return "" if can_be_read(cleaned.body, cleaned.kind) else "cannot be read"


@pytest.mark.parametrize("group", range(GROUPS))
def test_nothing_of_what_was_planted_is_left(group):
    came = {what: left_of(body) for what, body in share(making.planted(), group).items()}

    assert {what: left for what, left in came.items() if left} == {}


def left_of(body):
    """Return what is left of the planted details after cleaning, or what else is wrong."""
    slug = kinds.kind_of(body).slug
    if slug == "pdf":
        cleaned = pdfs.clean_pdf(body)
    elif kinds.KINDS[slug].content_type.startswith("image/"):
        cleaned, slug = images.clean_image(body, slug)
    else:
        cleaned = media.clean_media(body, slug)
    found = [needle for needle in [*NEEDLES, b"x264"] if needle in unfolded(cleaned)]
    return found or ([] if can_be_read(cleaned, slug) else ["cannot be read"])


def test_the_needles_are_found_where_they_were_planted():
    """The search itself works: each file shows a detail before it is cleaned."""
    hidden = [
        what
        for what, body in making.planted().items()
        if not any(needle in unfolded(body) for needle in [*NEEDLES, b"x264"])
    ]
    assert hidden == []


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_upright_whichever_way_the_phone_was_held(kind, turned):
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    held = making.picture()
    if turned in undo:
        held = held.transpose(undo[turned])
    cleaned, _slug = images.clean_image(making.saved(held, kind, exif=making.exif(_274=turned)), kind.lower())

    with Image.open(io.BytesIO(cleaned)) as shown:
        assert shown.size == (160, 120)
        red, _green, blue = shown.convert("RGB").getpixel((10, 10))
        assert red > 200 > 60 > blue


def test_a_picture_of_48_million_pixels_is_halved_and_a_larger_one_refused():
    large = making.saved(Image.new("RGB", (8000, 6000), "white"), "JPEG", quality=20)
    cleaned, _slug = images.clean_image(large, "jpeg")
    with Image.open(io.BytesIO(cleaned)) as shown:
        assert shown.size == (4000, 3000)
    with pytest.raises(Refused, match="too-many-pixels"):
        images.clean_image(making.saved(Image.new("L", (8000, 7000)), "PNG"), "png")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_mode_of_pixels_is_taken(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    cleaned, slug = images.clean_image(making.saved(Image.new(mode, (20, 10)), kind), kind.lower())
    assert can_be_read(cleaned, slug)


def test_what_was_written_into_a_form_is_still_seen():
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(200, 200))
    seen = made.make_stream(b"0 0 9 9 re f % the typed words", Type=Name.XObject, Subtype=Name.Form)
    seen.BBox = pikepdf.Array([0, 0, 50, 20])
    field = made.make_indirect(
        pikepdf.Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=pikepdf.String("Name"),
            V=pikepdf.String("typed"), Rect=pikepdf.Array([10, 10, 60, 30]), F=4,
            AP=pikepdf.Dictionary(N=seen),
        )
    )  # fmt: skip
    page.obj.Annots = pikepdf.Array([field])
    made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
    out = io.BytesIO()
    made.save(out)

    cleaned = unfolded(pdfs.clean_pdf(out.getvalue()))
    assert b"the typed words" in cleaned
    assert b"/AcroForm" not in cleaned


# --- Names ---


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Sam\\photo.jpg", "photo.jpg"),
        ("a\0b.jpg", "a b.jpg"),
        ("exe.\u202egpj", "exe. gpj"),
        ("  .hidden  ", "hidden"),
        ("...", "file"),
        ("", "file"),
        ("foto de la niña.jpg", "foto de la niña.jpg"),
        ("صورة.jpg", "صورة.jpg"),
    ],
)
def test_a_name_is_made_harmless(given, shown):
    assert shown_name(given) == shown


def test_a_long_name_keeps_its_end():
    shown = shown_name("n" * 296 + ".jpg")
    assert len(shown) <= LONGEST
    assert shown.endswith("….jpg")


def test_a_stored_file_has_a_neutral_name():
    assert [stored_name(slug, 2) for slug in ("jpeg", "pdf", "m4a")] == [
        "photo-2.jpg", "document-2.pdf", "recording-2.m4a",
    ]  # fmt: skip


# --- Bounds ---


def test_a_file_over_ten_megabytes_is_refused_unopened(monkeypatch):
    monkeypatch.setattr(cleaning, "_work", lambda *args: pytest.fail("it was opened"))
    with pytest.raises(Refused, match="too-large"):
        clean(b"\xff\xd8\xff" + b"\0" * cleaning.LARGEST, "a.jpg")


@pytest.mark.parametrize(
    "fault", ["os.abort()", "os._exit(3)", "bytearray(3 << 30)", "sys.stdout.write('{')"]
)
def test_a_worker_that_falls_over_takes_nothing_along(monkeypatch, fault):
    code = f"import os, sys; from reporting.files import worker; worker.bound_itself(); {fault}"
    popen = subprocess.Popen
    monkeypatch.setattr(
        cleaning.subprocess, "Popen", lambda command, **how: popen([sys.executable, "-c", code], **how)
    )
    with pytest.raises(Refused, match="too-complicated"):
        clean(making.jpeg(), "a.jpg")


def test_a_worker_that_hangs_is_stopped(monkeypatch):
    monkeypatch.setattr(cleaning, "_SECONDS", 0.2)
    popen = subprocess.Popen
    monkeypatch.setattr(cleaning.subprocess, "Popen", lambda command, **how: popen(["sleep", "60"], **how))
    with pytest.raises(Refused, match="took-too-long"):
        clean(making.jpeg(), "a.jpg")


def test_a_third_file_at_once_is_asked_to_wait(monkeypatch):
    monkeypatch.setattr(cleaning, "_WAIT_SECONDS", 0.05)
    with cleaning._turn(), cleaning._turn(), pytest.raises(Refused, match="busy"):
        clean(making.jpeg(), "a.jpg")
    assert clean(making.jpeg(), "a.jpg").kind == "jpeg"


def test_the_worker_bounds_itself_and_gets_no_secret():
    code = (
        "import json, resource; from reporting.files import worker; worker.bound_itself();"
        "print(json.dumps([resource.getrlimit(n) for n in (resource.RLIMIT_CORE, resource.RLIMIT_CPU,"
        "resource.RLIMIT_AS, resource.RLIMIT_FSIZE)]))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=cleaning._BASE)
    core, seconds, memory, size = json.loads(told.stdout)
    assert core == [0, 0]
    assert seconds == [worker.SECONDS] * 2
    assert memory == [worker.MEMORY_BYTES] * 2
    assert size == [worker.FILE_BYTES] * 2


def test_the_worker_knows_no_django():
    code = "import sys; from reporting.files import images, media, pdfs, worker;"
    code += "sys.exit(any(name.partition('.')[0] in {'django', 'nacl'} for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=cleaning._BASE, check=False).returncode == 0


def test_the_heaviest_files_stay_within_300_mebibytes():
    """The parent measures what its children needed most: the picture and the bombs are among them."""
    turned = making.exif(_274=6)
    large = making.saved(Image.new("RGB", (5712, 4284), "white"), "JPEG", quality=20, exif=turned)
    named = ("PDF that unpacks to 70 MB", "PNG of 400 million real pixels", "PNG with a text bomb")
    bombs = [making.hostile()[what][1] for what in named]
    peaks = [peak_of_worker(body) for body in (large, *bombs)]
    print(f"largest worker: {max(peaks)} MiB")  # noqa: T201
    assert max(peaks) <= 300 + 25  # what an empty interpreter takes


# A process of its own measures: a child's figure begins with the size of the process that it came from.
MEASURE = """
import os, subprocess, sys
command = [sys.executable, "-B", "-s", "-m", "reporting.files.worker"]
started = subprocess.Popen(command, stdout=subprocess.DEVNULL)
print(os.wait4(started.pid, 0)[2].ru_maxrss // 1024)
"""


def peak_of_worker(body):
    """Return the most memory, in MiB, that the worker had for `body`."""
    source = os.memfd_create("in")
    os.write(source, body)
    os.lseek(source, 0, os.SEEK_SET)
    told = subprocess.run(
        [sys.executable, "-c", MEASURE], stdin=source, capture_output=True, check=True, cwd=cleaning._BASE
    )
    os.close(source)
    return int(told.stdout)


def test_without_ffmpeg_sound_and_video_are_refused_and_pictures_taken(monkeypatch):
    monkeypatch.setattr(media, "has_tools", lambda: False)
    with pytest.raises(Refused, match="no-media-tool"):
        media.clean_media(making.media("mp3"), "mp3")
    assert clean(making.jpeg(), "a.jpg").kind == "jpeg"


# --- Nothing on a disk ---


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("what", ["jpeg", "pdf", "mp4"])
def test_the_worker_writes_to_no_file_that_has_a_name(what, tmp_path):
    body = {"jpeg": making.jpeg(), "pdf": making.pdf(), "mp4": making.media("mp4")}[what]
    trace = tmp_path / "trace"
    source, target = os.memfd_create("in"), os.memfd_create("out")
    os.write(source, body)
    os.lseek(source, 0, os.SEEK_SET)
    command = ["strace", "-f", "-e", "trace=open,openat,creat", "-o", str(trace)]
    command += [sys.executable, "-B", "-s", "-m", "reporting.files.worker"]
    subprocess.run(command, stdin=source, stdout=target, check=True, cwd=cleaning._BASE)

    assert os.fstat(target).st_size > 100
    opened = [line for line in trace.read_text().splitlines() if "O_WRONLY" in line or "O_RDWR" in line]
    named = [line for line in opened if "/proc/self/fd/" not in line and "/dev/null" not in line]
    assert named == []
    assert Path(trace).read_text().count("openat") > 10  # the trace itself works
