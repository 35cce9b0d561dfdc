"""Staff write down a report for somebody: by telephone, from paper, at an event. The code goes to them."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from reporting import keys, services
from reporting.forms import StepForm
from reporting.formtoken import Filing, StaleToken
from reporting.schema import GROUPS, STEPS, Group, Step, flow
from reporting.services import Entry
from reporting.shown import SOURCES
from reporting.staffview import needs, open_case_room, page
from reporting.vault.kdf import Busy

_log = logging.getLogger("reporting")
_NOT_KEPT = _("Nothing was kept yet. All you typed is still here. Try again in a minute.")
_STALE = _("This page was open for more than a day. All you typed is still here: please keep it now.")
_NO_STORY = _("Write what happened, or tick that they want a call and give a way to reach them.")
_UNKNOWN = _(
    "They want to stay unknown, so no name and no contact may be kept. Clear them, or change that answer."
)


class SourceForm(forms.Form):
    """How the report came."""

    source = forms.ChoiceField(
        label=_("How did it come?"),
        choices=list(SOURCES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the report came.")},
    )


@dataclass
class _Section:
    """One page of the form as a part of the long page. nth: number of the item, 0 for none."""

    step: Step
    form: StepForm
    group: Group | None
    nth: int = 0
    adds: bool = field(default=False)


def _count(request: HttpRequest, group: str, adding: str) -> int:
    typed = request.POST.get(f"count-{group}", "1")
    count = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 1
    return min(max(count, 1) + (group == adding), GROUPS[group].most)


def _sections(typed: Any, counts: dict[str, int]) -> list[_Section]:
    """Return all questions, in the order of the form; pages of a group once for each item."""
    sections = []
    asked = [step for step in STEPS if step.questions]
    for slug, run in itertools.groupby(asked, key=lambda step: step.group):
        steps, group = list(run), GROUPS.get(slug)
        for number in range(counts[slug] if group else 1):
            for step in steps:
                prefix = f"{slug}-{number}" if group else None
                form = StepForm(step, typed, must=False, prefix=prefix)
                sections.append(_Section(step, form, group, number + 1 if group else 0))
        sections[-1].adds = group is not None and counts[slug] < group.most
    return sections


def _told(sections: list[_Section]) -> dict[str, Any]:
    """Return what was typed, as answers; empty items of a group are left out."""
    answers: dict[str, Any] = {}
    items: dict[str, dict[int, dict[str, Any]]] = {}
    for section in sections:
        filled = {name: value for name, value in section.form.cleaned_data.items() if value}
        if section.group:
            items.setdefault(section.group.slug, {}).setdefault(section.nth, {}).update(filled)
        else:
            answers |= filled
    for slug, by_number in items.items():
        if told := [item for _nth, item in sorted(by_number.items()) if item]:
            answers[slug] = told
    return answers


def _fault(answers: dict[str, Any]) -> Any:
    """Return why these answers cannot be kept, None when they can."""
    if flow.missing(answers):
        return _NO_STORY
    name_or_contact = {
        question.slug for step in STEPS if not step.group for question in step.questions if question.identity
    }
    return _UNKNOWN if name_or_contact & set(flow.left_out(answers)) else None


@needs("reporting.change_report")
def enter(request: HttpRequest) -> HttpResponseBase:
    """Take a report that somebody told or handed to staff, and show the code for that person."""
    open_case_room(request)
    if request.method != "POST":
        return _page(request, Filing.new(), SourceForm(), _sections(None, dict.fromkeys(GROUPS, 1)))
    act, _colon, group = request.POST.get("do", "").partition(":")
    counts = {slug: _count(request, slug, group if act == "add" else "") for slug in GROUPS}
    sections, source = _sections(request.POST, counts), SourceForm(request.POST)
    try:
        filing = Filing.open(request.POST.get("token", ""))
    except StaleToken:
        return _page(request, Filing.new(), source, sections, _STALE, status=400)
    if act == "add":
        return _page(request, filing, SourceForm(initial={"source": request.POST.get("source")}), sections)
    if not (all([section.form.is_valid() for section in sections]) and source.is_valid()):  # noqa: C419 - all errors
        return _page(request, filing, source, sections, _("Please look at the marked answers."))
    answers = _told(sections)
    if fault := _fault(answers):
        return _page(request, filing, source, sections, fault)
    return _keep(request, filing, source, sections, answers)


def _keep(
    request: HttpRequest,
    filing: Filing,
    source: SourceForm,
    sections: list[_Section],
    answers: dict[str, Any],
) -> HttpResponseBase:
    by: Any = request.user
    try:
        receipt = services.file_report(
            filing=filing, answers=answers, entry=Entry(source.cleaned_data["source"], by)
        )
    except services.CodeInText:
        return _page(request, Filing.new(), source, sections, _("The text held the code. Keep it again."))
    except (DatabaseError, InterfaceError, Busy, keys.VaultClosed, keys.KeySwapped, services.Gone) as why:
        _log.error("an entered report could not be kept: %s", type(why).__name__)
        return _page(request, filing, source, sections, _NOT_KEPT, status=503)
    address = request.build_absolute_uri(reverse("reporting:return"))
    return page(request, "entered", _("Kept: hand over the code"), receipt=receipt, address=address)


def _page(
    request: HttpRequest,
    filing: Filing,
    source: SourceForm,
    sections: list[_Section],
    notice: Any = "",
    *,
    status: int = 200,
) -> HttpResponseBase:
    # The number of the last item stands.
    counts = {section.group.slug: section.nth for section in sections if section.group}
    response = page(
        request,
        "enter",
        _("Enter a report for somebody"),
        token=filing.token(),
        source=source,
        sections=sections,
        counts=counts,
        notice=notice,
    )
    response.status_code = status
    return response
