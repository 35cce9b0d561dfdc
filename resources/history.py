"""What changed of a service or a place: who, when, what and why; taking it back; two people for crisis lines.

Staff change the directory in three ways: a form of the admin, a bulk action, a reader's suggestion. Each
saves as it does anyway, inside a transaction, and then `record` compares what is there now with what was
there before. For a line of the crisis panel it puts back at once what a second person must confirm, so that
no reader ever sees it. What a content file loads (`load_content`) is reviewed with the file and is not
recorded.

A state is a dict of plain JSON by field. It holds addresses of confidential places: staff alone read it.
"""

from __future__ import annotations

import copy
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from resources import freshness, search
from resources.models import (
    AccessFact,
    Category,
    Change,
    Fact,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    Suggestion,
)

State = dict[str, Any]
Of = Service | Location
Difference = list[tuple[str, Any, Any]]

ROWS: dict[str, type[models.Model]] = {"phones": Phone, "schedules": Schedule, "access_facts": AccessFact}
_LINKS: dict[str, type[models.Model]] = {"categories": Category, "locations": Location}
LISTS = (*ROWS, *_LINKS)

# What one editor alone may not change of a crisis line. Of its numbers only the words beside them are free.
_TWO_PEOPLE = ("is_published", "always_open", "crisis_order")
_FREE_OF_PHONE = ("label", "languages", "hours")

# What of a place the public reads, by how much of it is shown; as `LocationQuerySet.listed` redacts it.
_SHOWN_OF_PLACE: dict[str, tuple[str, ...]] = {
    Location.Visibility.PUBLIC: (
        "street", "city", "postal_code", "county", "latitude", "longitude", "transportation",
    ),
    Location.Visibility.CITY_ONLY: ("city", "county"),
}  # fmt: skip
_FOR_STAFF = {"staff_note", "order"}


class Refused(Exception):
    """A change that may not be made as it stands. Its text is a sentence for staff, never for a log."""


@dataclass
class Recorded:
    """The changes of one act. done: written; waiting: to be confirmed by a second person."""

    done: list[Change] = field(default_factory=list)
    waiting: list[Change] = field(default_factory=list)


