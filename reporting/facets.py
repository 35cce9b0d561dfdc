"""Facets: that reports share an officer, a school, an agency, as keyed tokens (sealed reports, section 3).

A token is keyed BLAKE2b-128 of the normalised value under the index key, which only an unlocked reviewer's
session can open. What a token stands for is kept beside it as a sealed label. Tokens of the kind "sound" have
no label: they are loose keys by which other writings of the same name meet.

Facets are written by acts of an unlocked member (signing in, the button in the queue), never by opening a
page: a GET changes nothing. A report that gets an addition is indexed anew.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractUser
from django.db import DatabaseError, transaction

from portal.lib import places
from reporting import answers as told
from reporting import keys, names, services
from reporting.answers import Answers
from reporting.keys import KeySwapped, NotGranted, RoomKey, VaultClosed
from reporting.labels import open_label, seal_label
from reporting.models import CASE, Facet, Label, Report, SealedPart
from reporting.names import Person, Place
from reporting.vault import primitives

TOKEN_BYTES = 16
# What one act may index at most: a sign-in must not wait for a flood of reports.
AT_ONCE, AT_ONCE_SECONDS = 300, 2.0
# Of one report; a text that names a hundred would cost every look-up.
MOST_OFFICERS = 10
_BATCH = 50
_AGENCY_KIND = {"sheriff": "sheriff", "city": "police"}
_FROM_REPORTER = (SealedPart.Kind.REPORT, SealedPart.Kind.ADDITION)


@dataclass(frozen=True)
class Found:
    """One thing a report can be found by. label: its words for staff, "" for a key without words."""

    kind: str
    value: str
    label: str = ""


@dataclass
class Traits:
    """Whom and what a report names, normalised. counties: slugs; districts: plain words."""

    people: set[Person] = field(default_factory=set)
    badges: set[str] = field(default_factory=set)
    agencies: set[Place] = field(default_factory=set)
    schools: set[Place] = field(default_factory=set)
    districts: set[str] = field(default_factory=set)
    counties: set[str] = field(default_factory=set)

    def found(self) -> list[Found]:
        """Return everything the report can be found by, each once."""
        kind = Facet.Kind
        found = [Found(kind.OFFICER, person.value, person.label) for person in self.people]
        found += [Found(kind.BADGE, badge, badge) for badge in self.badges]
        found += [Found(kind.AGENCY, place.value, place.label) for place in self.agencies]
        found += [Found(kind.SCHOOL, place.value, place.label) for place in self.schools]
        found += [Found(kind.DISTRICT, district, district.title()) for district in self.districts]
        for slug in self.counties:
            county = places.county(slug)
            found.append(Found(kind.COUNTY, slug, county.name if county else slug))
        return [*found, *self._loose()]

    def _loose(self) -> list[Found]:
        keyed = {f"officer:{sound}" for person in self.people for sound in person.sounds}
        keyed |= {f"agency:{loose}" for place in self.agencies for loose in place.loose}
        keyed |= {f"school:{loose}" for place in self.schools for loose in place.loose}
        if not self.districts:
            # Nobody said which district: it may be the county's.
            keyed |= {f"district:{slug}" for slug in self.counties}
        return [Found(Facet.Kind.SOUND, value) for value in sorted(keyed)]


def traits_of(answers: Answers) -> Traits:
    """Return whom and what these answers name. Students are never among it."""
    traits = Traits()
    for occurrence in told.occurrences(answers)[:MOST_OFFICERS]:
        traits.counties.add(names.county(str(occurrence.get("county", ""))))
        traits.districts.add(names.district(str(occurrence.get("district", ""))))
        if school := names.school(str(occurrence.get("school", ""))):
            traits.schools.add(school)
    traits.counties.discard("")
    traits.districts.discard("")
    county = min(traits.counties) if len(traits.counties) == 1 else ""
    for officer in told.officers(answers)[:MOST_OFFICERS]:
        traits.people.update(names.people(str(officer.get("officer_name", ""))))
        traits.badges.update(names.badges(str(officer.get("badge", ""))))
        kind = _AGENCY_KIND.get(str(officer.get("agency_kind", "")), "")
        if agency := names.agency(str(officer.get("agency", "")), county, kind):
            traits.agencies.add(agency)
    return traits


def token(index_key: bytes, kind: str, value: str) -> str:
    """Return the token of `value`, already normalised for its `kind` (a `Facet.Kind`), as 32 hex digits."""
    return primitives.keyed_hash(
        index_key, "facet", kind.encode(), value.encode("utf-8", "replace"), size=TOKEN_BYTES
    ).hex()


def tokens_of(index_key: bytes, answers: Answers) -> dict[tuple[str, str], str]:
    """Return the facets of these answers: (kind, token) to the words it stands for, "" for none."""
    found = traits_of(answers).found()
    return {(each.kind, token(index_key, each.kind, each.value)): each.label for each in found}


# --- Labels ---


def keep_label(kind: str, of: str, text: str) -> None:
    """Keep the words that the token `of` stands for, unless some are kept already."""
    keep_labels({(kind, of): text})


@transaction.atomic
def keep_labels(words: dict[tuple[str, str], str]) -> None:
    """Keep the words of several tokens, (kind, token) to words, unless some are kept already."""
    wanted = {key: text for key, text in words.items() if text}
    known = Label.objects.filter(token__in=[of for _kind, of in wanted]).values_list("kind", "token")
    missing = wanted.keys() - set(known)
    if not missing:
        return
    queue_key = keys.current_queue_key(CASE)
    labels = []
    for kind, of in sorted(missing):
        sealed = seal_label(wanted[kind, of], f"facet|{kind}|{of}", queue_key)
        labels.append(Label(kind=kind, token=of, epoch=sealed.epoch, body=sealed.body))
    Label.objects.bulk_create(labels, ignore_conflicts=True)


def label_of(label: Label, room: RoomKey) -> str | None:
    """Return the words of `label`, None when they cannot be opened. room: the opened case room."""
    return open_label(label.body, label.epoch, f"facet|{label.kind}|{label.token}", room)


def labels_of(tokens: Iterable[str], room: RoomKey) -> dict[tuple[str, str], str]:
    """Return the words of the tokens that have any: (kind, token) to words. One query."""
    opened = {
        (label.kind, label.token): label_of(label, room)
        for label in Label.objects.filter(token__in=set(tokens))
    }
    return {key: text for key, text in opened.items() if text}


def add_facet(*, report_id: uuid.UUID, kind: str, of: str) -> bool:
    """Write that the report has the token `of`; return whether it is new."""
    return Facet.objects.get_or_create(report_id=report_id, kind=kind, token=of)[1]


# --- Indexing ---


def index_new(*, room: RoomKey, at_most: int = AT_ONCE, seconds: float = AT_ONCE_SECONDS) -> int:
    """Write the facets of reports that have none yet; return how many were done. The next call goes on.

    room: the opened case room. It shows nobody anything, so it takes every report, also those hidden from
    the member whose session this is: only then can their conflicts be known. Nothing is written into the
    read log: nobody reads. A report of which a part does not open stays as it is, hidden from members with a
    conflict.
    """
    try:
        index_key = keys.open_index_key(room)
    except (NotGranted, VaultClosed, KeySwapped):
        return 0
    until = time.monotonic() + seconds
    done, after = 0, uuid.UUID(int=0)
    while done < at_most and time.monotonic() < until:
        waiting = Report.objects.filter(indexed=False, pk__gt=after).order_by("pk")
        batch = list(waiting.values_list("pk", flat=True)[: min(_BATCH, at_most - done)])
        if not batch:
            break
        try:
            done += _index(batch, room, index_key)
        except (KeySwapped, VaultClosed):
            break  # nothing may be sealed to a key that is not ours; the queue says so
        after = batch[-1]
    return done


def index_report(*, report: Report, room: RoomKey) -> bool:
    """Write the facets of one report; return whether all of it opened. room: the opened case room."""
    try:
        index_key = keys.open_index_key(room)
    except (NotGranted, VaultClosed, KeySwapped):
        return False
    try:
        return _index([report.pk], room, index_key) == 1
    except (KeySwapped, VaultClosed):
        return False


def index_at_sign_in(*, user: AbstractUser, staff_key: bytes | None) -> int:
    """Write facets with the key of a member who is signing in; return how many reports were done.

    staff_key: their private key, None when it did not open. A member who was let in nowhere indexes nothing.
    Nobody is kept from signing in because a table was busy.
    """
    if staff_key is None:
        return 0
    try:
        room = keys.open_room(staff_private_key=staff_key, user=user, room=CASE)
        return index_new(room=room)
    except (NotGranted, KeySwapped, DatabaseError):
        return 0


@transaction.atomic
def _index(pks: list[uuid.UUID], room: RoomKey, index_key: bytes) -> int:
    """Write the facets of these reports; return how many were opened whole."""
    # The lock keeps an addition out until the report is marked: it would else be marked and not indexed.
    locked = list(Report.objects.select_for_update().filter(pk__in=pks).order_by("pk"))
    parts = SealedPart.objects.filter(report__in=locked, kind__in=_FROM_REPORTER).select_related("report")
    contents: dict[uuid.UUID, list[Answers]] = defaultdict(list)
    damaged = set()
    for part in parts.order_by("number"):
        try:
            content = services.unseal_part(part=part, room=room)
        except services.Damaged:
            damaged.add(part.report_id)
        else:
            contents[part.report_id].append(content.get("answers") or {})
    facets, words = [], {}
    for pk, answers in contents.items():
        tokens = {key: text for each in answers for key, text in tokens_of(index_key, each).items()}
        facets += [Facet(report_id=pk, kind=kind, token=of) for kind, of in tokens]
        words.update(tokens)
    Facet.objects.bulk_create(facets, ignore_conflicts=True)
    keep_labels(words)
    whole = [report.pk for report in locked if report.pk in contents and report.pk not in damaged]
    Report.objects.filter(pk__in=whole).update(indexed=True)
    return len(whole)
