"""Who may not see what: members tied to a school, an agency or an officer, and blocks of single reports.

A conflict is kept as tokens, like the facets of reports, so that nobody without the index key reads from the
database whom a member is tied to. It errs on the safe side: an officer's conflict also hides reports whose
officer sounds alike, a school's also those that write its letters or its name with slips.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from portal.lib import places
from reporting import events, facets, keys, names
from reporting.facets import Found
from reporting.keys import RoomKey
from reporting.models import Conflict, Facet, Report, ReportBlock, ReportEvent

Kind = Facet.Kind
KINDS = [Kind.SCHOOL, Kind.AGENCY, Kind.OFFICER, Kind.BADGE, Kind.DISTRICT, Kind.COUNTY]


class Unclear(ValueError):
    """What was typed names nothing of this kind, or several."""


@dataclass(frozen=True)
class Tie:
    """One conflict as staff read it. pk: of the row that holds its name."""

    pk: int
    member: Any
    kind: str
    words: str

    @property
    def kind_label(self) -> str:
        """Return the kind in words."""
        return str(Kind(self.kind).label)


def ties_of(kind: str, text: str) -> list[Found]:
    """Return what hides a report from a member tied to `text`: first the name itself, then its other forms.

    Raise Unclear.
    """
    found = _TIES[kind](text)
    if not found:
        raise Unclear
    return found


def _officer(text: str) -> list[Found]:
    people = names.people(text)
    if len(people) != 1:
        return []
    person = people[0]
    loose = [Found(Kind.SOUND, f"officer:{sound}") for sound in sorted(person.sounds)]
    return [Found(Kind.OFFICER, person.value, person.label), *loose]


def _badge(text: str) -> list[Found]:
    numbers = names.badges(text)
    return [Found(Kind.BADGE, numbers[0], numbers[0])] if len(numbers) == 1 else []


def _place(kind: str, place: names.Place | None) -> list[Found]:
    if place is None:
        return []
    found = [Found(kind, place.value, place.label)]
    if not place.is_letters:
        found += [Found(kind, letters) for letters in sorted(place.shortened)]
    return [*found, *(Found(Kind.SOUND, f"{kind}:{key}") for key in sorted(place.heard))]


def _district(text: str) -> list[Found]:
    district = names.district(text)
    if not district:
        return []
    # Where nobody said which district, a report of its county may be about it.
    slugs = {
        county.slug
        for known in places.districts()
        if names.district(known.name) == district
        for county in known.counties
    }
    loose = [Found(Kind.SOUND, f"district:{slug}") for slug in sorted(slugs)]
    return [Found(Kind.DISTRICT, district, district.title()), *loose]


def _county(text: str) -> list[Found]:
    county = places.county(names.county(text))
    return [Found(Kind.COUNTY, county.slug, county.name)] if county else []


_TIES: dict[str, Callable[[str], list[Found]]] = {
    Kind.SCHOOL: lambda text: _place(Kind.SCHOOL, names.school(text)),
    Kind.AGENCY: lambda text: _place(Kind.AGENCY, names.agency(text)),
    Kind.OFFICER: _officer,
    Kind.BADGE: _badge,
    Kind.DISTRICT: _district,
    Kind.COUNTY: _county,
}


def _tokens(index_key: bytes, kind: str, text: str) -> list[tuple[str, str]]:
    return [(each.kind, facets.token(index_key, each.kind, each.value)) for each in ties_of(kind, text)]


@transaction.atomic
def declare(*, member: AbstractUser, kind: str, text: str, by: AbstractUser, room: RoomKey) -> None:
    """Hide from `member` every report that names `text`. room: the opened case room.

    Reports that have no facets yet are hidden from a member with a conflict until somebody's session has
    written them. Raise Unclear, NotGranted, VaultClosed.
    """
    index_key = keys.open_index_key(room)
    found = ties_of(kind, text)
    tokens = _tokens(index_key, kind, text)
    Conflict.objects.bulk_create(
        [Conflict(member_id=member.pk, kind=each, token=of) for each, of in tokens], ignore_conflicts=True
    )
    facets.keep_labels({key: each.label for key, each in zip(tokens, found, strict=True)})
    detail = f"{member.get_username()[:60]}: tied to one {Kind(kind).value}"
    events.record(kind=ReportEvent.Kind.BLOCKED, by=by, detail=detail)


def ties(*, room: RoomKey, member: AbstractUser | None = None) -> list[Tie]:
    """Return the conflicts of `member`, or of everybody, as staff read them, by name of the member."""
    named = Conflict.objects.filter(kind__in=KINDS).select_related("member")
    if member is not None:
        named = named.filter(member_id=member.pk)
    rows = list(named.order_by("member__username", "kind", "pk"))
    words = facets.labels_of((row.token for row in rows), room)
    index_key = keys.open_index_key(room)
    found, derived = [], set()
    for row in rows:
        if text := words.get((row.kind, row.token)):
            found.append(Tie(row.pk, row.member, row.kind, text))
            derived |= {(row.member_id, *key) for key in _tokens(index_key, row.kind, text)[1:]}
    own = {row.pk: (row.member_id, row.kind, row.token) for row in rows}
    # The letters of a school stand under the school, not beside it.
    return [tie for tie in found if own[tie.pk] not in derived]


@transaction.atomic
def lift(*, pk: int, by: AbstractUser, room: RoomKey) -> bool:
    """End one conflict, with its other forms; return whether there was one.

    Nobody ends their own: raise PermissionError. room: the opened case room.
    """
    known = {tie.pk: tie for tie in ties(room=room)}
    tie = known.get(pk)
    if tie is None:
        return False
    if tie.member.pk == by.pk:
        raise PermissionError
    index_key = keys.open_index_key(room)
    gone = set(_tokens(index_key, tie.kind, tie.words))
    for other in known.values():
        if other.member.pk == tie.member.pk and other.pk != pk:
            gone -= set(_tokens(index_key, other.kind, other.words))
    for kind, token in gone:
        Conflict.objects.filter(member_id=tie.member.pk, kind=kind, token=token).delete()
    detail = f"{tie.member.get_username()[:60]}: no longer tied to one {tie.kind}"
    events.record(kind=ReportEvent.Kind.BLOCKED, by=by, detail=detail)
    return True


# --- One report ---


@transaction.atomic
def block(*, report: Report, member: AbstractUser, by: AbstractUser) -> bool:
    """Hide one report from one member, who no longer works on it; return whether it was not hidden before."""
    _row, new = ReportBlock.objects.get_or_create(report=report, member_id=member.pk)
    if new:
        Report.objects.filter(pk=report.pk, assigned_to_id=member.pk).update(assigned_to=None)
        detail = f"hidden from {member.get_username()[:80]}"
        events.record(kind=ReportEvent.Kind.BLOCKED, by=by, report=report, detail=detail)
    return new


@transaction.atomic
def unblock(*, report: Report, member: AbstractUser, by: AbstractUser) -> bool:
    """Show one report to a member again; return whether it was hidden."""
    gone, _rows = ReportBlock.objects.filter(report=report, member_id=member.pk).delete()
    if gone:
        detail = f"shown again to {member.get_username()[:80]}"
        events.record(kind=ReportEvent.Kind.BLOCKED, by=by, report=report, detail=detail)
    return bool(gone)
