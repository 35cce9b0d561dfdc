"""The reporter's pages: no cookie, no session, nothing told in any address.

Each page posts its answers to the address of the page that comes next. A hidden token names the draft, and a
hidden copy of the answers, encrypted, lets a page be sent again when the database is away.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.lib import throttle
from portal.lib.caching import private_page, public_page
from portal.lib.crosssite import same_site_post
from reporting import keys, services
from reporting.drafts import load_draft, save_draft
from reporting.forms import STEP_BY_SLUG, STEPS, AdditionForm, CodeForm, StepForm, StoryForm, shown_answers
from reporting.formtoken import BoxToken, Filing, StaleToken
from reporting.models import Report
from reporting.vault.kdf import Busy

# Kinds of faults only: a message of the database may hold what somebody sent.
_log = logging.getLogger("reporting")
_AWAY_FAULTS = (DatabaseError, InterfaceError, Busy)
_AWAY = _(
    "Nothing was sent yet. Your words are still on this page. Try again in a minute. "
    "In danger now? Call 911. For a child being hurt, call 877-237-0004, day or night."
)
_CLOSED = _(
    "We cannot take reports right now. Nothing was sent. Your words are still on this page: "
    "you can copy them and try again later."
)
_STALE = _(
    "This form was open too long, so here is a new one. What you wrote on this page is still here. "
    "Your earlier answers were not sent and are gone."
)
_CODE_INSIDE = _(
    "Your text holds your own check-back code. Nothing was sent. Take the code out: it is for you alone."
)
_TOO_MANY = _(
    "Many forms came from your network just now. Your words are still here. Wait a minute, then send."
)
_UNKNOWN_CODE = _(
    "We found no report with this code. It may be mistyped, or the report may have been erased. "
    "We cannot look it up in another way."
)
# Generous, because a school or a training day is one address; they slow a script.
_SENDINGS_A_MINUTE = 60
_CODES_IN_TEN_MINUTES = 100

_STATUS_WORDS = {
    Report.Status.NEW: _("We have it. Nobody has read it yet."),
    Report.Status.READING: _("Someone on our team is reading it."),
    Report.Status.WAITING: _("We asked you something. Please read below."),
    Report.Status.WORKING: _("We are working on it."),
    Report.Status.CLOSED: _("We have closed it. You can still write to us here."),
}


@dataclass
class _Turn:
    """One posted page: whose filing it is, and all answers so far."""

    filing: Filing
    answers: dict[str, Any]


@private_page
def start(request: HttpRequest) -> HttpResponse:
    """Show what happens with a report, before the first question."""
    if not keys.vault_is_open():
        return render(request, "reporting/closed.html")
    return render(request, "reporting/start.html", {"token": Filing.new().token()})


@private_page
@same_site_post
def step(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Take the answers of the page before, and show the questions of `slug`."""
    if slug not in STEP_BY_SLUG:
        raise Http404
    turn = _receive(request)
    if not isinstance(turn, _Turn):
        return turn
    form = STEP_BY_SLUG[slug](initial=turn.answers)
    return _step_page(request, turn, form)


@private_page
@same_site_post
def review(request: HttpRequest) -> HttpResponseBase:
    """Show everything once more before it is sent."""
    turn = _receive(request)
    return _review_page(request, turn) if isinstance(turn, _Turn) else turn


@private_page
@same_site_post
def sent(request: HttpRequest) -> HttpResponseBase:
    """Send, and show the code. Sent again, it shows the same code."""
    turn = _receive(request)
    if not isinstance(turn, _Turn):
        return turn
    story = StoryForm(turn.answers)
    if not story.is_valid():
        return _step_page(request, turn, story)
    if not throttle.allow(request, "report", _SENDINGS_A_MINUTE, 60):
        return _review_page(request, turn, _TOO_MANY, 429)
    try:
        receipt = services.file_report(filing=turn.filing, answers=turn.answers)
    except services.CodeInText:
        return _review_page(request, turn, _CODE_INSIDE, 400)
    except (keys.VaultClosed, keys.KeySwapped):
        return _review_page(request, turn, _CLOSED, 503)
    except (*_AWAY_FAULTS, services.Gone) as fault:
        _log.error("a report could not be kept: %s", type(fault).__name__)
        return _review_page(request, turn, _AWAY, 503)
    return render(request, "reporting/sent.html", {"receipt": receipt})


def _receive(request: HttpRequest) -> _Turn | HttpResponseBase:
    """Return the posted page with its answers taken in, or the page that must come instead."""
    if request.method != "POST":
        return redirect("reporting:start")
    posted = STEP_BY_SLUG.get(request.POST.get("step", ""))
    try:
        filing = Filing.open(request.POST.get("token", ""))
    except StaleToken:
        return _start_again(request, posted)
    turn = _Turn(filing, filing.from_kept(request.POST.get("kept", "")))
    form = posted(request.POST) if posted else None
    try:
        turn.answers = load_draft(filing) or turn.answers
        if form is None:
            return turn
        if form.is_valid():
            _take(turn.answers, form.cleaned_data)
            save_draft(filing, turn.answers)
            return turn
    except (DatabaseError, InterfaceError) as fault:
        _log.error("a draft could not be kept: %s", type(fault).__name__)
        if form is None:
            return _review_page(request, turn, _AWAY, 503)
        return _step_page(request, turn, form, _AWAY, 503)
    return _step_page(request, turn, form)


