"""Reports that may speak of the same officer: what suggests it, what members judged of it, what follows.

Facets suggest, a member confirms. A pattern needs two people who do not know of each other, so each confirmed
link says whether its two reporters are independent; the same words sent twice never are.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from django.contrib.auth.models import AbstractUser
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reporting import events, facets, names, services
from reporting.facets import Traits
from reporting.keys import RoomKey
from reporting.models import Facet, Report, ReportEvent, ReportLink, SealedPart
from reporting.names import Alike, Fit, Place

# A token that more reports share than this is no link by itself: a large department, a large school.
SHARED_AT_MOST = 200
MOST_CANDIDATES = 300
MOST_TOKENS = 30
SHOWN = 8
# The most telling first.
_LOOKED_UP = [Facet.Kind.BADGE, Facet.Kind.OFFICER, Facet.Kind.SOUND, Facet.Kind.SCHOOL, Facet.Kind.AGENCY]


class Strength(IntEnum):
    """How much speaks for it that two reports name the same officer."""

    NONE = 0
    WEAK = 1
    STRONG = 2


@dataclass(frozen=True)
class Link:
    """What two reports share. reasons: short sentences for staff, without a name."""

    strength: Strength
    reasons: tuple[str, ...] = ()


NO_LINK = Link(Strength.NONE)


def _best_places(one: set[Place], other: set[Place]) -> Alike:
    return max((a.alike(b) for a in one for b in other), default=Alike.NOT)


def _best_fit(one: Traits, other: Traits) -> Fit:
    fits = [names.fit(a, b) for a in one.people for b in other.people]
    return max(fits, key=lambda fit: (fit.full, fit.alike, fit.half), default=names.NO_FIT)


@dataclass(frozen=True)
class _Shared:
    """What two reports share, and what speaks against it (`other_…`: both name one, and not the same)."""

    name: Fit
    school: Alike
    agency: Alike
    badge: bool
    other_name: bool
    other_badge: bool
    other_school: bool
    other_agency: bool


def _shared(one: Traits, other: Traits) -> _Shared:
    apart = bool(one.counties and other.counties and not one.counties & other.counties)
    name = _best_fit(one, other)
    agency = _best_places(one.agencies, other.agencies)
    # Schools of one name stand in many counties.
    school = Alike.NOT if apart else _best_places(one.schools, other.schools)
    return _Shared(
        name=name,
        school=school,
        agency=agency,
        badge=bool(one.badges & other.badges),
        other_name=bool(one.people and other.people and not name.alike),
        other_badge=bool(one.badges and other.badges and not one.badges & other.badges),
        other_school=bool(one.schools and other.schools and not school),
        other_agency=bool(one.agencies and other.agencies and not agency),
    )


def _is_strong(shared: _Shared) -> bool:
    name, place = shared.name, shared.school or shared.agency
    if shared.badge and place and not shared.other_name and not shared.other_agency:
        return True
    if name.alike == Alike.SOUND:
        # Two officers of one school whose long names sound the same are hardly two.
        return name.long and bool(shared.school) and not shared.other_agency and not shared.other_badge
    if not name.alike or not place or (shared.other_badge and not name.full):
        return False
    if name.full or name.half:
        return True
    # A family name alone: many officers of one department share it, few at one school.
    if shared.school:
        return name.alike == Alike.SAME or not shared.other_agency
    return (name.alike == Alike.SAME or name.long) and shared.agency >= Alike.SLIP and not shared.other_school


def compare(one: Traits, other: Traits) -> Link:
    """Return what links two reports. Symmetric.

    Strong: the same badge of the same agency or school; the same name, slips forgiven, with the same agency
    or school, where a family name alone does not bridge two schools. Weaker: names that sound alike with the
    same school or agency, a family name in the same agency, the same badge alone.
    """
    shared = _shared(one, other)
    if _is_strong(shared):
        return Link(Strength.STRONG, _reasons(shared))
    place = shared.school or shared.agency
    if (shared.name.alike and (place or shared.name.full)) or shared.badge:
        return Link(Strength.WEAK, _reasons(shared))
    return NO_LINK


_NAME_WORDS = {
    Alike.SAME: _("the same name"),
    Alike.SLIP: _("the same name, written a little differently"),
    Alike.SOUND: _("a name that sounds alike"),
}
_SCHOOL_WORDS = {
    Alike.SAME: _("the same school"),
    Alike.SLIP: _("the same school, written differently"),
    Alike.SOUND: _("a school with these letters"),
}
_AGENCY_WORDS = {
    Alike.SAME: _("the same agency"),
    Alike.SLIP: _("the same agency, written differently"),
    Alike.SOUND: _("an agency with these letters"),
}


def _reasons(shared: _Shared) -> tuple[str, ...]:
    found = [
        _("the same badge") if shared.badge else "",
        _NAME_WORDS.get(shared.name.alike, ""),
        _SCHOOL_WORDS.get(shared.school, ""),
        _AGENCY_WORDS.get(shared.agency, ""),
        _("but another badge") if shared.other_badge else "",
        _("but another agency") if shared.other_agency else "",
    ]
    return tuple(str(reason) for reason in found if reason)


# --- Looking up ---


@dataclass(frozen=True)
class Suggestion:
    """A report that may name the same officer."""

    report: Report
    link: Link

    @property
    def is_strong(self) -> bool:
        """Return whether much speaks for it."""
        return self.link.strength == Strength.STRONG


def suggestions(*, report: Report, user: AbstractUser, room: RoomKey) -> list[Suggestion]:
    """Return reports that may name the same officer, the likeliest first, at most `SHOWN`.

    Only reports `user` may see, and none that a member has judged already. room: the opened case room. Seven
    queries whatever the size of the table: each token is one bounded look-up in the index, all in one query.
    Nothing of another report is opened but labels of its facets.
    """
    own = list(report.facets.filter(kind__in=_LOOKED_UP).values_list("kind", "token"))
    candidates = _candidates(report, own)
    if not candidates:
        return []
    judged = _judged(report)
    pks = [pk for pk in candidates if pk not in judged][:MOST_CANDIDATES]
    reports = Report.objects.visible_to(user).exclude(duplicate_of=report).in_bulk(pks)
    traits = _traits_by_label([report.pk, *reports], room)
    found = [
        Suggestion(reports[pk], link)
        for pk in pks
        if pk in reports and (link := compare(traits[report.pk], traits[pk])).strength
    ]
    found.sort(key=lambda each: each.link.strength, reverse=True)
    return found[:SHOWN]


def _candidates(report: Report, own: list[tuple[str, str]]) -> list[uuid.UUID]:
    """Return the reports that share a telling token, those that share most first."""
    own = sorted(own, key=lambda each: _LOOKED_UP.index(Facet.Kind(each[0])))[:MOST_TOKENS]
    if not own:
        return []
    # Each token's look-up stops at its own limit; Django has no such union for SQLite.
    one = "SELECT * FROM (SELECT id, report_id, kind, token FROM {} WHERE kind = %s AND token = %s LIMIT %s)"
    table = connection.ops.quote_name(Facet._meta.db_table)
    sql = " UNION ALL ".join(f"{one.format(table)} AS t{number}" for number in range(len(own)))
    values = [value for kind, token in own for value in (kind, token, SHARED_AT_MOST + 1)]
    sharing: dict[tuple[str, str], list[uuid.UUID]] = defaultdict(list)
    for facet in Facet.objects.raw(sql, values):
        sharing[facet.kind, facet.token].append(facet.report_id)
    counts: Counter[uuid.UUID] = Counter()
    for pks in sharing.values():
        if len(pks) <= SHARED_AT_MOST:
            counts.update(pks)
    del counts[report.pk]
    return [pk for pk, _count in counts.most_common()]


def _traits_by_label(pks: Iterable[uuid.UUID], room: RoomKey) -> dict[uuid.UUID, Traits]:
    """Return whom and what these reports name, as their facets' labels tell. Two queries."""
    rows = list(
        Facet.objects.filter(report__in=list(pks))
        .exclude(kind__in=[Facet.Kind.SOUND, Facet.Kind.TAG])
        .values_list("report_id", "kind", "token")
    )
    words = facets.labels_of((token for _pk, _kind, token in rows), room)
    traits: dict[uuid.UUID, Traits] = defaultdict(Traits)
    for pk, kind, token in rows:
        if text := words.get((kind, token)):
            _take(traits[pk], kind, text)
    return traits


