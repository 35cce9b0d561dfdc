"""The read log of the whole portal, for leads: who did what, when. Read-only, newest first, paged by key."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reporting import events
from reporting.models import Report, ReportEvent
from reporting.staffview import needs, page

PAGE_SIZE = 50


class Line(NamedTuple):
    """One event as it is shown. is_broken: it was changed, or one before it is missing."""

    event: ReportEvent
    is_broken: bool


def visible_events(user: Any) -> QuerySet[ReportEvent]:
    """Return the events that `user` may see: none of a report they are tied to.

    Events of reports that were erased hold no detail, and are everybody's.
    """
    seen = Q(report__isnull=True) | Q(report__in=Report.objects.visible_to(user).values("pk"))
    return ReportEvent.objects.filter(seen).select_related("report")


def page_of(rows: QuerySet[ReportEvent], after: str) -> tuple[list[Line], str]:
    """Return the page of `rows` below the cursor `after` (empty: the first), and the next page's cursor."""
    if cursor := _parsed(after):
        at, last = cursor
        rows = rows.filter(at__lte=at).filter(Q(at__lt=at) | Q(pk__lt=last))
    found = list(rows.order_by("-at", "-id")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    broken = events.broken_among(shown)
    following = f"{shown[-1].at.isoformat()}~{shown[-1].pk.hex}" if len(found) > PAGE_SIZE else ""
    return [Line(event, event.pk in broken) for event in shown], following


def _parsed(after: str) -> tuple[dt.datetime, uuid.UUID] | None:
    at, _sign, row = after.partition("~")
    try:
        when, last = dt.datetime.fromisoformat(at), uuid.UUID(row)
    except ValueError:
        return None
    return (when, last) if when.tzinfo else None


@require_safe
@needs("reporting.view_identity")
def read_log(request: HttpRequest) -> TemplateResponse:
    """Show the log: of everybody or one member (`by`), of every kind or one (`kind`)."""
    chosen = {name: request.GET.get(name, "") for name in ("by", "kind")}
    rows = visible_events(request.user)
    if chosen["by"].isascii() and chosen["by"].isdigit() and len(chosen["by"]) < 10:
        rows = rows.filter(actor_id=int(chosen["by"]))
    if chosen["kind"] in ReportEvent.Kind.values:
        rows = rows.filter(kind=chosen["kind"])
    lines, following = page_of(rows, request.GET.get("after", ""))
    kept = {name: value for name, value in chosen.items() if value}
    return page(
        request,
        "log",
        _("Read log"),
        lines=lines,
        chosen=chosen,
        members=get_user_model().objects.order_by("username").values_list("pk", "username"),
        kinds=ReportEvent.Kind.choices,
        next_query=urlencode({**kept, "after": following}) if following else "",
        first_query=urlencode(kept) if request.GET.get("after") else "",
        resigned_at=events.resigned_at(),
        has_broken=any(line.is_broken for line in lines),
    )