def _take(answers: dict[str, Any], cleaned: dict[str, Any]) -> None:
    """Put what was answered into `answers`; an emptied answer is taken out."""
    for name, value in cleaned.items():
        if value:
            answers[name] = value
        else:
            answers.pop(name, None)


def _page(request: HttpRequest, name: str, context: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, f"reporting/{name}.html", context, status=status)
    if status in {429, 503}:
        response.headers["Retry-After"] = "60"
    return response


def _start_again(request: HttpRequest, posted: type[StepForm] | None) -> HttpResponseBase:
    if posted is None:
        return redirect("reporting:start")
    return _step_page(request, _Turn(Filing.new(), {}), posted(request.POST), _STALE, 400)


def _step_page(
    request: HttpRequest,
    turn: _Turn,
    form: StepForm,
    notice: Promise | None = None,
    status: int = 200,
) -> HttpResponse:
    place = STEPS.index(type(form))
    before = STEPS[place - 1].slug if place else ""
    editing = bool(request.POST.get("edit"))
    if editing or place + 1 == len(STEPS):
        following = reverse("reporting:review")
    else:
        following = reverse("reporting:step", args=[STEPS[place + 1].slug])
    context = {
        "form": form,
        "notice": notice,
        "token": turn.filing.token(),
        "kept": turn.filing.kept(turn.answers),
        "following": following,
        "before": before,
        "editing": editing,
        "number": place + 1,
        "steps": STEPS,
    }
    return _page(request, "step", context, status)


def _review_page(
    request: HttpRequest, turn: _Turn, notice: Promise | None = None, status: int = 200
) -> HttpResponse:
    sections = [
        {
            "slug": form.slug,
            "heading": form.heading,
            "pairs": shown_answers(
                {name: turn.answers[name] for name in form.base_fields if name in turn.answers}
            ),
        }
        for form in STEPS
    ]
    context = {
        "sections": sections,
        "notice": notice,
        "token": turn.filing.token(),
        "kept": turn.filing.kept(turn.answers),
    }
    return _page(request, "review", context, status)


# --- Coming back ---


@private_page
@same_site_post
def come_back(request: HttpRequest) -> HttpResponse:
    """Ask for the code; show what it opens; take what the reporter adds."""
    if request.method != "POST":
        return _code_page(request, CodeForm())
    if "box" in request.POST:
        return _add(request)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form)
    if not throttle.allow(request, "code", _CODES_IN_TEN_MINUTES, 600):
        return _code_page(request, form, _TOO_MANY, 429)
    try:
        box = services.read_box(code=form.cleaned_data["code"])
    except (*_AWAY_FAULTS, keys.VaultClosed, keys.KeySwapped) as fault:
        _log.error("a code could not be answered: %s", type(fault).__name__)
        return _code_page(request, form, _("We cannot answer right now. Try again in a minute."), 503)
    if box is None:
        form.add_error("code", _UNKNOWN_CODE)
        return _code_page(request, form)
    context = {
        "box": box,
        "status_words": _STATUS_WORDS[Report.Status(box.report.status)],
        "form": AdditionForm(initial={"text": request.POST.get("text", "")}),
        "token": BoxToken.new(box.report.pk, form.cleaned_data["code"]).token(),
    }
    return render(request, "reporting/box.html", context)


def _code_page(
    request: HttpRequest, form: CodeForm, notice: Promise | str | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "notice": notice, "text": request.POST.get("text", "")}
    return _page(request, "return", context, status)


def _add(request: HttpRequest) -> HttpResponse:
    try:
        box = BoxToken.open(request.POST["box"])
    except StaleToken:
        notice = _("This page was open too long. Type your code again: what you wrote comes along.")
        return _code_page(request, CodeForm(), notice, 400)
    form = AdditionForm(request.POST)
    if not form.is_valid():
        return _add_page(request, form, box)
    try:
        services.add_to_report(box=box, text=form.cleaned_data["text"])
    except services.CodeInText:
        return _add_page(request, form, box, _CODE_INSIDE, 400)
    except services.Gone:
        return _add_page(request, form, box, _("This report was erased. Nothing was added."), 410)
    except (keys.VaultClosed, keys.KeySwapped):
        return _add_page(request, form, box, _CLOSED, 503)
    except _AWAY_FAULTS as fault:
        _log.error("an addition could not be kept: %s", type(fault).__name__)
        return _add_page(request, form, box, _AWAY, 503)
    fresh = BoxToken.new(box.report_id, box.code)
    return render(request, "reporting/added.html", {"form": AdditionForm(), "token": fresh.token()})


def _add_page(
    request: HttpRequest,
    form: AdditionForm,
    box: BoxToken,
    notice: Promise | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "notice": notice, "token": box.token()}
    return _page(request, "add", context, status)


# --- Pages that are the same for everybody ---


@public_page
def rights(request: HttpRequest) -> HttpResponse:
    """Show where else to complain, and which deadlines may run."""
    return render(request, "reporting/rights.html")


@public_page
def figures(request: HttpRequest) -> HttpResponse:
    """Say that no figures are published yet, and under which rule they will be."""
    return render(request, "reporting/figures.html")
