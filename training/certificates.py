"""Certificates are made, found again, withdrawn and replaced here. No name is stored, only its keyed hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import unicodedata

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.lib import codes
from training.models import Certificate, CertificateLanguage, Course, DailyCount


class NotValid(Exception):
    """The certificate has been withdrawn or replaced already."""


def _key() -> bytes:
    # The pepper never stands in the database, so that a stolen database alone cannot be searched for a name.
    return hashlib.blake2b(settings.VAULT_PEPPER.encode(), person=b"certificate", digest_size=32).digest()


def same_name(name: str) -> str:
    """Return `name` as it is compared: capital letters, spaces and kinds of apostrophe make no difference."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace("’", "'").replace("ʼ", "'")
    return unicodedata.normalize("NFC", " ".join(folded.split()))


def holder_hash(name: str, issued_on: dt.date, code: str) -> str:
    """Return the keyed hash (64 hex digits) that can confirm the holder's name and cannot give it back."""
    text = "\n".join((same_name(name), issued_on.isoformat(), code))
    return hashlib.blake2b(text.encode(), key=_key(), digest_size=32).hexdigest()


def code_for(nonce: str, name: str, issued_on: dt.date) -> str:
    """Return the certificate ID for one passed quiz (`nonce`, random), name and date.

    The same form sent twice gives the same ID, so a double click makes one certificate. Without the key and
    the nonce, which only the holder's page held, the ID says nothing about the name.
    """
    text = "\n".join(("id", nonce, same_name(name), issued_on.isoformat()))
    digest = hashlib.blake2b(text.encode(), key=_key(), digest_size=16).digest()
    return codes.encode(int.from_bytes(digest) >> (128 - codes.BITS))


@transaction.atomic
def issue_certificate(
    *,
    course: Course,
    course_version: int,
    name: str,
    issued_on: dt.date,
    nonce: str,
    language: str = CertificateLanguage.ENGLISH,
    **counted: str,
) -> Certificate:
    """Return the certificate for one passed quiz, made now unless the same form made it before.

    name: 1 to 120 characters as typed; it is hashed and forgotten. nonce: random text of the passed quiz.
    counted: what else DailyCount counts, each alone, such as county="shelby".
    """
    code = code_for(nonce, name, issued_on)
    certificate, is_new = Certificate.objects.get_or_create(
        code=code,
        defaults={
            "course": course,
            "course_version": course_version,
            "issued_on": issued_on,
            "language": language,
            "holder_hash": holder_hash(name, issued_on, code),
        },
    )
    if is_new:
        DailyCount.add(
            course, DailyCount.Kind.CERTIFICATE, timezone.localdate(), language=language, **counted
        )
    return certificate


def belongs_to(certificate: Certificate, name: str) -> bool:
    """Return whether `name` is the one that this certificate was made for."""
    return hmac.compare_digest(
        certificate.holder_hash, holder_hash(name, certificate.issued_on, certificate.code)
    )


@transaction.atomic
def withdraw_certificate(*, certificate: Certificate, reason: str) -> Certificate:
    """Withdraw `certificate` for good and return it. Staff's own log says who did it.

    reason: 1 to 300 characters, shown to everyone who checks the ID. Raise NotValid when it no longer counts,
    ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a reason is needed")
    current = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if current.status != Certificate.Status.VALID:
        raise NotValid(current.pk)
    current.status, current.reason = Certificate.Status.WITHDRAWN, reason.strip()
    current.save(update_fields=["status", "reason"])
    return current


def code_of_reissue(certificate: Certificate, name: str, issued_on: dt.date) -> str:
    """Return the ID that `certificate` gets when it is re-issued for this name and date.

    The same form sent twice gives the same ID, as with `code_for`.
    """
    return code_for(f"instead of {certificate.code}", name, issued_on)


@transaction.atomic
def reissue_certificate(
    *, certificate: Certificate, name: str, issued_on: dt.date, language: str, reason: str
) -> Certificate:
    """Return the certificate in place of `certificate`, made now unless the same form made it before.

    name: 1 to 120 characters as it is printed; it is hashed and forgotten. reason: 1 to 300 characters, shown
    to everyone who checks the old ID. Nobody is counted again. Raise NotValid when another took its place
    already, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a reason is needed")
    current = Certificate.objects.select_for_update().get(pk=certificate.pk)
    code = code_of_reissue(current, name, issued_on)
    if current.replaced_by_id:
        made = Certificate.objects.get(pk=current.replaced_by_id)
        if made.code != code:
            raise NotValid(current.pk)
        return made
    made = Certificate.objects.create(
        code=code,
        course_id=current.course_id,
        course_version=current.course_version,
        language=language,
        issued_on=issued_on,
        holder_hash=holder_hash(name, issued_on, code),
    )
    current.status, current.reason, current.replaced_by = Certificate.Status.REPLACED, reason.strip(), made
    current.save(update_fields=["status", "reason", "replaced_by"])
    return made
