"""Pages on which a reporter adds files: to a draft, and to a sent report with the code's page. No scripts.

A file that is refused takes nothing else along: words, notes and the other files stay.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.lib import codes
from portal.lib.caching import private_page
from portal.lib.crosssite import same_site_post
from portal.lib.text import clean_text
from reporting import box as box_pages
from reporting import keys, services, wizard
from reporting.drafts import load_draft, save_draft
from reporting.files import drafted, replying
from reporting.files.download import attachment
from reporting.files.kinds import KINDS
from reporting.files.receiving import Received, RefusedFile, receive_files
from reporting.formtoken import BoxToken, Filing, StaleToken
from reporting.models import Draft
from reporting.schema import STEP_BY_SLUG
from reporting.schema.flow import Place
from reporting.vault.kdf import Busy
from reporting.views import CLOSED, CODE_INSIDE
from reporting.wizard import Turn

_log = logging.getLogger("reporting")
_AWAY_FAULTS = (DatabaseError, InterfaceError, Busy)
_NOTE_LENGTH = 1000
_TEXT_LENGTH = 20_000
_NOT_KEPT = _(
    "Nothing was sent yet, and a new file could not be kept. Your words are still on this page. "
    "Try again in a minute, or go on without it: you can add files later with your code."
)
_NOTHING = _("Choose a file or write something first, then send it.")

KIND_WORDS = {
    "image": _("Picture"),
    "application": _("PDF"),
    "video": _("Video"),
    "audio": _("Sound"),
}


def kind_words(slug: str) -> Any:
    """Return what people call this kind of file."""
    return KIND_WORDS[KINDS[slug].content_type.partition("/")[0]] if slug in KINDS else slug


# --- Files of a draft ---


@private_page
@same_site_post
def draft_files(request: HttpRequest) -> HttpResponseBase:
    """Show the files of a draft; take in new ones and notes; take out what is to go."""
    if request.method != "POST":
        return redirect("reporting:start")
    if "step" in request.POST:  # another page's button led here, with that page's answers
        turn = wizard.receive(request)
        return _files_page(request, turn) if isinstance(turn, Turn) else turn
    try:
        turn = Turn(Filing.open(request.POST.get("token", "")), place=_came_from(request))
    except StaleToken:
        return redirect("reporting:start")
    turn.answers = turn.filing.from_kept(request.POST.get("kept", ""))
    received = Received()
    try:
        turn.answers = load_draft(turn.filing) or turn.answers
        sizes = [int(file["original_size"]) for file in drafted.listed(turn.answers)]
        received = receive_files(request, sizes, keep_original=bool(request.POST.get("keep_original")))
        _keep(request, turn, received)
    except (DatabaseError, InterfaceError) as fault:
        _log.error("a draft's files could not be kept: %s", type(fault).__name__)
        _take_notes(request, turn.answers)
        return _files_page(request, turn, received.refused, notice=_NOT_KEPT, status=503)
    if request.POST.get("do") == "done" and not received.refused:
        return _onward(request, turn)
    return _files_page(request, turn, received.refused)


def _came_from(request: HttpRequest) -> Place | None:
    slug, _colon, item = request.POST.get("came", "").partition(":")
    return Place(slug, int(item)) if slug in STEP_BY_SLUG and item in set("0123456789") else None


def _onward(request: HttpRequest, turn: Turn) -> HttpResponseBase:
    return wizard.go(request, turn) if turn.place else wizard.show_check(request, turn)


def _keep(request: HttpRequest, turn: Turn, received: Received) -> None:
    """Put notes and new files into the draft, and take out what is to go."""
    act, _dash, number = request.POST.get("do", "").partition("-")
    with transaction.atomic():
        # Another page of the same draft may have been sent meanwhile.
        Draft.objects.select_for_update().filter(pk=turn.filing.draft_id).first()
        turn.answers = load_draft(turn.filing) or turn.answers
        before = drafted.listed(turn.answers)
        _take_notes(request, turn.answers)
        if before == drafted.listed(turn.answers) and act != "remove" and not received.taken:
            return
        save_draft(turn.filing, turn.answers)
        if act == "remove" and number.isascii() and number.isdigit():
            drafted.remove_file(filing=turn.filing, answers=turn.answers, number=int(number))
        for clean, original in received.taken:
            drafted.add_file(filing=turn.filing, answers=turn.answers, clean=clean, original=original)
        save_draft(turn.filing, turn.answers)


def _take_notes(request: HttpRequest, answers: dict[str, Any]) -> None:
    files = drafted.listed(answers)
    for file in files:
        for name in ("note", "who"):
            typed = request.POST.get(f"{name}-{file['number']}")
            if typed is not None:
                file[name] = clean_text(typed)[:_NOTE_LENGTH]
    if files:
        answers[drafted.FILES] = files


def shown_files(answers: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the draft's files as the pages show them."""
    return [
        {
            **file,
            "kind_words": kind_words(file["kind"]),
            "size_words": filesizeformat(file["original_size"]),
        }
        for file in drafted.listed(answers)
    ]


