"""The code of a class: six characters that are said aloud in a room. It opens nothing, it only counts."""

from __future__ import annotations

import secrets

from portal.lib import codes
from training.models import TrainingClass

LENGTH = 6
_TRIES = 20


class NoFreeCode(Exception):
    """Every code that was drawn belongs to a class already."""


def new_code() -> str:
    """Return a code that no class has. Raise NoFreeCode when chance finds none."""
    for _try in range(_TRIES):
        code = "".join(secrets.choice(codes.ALPHABET) for _place in range(LENGTH))
        if not TrainingClass.objects.filter(code=code).exists():
            return code
    raise NoFreeCode


def read(typed: str) -> str | None:
    """Return the code meant by `typed`, None when no code can be meant.

    Case, spaces, hyphens, O/0 and I/L/1 do not matter.
    """
    code = codes.plain(typed)
    return code if len(code) == LENGTH and not set(code) - set(codes.ALPHABET) else None