def _take(traits: Traits, kind: str, text: str) -> None:
    """Add to `traits` what the words of one label stand for."""
    if kind == Facet.Kind.OFFICER:
        traits.people.update(names.people(text))
    elif kind == Facet.Kind.BADGE:
        traits.badges.add(text)
    elif kind == Facet.Kind.AGENCY:
        traits.agencies.update(filter(None, [names.agency(text)]))
    elif kind == Facet.Kind.SCHOOL:
        traits.schools.update(filter(None, [names.school(text)]))
    elif kind == Facet.Kind.COUNTY:
        traits.counties.add(names.county(text))


# --- Judging ---


class SameWords(ValueError):
    """Two reports of the same words were said to be independent: one hand sent them."""


@dataclass(frozen=True)
class Judged:
    """A report that a member judged to belong with another, or not to. is_copy: one duplicates the other."""

    report: Report
    is_same: bool
    independent: bool
    is_copy: bool


def _of(report: Report) -> Q:
    return Q(one=report) | Q(other=report)


def _judged(report: Report) -> dict[uuid.UUID, ReportLink]:
    """Return the links of `report` by the id of the report at the other end."""
    links = ReportLink.objects.filter(_of(report))
    return {link.other_id if link.one_id == report.pk else link.one_id: link for link in links}


