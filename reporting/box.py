"""Coming back with the code: the box of a sent report, or a draft to go on with."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.lib import throttle
from portal.lib.caching import private_page
from portal.lib.crosssite import same_site_post
from reporting import keys, services, wizard
from reporting.drafts import Resumed, open_code
from reporting.forms import AdditionForm, CodeForm
from reporting.formtoken import BoxToken, StaleToken
from reporting.models import Report
from reporting.schema import flow
from reporting.services import Box
from reporting.views import AWAY_FAULTS, CLOSED, CODE_INSIDE, TOO_MANY
from reporting.wizard import AWAY, Turn, page

_log = logging.getLogger("reporting")
_UNKNOWN_CODE = _(
    "We found nothing with this code. It may be mistyped, or what it opened may have been erased. "
    "We cannot look it up in another way."
)
_RESUMED = _("Welcome back. Here is what you wrote. Nothing has been sent yet.")
_CODES_IN_TEN_MINUTES = 100

STATUS_WORDS = {
    Report.Status.NEW: _("We have it. Nobody has read it yet."),
    Report.Status.READING: _("Someone on our team is reading it."),
    Report.Status.WAITING: _("We asked you something. Please read below."),
    Report.Status.WORKING: _("We are working on it."),
    Report.Status.CLOSED: _("We have closed it. You can still write to us here."),
    Report.Status.SPAM: _("We have closed it. You can still write to us here."),
}


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
        return _code_page(request, form, TOO_MANY, 429)
    try:
        found = open_code(form.cleaned_data["code"])
    except (*AWAY_FAULTS, keys.VaultClosed, keys.KeySwapped) as fault:
        _log.error("a code could not be answered: %s", type(fault).__name__)
        return _code_page(request, form, _("We cannot answer right now. Try again in a minute."), 503)
    if isinstance(found, Resumed):
        return _resumed(request, found)
    if found is None:
        form.add_error("code", _UNKNOWN_CODE)
        return _code_page(request, form)
    return _box_page(request, found, form.cleaned_data["code"])


def _box_page(request: HttpRequest, box: Box, code: str) -> HttpResponse:
    context = {
        "box": box,
        "status_words": STATUS_WORDS[Report.Status(box.report.status)],
        "form": AdditionForm(initial={"text": request.POST.get("text", "")}),
        "token": BoxToken.new(box.report.pk, code).token(),
    }
    return render(request, "reporting/box.html", context)


def _resumed(request: HttpRequest, found: Resumed) -> HttpResponse:
    turn = Turn(found.filing, found.answers)
    if found.place is None or found.place not in flow.path(found.answers, found.place):
        return wizard.show_check(request, turn, welcome=_RESUMED)
    return wizard.show(request, turn, found.place, welcome=_RESUMED)


def _code_page(
    request: HttpRequest, form: CodeForm, notice: Promise | str | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "notice": notice, "text": request.POST.get("text", "")}
    return page(request, "return", context, status)


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
        services.add_to_report(box=box, **form.content())
    except services.CodeInText:
        return _add_page(request, form, box, CODE_INSIDE, 400)
    except services.Gone:
        return _add_page(request, form, box, _("This report was erased. Nothing was added."), 410)
    except (keys.VaultClosed, keys.KeySwapped):
        return _add_page(request, form, box, CLOSED, 503)
    except AWAY_FAULTS as fault:
        _log.error("an addition could not be kept: %s", type(fault).__name__)
        return _add_page(request, form, box, AWAY, 503)
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
    return page(request, "add", context, status)
