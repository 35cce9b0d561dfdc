"""Tags of one report."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from reporting import facets, tags
from reporting.casework import opened_room
from reporting.models import Facet
from reporting.panels.base import Panel, PanelForm


class TagForm(PanelForm):
    """A tag to put on the report."""

    done = _("Tag added.")
    text = CleanCharField(
        label=_("Add a tag"),
        help_text=_("A short word for the team, such as “bus” or “spring 2026”. The reporter never sees it."),
        max_length=tags.LONGEST,
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
        error_messages={"required": _("Write the tag first.")},
    )

    def save(self) -> None:
        """Put it on the report."""
        case = self.case
        tags.add(report=case.report, by=case.by, room=opened_room(case.room), text=self.cleaned_data["text"])


class UntagForm(PanelForm):
    """A tag to take off the report."""

    done = _("Tag removed.")
    token = forms.RegexField(regex=r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def save(self) -> None:
        """Take it off."""
        tags.remove(report=self.case.report, by=self.case.by, token=self.cleaned_data["token"])


class TagsPanel(Panel):
    """The tags, and those the team uses most."""

    template = "admin/reporting/panels/tags.html"
    forms = {"tag": TagForm, "untag": UntagForm}

    def context(self) -> dict[str, Any]:
        """Return the tags as (token, words) pairs, and words to choose from."""
        room = opened_room(self.case.room)
        tokens, often = tags.tokens_for(self.case.report, self.case.by)
        words = facets.labels_of([*tokens, *often], room) if tokens or often else {}
        known = [words[Facet.Kind.TAG, token] for token in often if (Facet.Kind.TAG, token) in words]
        return {
            **super().context(),
            "tags": [(token, words.get((Facet.Kind.TAG, token), _("damaged"))) for token in tokens],
            "known": sorted(known),
        }
