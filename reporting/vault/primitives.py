"""Sealing keys to people, and bodies under keys. Every blob starts with a version byte.

Keys of parts and rooms go into libsodium sealed boxes (X25519, XSalsa20-Poly1305); bodies and wraps use
XChaCha20-Poly1305 with 24 random nonce bytes in front. Both stand in OWASP ASVS 5.0, appendix C.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    sodium_pad,
    sodium_unpad,
)
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

# PostgreSQL hands out binary columns as memoryviews.
Blob = bytes | memoryview

VERSION = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 24
TEXT_BLOCK = 4 * 1024
FILE_BLOCK = 64 * 1024


class SealError(Exception):
    """A blob does not open: wrong key, wrong place, damaged, or of an unknown version."""


def new_key() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def new_key_pair(seed: bytes | None = None) -> tuple[bytes, bytes]:
    """Return (private, public) of a new X25519 pair, 32 bytes each; from `seed` (32 bytes) when given."""
    private = PrivateKey.from_seed(seed) if seed is not None else PrivateKey.generate()
    return bytes(private), bytes(private.public_key)


def public_of(private: bytes) -> bytes:
    """Return the public half of an X25519 private key."""
    return bytes(PrivateKey(private).public_key)


def _versioned(blob: Blob) -> bytes:
    blob = bytes(blob)
    if blob[:1] != VERSION:
        raise SealError("unknown version")
    return blob[1:]


def seal_to(public: Blob, secret: bytes) -> bytes:
    """Return `secret`, 49 bytes longer, so that only the private half of `public` opens it."""
    return VERSION + SealedBox(PublicKey(bytes(public))).encrypt(secret)


def open_sealed(private: bytes, blob: Blob) -> bytes:
    """Return what `seal_to` sealed. Raise SealError."""
    try:
        return SealedBox(PrivateKey(private)).decrypt(_versioned(blob))
    except (CryptoError, ValueError, TypeError) as error:
        raise SealError("does not open") from error


def encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Return `plain` under `key` (32 bytes), bound to `context`: it opens only with the same context."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plain, context, nonce, key)


def decrypt(key: bytes, blob: Blob, context: bytes) -> bytes:
    """Return what `encrypt` closed. Raise SealError."""
    inner = _versioned(blob)
    nonce, body = inner[:NONCE_BYTES], inner[NONCE_BYTES:]
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(body, context, nonce, key)
    except (CryptoError, ValueError, TypeError) as error:
        raise SealError("does not open") from error


def part_context(reference: str, part_id: str, kind: str, chunk: int = 1, of: int = 1) -> bytes:
    """Return the associated data of one part: moved to another report, kind or place it does not open."""
    return f"sr1|{reference}|{part_id}|{kind}|{chunk}/{of}".encode()


def encrypt_padded(key: bytes, plain: bytes, context: bytes, block: int = TEXT_BLOCK) -> bytes:
    """Return `plain` padded to a multiple of `block` bytes and encrypted: its size tells little."""
    return encrypt(key, sodium_pad(plain, block), context)


def decrypt_padded(key: bytes, blob: Blob, context: bytes, block: int = TEXT_BLOCK) -> bytes:
    """Return what `encrypt_padded` closed. Raise SealError."""
    padded = decrypt(key, blob, context)
    try:
        return sodium_unpad(padded, block)
    except (CryptoError, ValueError) as error:
        raise SealError("bad padding") from error


def keyed_hash(key: bytes, person: str, *parts: bytes, size: int = 32) -> bytes:
    """Return keyed BLAKE2b of `parts` (`size` bytes), under a `person` of at most 16 letters, one per use.

    Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ.
    """
    if len(key) > hashlib.blake2b.MAX_KEY_SIZE:
        key = hashlib.blake2b(key).digest()
    digest = hashlib.blake2b(key=key, person=person.encode(), digest_size=size)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def same(one: Blob, other: Blob) -> bool:
    """Compare without telling by the time taken where they differ."""
    return hmac.compare_digest(bytes(one), bytes(other))
