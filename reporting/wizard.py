"""One turn of the form: what was posted is taken in, and a page is shown.

Every page posts to one address, so that neither address nor history tells which questions somebody got. Which
page comes next is found from the answers. A hidden token names the draft, and a hidden copy of the answers,
encrypted, lets a page be sent again when the database is away.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.lib.languages import BASE
from reporting.drafts import load_draft, save_draft
from reporting.files.drafted import listed
from reporting.forms import StepForm
from reporting.formtoken import Filing, StaleToken
from reporting.schema import GROUPS, STEP_BY_SLUG, STEPS, flow
from reporting.schema.base import Answers
from reporting.schema.flow import START, Place
from reporting.schema.wishes import OFFERED_AS
from reporting.shown import shown_answers

# Kinds of faults only: a message of the database may hold what somebody sent.
_log = logging.getLogger("reporting")
AWAY = _(
    "Nothing was sent yet. Your words are still on this page. Try again in a minute. "
    "In danger now? Call 911. For a child being hurt, call 877-237-0004, day or night."
)
_STALE = _(
    "This form was open too long, so here is a new one. What you wrote on this page is still here. "
    "Your earlier answers were not sent and are gone, unless you saved them: then come back with your code."
)
# Ways to leave a page without having answered it.
_LEAVING = {"back", "check", "later", "files", "stay"}


@dataclass
class Turn:
    """One posted page: whose filing it is, all answers so far, and the page that was posted, if any.

    editing: "1" came from the check page and goes back there; "add" first through the new item's pages.
    """

    filing: Filing
    answers: dict[str, Any] = field(default_factory=dict)
    place: Place | None = None
    editing: str = ""


def posted_place(request: HttpRequest) -> Place | None:
    """Return the page that was posted, None when it names none of ours."""
    slug, number = request.POST.get("step", ""), request.POST.get("item", "0")
    if slug not in STEP_BY_SLUG or not _is_number(number):
        return None
    group = STEP_BY_SLUG[slug].group
    item = int(number) if group else 0
    return Place(slug, item) if not group or item < GROUPS[group].most else None


def wish(request: HttpRequest) -> list[str]:
    """Return what the pressed button asks for, such as ["change", "officer", "1"]; ["next"] by itself."""
    return (request.POST.get("go") or "next").split(":")


def receive(request: HttpRequest) -> Turn | HttpResponseBase:
    """Return the posted page with its answers taken in, or the page that must come instead."""
    if request.method != "POST":
        return redirect("reporting:start")
    place = posted_place(request)
    editing = request.POST.get("edit", "")
    editing = editing if editing in {"1", "add"} else ""
    try:
        filing = Filing.open(request.POST.get("token", ""))
    except StaleToken:
        if place is None:
            return redirect("reporting:start")
        turn = Turn(Filing.new(), {}, place, "")
        return show(request, turn, place, StepForm(place.step, request.POST), notice=_STALE, status=400)
    turn = Turn(filing, filing.from_kept(request.POST.get("kept", "")), place, editing)
    form = None
    if place:
        must = wish(request)[0] not in _LEAVING
        form = StepForm(place.step, request.POST, must=must)
    try:
        turn.answers = load_draft(filing) or turn.answers
        if place is None or form is None:
            return turn
        if form.is_valid():
            flow.put(turn.answers, place, form.cleaned_data)
            save_draft(filing, turn.answers)
            return turn
    except (DatabaseError, InterfaceError) as fault:
        _log.error("a draft could not be kept: %s", type(fault).__name__)
        if place is None or form is None:
            return show_check(request, turn, AWAY, 503)
        return show(request, turn, place, form, notice=AWAY, status=503)
    return show(request, turn, place, form)


def go(request: HttpRequest, turn: Turn) -> HttpResponseBase:
    """Show the page that the pressed button asks for."""
    match wish(request):
        case ["back"]:
            earlier = turn.place and flow.before(turn.answers, turn.place)
            return show(request, turn, earlier or START)
        case ["check"]:
            return show_check(request, turn)
        case ["stay"]:
            return show(request, turn, turn.place or START)
        case ["change" | "edit" as act, slug, number] if slug in STEP_BY_SLUG and _is_number(number):
            turn.editing = "1" if act == "edit" else turn.editing
            return _change(request, turn, Place(slug, int(number)))
        case ["add", group] if group in GROUPS:
            return _add(request, turn, group)
        case ["remove", group, number] if group in GROUPS and _is_number(number):
            return _remove(request, turn, group, int(number))
    return _next(request, turn)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 3


def _next(request: HttpRequest, turn: Turn) -> HttpResponse:
    if turn.place is None:
        return show(request, turn, START)
    later = flow.following(turn.answers, turn.place)
    same_item = later and later.step.group and later[1] == turn.place.item
    if later is None or (turn.editing and not (turn.editing == "add" and same_item)):
        return show_check(request, turn)
    return show(request, turn, later)


def _change(request: HttpRequest, turn: Turn, place: Place) -> HttpResponse:
    if place not in flow.path(turn.answers):
        return show_check(request, turn)
    return show(request, turn, place)


def _add(request: HttpRequest, turn: Turn, group: str) -> HttpResponse:
    first = next(step for step in STEPS if step.group == group)
    count = len(flow.items(turn.answers, group))
    turn.editing = "add" if turn.editing else ""
    return show(request, turn, Place(first.slug, min(count, GROUPS[group].most - 1)))


def _remove(request: HttpRequest, turn: Turn, group: str, item: int) -> HttpResponse:
    flow.take_out(turn.answers, group, item)
    try:
        save_draft(turn.filing, turn.answers)
    except (DatabaseError, InterfaceError) as fault:
        _log.error("a draft could not be kept: %s", type(fault).__name__)
        return show_check(request, turn, AWAY, 503)
    listing = next(step for step in STEPS if step.lists == group)
    return show(request, turn, Place(listing.slug))


def page(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return the page `reporting/<name>.html`; one that asks for patience says for how long."""
    response = render(request, f"reporting/{name}.html", context, status=status)
    if status in {429, 503}:
        response.headers["Retry-After"] = "60"
    return response


