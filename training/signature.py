"""The portal's own signature under certificates, so that a changed copy shows in any PDF reader.

Key and certificate stand in one folder of the data folder: `key.pem` (PKCS#8 without a passphrase) and
`chain.pem` (the certificate of the key first, then those that vouch for it). They are made once; an operator
may put others there. Nothing is asked of the network, and nothing here needs Django: the press signs in a
process of its own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

if TYPE_CHECKING:
    from pyhanko.sign.signers import PdfSigner

KEY_FILE, CHAIN_FILE = "key.pem", "chain.pem"
FIELD = "Signature"
_KEY_BITS = 3072
_LASTS = dt.timedelta(days=30 * 365)
# Room for the signature in hex digits, beside the certificates that go along with it.
_ROOM = 6000
# Stands for a digest while the mould of a signature is made.
_NO_DIGEST = b"\xd1" * 32

# What the certificate is for: to sign documents and nothing else.
USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class CannotSign(Exception):
    """The key is missing, broken or does not fit. The message is the sentence that an operator reads."""


@dataclass(frozen=True)
class Identity:
    """Who signs: the private key, its certificate and the certificates that vouch for it."""

    key: Key
    chain: tuple[x509.Certificate, ...]


def identity(folder: Path, name: str) -> Identity:
    """Return who signs, from `folder`, where key and certificate are made for `name` when it does not exist.

    Raise CannotSign.
    """
    try:
        if not folder.exists():
            _make(folder, name)
        key_text = (folder / KEY_FILE).read_bytes()
        chain_text = (folder / CHAIN_FILE).read_bytes()
    except OSError as fault:
        raise CannotSign(
            f"The signing key in {folder} cannot be read or made ({fault.strerror}). It needs {KEY_FILE} and "
            f"{CHAIN_FILE}, readable by the account of the portal; without the folder both are made anew."
        ) from fault
    return Identity(*_fitting(folder, key_text, chain_text))


def _fitting(folder: Path, key_text: bytes, chain_text: bytes) -> tuple[Key, tuple[x509.Certificate, ...]]:
    try:
        key = serialization.load_pem_private_key(key_text, password=None)
    except (ValueError, TypeError) as fault:
        raise CannotSign(f"{folder / KEY_FILE} is not a private key in PEM without a passphrase.") from fault
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise CannotSign(
            f"{folder / KEY_FILE} is not an RSA or elliptic curve key: PDF readers know only those."
        )
    try:
        chain = tuple(x509.load_pem_x509_certificates(chain_text))
    except ValueError as fault:
        raise CannotSign(f"{folder / CHAIN_FILE} holds no certificates in PEM.") from fault
    if chain[0].public_key() != key.public_key():
        raise CannotSign(
            f"The first certificate in {folder / CHAIN_FILE} is not that of {folder / KEY_FILE}."
        )
    if not chain[0].not_valid_before_utc <= dt.datetime.now(dt.UTC) <= chain[0].not_valid_after_utc:
        raise CannotSign(f"The certificate in {folder / CHAIN_FILE} has run out, or is not valid yet.")
    return key, chain


def _make(folder: Path, name: str) -> None:
    """Make key and certificate, both or neither. When another process was faster, its pair stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = _own_certificate(key, name).public_bytes(serialization.Encoding.PEM)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for file, content in ((KEY_FILE, secret), (CHAIN_FILE, chain)):
            with os.fdopen(os.open(made / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
        try:
            made.rename(folder)
        except OSError:
            # A folder with files in it is never replaced by a rename: another process was first.
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _own_certificate(key: rsa.RSAPrivateKey, name: str) -> x509.Certificate:
    """Return a certificate of `name` for `key` that vouches for itself."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    today = _midnight()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + _LASTS)
        .add_extension(USAGE, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _midnight() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class Seal:
    """Signs PDFs as one Identity. Made once for many: reading a key costs more than signing with it."""

    def __init__(self, signer: Identity) -> None:
        self._room = _ROOM + 2 * sum(
            len(part.public_bytes(serialization.Encoding.DER)) for part in signer.chain
        )
        self._not_before = signer.chain[0].not_valid_before_utc
        self._signer = _signer(signer)

    def signed(self, content: bytes) -> bytes:
        """Return the PDF `content` with an invisible signature that allows no later change.

        It tells the day (midnight UTC), and neither the hour, nor the time zone, nor the machine.
        """
        return asyncio.run(self._signed(content))

    async def _signed(self, content: bytes) -> bytes:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        # It would write when and with what the file was changed, in the time zone of the machine.
        writer._update_meta = lambda: None  # type: ignore[method-assign]
        session = self._signer.init_signing_session(writer)
        session.system_time = max(_midnight(), self._not_before)
        document = session.prepare_tbs_document(validation_info=None, bytes_reserved=self._room)
        output = io.BytesIO()
        prepared, _output = document.digest_tbs_document(output=output)
        await document.perform_signature(
            prepared.document_digest, PdfCMSSignedAttributes(signing_time=session.system_time)
        )
        return output.getvalue()


def _signer(signer: Identity) -> PdfSigner:
    from asn1crypto import cms  # type: ignore[import-untyped]
    from asn1crypto import x509 as asn1
    from pyhanko.sign import fields, signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class LoadedSigner(signers.Signer):
        """Signs with the key that is loaded already: to load and prove it anew takes a tenth of a second.

        Two certificates differ in their digest and in the signature itself. Both always have the same length
        with RSA, so the rest is written once and used as a mould: that saves a fifth of all the time.
        """

        mould: tuple[bytes, bytes, bytes] | None = None

        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            if isinstance(signer.key, rsa.RSAPrivateKey):
                return signer.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
            return signer.key.sign(data, ec.ECDSA(hashes.SHA256()))

        async def async_sign(
            self, data_digest: bytes, digest_algorithm: str, *args: Any, **kwargs: Any
        ) -> cms.ContentInfo:
            if not isinstance(signer.key, rsa.RSAPrivateKey):
                return await super().async_sign(data_digest, digest_algorithm, *args, **kwargs)
            if self.mould is None:
                whole = await super().async_sign(_NO_DIGEST, digest_algorithm, *args, **kwargs)
                told = whole["content"]["signer_infos"][0]
                self.mould = whole.dump(), told["signed_attrs"].untag().dump(), told["signature"].native
            container, attributes, signature = self.mould
            made = await self.async_sign_raw(attributes.replace(_NO_DIGEST, data_digest), digest_algorithm)
            return cms.ContentInfo.load(
                container.replace(_NO_DIGEST, data_digest).replace(signature, made), strict=True
            )

    chain = [asn1.Certificate.load(part.public_bytes(serialization.Encoding.DER)) for part in signer.chain]
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(chain[1:])
    described = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    # A hidden field need not be part of the tagged text (PDF/UA-1, 7.18.1).
    field = fields.SigFieldSpec(
        FIELD,
        invis_sig_settings=fields.InvisSigSettings(set_print_flag=False, set_hidden_flag=True),
        readable_field_name=FIELD,
    )
    return signers.PdfSigner(
        described, LoadedSigner(signing_cert=chain[0], cert_registry=store), new_field_spec=field
    )
