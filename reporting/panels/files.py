"""Files of the report, with what proves them, and files for the reporter."""

from __future__ import annotations

from typing import Any

from reporting.casework import OpenedPart
from reporting.files.views import kind_words
from reporting.models import SealedPart
from reporting.panels.base import Panel

_KINDS = {SealedPart.Kind.FILE, SealedPart.Kind.REPLY_FILE}


class FilesPanel(Panel):
    """What was sent with the report, and what we sent back: saved as files only, never shown in the page."""

    template = "admin/reporting/panels/files.html"
    place = "main"
    permission = "reporting.view_report"

    def context(self) -> dict[str, Any]:
        """Return the files, what the member may do with them, and whether the originals open for them."""
        files = [_row(opened) for opened in self.case.parts if opened.part.kind in _KINDS]
        return {
            "files": files,
            "may_open_originals": self.case.by.has_perm("reporting.view_identity"),
            "may_reply": self.case.by.has_perm("reporting.change_report"),
        }


def _row(opened: OpenedPart) -> dict[str, Any]:
    content = opened.content
    return {
        **content,
        "part": opened.part,
        "is_damaged": opened.is_damaged,
        "is_reply": opened.part.kind == SealedPart.Kind.REPLY_FILE,
        "kind_words": kind_words(str(content.get("kind", ""))),
    }
