"""Answers the reporter reads with their code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from reporting import services
from reporting.casework import LONGEST, opened_room
from reporting.panels.base import Panel, PanelForm


class AnswerForm(PanelForm):
    """An answer the reporter reads with their code."""

    done = _("Answer kept for the reporter.")
    text = CleanCharField(
        label=_("Answer to the reporter"),
        help_text=_(
            "They read it when they come back with their code. Write no names: the code may be found."
        ),
        multiline=True,
        max_length=LONGEST,
        error_messages={"required": _("Write the answer first, then send it.")},
    )

    def save(self) -> None:
        """Keep the answer for who has the code. Raise services.Damaged."""
        case = self.case
        services.answer_reporter(
            report=case.report, by=case.by, key=opened_room(case.room), text=self.cleaned_data["text"]
        )


class AnswerPanel(Panel):
    """An answer to the reporter."""

    template = "admin/reporting/panels/answer.html"
    forms = {"answer": AnswerForm}
