"""Tags of one report."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from reporting import facets, queue, tags
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
        tokens = queue.tags_of([self.case.report]).get(self.case.report.pk, [])
        words = facets.labels_of(tokens, room)
        known = tags.most_used(self.case.by, room, [Facet.Kind.TAG])[Facet.Kind.TAG]
        return {
            **super().context(),
            "tags": [(token, words.get((Facet.Kind.TAG, token), _("damaged"))) for token in tokens],
            "known": sorted(word for token, word in known if token not in tokens),
        }
