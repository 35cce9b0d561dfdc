"""What people read when a file is not taken. Each sentence says what to do instead."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Any] = {
    "empty": _("This file is empty."),
    "too-large": _("This file is larger than 10 MB. Send a shorter or smaller one."),
    "unknown": _(
        "We cannot take this kind of file. Send a photo, a PDF, a video (MP4, MOV) or sound (MP3, M4A)."
    ),
    "gif": _("We cannot take GIF files. Save the picture as JPEG or PNG, or take a screenshot of it."),
    "archive": _("We cannot take ZIP or Office files. Send each photo by itself, and save documents as PDF."),
    "program": _("This is a program, not a photo or a document. We cannot take it."),
    "page": _("We cannot take web pages or drawings (HTML, SVG). Take a screenshot and send that."),
    "damaged": _("We could not read this file. It may be cut off or damaged. A screenshot of it may work."),
    "too-many-pixels": _("This picture is too large to open safely. Take a screenshot of it and send that."),
    "too-many-pages": _("This PDF has more than 300 pages. Send the pages that matter."),
    "too-complicated": _(
        "This file is too complicated to open safely. Print it to a new PDF, or take a screenshot."
    ),
    "took-too-long": _("It took too long to open this file safely. Try a smaller one, or a screenshot."),
    "locked": _(
        "This PDF is locked with a password. Save it without the password, or take photos of the pages."
    ),
    "form-needs-adobe": _(
        "This PDF is a form that only Adobe can show. Print it to a new PDF and send that."
    ),
    "hidden-details": _(
        "We could not take all hidden details out of this file. Take a screenshot and send that."
    ),
    "strange-media": _("We cannot take this kind of video or sound. Send MP4, MOV, MP3 or M4A from a phone."),
    "no-media-tool": _("We cannot take video or sound right now. Write what is in it, and keep the file."),
    "malware": _("Our virus scanner warns of this file, so we did not take it."),
    "scanner-away": _(
        "We cannot check files right now. Your words can still be sent. Try the file again later."
    ),
    "too-many": _("This report has five files already. Remove one, or add more later with your code."),
    "too-much": _("All files together may have 25 MB. Remove one, or add more later with your code."),
    "full": _("This report holds as many files as we can keep. Tell us about more files in words."),
    "off": _("We cannot take more files just now. Your words can still be sent; add files later."),
    "busy": _("Many files are being checked just now. Wait a minute, then add this one again."),
}


def sentence(reason: str) -> Any:
    """Return the sentence for a reason; for one that is not known, the one about damaged files."""
    return SENTENCES.get(reason, SENTENCES["damaged"])
