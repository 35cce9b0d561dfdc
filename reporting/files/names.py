"""Names of files: what is shown of the given one, and how a stored file is called."""

from __future__ import annotations

import unicodedata

from reporting.files.kinds import KINDS

LONGEST = 120
_UNSAID = "file"


def shown_name(given: str) -> str:
    """Return the given name as one harmless line: no folders, no control or direction marks, not too long.

    It is sealed with the file and shown to staff as text; nothing on any disk is ever called so.
    """
    last = given.replace("\\", "/").rpartition("/")[2]
    # Categories C: control, format (right-to-left marks, zero width), private, unassigned, half characters.
    plain = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in last)
    plain = " ".join(plain.split()).strip(". ")
    if len(plain) <= LONGEST:
        return plain or _UNSAID
    begin, dot, end = plain.rpartition(".")
    ending = f"{dot}{end}" if begin and len(end) <= 8 else ""
    return plain[: LONGEST - len(ending) - 1] + "…" + ending


def stored_name(slug: str, number: int) -> str:
    """Return the neutral name of file `number` of a report, such as "photo-1.jpg"."""
    kind = KINDS[slug]
    return f"{kind.stem}-{number}.{kind.extension}"
