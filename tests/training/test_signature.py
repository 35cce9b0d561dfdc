"""Every certificate is signed, a changed copy shows, and the key is made once and can be replaced."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from training import checks, pdf, signature, typesetting

NAME = "Ana Pérez"
PAGE = (
    '<html lang="es"><title>Título</title><img class="qr" alt="code" src="qr:https://portal.example/">'
    f"<section><p><span>{NAME}</span></p></section></html>"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a key that was made at a first start."""
    made = tmp_path_factory.mktemp("var") / "certificate-signing"
    signature.identity(made, "Harm Reduction Collective")
    return made


@pytest.fixture(scope="module")
def unsigned():
    """Return a page before it is signed."""
    return typesetting.typeset(PAGE, NAME)


@pytest.fixture(scope="module")
def signed(folder, unsigned):
    """Return the page with its signature."""
    return signature.Seal(signature.identity(folder, "")).signed(unsigned)


def verdict(content, folder):
    """Return what pyHanko says of the one signature when only the portal's own certificate is trusted."""
    roots = list(load_certs_from_pemder_data((folder / signature.CHAIN_FILE).read_bytes()))
    [found] = PdfFileReader(io.BytesIO(content)).embedded_signatures
    return validate_pdf_signature(found, ValidationContext(trust_roots=roots, allow_fetching=False))


def test_the_signature_is_valid_and_covers_everything(signed, folder):
    found = verdict(signed, folder)

    assert found.bottom_line
    assert found.trusted
    assert found.coverage.name == "ENTIRE_FILE"
    assert found.docmdp_ok
    assert found.signing_cert.subject.native["common_name"] == "Harm Reduction Collective"


def test_another_reader_agrees(signed, tmp_path):
    (tmp_path / "signed.pdf").write_bytes(signed)

    told = subprocess.run(
        ["pdfsig", "-nocert", tmp_path / "signed.pdf"], capture_output=True, text=True, check=True
    ).stdout

    assert "Signature is Valid" in told
    assert "Total document signed" in told


def test_every_certificate_has_its_own_signature(folder, unsigned, signed):
    seal = signature.Seal(signature.identity(folder, ""))
    other = typesetting.typeset(PAGE.replace("Ana", "Eva"), NAME.replace("Ana", "Eva"))

    first, second, third = seal.signed(unsigned), seal.signed(other), seal.signed(other)

    assert all(verdict(content, folder).bottom_line for content in (first, second, third))
    assert len({first, second}) == 2


def is_whole(content, folder):
    """Return whether a reader would call the signature valid; what it cannot even read is not."""
    try:
        return verdict(content, folder).bottom_line
    except (ValueError, PdfReadError, SignatureValidationError):
        return False


@pytest.mark.parametrize("place", ["page", "certificate", "signature", "end"])
def test_a_changed_byte_shows(signed, folder, place):
    start = signed.index(b"/Contents <") + len(b"/Contents <")
    length = len(signed[start : signed.index(b">", start)].rstrip(b"0"))
    places = {
        "page": signed.index(b"stream") + 40,
        "certificate": start + length // 3,
        "signature": start + length - 40,
        "end": signed.rindex(b"startxref") + len(b"startxref\n"),
    }
    changed = bytearray(signed)
    changed[places[place]] = ord("1") if changed[places[place]] == ord("0") else ord("0")

    assert is_whole(signed, folder)
    assert not is_whole(bytes(changed), folder)


def test_what_is_added_later_shows(signed, folder):
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root["/Lang"] = pdf_string("xx")
    writer.update_root()
    changed = io.BytesIO()
    writer.write(changed)

    assert not is_whole(changed.getvalue(), folder)


def test_a_stranger_s_key_is_not_ours(signed, tmp_path):
    signature.identity(tmp_path / "other", "Harm Reduction Collective")

    assert not verdict(signed, tmp_path / "other").trusted


def test_tags_language_and_title_survive(signed, unsigned):
    with pikepdf.open(io.BytesIO(signed)) as file, pikepdf.open(io.BytesIO(unsigned)) as before:
        assert file.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert file.open_metadata()["pdfuaid:part"] == "1"
        assert str(file.Root.Lang) == "es"
        assert file.Root.MarkInfo.Marked
        assert file.Root.ViewerPreferences.DisplayDocTitle
        assert len(file.pages) == 1
        [field] = file.Root.AcroForm.Fields
        # Hidden, so that it needs no place in the tagged text.
        assert int(field.F) & 2


