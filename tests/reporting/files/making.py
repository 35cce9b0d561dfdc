# ruff: noqa: E501
"""Files made by the tests: hostile ones, and ones with details planted in every place that is known."""

from __future__ import annotations

import gzip
import io
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from functools import cache
from pathlib import Path

import pikepdf
import pillow_heif
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, PngImagePlugin

EVIL = b"EVIL-PAYLOAD-5581"
PLANTED = "Planted-Value-7Q"
JPEG, PNG, PDF = "photo.jpg", "photo.png", "paper.pdf"

pillow_heif.register_heif_opener()


def picture(size=(160, 120)):
    """Return a picture whose left upper corner is red and whose rest is blue."""
    made = Image.new("RGB", size, "blue")
    made.paste("red", (0, 0, size[0] // 4, size[1] // 4))
    return made


def saved(image, kind, **more):
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def jpeg(**more):
    return saved(picture(), "JPEG", **more)


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width, height, *extra, data=b""):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *extra, chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), body)
    return out.getvalue()


def pdf(change=None, pages=1, **how):
    """Return a PDF of blank pages with a line of drawing; `change(pdf)` adds to it."""
    made = pikepdf.new()
    for _number in range(pages):
        page = made.add_blank_page(page_size=(300, 300))
        page.Contents = made.make_stream(b"0 0 1 rg 20 20 100 100 re f")
    if change:
        change(made)
    out = io.BytesIO()
    made.save(out, **how)
    return out.getvalue()


def with_script(made):
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert('" + EVIL.decode() + "')"))
    made.Root.OpenAction = script
    made.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), script])))
    made.pages[0].obj.AA = Dictionary(O=script)


def with_link(**action):
    def change(made):
        note = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([0, 0, 50, 50]),
            A=Dictionary({f"/{name}": value for name, value in action.items()}),
        )
        made.pages[0].obj.Annots = Array([made.make_indirect(note)])

    return change


def with_file(made):
    made.attachments["evil.exe"] = b"MZ" + EVIL * 20


def with_xfa(made):
    made.Root.AcroForm = Dictionary(Fields=Array([]), XFA=made.make_stream(b"<xdp>" + EVIL + b"</xdp>"))
    made.Root.NeedsRendering = True


def with_static_xfa(made):
    made.Root.AcroForm = Dictionary(Fields=Array([]), XFA=made.make_stream(b"<xdp>" + EVIL + b"</xdp>"))


def with_outside_stream(made):
    stream = made.make_stream(b"")
    stream.F = String("/etc/passwd")
    made.pages[0].Contents = stream


def with_bomb(made):
    stream = made.make_stream(b"")
    stream.write(zlib.compress(b" " * 70_000_000, 1), filter=Name.FlateDecode)
    made.pages[0].Contents = stream


def with_page_loop(made):
    made.Root.Pages.Kids.append(made.Root.Pages)


def with_postscript(made):
    stream = made.make_stream(EVIL, Type=Name.XObject, Subtype=Name.PS)
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(P=stream))
    made.pages[0].Contents = made.make_stream(b"/P Do")


def looped_xref():
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    )
    at = len(body)
    xref = b"xref\n0 1\n0000000000 65535 f \n"
    return body + xref + b"trailer<</Size 3/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF" % (at, at)


