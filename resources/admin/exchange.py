"""Taking the directory out, and bringing in a table or an HSDS package after each difference was seen."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from resources import differences, exchange, history
from resources.admin.base import AnyAdmin
from resources.hsds import load
from resources.hsds.tables import Fault, PackageRefusedError
from resources.models import Location, Organization, Service
from resources.table import read_csv

# As text in a form it must stay below the limit of a request.
MOST_BYTES = 4 * 1024 * 1024
_KEPT_FOR = 3600  # seconds a preview may be confirmed
_SHOWN = 200  # rows of a preview; the rest is counted
_MODELS = {"service": Service, "location": Location, "organization": Organization}
_NAMES = {"places": "locations", "access": "access_facts"}


@dataclass(frozen=True)
class _Shown:
    """One row of the preview. fields: label of each, and what differs in it word by word."""

    kind: str
    waits: bool
    title: str
    verdict: str
    reason: str
    url: str
    fields: list[tuple[str, list[tuple[str, str]]]]


class Exchanges(AnyAdmin):
    """Adds the page to the list of services. What is sent is kept in the page itself, signed, on no disk."""

    def get_urls(self) -> list[URLPattern]:
        """Put the page before the pages of single services."""
        page = path(
            "exchange/", self.admin_site.admin_view(self.exchange_view), name="resources_service_exchange"
        )
        return [page, *super().get_urls()]

    def exchange_view(self, request: HttpRequest) -> HttpResponse:
        """Show the page; on POST the preview of a file, or write what was seen."""
        if not (self.has_change_permission(request) and self.has_add_permission(request)):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request)
        try:
            content = _sent(request)
            bundle = _read(content)
            if "seen" not in request.POST:
                return self._page(request, exchange.plan(bundle), content)
            with transaction.atomic():
                found = exchange.plan(bundle, lock=True)
                if request.POST["seen"] == found.digest:
                    return self._written(request, found)
            messages.warning(request, _("The directory has changed since. Look at the differences again."))
            return self._page(request, found, content)
        except PackageRefusedError as refused:
            return self._page(request, faults=refused.faults)
        except history.Refused as refused:
            messages.error(request, str(refused))
            return redirect(request.path)

    def _written(self, request: HttpRequest, found: exchange.Plan) -> HttpResponse:
        exchange.carry_out(found, by=request.user, reason=_("Brought in from a file"))
        for entry in found.services:
            if entry.verdict == exchange.NEW:
                self.log_addition(request, entry.row, "Brought in from a file.")
            elif entry.verdict == exchange.CHANGED:
                self.log_change(request, entry.row, "Brought in from a file.")
        text = _(
            "Written: %(new)d new, %(changed)d changed. New services wait until a person has checked them."
        )
        messages.success(request, text % {"new": found.count("new"), "changed": found.count("changed")})
        return redirect("admin:resources_service_changelist")

    def _page(
        self,
        request: HttpRequest,
        found: exchange.Plan | None = None,
        content: bytes = b"",
        faults: list[Fault] | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take the directory out, bring services in"),
            "opts": self.model._meta,
            "faults": faults,
        }
        if found:
            entries = [entry for entry in found.entries if entry.verdict != exchange.SAME]
            context |= {
                "found": found,
                "counts": {verdict: found.count(verdict) for verdict in exchange.VERDICTS},
                "rows": [_shown(entry, found) for entry in entries[:_SHOWN]],
                "more": max(0, len(entries) - _SHOWN),
                "writes": any(entry.verdict != exchange.KEPT for entry in entries),
                "kept": _signer(request).sign(base64.b64encode(zlib.compress(content)).decode()),
            }
        return TemplateResponse(request, "admin/resources/exchange.html", context)


def _signer(request: HttpRequest) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"resources.exchange {request.user.pk}")


def _sent(request: HttpRequest) -> bytes:
    """Return the bytes of the file, or those that the preview kept. Raise PackageRefusedError without any."""
    if "kept" in request.POST:
        try:
            kept = _signer(request).unsign(request.POST["kept"], max_age=_KEPT_FOR)
        except signing.BadSignature as fault:
            reason = _("The preview is too old, or not yours. Choose the file again.")
            raise PackageRefusedError([Fault(_("File"), reason)]) from fault
        return zlib.decompress(base64.b64decode(kept))
    file = request.FILES.get("package")
    if file is None or not file.size:
        raise PackageRefusedError([Fault(_("File"), _("Choose a file that is not empty."))])
    if file.size > MOST_BYTES:
        reason = _("It is larger than 4 MB. Ask whoever runs the server to bring it in.")
        raise PackageRefusedError([Fault(_("File"), reason)])
    return bytes(file.read())


def _read(content: bytes) -> Any:
    """Return what the file holds: an HSDS package begins with a bracket or as a ZIP, all else is a table."""
    is_package = content[:2] == b"PK" or content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"[", b"{"}
    return load.read_package(content) if is_package else read_csv(content)


def _shown(entry: exchange.Entry, found: exchange.Plan) -> _Shown:
    model: Any = _MODELS[entry.kind]
    url = ""
    if entry.row is not None and entry.kind == "service":
        url = reverse("admin:resources_service_change", args=[entry.row.pk])
    return _Shown(
        kind=str(model._meta.verbose_name),
        waits=entry.kind == "service",
        title=entry.title,
        verdict=entry.verdict,
        reason=entry.reason,
        url=url,
        fields=[
            (differences.label_of(model, _NAMES.get(name, name)), pieces)
            for name, before, after in entry.differences
            for pieces in [_pieces(model, name, before, after, found)]
            if any(mark for mark, _text in pieces)
        ],
    )


def _pieces(model: Any, name: str, before: Any, after: Any, found: exchange.Plan) -> list[tuple[str, str]]:
    return differences.word_by_word(_words(model, name, before, found), _words(model, name, after, found))


def _words(model: Any, name: str, value: Any, found: exchange.Plan) -> str:
    """Return a value of a record in the words that staff know from the history."""

    def title(own: str) -> str:
        return found.locations[own].title if own in found.locations else own[:8]

    if name == "places":
        value = [title(own) for own in value]
    elif name == "access":
        value = [{"kind": kind, "answer": answer} for kind, answer in value.items()]
    elif name == "schedules":
        value = [
            {key: each for key, each in span.items() if key != "place"}
            | {"location": title(span["place"]) if span["place"] else ""}
            for span in value
        ]
    return differences.in_words(model, _NAMES.get(name, name), value)