def judged(*, report: Report, user: AbstractUser) -> list[Judged]:
    """Return what was judged of `report` and others that `user` may see, what belongs together first."""
    links = _judged(report)
    reports = Report.objects.visible_to(user).in_bulk(list(links)) if links else {}
    found = [
        Judged(
            other,
            is_same=links[pk].verdict == ReportLink.Verdict.SAME,
            independent=links[pk].independent,
            is_copy=report.duplicate_of_id == pk or other.duplicate_of_id == report.pk,
        )
        for pk, other in reports.items()
    ]
    return sorted(found, key=lambda each: (not each.is_same, each.report.reference))


def _in_order(report: Report, other: Report) -> tuple[Report, Report]:
    return (report, other) if report.pk < other.pk else (other, report)


@transaction.atomic
def judge(
    *, report: Report, other: Report, by: AbstractUser, room: RoomKey, same: bool, independent: bool = False
) -> ReportLink:
    """Keep what `by`, who may see both, judged of two reports; a later judgment replaces an earlier one.

    independent: two different people reported. room: the opened case room. Raise SameWords when they are said
    to be independent and hold the same words, ValueError for a report and itself.
    """
    if report.pk == other.pk:
        raise ValueError("a report belongs with itself")
    independent = independent and same
    if independent and hold_same_words(report, other, room):
        raise SameWords
    verdict = ReportLink.Verdict.SAME if same else ReportLink.Verdict.DIFFERENT
    one, last = _in_order(report, other)
    link, _new = ReportLink.objects.update_or_create(
        one=one, other=last, defaults={"verdict": verdict, "independent": independent}
    )
    detail = f"{verdict.value}, two people" if independent else verdict.value
    _record(by, report, other, detail)
    return link


@transaction.atomic
def undo(*, report: Report, other: Report, by: AbstractUser) -> bool:
    """Take back what was judged of two reports; return whether there was anything."""
    one, last = _in_order(report, other)
    gone, _rows = ReportLink.objects.filter(one=one, other=last).delete()
    if gone:
        _record(by, report, other, "taken back")
    return bool(gone)


def _record(by: AbstractUser, report: Report, other: Report, detail: str) -> None:
    # Neither event names the other report: who reads one of them may not be allowed to know of the other.
    events.record_many(kind=ReportEvent.Kind.LINKED, by=by, acts=[(report, detail), (other, detail)])


def hold_same_words(report: Report, other: Report, room: RoomKey) -> bool:
    """Return whether both reports were sent with the same story. room: the opened case room."""
    first = SealedPart.objects.filter(report__in=[report, other], kind=SealedPart.Kind.REPORT)
    stories = []
    for part in first.select_related("report"):
        try:
            stories.append(
                str((services.unseal_part(part=part, room=room).get("answers") or {}).get("story", ""))
            )
        except services.Damaged:
            return False
    return names.same_words(stories)


# --- What follows ---


@dataclass(frozen=True)
class Alert:
    """In how many reports the officer of a report is named, all confirmed by a member.

    reports: this one included. independent: whether two people reported who do not know of each other.
    """

    reports: int
    independent: bool


def alert_from(found: Iterable[Judged]) -> Alert | None:
    """Return the alert that the judged links of one report make, None without one."""
    same = [each for each in found if each.is_same and not each.is_copy]
    return Alert(len(same) + 1, any(each.independent for each in same)) if same else None


def alerts_for(*, reports: Sequence[Report], user: AbstractUser) -> dict[uuid.UUID, Alert]:
    """Return the alerts of these reports by id; a report without confirmed links has none.

    One query about the links, and what `visible_to` asks: a report hidden from `user` is not counted. Links
    to a duplicate of the same report do not count either.
    """
    pks = {report.pk for report in reports}
    if not pks:
        return {}
    visible = Report.objects.visible_to(user).values("pk")
    links = ReportLink.objects.filter(
        Q(one__in=pks) | Q(other__in=pks), verdict=ReportLink.Verdict.SAME, one__in=visible, other__in=visible
    ).values_list("one_id", "other_id", "independent", "one__duplicate_of_id", "other__duplicate_of_id")
    ends: dict[uuid.UUID, list[bool]] = defaultdict(list)
    for one, other, independent, one_copies, other_copies in links:
        if one_copies != other and other_copies != one:
            for pk in pks & {one, other}:
                ends[pk].append(independent)
    return {pk: Alert(len(found) + 1, any(found)) for pk, found in ends.items()}
