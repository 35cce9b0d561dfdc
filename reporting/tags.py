"""Tags: short words of the team on a report, kept like every facet: a token in clear, the words sealed."""

from __future__ import annotations

import unicodedata
import uuid
from collections import Counter

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import QuerySet, Value

from reporting import events, facets, keys
from reporting.filters import Filters
from reporting.keys import RoomKey
from reporting.models import Facet, Report, ReportEvent

LONGEST = 40
# What is offered to choose from is taken from the newest reports: counting all of them would grow with them.
LOOKED_AT = 500
OFFERED = 30


def normal(text: str) -> str:
    """Return the form under which a tag is one tag: case, width and spaces do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def token_of(text: str, room: RoomKey) -> str:
    """Return the token of the tag `text`. Raise NotGranted, VaultClosed."""
    return facets.token(keys.open_index_key(room), Facet.Kind.TAG, normal(text))


def keep_words(text: str, room: RoomKey) -> str:
    """Keep the words of the tag `text` and return its token. Raise NotGranted, VaultClosed."""
    token = token_of(text, room)
    facets.keep_label(Facet.Kind.TAG, token, " ".join(text.split()))
    return token


@transaction.atomic
def add(*, report: Report, by: AbstractUser, room: RoomKey, text: str) -> bool:
    """Put the tag `text` on the report; return whether it is new. Raise NotGranted, VaultClosed."""
    token = keep_words(text, room)
    is_new = facets.add_facet(report_id=report.pk, kind=Facet.Kind.TAG, of=token)
    if is_new:
        events.record(kind=ReportEvent.Kind.TAGGED, by=by, report=report, detail="added a tag")
    return is_new


@transaction.atomic
def remove(*, report: Report, by: AbstractUser, token: str) -> bool:
    """Take the tag with this token off the report; return whether it was there."""
    gone, _rows = Facet.objects.filter(report=report, kind=Facet.Kind.TAG, token=token).delete()
    if gone:
        events.record(kind=ReportEvent.Kind.TAGGED, by=by, report=report, detail="removed a tag")
    return bool(gone)


def _newest(user: AbstractUser) -> QuerySet[Report, uuid.UUID]:
    """Return the ids of the newest open reports `user` may see."""
    reports = Filters.parse({}).narrow(user).order_by("-week", "-id")
    return reports.values_list("pk", flat=True)[:LOOKED_AT]


def tokens_for(report: Report, user: AbstractUser) -> tuple[list[str], list[str]]:
    """Return the tokens of the tags of `report`, and of others that are often used. One query."""
    rows = Facet.objects.filter(kind=Facet.Kind.TAG)
    own = rows.filter(report=report).values_list("token", Value(1))
    others = rows.filter(report__in=_newest(user)).values_list("token", Value(0))
    found = list(own.union(others, all=True))
    tokens = sorted(token for token, is_own in found if is_own)
    counts = Counter(token for token, is_own in found if not is_own and token not in tokens)
    return tokens, [token for token, _n in counts.most_common(OFFERED)]


def most_used(user: AbstractUser, room: RoomKey, kinds: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Return the most used labels of each kind among the newest open reports `user` may see.

    Kind to (token, words) pairs, most used first, at most 30 a kind. Two queries.
    """
    found = Facet.objects.filter(report__in=_newest(user), kind__in=kinds)
    counted: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    for kind, token in found.values_list("kind", "token"):
        counted[kind][token] += 1
    often = {kind: [token for token, _n in counts.most_common(OFFERED)] for kind, counts in counted.items()}
    words = facets.labels_of([token for tokens in often.values() for token in tokens], room)
    return {
        kind: [(token, words[kind, token]) for token in tokens if (kind, token) in words]
        for kind, tokens in often.items()
    }