def _files_page(
    request: HttpRequest,
    turn: Turn,
    refused: list[RefusedFile] | None = None,
    *,
    notice: Promise | None = None,
    status: int = 200,
) -> HttpResponse:
    files = shown_files(turn.answers)
    context = {
        **wizard.carried(turn),
        "files": files,
        "may_add": len(files) < drafted.MOST_FILES,
        "refused": refused or [],
        "notice": notice,
        "came": f"{turn.place.slug}:{turn.place.item}" if turn.place else "",
        "keep_original": request.POST.get("keep_original"),
    }
    return wizard.page(request, "files", context, status)


# --- Files of a report that was sent ---


@private_page
@same_site_post
def box_files(request: HttpRequest) -> HttpResponseBase:
    """Take files, and words with them, to the report of an opened box; each is kept once."""
    if request.method != "POST":
        return redirect("reporting:return")
    try:
        box = BoxToken.open(request.POST.get("box", ""))
    except StaleToken:
        return box_pages.come_back(request)  # asks for the code again and keeps the words
    if "send" not in request.POST:
        return _box_page(request, box)
    told = {
        "text": clean_text(request.POST.get("text", ""))[:_TEXT_LENGTH],
        "note": clean_text(request.POST.get("note", ""))[:_NOTE_LENGTH],
        "who": clean_text(request.POST.get("who", ""))[:_NOTE_LENGTH],
    }
    if any(codes.is_in(words, box.code) for words in told.values()):
        return _box_page(request, box, notice=CODE_INSIDE, status=400)
    received = receive_files(request, keep_original=bool(request.POST.get("keep_original")))
    if not received.taken and not told["text"]:
        return _box_page(request, box, received.refused, notice=None if received.refused else _NOTHING)
    return _kept(request, box, received, told)


def _kept(request: HttpRequest, box: BoxToken, received: Received, told: dict[str, str]) -> HttpResponse:
    try:
        if told["text"]:
            services.add_to_report(box=box, text=told["text"])
        full = received.taken and not replying.add_files(
            box=box, files=received.taken, note=told["note"], who=told["who"]
        )
    except services.Gone:
        words: Any = _("This report was erased. Nothing was added.")
        return _box_page(request, box, received.refused, notice=words, status=410)
    except (keys.VaultClosed, keys.KeySwapped):
        return _box_page(request, box, received.refused, notice=CLOSED, status=503)
    except _AWAY_FAULTS as fault:
        _log.error("files could not be added: %s", type(fault).__name__)
        return _box_page(request, box, received.refused, notice=_NOT_KEPT, status=503)
    context = {
        "token": BoxToken.new(box.report_id, box.code).token(),
        "count": 0 if full else len(received.taken),
        "refused": received.refused,
        "is_full": full,
        "has_text": bool(told["text"]),
    }
    return render(request, "reporting/box_files_added.html", context)


def _box_page(
    request: HttpRequest,
    box: BoxToken,
    refused: list[RefusedFile] | None = None,
    *,
    notice: Promise | None = None,
    status: int = 200,
) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("text", "note", "who", "keep_original")}
    context = {**typed, "token": box.token(), "refused": refused or [], "notice": notice}
    return wizard.page(request, "box_files", context, status)


@private_page
@same_site_post
def box_download(request: HttpRequest) -> HttpResponseBase:
    """Hand out a file that staff put into the box. The code comes in the page's token, in no address."""
    if request.method != "POST":
        return redirect("reporting:return")
    try:
        box = BoxToken.open(request.POST.get("box", ""))
    except StaleToken:
        return box_pages.come_back(request)
    try:
        found = replying.open_reply_file(box=box, part_id=request.POST.get("part", ""))
    except (*_AWAY_FAULTS, keys.VaultClosed, keys.KeySwapped) as fault:
        _log.error("a file for a reporter could not be opened: %s", type(fault).__name__)
        return wizard.page(request, "file_damaged", {"is_away": True}, 503)
    if found is None:
        return wizard.page(request, "file_damaged", {}, 404)
    return attachment(request, found)