@cache
def media(extension, *more):
    """Return a second of test picture and tone, with `more` words for ffmpeg."""

    sound = ["-f", "lavfi", "-i", "sine=d=1"]
    sight = ["-f", "lavfi", "-i", "testsrc=d=1:s=64x48:r=10"] if extension in {"mp4", "mov"} else []
    shape = ["-c:v", "libx264", "-pix_fmt", "yuv420p"] if sight else []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"made.{extension}"
        command = ["ffmpeg", "-loglevel", "error", "-y", *sight, *sound, *shape, *more, str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return path.read_bytes()


def boxes(body, find, put):
    """Return an MP4 with a box of the same length changed, as a reference to another file would be."""
    return body.replace(find, put, 1)


def frames(count, kind, **more):
    shades = [Image.new("P" if kind == "GIF" else "RGB", (8, 8), number % 250) for number in range(count)]
    return saved(shades[0], kind, save_all=True, append_images=shades[1:], duration=20, **more)


def gif_of(count):
    """Return a GIF of `count` frames, put together by hand: Pillow takes long for ten thousand."""
    frame = b"\x21\xf9\x04\x00\x02\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + frame * count + b"\x3b"


def tarball():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../x"), io.BytesIO())
    return out.getvalue()


@cache
def hostile():
    """Return {what it is: (name it is given, bytes, whether a clean file comes out of it)}."""
    heic, mp4, mp3, m4a = saved(picture(), "HEIF"), media("mp4"), media("mp3"), media("m4a")
    webp, exe = saved(picture(), "WEBP"), b"MZ\x90\x00" + EVIL * 30
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>" + EVIL + b"</script></svg>" + b" " * 90
    page = b"<!doctype html><html><script>" + EVIL + b"</script></html>" + b" " * 90
    huge_jpeg = bytearray(jpeg())
    at = huge_jpeg.index(b"\xff\xc0")
    huge_jpeg[at + 5 : at + 9] = struct.pack(">HH", 65000, 65000)
    plain = pdf()
    one = Image.new("1", (20_000, 20_000))
    return {
        # Archives and Office
        "zip": ("a.zip", zipped(a_txt=EVIL), False),
        "nested zip": ("a.zip", zipped(a_zip=zipped(b_zip=zipped(c_exe=exe))), False),
        "zip bomb": ("a.zip", zipped(a_bin=b"\0" * 20_000_000), False),
        "zip called a photo": (JPEG, zipped(a_txt=EVIL), False),
        "Word with macro": ("a.docm", zipped(word__vbaProject_bin=EVIL, word__document_xml=b"<w/>"), False),
        "Excel": ("a.xlsx", zipped(xl__workbook_xml=b"<w/>"), False),
        "Java archive": ("a.jar", zipped(META__MANIFEST_MF=b"Main-Class: X"), False),
        "gzip": ("a.gz", gzip.compress(EVIL * 50), False),
        "tar with a way out": ("a.tar", tarball(), False),
        "7z head": ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 90, False),
        "rar head": ("a.rar", b"Rar!\x1a\x07\x00" + b"\0" * 90, False),
        # Pictures
        "PNG of 50k by 50k in its head": (PNG, png_of(50_000, 50_000, data=b"\0" * 1000), False),
        "PNG of 400 million real pixels": (PNG, saved(one, "PNG"), False),
        "PNG with a text bomb": (
            PNG, png_of(8, 8, chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 9_000_000, 1)), data=b"\0" * 200), False,
        ),
        "PNG cut off": (PNG, saved(Image.effect_noise((90, 90), 90), "PNG")[:3000], False),
        "PNG with a wrong sum": (PNG, saved(picture(), "PNG").replace(b"IDAT", b"IDAX"), False),
        "PNG of no size": (PNG, png_of(0, 0), False),
        "GIF of ten thousand frames": ("a.gif", gif_of(10_000), False),
        "GIF called a photo": (JPEG, gif_of(1) + b"\0" * 60, False),
        "moving PNG": (PNG, frames(200, "PNG"), True),
        "moving WebP": ("a.webp", frames(40, "WEBP"), True),
        "JPEG cut off": (JPEG, jpeg()[:400], False),
        "JPEG with a page behind it": (JPEG, jpeg() + page, True),
        "JPEG with a page as its comment": (JPEG, jpeg(comment=page), True),
        "JPEG with a zip behind it": (JPEG, jpeg() + zipped(a_exe=exe), True),
        "JPEG with a program in EXIF": (JPEG, jpeg(exif=b"Exif\0\0" + EVIL * 100), True),
        "JPEG of 65000 by 65000 in its head": (JPEG, bytes(huge_jpeg), False),
        "JPEG head and noise": (JPEG, b"\xff\xd8\xff\xe0" + b"\x9c" * 5000, False),
        "JPEG for printers": (JPEG, saved(picture().convert("CMYK"), "JPEG"), True),
        "HEIC": ("a.heic", heic, True),
        "HEIC cut off": ("a.heic", heic[: len(heic) // 2], False),
        "HEIC called a video": ("a.mp4", heic, True),
        "WebP cut off": ("a.webp", webp[: len(webp) // 2], False),
        "BMP": ("a.bmp", saved(picture(), "BMP"), False),
        "TIFF": ("a.tif", saved(picture(), "TIFF"), False),
        "SVG with a script": ("a.svg", svg, False),
        "SVG called a photo": (PNG, svg, False),
        "PostScript": ("a.ps", b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n" + b" " * 90, False),
        # Pages and programs
        "web page": ("a.html", page, False),
        "web page called a PDF": (PDF, page, False),
        "XML that asks for a file": (
            "a.xml", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", False,
        ),
        "program": ("a.exe", exe, False),
        "program called a photo": (JPEG, exe, False),
        "ELF program": ("a", b"\x7fELF\x02\x01\x01" + b"\0" * 90, False),
        "shell script": ("a.sh", b"#!/bin/sh\nrm -rf /\n" + b"#" * 90, False),
        # PDFs
        "PDF with scripts": (PDF, pdf(with_script), True),
        "PDF that starts a program": (PDF, pdf(with_link(S=Name.Launch, F=String("cmd.exe"))), True),
        "PDF that calls a site": (PDF, pdf(with_link(S=Name.URI, URI=String("http://" + EVIL.decode()))), True),
        "PDF that opens another file": (PDF, pdf(with_link(S=Name.GoToR, F=String(EVIL.decode()), D=Array([0]))), True),
        "PDF with a file inside": (PDF, pdf(with_file), True),
        "PDF with a form only Adobe shows": (PDF, pdf(with_xfa), False),
        "PDF with an old form": (PDF, pdf(with_static_xfa), True),
        "PDF with PostScript": (PDF, pdf(with_postscript), False),
        "PDF that reads another file": (PDF, pdf(with_outside_stream), True),
        "PDF that unpacks to 70 MB": (PDF, pdf(with_bomb), False),
        "PDF whose pages run in a circle": (PDF, pdf(with_page_loop), False),
        "PDF whose tables run in a circle": (PDF, looped_xref(), False),
        "PDF with a password": (PDF, pdf(encryption=pikepdf.Encryption(owner="o", user="u")), False),
        "PDF locked for its owner": (PDF, pdf(encryption=pikepdf.Encryption(owner="o", user="")), False),
        "PDF and zip in one": (PDF, plain + zipped(a_exe=exe), True),
        "PDF cut off in its page": (PDF, plain[:60], False),
        "PDF of 400 pages": (PDF, pdf(pages=400), False),
        "PDF of no page": (PDF, pdf(pages=0), False),
        # Sound and video
        "MP4 cut off": ("a.mp4", mp4[: len(mp4) // 2], False),
        "MP4 head and noise": ("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isom" + b"\x17" * 4000, False),
        "MP4 that names another file": ("a.mp4", boxes(mp4, b"url \0\0\0\1", b"alis\0\0\0\0"), None),
        "M4A cut off": ("a.m4a", m4a[: len(m4a) // 2], False),
        "MP3 head and noise": ("a.mp3", b"ID3\x04\0\0\0\0\0\x0a" + b"\x01" * 4000, False),
        "MP3 called a photo": (JPEG, mp3, True),
        "playlist called a video": ("a.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n" + b"#" * 90, False),
        "list of files called a video": ("a.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n" + b"#" * 90, False),
        # Nothing, and names
        "nothing": (JPEG, b"", False),
        "one byte": (JPEG, b"\xff", False),
        "a name that climbs": ("../../etc/passwd.jpg", jpeg(), True),
        "a name with NUL": ("a\0.exe.jpg", jpeg(), True),
        "a name that reads backwards": ("gpj.\u202egpj.exe", jpeg(), True),
        "a name of 300 letters": ("n" * 296 + ".jpg", jpeg(), True),
    }  # fmt: skip


# --- Details planted ---

_P = PLANTED
_GPS = {1: "N", 2: (36.0, 9.0, 46.9017), 3: "W", 4: (86.0, 46.0, 51.3311)}


def exif(**tags):
    made = Image.Exif()
    for tag, value in tags.items():
        made[int(tag[1:])] = value
    return made


def exif_deep():
    made = exif(
        _271=_P, _272=_P + "-model", _315=_P + "-artist", _33432=_P + "-rights", _40093=_P.encode("utf-16le")
    )
    made.get_ifd(0x8825).update(_GPS)
    made.get_ifd(0x8769).update(
        {0xA431: _P + "-serial", 0xA430: _P + "-owner", 0x9286: _P.encode(), 0x9003: _P}
    )
    return made


XMP = f"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><a>{_P}</a></x:xmpmeta>".encode()


def app(number, body):
    return b"\xff" + bytes([0xE0 + number]) + struct.pack(">H", len(body) + 2) + body


def jpeg_with(segment):
    body = jpeg()
    return body[:2] + segment + body[2:]


def iptc():
    record = b"\x1c\x02\x50" + struct.pack(">H", len(_P)) + _P.encode()
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record
    return app(13, b"Photoshop 3.0\0" + block)


def png_text(**more):
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", _P)
    info.add_itxt("Comment", _P, "en", _P)
    info.add_text("Software", _P, zip=True)
    return saved(picture(), "PNG", pnginfo=info, **more)


def with_info(made):
    made.docinfo["/Author"] = _P
    made.docinfo["/Creator"] = _P
    made.docinfo["/CreationDate"] = "D:20260101000000"


def with_xmp(made):
    with made.open_metadata() as meta:
        meta["dc:creator"] = [_P]
        meta["xmp:CreatorTool"] = _P


def old_revision():
    """Return a PDF whose first version holds the value and whose second one covers it."""
    first = pdf(with_info, static_id=True)
    at = first.rindex(b"startxref")
    start = int(first[at:].split()[1])
    second = b"\n99 0 obj\n<</Author (nobody)>>\nendobj\n"
    body = first + second
    return body + b"xref\n99 1\n%010d 00000 n \ntrailer<</Size 100/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF" % (
        len(first) + 1, start, len(body),
    )  # fmt: skip


def with_picture(filters, body):
    def change(made):
        image = made.make_stream(b"", Type=Name.XObject, Subtype=Name.Image, Width=160, Height=120)
        image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
        image.write(body, filter=filters)
        page = made.pages[0]
        page.obj.Resources = Dictionary(XObject=Dictionary(I=image))
        page.Contents = made.make_stream(b"q 200 0 0 200 0 0 cm /I Do Q")

    return change


def with_page_details(made):
    page = made.pages[0].obj
    page.Metadata = made.make_stream(XMP, Type=Name.Metadata, Subtype=Name.XML)
    page.PieceInfo = Dictionary(Maker=Dictionary(Private=Dictionary(Who=String(_P))))
    page.LastModified = String(_P)
    page.Thumb = made.make_stream(_P.encode(), Width=1, Height=1)


def with_note(made):
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), T=String(_P), Contents=String(_P), F=2
    )
    made.pages[0].obj.Annots = Array([made.make_indirect(note)])


def with_outline_and_layers(made):
    layer = made.make_indirect(Dictionary(Type=Name.OCG, Name=String(_P)))
    made.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary())
    made.Root.Outlines = Dictionary(Title=String(_P))
    made.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=String(_P))]))
    made.pages[0].obj.Resources = Dictionary(Properties=Dictionary(L=layer))


def with_attached(made):
    made.attachments["diary.txt"] = _P.encode()


def tags(*names):
    return [word for name in names for word in ("-metadata", f"{name}={_P}")]


@cache
def planted():
    """Return {what it is: bytes} with `PLANTED`, or a place on Earth, in each."""
    full = exif_deep()
    small = saved(picture((16, 12)), "JPEG", comment=_P.encode())
    profile = b"\0\0\1\0" + b"lcms\2\0\0\0mntrRGB XYZ " + _P.encode() * 10
    with_photo = jpeg(exif=full, comment=_P.encode())
    moving = [Image.new("RGB", (9, 9), shade) for shade in ("red", "blue")]
    return {
        "EXIF maker": jpeg(exif=exif(_271=_P)),
        "EXIF artist, rights, Windows words": jpeg(exif=exif(_315=_P, _33432=_P, _40093=_P.encode("utf-16le"))),
        "EXIF place": jpeg(exif=full),
        "EXIF serial and owner": jpeg(exif=full, quality=60),
        "EXIF thumbnail": jpeg_with(app(1, b"Exif\0\0II*\0\x08\0\0\0\0\0" + small)),
        "EXIF in a grey picture": saved(picture().convert("L"), "JPEG", exif=full),
        "EXIF in a printer's picture": saved(picture().convert("CMYK"), "JPEG", exif=full),
        "EXIF in a progressive picture": jpeg(exif=full, progressive=True),
        "EXIF and turned": jpeg(exif=exif(_271=_P, _274=6)),
        "JPEG comment": jpeg(comment=_P.encode()),
        "JPEG XMP": jpeg(xmp=XMP),
        "JPEG IPTC": jpeg_with(iptc()),
        "JPEG maker's own segment": jpeg_with(app(7, _P.encode())),
        "JPEG colour profile": jpeg(icc_profile=profile),
        "JPEG with words behind it": jpeg() + _P.encode(),
        "JPEG of several pictures": saved(moving[0], "MPO", save_all=True, append_images=moving[1:], exif=full),
        "PNG text": png_text(),
        "PNG EXIF": saved(picture(), "PNG", exif=full),
        "PNG XMP": png_of(8, 8, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP), data=b"\0" * 200),
        "PNG own chunk": png_of(8, 8, chunk(b"prVt", _P.encode()), data=b"\0" * 200),
        "PNG with words behind it": png_text() + _P.encode(),
        "PNG colour profile": saved(picture(), "PNG", icc_profile=profile),
        "WebP EXIF": saved(picture(), "WEBP", exif=full),
        "WebP XMP": saved(picture(), "WEBP", xmp=XMP),
        "HEIC EXIF": saved(picture(), "HEIF", exif=full),
        "HEIC XMP": saved(picture(), "HEIF", xmp=XMP),
        "PDF Info": pdf(with_info),
        "PDF XMP": pdf(with_xmp),
        "PDF old revision": old_revision(),
        "PDF page details": pdf(with_page_details),
        "PDF hidden note": pdf(with_note),
        "PDF layers, outline, labels": pdf(with_outline_and_layers),
        "PDF attached": pdf(with_attached),
        "PDF photo inside": pdf(with_picture(Name.DCTDecode, with_photo)),
        "PDF packed photo inside": pdf(
            with_picture(Array([Name.FlateDecode, Name.DCTDecode]), zlib.compress(with_photo))
        ),
        "MP4 title and place": media("mp4", *tags("title", "artist", "location", "comment")),
        "MP4 track names and chapters": media("mp4", "-metadata:s:v", f"handler_name={_P}", "-metadata:s:a", f"title={_P}"),
        "MP4 words between frames": media("mp4", "-x264-params", "keyint=5", *tags("title")),
        "MOV title and place": media("mov", *tags("title", "com.apple.quicktime.location.ISO6709"), "-movflags", "use_metadata_tags"),
        "MP3 tags": media("mp3", *tags("title", "artist", "album", "comment"), "-write_id3v1", "1"),
        "M4A tags": media("m4a", *tags("title", "artist", "comment", "encoder")),
    }  # fmt: skip
