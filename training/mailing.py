"""A certificate sent by e-mail when its holder asks for it. The address is used once and kept nowhere."""

from __future__ import annotations

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

_log = logging.getLogger(__name__)
# They print a mail instead of sending it: a name and an address would stand in a log.
_NOT_SENDING = {
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
}


def is_offered() -> bool:
    """Return whether this portal can send mail at all."""
    return settings.EMAIL_BACKEND not in _NOT_SENDING


def send_certificate(*, to: str, content: bytes) -> bool:
    """Send the PDF `content` to the address `to`; return whether the mail server took it.

    Subject and words are the same for everybody: what stands on the certificate is in the file alone.
    """
    mail = EmailMessage(
        subject=_("Your certificate"),
        body=_("Here is the certificate you asked for. We have not kept your address."),
        to=[to],
        connection=get_connection(),
    )
    mail.attach("naloxone-certificate.pdf", content, "application/pdf")
    try:
        return bool(mail.send())
    except (OSError, smtplib.SMTPException) as fault:
        # The text of the fault may hold the address.
        _log.error("a certificate could not be mailed: %s", type(fault).__name__)
        return False
