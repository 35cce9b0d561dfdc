"""The reporter's pages until a report is sent: no cookie, no session, nothing told in any address."""

from __future__ import annotations

import logging

from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.lib import throttle
from portal.lib.caching import private_page, public_page
from portal.lib.crosssite import same_site_post
from reporting import keys, services, wizard
from reporting.drafts import keep_for_later
from reporting.forms import CodeForm, StepForm
from reporting.formtoken import Filing
from reporting.schema import STEP_BY_SLUG, STEPS, flow
from reporting.schema.base import MANY, ONE
from reporting.schema.flow import Place
from reporting.vault.kdf import Busy
from reporting.wizard import Turn

# The one address that every page of questions posts to.
NEXT = "questions"
AWAY_FAULTS = (DatabaseError, InterfaceError, Busy)
_log = logging.getLogger("reporting")
CLOSED = _(
    "We cannot take reports right now. Nothing was sent. Your words are still on this page: "
    "you can copy them and try again later."
)
CODE_INSIDE = _(
    "Your text holds your own check-back code. Nothing was sent. Take the code out: it is for you alone."
)
TOO_MANY = _(
    "Many forms came from your network just now. Your words are still here. Wait a minute, then send."
)
_NOT_SAVED = _(
    "We could not save this for later. Your words are still on this page. Try again in a minute, or go on."
)
_NOTHING_TOLD = _("Tell us what happened, in any words, or add a file.")
_NO_WAY_TO_CALL = _(
    "You asked us to call or write. Please give us a way to reach you, or write what happened."
)
# Generous, because a school or a training day is one address; they slow a script.
_SENDINGS_A_MINUTE = 60


@private_page
def start(request: HttpRequest) -> HttpResponse:
    """Show what happens with a report, before the first question."""
    if not keys.vault_is_open():
        return render(request, "reporting/closed.html")
    return render(request, "reporting/start.html", {"token": Filing.new().token()})


@private_page
@same_site_post
def step(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Take the answers of the page that was posted, and show the one that comes."""
    if slug != NEXT and slug not in STEP_BY_SLUG:
        raise Http404
    turn = wizard.receive(request)
    if not isinstance(turn, Turn):
        return turn
    if slug != NEXT:
        return wizard.show(request, turn, Place(slug))
    return _later(request, turn) if wizard.wish(request) == ["later"] else wizard.go(request, turn)


@private_page
@same_site_post
def review(request: HttpRequest) -> HttpResponseBase:
    """Show everything once more before it is sent."""
    turn = wizard.receive(request)
    return wizard.show_check(request, turn) if isinstance(turn, Turn) else turn


@private_page
@same_site_post
def sent(request: HttpRequest) -> HttpResponseBase:
    """Send, and show the code. Sent again, it shows the same code."""
    turn = wizard.receive(request)
    if not isinstance(turn, Turn):
        return turn
    answers = flow.sendable(turn.answers)
    if place := flow.missing(answers):
        return _ask_for(request, turn, place)
    if not throttle.allow(request, "report", _SENDINGS_A_MINUTE, 60):
        return wizard.show_check(request, turn, TOO_MANY, 429)
    try:
        receipt = services.file_report(filing=turn.filing, answers=answers)
    except services.CodeInText:
        return wizard.show_check(request, turn, CODE_INSIDE, 400)
    except (keys.VaultClosed, keys.KeySwapped):
        return wizard.show_check(request, turn, CLOSED, 503)
    except (*AWAY_FAULTS, services.Gone) as fault:
        _log.error("a report could not be kept: %s", type(fault).__name__)
        return wizard.show_check(request, turn, wizard.AWAY, 503)
    context = {"receipt": receipt, "address": return_address(request), "form": CodeForm()}
    return render(request, "reporting/sent.html", context)


def return_address(request: HttpRequest) -> str:
    """Return the address to come back to, as it is written on the card with the code."""
    return request.build_absolute_uri(reverse("reporting:return"))


def _ask_for(request: HttpRequest, turn: Turn, place: Place) -> HttpResponse:
    """Show the page without which there is nothing to send, with what to do."""
    form = StepForm(place.step, flow.item_at(turn.answers, place))
    if form.is_valid():
        name = place.step.questions[0].slug
        form.add_error(name, _NO_WAY_TO_CALL if place.slug == "contact" else _NOTHING_TOLD)
    turn.editing = "1"
    return wizard.show(request, turn, place, form)


def _later(request: HttpRequest, turn: Turn) -> HttpResponse:
    """Keep the draft under its code, and show the code."""
    try:
        _open_for_drafts(request)
        keep_for_later(turn.filing, turn.answers, turn.place)
    except (*AWAY_FAULTS, keys.VaultClosed, _Slow) as fault:
        if not isinstance(fault, _Slow):
            _log.error("a draft could not be kept: %s", type(fault).__name__)
        notice, status = (TOO_MANY, 429) if isinstance(fault, _Slow) else (_NOT_SAVED, 503)
        if turn.place is None:
            return wizard.show_check(request, turn, notice, status)
        return wizard.show(request, turn, turn.place, notice=notice, status=status)
    here = f"change:{turn.place.slug}:{turn.place.item}" if turn.place else "check"
    context = {
        **wizard.carried(turn),
        "code": turn.filing.code,
        "here": here,
        "address": return_address(request),
    }
    return render(request, "reporting/saved.html", context)


class _Slow(Exception):
    """Many came from this address."""


def _open_for_drafts(request: HttpRequest) -> None:
    if not throttle.allow(request, "later", _SENDINGS_A_MINUTE, 60):
        raise _Slow


# --- Pages that are the same for everybody ---


@public_page
def paper(request: HttpRequest) -> HttpResponse:
    """Show the whole form for printing."""
    asked = [step for step in STEPS if step.questions]
    return render(
        request,
        "reporting/paper.html",
        {"steps": asked, "ticks": {ONE, MANY}},
    )