def test_it_tells_the_day_and_neither_hour_nor_zone_nor_machine(folder, unsigned, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    content = signature.Seal(signature.identity(folder, "")).signed(unsigned)

    with pikepdf.open(io.BytesIO(content)) as file:
        [field] = file.Root.AcroForm.Fields
        told = str(field.V.M)
        readable = b"".join(
            item.read_bytes() if isinstance(item, pikepdf.Stream) else item.unparse(resolved=True)
            for item in file.objects
            if isinstance(item, pikepdf.Object)
        )
    today = dt.datetime.now(dt.UTC).date()
    days = {f"D:{day:%Y%m%d}000000Z" for day in (today, today - dt.timedelta(days=1))}
    assert told in days
    assert re.findall(rb"D:\d{8}\d*|ModifyDate|CreateDate", readable) == [told.rstrip("Z").encode()]
    assert os.uname().nodename.encode() not in readable
    assert b"0545" not in readable.partition(b"/M")[2][:60]


def test_key_and_certificate_are_made_once_and_for_their_owner_only(folder):
    before = {path: path.read_bytes() for path in sorted(folder.iterdir())}

    again = signature.identity(folder, "Another name")

    assert {path: path.read_bytes() for path in sorted(folder.iterdir())} == before
    assert [path.name for path in before] == [signature.CHAIN_FILE, signature.KEY_FILE]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in before} == {0o600}
    assert again.key.key_size == 3072
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_two_workers_that_start_at_once_sign_with_one_key(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _n: signature.identity(tmp_path / "keys", "Site"), range(4)))

    assert len({one.chain[0].serial_number for one in made}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def own_pair(folder, key, *, days=10):
    """Put a key of an operator and its certificate into `folder`."""
    folder.mkdir(exist_ok=True)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "County health")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 5)
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(signature.USAGE, critical=True)
    )
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    pem = made.sign(key, digest).public_bytes(serialization.Encoding.PEM)
    (folder / signature.CHAIN_FILE).write_bytes(pem)
    (folder / signature.KEY_FILE).write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


@pytest.mark.parametrize(
    "make", [lambda: rsa.generate_private_key(65537, 2048), lambda: ec.generate_private_key(ec.SECP256R1())]
)
def test_an_operator_s_own_key_signs(tmp_path, unsigned, make):
    own_pair(tmp_path, make())

    content = signature.Seal(signature.identity(tmp_path, "")).signed(unsigned)

    assert verdict(content, tmp_path).bottom_line


def spoil_key(folder):
    (folder / signature.KEY_FILE).write_text("not a key")


def spoil_chain(folder):
    (folder / signature.CHAIN_FILE).write_text("not a certificate")


def remove_key(folder):
    (folder / signature.KEY_FILE).unlink()


def another_key(folder):
    chain = (folder / signature.CHAIN_FILE).read_bytes()
    own_pair(folder, ec.generate_private_key(ec.SECP256R1()))
    (folder / signature.CHAIN_FILE).write_bytes(chain)


def ran_out(folder):
    own_pair(folder, ec.generate_private_key(ec.SECP256R1()), days=-1)


def unknown_kind(folder):
    own_pair(folder, ed25519.Ed25519PrivateKey.generate())


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (spoil_key, "is not a private key in PEM"),
        (spoil_chain, "holds no certificates"),
        (remove_key, "cannot be read"),
        (another_key, "is not that of"),
        (ran_out, "has run out"),
        (unknown_kind, "RSA or elliptic curve"),
    ],
)
def test_a_broken_key_stops_the_start_with_one_sentence(tmp_path, settings, spoil, told):
    settings.DATA_DIR = tmp_path
    folder, _name = pdf.signed_by()
    own_pair(folder, ec.generate_private_key(ec.SECP256R1()))
    assert checks.certificates_can_be_signed(None) == []

    spoil(folder)

    [error] = checks.certificates_can_be_signed(None)
    assert told in error.msg
    assert str(folder) in error.msg
    assert error.id == "training.E001"


def test_the_first_start_makes_the_key(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "var"

    assert checks.certificates_can_be_signed(None) == []

    assert (settings.DATA_DIR / "certificate-signing" / signature.KEY_FILE).exists()
