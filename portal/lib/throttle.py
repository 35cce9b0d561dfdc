"""Limits that keep no address.

An address is turned into a keyed hash under a key that is made when the process starts and is never written
down. The counts live in the cache and end with their window. A school or a training day is one address, so
limits are generous; they slow a script and never close a door for everybody.
"""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

_KEY = secrets.token_bytes(32)


def _address(request: HttpRequest) -> str:
    """Return who knocks: the last address our own proxy wrote down, else the one that is connected.

    Only the last entry is the proxy's; a client can write any others in front of it.
    """
    if settings.BEHIND_PROXY:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def allow(request: HttpRequest, scope: str, limit: int, seconds: int) -> bool:
    """Count this request under `scope`; return whether its address is still within `limit` per `seconds`."""
    address = _address(request).encode()
    name = hashlib.blake2b(address, key=_KEY, person=b"throttle", digest_size=16).hexdigest()
    key = f"throttle:{scope}:{name}"
    cache.add(key, 0, timeout=seconds)
    try:
        return bool(cache.incr(key) <= limit)
    except ValueError:  # the window ended between the two lines
        return True