def carried(turn: Turn) -> dict[str, Any]:
    """Return the hidden fields of every page of this filing."""
    return {"token": turn.filing.token(), "kept": turn.filing.kept(turn.answers)}


def show(
    request: HttpRequest,
    turn: Turn,
    place: Place,
    form: StepForm | None = None,
    *,
    notice: Promise | None = None,
    welcome: Promise | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the page `place`: `form` as it was posted, or with the answers so far.

    notice: why the page came back; welcome: what is said to who comes back to a draft.
    """
    step = place.step
    every = flow.path(turn.answers, place)
    number = every.index(place) + 1 if place in every else 1
    group = GROUPS.get(step.group or step.lists)
    listed = flow.items(turn.answers, step.lists) if step.lists else []
    context = {
        **carried(turn),
        "form": form or StepForm(step, told=_told(turn.answers, place)),
        "step": step,
        "place": place,
        "group": group,
        # Which of several: only said when there are several.
        "nth": place.item + 1
        if step.group and len(flow.items(turn.answers, step.group)) + place.item > 1
        else 0,
        "listed": _listed(step.lists, listed) if step.lists else [],
        "may_add": group is not None and len(listed) < group.most,
        "notice": notice,
        "welcome": welcome,
        "typing": request.POST.get("typing") == "1",
        "editing": turn.editing,
        "number": number,
        "left": len(every) - number,
        "percent": 100 * number // (len(every) + 1),
        "told_enough": bool(turn.answers.get("story") or turn.answers.get("story_way")),
    }
    return page(request, "step", context, status)


def _told(answers: Answers, place: Place) -> dict[str, Any]:
    """Return the answers of this page so far; the language to answer in is at first that of the page."""
    told = flow.item_at(answers, place)
    language = get_language() or BASE
    if language == BASE or "language" not in {question.slug for question in place.step.questions}:
        return told
    return {**told, "language": told.get("language") or OFFERED_AS.get(language, language)}


def _listed(group: str, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    first = next(step for step in STEPS if step.group == group)
    return [
        {"number": number, "lines": shown_answers({group: [item]}), "change": f"change:{first.slug}:{number}"}
        for number, item in enumerate(told)
    ]


def show_check(
    request: HttpRequest,
    turn: Turn,
    notice: Promise | None = None,
    status: int = 200,
    *,
    welcome: Promise | None = None,
) -> HttpResponse:
    """Show everything once more before it is sent."""
    context = {
        **carried(turn),
        "sections": [_section(turn.answers, place) for place in flow.path(turn.answers) if _is_shown(place)],
        "files": listed(turn.answers),
        "left_out": shown_answers(flow.left_out(turn.answers)),
        "notice": notice,
        "welcome": welcome,
    }
    return page(request, "review", context, status)


def _is_shown(place: Place) -> bool:
    return bool(place.step.questions or place.step.lists)


def _section(answers: Answers, place: Place) -> dict[str, Any]:
    step, told = place.step, flow.item_at(answers, place)
    mine = {question.slug: told[question.slug] for question in step.questions if told.get(question.slug)}
    return {
        "place": place,
        "heading": step.heading,
        "nth": place.item + 1 if step.group and len(flow.items(answers, step.group)) > 1 else 0,
        "group": GROUPS.get(step.lists),
        "count": len(flow.items(answers, step.lists)) if step.lists else 0,
        "lines": shown_answers({step.group: [mine]} if step.group else mine),
    }
