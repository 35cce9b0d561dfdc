"""When too much is uploaded at once, files wait and words go on. Counts live in the cache and name nobody."""

from __future__ import annotations

from django.core.cache import cache

_WINDOW_SECONDS = 600
# Mebibytes from everybody together in ten minutes; a class of thirty that sends photos stays far below.
MOST_MEBIBYTES = 800
_COUNT, _OFF = "files:mebibytes", "files:off"


def are_off() -> bool:
    """Return whether files are switched off for a while."""
    return bool(cache.get(_OFF))


def count(size: int) -> None:
    """Count an upload of `size` bytes; above the rate, switch files off for ten minutes."""
    mebibytes = max(1, size // (1024 * 1024))
    cache.add(_COUNT, 0, timeout=_WINDOW_SECONDS)
    try:
        total = cache.incr(_COUNT, mebibytes)
    except ValueError:  # the window ended between the two lines
        return
    if total > MOST_MEBIBYTES:
        cache.set(_OFF, "1", timeout=_WINDOW_SECONDS)
