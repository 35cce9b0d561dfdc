"""A look for known malware through a ClamAV that the operator runs. Optional; when it is set, it must answer.

Files are sent over the socket, never as a path. clamd itself keeps what it scans in its temporary folder:
that folder must be in memory (docs/operations.md).
"""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket
from django.conf import settings

from reporting.files.kinds import Refused

_SECONDS = 20


def scan(body: bytes) -> None:
    """Return when nothing known was found, or when no scanner is set. Raise Refused for all else.

    A scanner that is away, busy or says something strange refuses the file: a doubt is never a yes.
    """
    if not settings.CLAMAV_URL:
        return
    try:
        found = _client(settings.CLAMAV_URL).instream(io.BytesIO(body))
    except (ClamdError, OSError, ValueError) as fault:
        raise Refused("scanner-away") from fault
    verdicts = {status for status, _name in found.values()}
    if "FOUND" in verdicts:
        raise Refused("malware")
    if verdicts != {"OK"}:
        raise Refused("scanner-away")


def _client(url: str) -> ClamdNetworkSocket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return ClamdUnixSocket(parts.path, timeout=_SECONDS)
    return ClamdNetworkSocket(parts.hostname or "", parts.port or 0, timeout=_SECONDS)
