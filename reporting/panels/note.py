"""Notes that only reviewers read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from reporting import services
from reporting.casework import LONGEST, opened_room
from reporting.panels.base import Panel, PanelForm


class NoteForm(PanelForm):
    """A note that only reviewers read."""

    done = _("Note kept.")
    text = CleanCharField(
        label=_("Note for the team"),
        help_text=_("The reporter never sees notes."),
        multiline=True,
        max_length=LONGEST,
        error_messages={"required": _("Write the note first, then keep it.")},
    )

    def save(self) -> None:
        """Keep the note. Raise services.Damaged."""
        case = self.case
        services.add_note(
            report=case.report, by=case.by, key=opened_room(case.room), text=self.cleaned_data["text"]
        )


class NotePanel(Panel):
    """A note for the team."""

    template = "admin/reporting/panels/note.html"
    forms = {"note": NoteForm}
