"""What every panel of the case page has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest
from django.utils.functional import cached_property

from reporting.casework import OpenedPart, readers
from reporting.keys import RoomKey
from reporting.models import Report, ReportEvent, SealedPart, Template


@dataclass
class Case:
    """One report opened for one member: what the panels show and act on.

    room: the opened case room, None when the vault is locked for the member; then `parts` is empty.
    events: the newest of the report's, the newest first. What several panels need is asked once, here.
    """

    request: HttpRequest
    report: Report
    by: AbstractUser
    room: RoomKey | None
    parts: list[OpenedPart] = field(default_factory=list)
    events: list[ReportEvent] = field(default_factory=list)

    @cached_property
    def answers(self) -> dict[str, Any]:
        """Return what the reporter answered, additions over the first answers; empty while locked."""
        merged: dict[str, Any] = {}
        for opened in self.parts:
            if opened.part.kind in {SealedPart.Kind.REPORT, SealedPart.Kind.ADDITION}:
                merged |= opened.content.get("answers") or {}
        return merged

    @cached_property
    def readers(self) -> list[tuple[int, str]]:
        """Return number and name of each member who can work on a report."""
        return [(member.pk, str(member)) for member in readers()]

    @cached_property
    def templates(self) -> list[Template]:
        """Return the words that answers and letters begin with."""
        return list(Template.objects.all())

    def templates_for(self, use: str) -> list[Template]:
        """Return the templates of one use, a `Template.Use`."""
        return [template for template in self.templates if template.use == use]


class PanelForm(forms.Form):
    """A form of a panel. `done` is the sentence shown after it was kept."""

    done: Any = ""

    def __init__(self, typed: Any = None, *, case: Case, **kwargs: Any) -> None:
        super().__init__(typed, **kwargs)
        self.case = case

    def save(self) -> None:
        """Do what was asked, with its trace. Raise services.Damaged when the report does not open."""
        raise NotImplementedError


class Panel:
    """One subject of the case page.

    template: what shows it; it gets `case`, `panel` and what `context` returns. place: "top", "main", "side".
    forms: form class by the name of the button (`do`) that sends it; the names are unique on the page.
    """

    template: ClassVar[str]
    place: ClassVar[str] = "side"
    needs_room: ClassVar[bool] = True
    permission: ClassVar[str] = "reporting.change_report"
    forms: ClassVar[Mapping[str, type[PanelForm]]] = {}

    def __init__(self, case: Case) -> None:
        self.case = case
        self.sent: dict[str, PanelForm] = {}

    @property
    def is_shown(self) -> bool:
        """Return whether this member sees the panel at all."""
        return (self.case.room is not None or not self.needs_room) and self.case.by.has_perm(self.permission)

    def form(self, name: str) -> PanelForm:
        """Return the form `name`: the faulty one that was sent, with its words, or a fresh one."""
        return self.sent.get(name) or self.forms[name](case=self.case, prefix=name)

    def take(self, name: str) -> PanelForm:
        """Return the form `name` with what was posted."""
        request = self.case.request
        # Forms that need what was uploaded find it in the case's request.
        sent = self.sent[name] = self.forms[name](request.POST, case=self.case, prefix=name)
        return sent

    def context(self) -> dict[str, Any]:
        """Return what the template needs beside `case`; forms stand under `<name>_form`."""
        return {f"{name}_form": self.form(name) for name in self.forms}