def fields_of(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Return the columns of `model` that staff edit, in their order."""
    return [
        column
        for column in model._meta.concrete_fields
        if column.editable and not column.primary_key and column.name != "service"
    ]


def _plain(row: models.Model, column: models.Field[Any, Any]) -> Any:
    value = getattr(row, column.name)
    if isinstance(value, models.Model):
        return getattr(value, "slug")  # noqa: B009 (organizations and places have one)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return dict(value) if isinstance(value, dict) else value


def _fields(row: models.Model) -> State:
    return {column.name: _plain(row, column) for column in fields_of(type(row))}


def _service_state(row: Service) -> State:
    return {
        **_fields(row),
        **{name: [_fields(each) for each in getattr(row, name).all()] for name in ROWS},
        **{name: sorted(each.slug for each in getattr(row, name).all()) for name in _LINKS},
    }


def states(model: type[Service] | type[Location], pks: Iterable[int]) -> dict[int, State]:
    """Return the states of these services or places as the database holds them now, by key.

    The number of queries does not depend on how many there are.
    """
    keys = list(pks)
    if model is Location:
        places = Location.objects.select_related("organization").filter(pk__in=keys)
        return {row.pk: _fields(row) for row in places}
    rows = (
        Service.objects.select_related("organization")
        .prefetch_related(
            "phones",
            models.Prefetch("schedules", Schedule.objects.select_related("location")),
            "access_facts",
            "categories",
            models.Prefetch("locations", Location.objects.only("slug")),
        )
        .filter(pk__in=keys)
    )
    return {row.pk: _service_state(row) for row in rows}


def state_of(service: Service) -> State:
    """Return all that staff edit of `service`, as the database holds it now, as plain JSON.

    A text in several languages is a dict, a day or time ISO text, an organization its slug. "phones",
    "schedules" and "access_facts" are lists of such dicts, "categories" and "locations" lists of slugs.
    """
    return states(Service, [service.pk])[service.pk]


def state_of_place(location: Location) -> State:
    """Return all that staff edit of `location`, as the database holds it now, as plain JSON."""
    return states(Location, [location.pk])[location.pk]


def blank_state(model: type[Service] | type[Location]) -> State:
    """Return the state of a service or place before it was added."""
    empty = {column.name: None if column.is_relation else _start(column) for column in fields_of(model)}
    return empty | ({name: [] for name in LISTS} if model is Service else {})


def _start(column: models.Field[Any, Any]) -> Any:
    value = column.get_default()
    return dict(value) if isinstance(value, dict) else value


def difference(before: State, after: State) -> Difference:
    """Return (field, before, after) for each field of two states that differs."""
    return [
        (name, before.get(name), after.get(name))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]


# Writing


def write(of: Of, values: State) -> None:
    """Write `values` (field to plain value, as in a state) to `of`.

    Raise Refused, with what to do, when the model does not allow it or something named is no longer there.
    """
    try:
        with transaction.atomic():
            _write(of, values)
    except ValidationError as fault:
        raise Refused(" ".join(fault.messages)) from fault


def _write(of: Of, values: State) -> None:
    row = type(of)._base_manager.get(pk=of.pk)
    columns = [column for column in fields_of(type(of)) if column.name in values]
    for column in columns:
        _put(row, column, values[column.name])
    if columns:
        row.full_clean()
        row.save(update_fields=[column.name for column in columns])
    for name in LISTS:
        if name in values:
            _write_list(row, name, values[name])


def _put(row: models.Model, column: models.Field[Any, Any], value: Any) -> None:
    if isinstance(column, models.ForeignKey):
        model = Organization if column.name == "organization" else Location
        setattr(row, column.name, _named(model, [value])[0] if value is not None else None)
    else:
        setattr(row, column.name, column.to_python(value))


def _write_list(service: models.Model, name: str, wanted: list[Any]) -> None:
    if name in _LINKS:
        getattr(service, name).set(_named(_LINKS[name], wanted))
        return
    model = ROWS[name]
    # Rows before the first that differs stay, so that an open form still knows them.
    rows = list(getattr(service, name).all())
    pairs = zip(rows, wanted, strict=False)
    same = sum(1 for _pair in itertools.takewhile(lambda pair: _fields(pair[0]) == pair[1], pairs))
    for gone in rows[same:]:
        gone.delete()
    for values in wanted[same:]:
        row = model(service=service)
        for column in fields_of(model):
            if column.name in values:
                _put(row, column, values[column.name])
        row.full_clean()
        row.save()


def _named(model: type[models.Model], slugs: list[str]) -> list[Any]:
    found = {row.slug: row for row in model._default_manager.filter(slug__in=slugs)}  # type: ignore[attr-defined]
    gone = [slug for slug in slugs if slug not in found]
    if gone:
        raise Refused(_("“%(name)s” is no longer there. Change it by hand.") % {"name": gone[0]})
    return [found[slug] for slug in slugs]


# Recording


@transaction.atomic
def record(
    of: Of,
    before: State,
    *,
    by: Any,
    reason: str = "",
    suggestion: Suggestion | None = None,
    undoes: Change | None = None,
) -> Recorded:
    """Write down what `by` changed of `of` since its state `before`; hold back what needs a second person.

    by: the member of staff. undoes: the change that is taken back, with the field of that change alone.
    Raise Refused when what must wait cannot be put back as it was.
    """
    return record_all(type(of), {of.pk: before}, by=by, reason=reason, suggestion=suggestion, undoes=undoes)


@transaction.atomic
def record_all(
    model: type[Service] | type[Location],
    before: dict[int, State],
    *,
    by: Any,
    reason: str = "",
    suggestion: Suggestion | None = None,
    undoes: Change | None = None,
) -> Recorded:
    """Do what `record` does for several services, or several places: states `before` by key."""
    after, told, now = states(model, before), Recorded(), timezone.now()
    touched: list[int] = []
    facts: dict[int, set[Fact] | None] = {}
    for pk, was in before.items():
        if pk not in after:
            continue
        now_there = after[pk]
        held = _held(model, pk, was, now_there)
        if held:
            write(model._base_manager.get(pk=pk), held)
        if _is_shown(model, was, now_there | held):
            touched.append(pk)
        facts[pk] = _facts(difference(was, now_there | held))
        key = {"service_id" if model is Service else "location_id": pk}
        common = {**key, "reason": reason, "made_at": now, "made_by": by, "suggestion": suggestion}
        for name, old, new in difference(was, now_there):
            kept = held.get(name, new)
            undone = undoes if undoes and undoes.field == name else None
            if kept != old:
                told.done.append(Change(**common, field=name, before=old, after=kept, undoes=undone))
            if kept != new:
                waits = Change(
                    **common, field=name, before=kept, after=new, undoes=undone, state=Change.State.WAITING
                )
                told.waiting += [] if _waits_already(waits, key) else [waits]
    Change.objects.bulk_create([*told.done, *told.waiting])
    _touch(model, touched, now)
    _check_anew(model, facts)
    return told


# What a change of these alone says nothing about what was checked.
_NO_FACT = {"checked_on", "checked_how", "staff_note", "order", "name", "summary", "details", "caution"}


def _facts(changed: Difference) -> set[Fact] | None:
    """Return the facts that are others now; None when the checks need not be looked at."""
    names = {name for name, old, new in changed if _unordered(old) != _unordered(new)}
    return freshness.facts_of(names) if names - _NO_FACT else None


def _unordered(value: Any) -> Any:
    if isinstance(value, list):
        return [row | {"order": 0} if isinstance(row, dict) else row for row in value]
    return value


def _check_anew(model: type[models.Model], facts: dict[int, set[Fact] | None]) -> None:
    """Let what was written be checked anew: nobody has called a number that came just now."""
    today = timezone.localdate()
    for pk, changed in facts.items():
        if changed is None:
            continue
        known = Service.objects.filter(locations=pk) if model is Location else Service.objects.filter(pk=pk)
        for service in known if changed or model is Service else ():
            freshness.keep_up(service=service, today=today, changed=changed)


@contextmanager
def watched(chosen: models.QuerySet[Any], *, by: Any, reason: str = "") -> Iterator[Recorded]:
    """Record what happens inside the `with` to the chosen services or places, in one transaction.

    Yields what will have been recorded: it is filled when the block is over. Raise Refused as `record`.
    """
    model, told = chosen.model, Recorded()
    with transaction.atomic():
        pks = list(chosen.order_by("pk").values_list("pk", flat=True))
        # Asked anew: rows that were searched for may be distinct, and those cannot be locked.
        locked = model._base_manager.select_for_update().filter(pk__in=pks).order_by("pk")
        pks = list(locked.values_list("pk", flat=True))
        before = states(model, pks)
        yield told
        found = record_all(model, before, by=by, reason=reason)
        told.done, told.waiting = found.done, found.waiting


def _held(model: type[models.Model], pk: int, before: State, after: State) -> State:
    """Return what must stay, by field, until a second person has confirmed the change."""
    if model is Location:
        return _held_of_place(pk, before, after)
    if before["crisis_order"] is None and after["crisis_order"] is None:
        return {}
    held = {name: before[name] for name in _TWO_PEOPLE if before[name] != after[name]}
    numbers = _held_numbers(before["phones"], after["phones"])
    if numbers != after["phones"]:
        held["phones"] = numbers
    # A service that is given at hidden places alone is not listed: that would hide the line as well.
    if before["locations"] != after["locations"] and _all_hidden(after["locations"]):
        held["locations"] = before["locations"]
    return held


def check_held(service: Service) -> None:
    """Raise ValidationError when `service`, not saved yet, would be wrong while a second person is awaited.

    A crisis line that one person unpublishes stays published until then, so it keeps its source and its mark.
    """
    stored = Service.objects.filter(pk=service.pk).first()
    if stored is None or (stored.crisis_order is None and service.crisis_order is None):
        return
    held = copy.copy(service)
    for name in _TWO_PEOPLE:
        setattr(held, name, getattr(stored, name))
    held.validate_constraints()


def _held_numbers(before: list[State], after: list[State]) -> list[State]:
    """Return the numbers as they were, with the words beside each that is still there as they are now."""
    there = {(row["dial"], row["order"]): row for row in after}  # no two of a service are the same in both
    kept = [
        row | {name: there.get((row["dial"], row["order"]), row)[name] for name in _FREE_OF_PHONE}
        for row in before
    ]
    return after if kept == after else kept


def _all_hidden(slugs: list[str]) -> bool:
    known = Location.objects.filter(slug__in=slugs)
    return bool(slugs) and not known.exclude(visibility=Location.Visibility.HIDDEN).exists()


def _held_of_place(pk: int, before: State, after: State) -> State:
    """Hold back that a place is hidden when a crisis line would go with it."""
    hidden = Location.Visibility.HIDDEN
    if after["visibility"] != hidden or before["visibility"] == hidden:
        return {}
    elsewhere = Location.objects.filter(services=models.OuterRef("pk")).exclude(visibility=hidden)
    lines = Service.objects.filter(locations=pk, crisis_order__isnull=False, is_published=True)
    goes = lines.exclude(models.Exists(elsewhere)).exists()
    return {"visibility": before["visibility"]} if goes else {}


def _waits_already(change: Change, key: dict[str, int]) -> bool:
    same = Change.objects.filter(
        **key, field=change.field, made_by=change.made_by, state=Change.State.WAITING
    )
    return any((each.before, each.after) == (change.before, change.after) for each in same)


# What the public sees of a change


def _is_shown(model: type[models.Model], before: State, after: State) -> bool:
    if model is Location:
        return _shown_place(before) != _shown_place(after)
    known = _known_places(
        {*before["locations"], *after["locations"], *_places_of(before), *_places_of(after)}
    )
    return any(
        name not in _FOR_STAFF and shown(name, old, known) != shown(name, new, known)
        for name, old, new in difference(before, after)
    )


def _shown_place(state: State) -> State:
    return {name: state[name] for name in _SHOWN_OF_PLACE.get(state["visibility"], ())}


def _places_of(state: State) -> set[str]:
    return {row["location"] for row in state["schedules"] if row["location"]}


def _known_places(slugs: Iterable[str]) -> set[str]:
    """Return those of `slugs` that belong to places of which the public may know."""
    asked = set(slugs)
    return (
        set(Location.objects.listed().filter(slug__in=asked).values_list("slug", flat=True))
        if asked
        else set()
    )


def shown(name: str, value: Any, known: set[str]) -> Any:
    """Return what of `value`, of the field `name` of a service, the public reads.

    known: slugs of the places of which the public may know.
    """
    if name == "phones":
        return [{**row, "mark": ""} for row in value or [] if row["is_published"]]
    if name == "locations":
        return [slug for slug in value or [] if slug in known]
    if name == "schedules":
        return [row for row in value or [] if not row["location"] or row["location"] in known]
    return value


def _touch(model: type[models.Model], pks: list[int], now: dt.datetime) -> None:
    """Tell the feed and the search of what readers find changed."""
    if pks and model is Location:
        pks = list(Service.objects.filter(locations__in=pks).values_list("pk", flat=True))
    if pks:
        Service.objects.filter(pk__in=pks).update(updated_at=now)
        search.index(pks)


# Deciding


def lock(of: Any) -> Any:
    """Return the service or place `of` as the database holds it, locked until the transaction ends."""
    return type(of)._base_manager.select_for_update().get(pk=of.pk)


def _locked(change: Change) -> tuple[Change, Of, State]:
    """Return the change, what it is about and its state, all locked: first the row, then the change."""
    of = lock(change.service or change.location)
    fresh = Change.objects.select_for_update().get(pk=change.pk)
    return fresh, of, states(type(of), [of.pk])[of.pk]


def _for_second_person(change: Change, by: Any) -> None:
    if change.state != Change.State.WAITING:
        raise Refused(_("Somebody has decided this change already."))
    if change.made_by_id == by.pk:
        raise Refused(_("A second person must decide, not the one who made the change."))


@transaction.atomic
def confirm_change(*, change: Change, by: Any) -> Change:
    """Write a waiting change, as `by`, who did not make it, agrees. Return it.

    Raise Refused for its maker, when it was decided already, and when the field has changed since.
    """
    change, of, state = _locked(change)
    _for_second_person(change, by)
    if state[change.field] != change.before:
        raise Refused(_("This field has changed since. Decline the change, and make it anew if it is right."))
    write(of, {change.field: change.after})
    _decide(change, Change.State.DONE, by, "")
    now_there = state | {change.field: change.after}
    if _is_shown(type(of), state, now_there):
        _touch(type(of), [of.pk], timezone.now())
    _check_anew(type(of), {of.pk: _facts(difference(state, now_there))})
    return change


@transaction.atomic
def decline_change(*, change: Change, by: Any, reason: str) -> Change:
    """Write down that `by`, who did not make the waiting change, declines it. Return it.

    reason: text, not blank. Raise Refused for its maker, without reason, and when it was decided already.
    """
    change, _of, _state = _locked(change)
    _for_second_person(change, by)
    _needs_reason(reason)
    _decide(change, Change.State.DECLINED, by, reason)
    return change


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why, in a few words."))


def _decide(change: Change, state: str, by: Any, words: str) -> None:
    change.state, change.decided_by, change.decided_at, change.decision = state, by, timezone.now(), words
    change.save(update_fields=["state", "decided_by", "decided_at", "decision"])


@transaction.atomic
def roll_back(*, change: Change, by: Any, reason: str) -> Recorded:
    """Put the field back as it was before `change`: a change of its own, which may wait for a second person.

    reason: text, not blank. Raise Refused without reason, for a change that was not written, and when the
    field has changed since.
    """
    change, of, state = _locked(change)
    _needs_reason(reason)
    if change.state != Change.State.DONE:
        raise Refused(_("This change was never written, so there is nothing to take back."))
    if state[change.field] != change.after:
        raise Refused(
            _("This field has changed since. Take back the newer change first, or change it by hand.")
        )
    write(of, {change.field: change.before})
    return record(of, state, by=by, reason=reason, undoes=change)


# For everybody


class PublicChange(NamedTuple):
    """One change that readers may know of: of which listed service, of what, on which day, by which role."""

    service: Service
    label: str
    day: dt.date
    role: str


_HOURS = ("always_open", "by_appointment", "on_holidays", "hours", "schedules")
_LABELS: dict[str, Any] = {
    "phones": Fact.PHONE.label,
    **dict.fromkeys(_HOURS, Fact.HOURS.label),
    "locations": Fact.ADDRESS.label,
    **dict.fromkeys(("eligibility", "reach", "counties", "area"), Fact.ELIGIBILITY.label),
    "cost": gettext_lazy("Cost"),
    "bring": gettext_lazy("What to bring"),
    "languages": gettext_lazy("Languages spoken there"),
    "has_interpreter": gettext_lazy("Interpreter by phone"),
    "categories": gettext_lazy("Topic"),
    "organization": gettext_lazy("Run by"),
    "email": gettext_lazy("E-mail"),
    "source": gettext_lazy("Source"),
    **dict.fromkeys(("checked_on", "checked_how", "mark", "last_known"), gettext_lazy("Checked")),
    "is_published": gettext_lazy("New in the list"),
}
_OTHER = gettext_lazy("Something else")
_LOOKED_AT = 10  # rows, at most, for each line of the list


def public_changes(limit: int) -> list[PublicChange]:
    """Return the newest changes that readers may know of, at most `limit`, the newest first.

    Only of listed services, only what is written, only what the public reads, never a value. A change of what
    is kept private (a place of which nothing is shown, a number that is not published) is left out. What was
    changed of one thing on one day is told once.
    """
    newest = (
        Change.objects.filter(state=Change.State.DONE)
        .annotate(written_at=Coalesce("decided_at", "made_at"))
        .select_related("made_by", "location")
        .prefetch_related("location__services")
        .order_by("-written_at", "-pk")[: limit * _LOOKED_AT]
    )
    rows = list(newest)
    services = Service.objects.listed().in_bulk({pk for row in rows for pk in _services_of(row)})
    known = _known_places(
        {
            row["location"]
            for change in rows
            if change.field == "schedules"
            for row in _both(change)
            if row["location"]
        }
        | {slug for change in rows if change.field == "locations" for slug in _both(change)}
    )
    began = {(row.service_id, row.made_at) for row in rows if row.field == "is_published"}
    told: dict[PublicChange, None] = {}
    for row in rows:
        is_start = row.field != "is_published" and (row.service_id, row.made_at) in began
        if is_start or not _may_be_told(row, known):
            continue
        for pk in _services_of(row):
            if pk in services:
                told[_told(row, services[pk])] = None
        if len(told) >= limit:
            break
    return list(told)[:limit]


def _both(change: Change) -> list[Any]:
    return [*(change.before or []), *(change.after or [])]


def _services_of(change: Change) -> list[int]:
    if change.location is None:
        return [change.service_id] if change.service_id else []
    return [service.pk for service in change.location.services.all()]


def _may_be_told(change: Change, known: set[str]) -> bool:
    if change.location is not None:
        return change.field in _SHOWN_OF_PLACE.get(change.location.visibility, ())
    if change.field == "is_published":
        return bool(change.after)
    return change.field not in _FOR_STAFF and shown(change.field, change.before, known) != shown(
        change.field, change.after, known
    )


def _told(change: Change, service: Service) -> PublicChange:
    label = Fact.ADDRESS.label if change.location_id else _LABELS.get(change.field, _OTHER)
    written_at: dt.datetime = change.decided_at or change.made_at
    role = str(change.made_by.get_role_display()).partition(":")[0] if change.made_by else ""
    return PublicChange(service, str(label), timezone.localdate(written_at), role)
