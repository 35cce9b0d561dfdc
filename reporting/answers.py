"""What a report's answers are, and how the rest of the code reads them: JSON, versioned.

Single answers stand flat under their slug: text, a choice's slug, or a list of slugs. Four things can be
told more than once and are lists of dicts: `officers`, `students`, `incidents_list`, `witnesses`. Version 1
had one officer, one student and one incident, flat; the functions here read both. Slugs are kept in sealed
parts for years: new ones may be added, none may change its meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reporting.models import Report
from reporting.schema import (
    IDENTITY_FIELDS,
    IDENTITY_IN_GROUPS,
    OCCURRENCES,
    OFFICERS,
    STUDENTS,
)

SCHEMA_VERSION = 2
Answers = Mapping[str, Any]

# Which coarse kind stands in clear; the first that fits wins, the gravest first.
_COARSE = [
    (Report.Kind.SEXUAL, {"sexual"}),
    (Report.Kind.FORCE, {"force", "restraint", "weapon"}),
    (Report.Kind.HARASSMENT, {"slur", "retaliation", "immigration"}),
    (Report.Kind.POLICING, {"arrest", "search", "questioning", "watching", "discipline"}),
    (Report.Kind.OTHER, {"no-help", "property", "other"}),
]

_FLAT_OFFICER = ("officer_type", "officer_name", "badge", "agency", "looks")
_FLAT_STUDENT = ("age", "disability")
_FLAT_OCCURRENCE = ("county", "school", "place", "when", "often", "camera")


def coarse_kind(answers: Answers) -> str:
    """Return the one coarse kind of all that was ticked, "unknown" when nothing was."""
    ticked = set(incident_slugs(answers))
    return next((kind.value for kind, slugs in _COARSE if ticked & slugs), Report.Kind.UNKNOWN.value)


def incident_slugs(answers: Answers) -> list[str]:
    """Return the slugs of the kinds of incident that were ticked, in the order of the form."""
    ticked = answers.get("incidents") or []
    return [str(slug) for slug in ticked] if isinstance(ticked, list) else []


def _items(answers: Answers, group: str, flat: Iterable[str]) -> list[dict[str, Any]]:
    """Return the dicts of `group`; of version 1 the one that stood flat; none when nothing was said."""
    told = answers.get(group)
    if isinstance(told, list):
        return [dict(item) for item in told if isinstance(item, dict) and any(item.values())]
    single = {name: answers[name] for name in flat if answers.get(name)}
    return [single] if single else []


def officers(answers: Answers) -> list[dict[str, Any]]:
    """Return the officers that were told of, in order, each with only the fields that were filled in.

    Text: officer_name, badge, agency, looks, officer_race, officer_gender, before_text. Slugs: officer_type,
    agency_kind, clothes, before.
    """
    return _items(answers, OFFICERS, _FLAT_OFFICER)


def students(answers: Answers) -> list[dict[str, Any]]:
    """Return the students that were told of, in order, each with only the fields that were filled in.

    Slugs: age, grade, relation_to_student, disability, english_learner, lgbtq; lists of slugs: race, gender;
    text: race_text, gender_text. Names are not here: `student_name` stands in the identity room.
    """
    return _items(answers, STUDENTS, _FLAT_STUDENT)


def occurrences(answers: Answers) -> list[dict[str, Any]]:
    """Return when and where it happened, one dict an incident, each with only the fields that were filled in.

    date_kind: "exact", "about", "range", "ongoing" or "unsure". date_from, date_to: ISO days (date_to of a
    range only). time: text as typed; part_of_day, place: slugs. when: the writer's own words. county: slug of
    `portal.lib.places`; district, school: text. camera: list of slugs, always a list. In version 1 there was
    one incident, without a day: date_kind is then "ongoing" or "unsure".
    """
    found = _items(answers, OCCURRENCES, _FLAT_OCCURRENCE)
    for each in found:
        often = each.pop("often", "")
        each.setdefault("date_kind", "ongoing" if often == "ongoing" else "unsure")
        camera = each.get("camera")
        if isinstance(camera, str):
            each["camera"] = [camera]
    return found


def consents_in_force(contents: Iterable[Mapping[str, Any] | None]) -> frozenset[str]:
    """Return the slugs of the consents that hold: what was ticked, less all that was taken back since.

    contents: the opened contents of all the parts a reporter sent, in order; None for a part that could not
    be opened, which leaves no consent at all: it may hold a withdrawal. A form sent once more does not bring
    back what was taken back.
    """
    given: set[str] = set()
    taken_back: set[str] = set()
    for content in contents:
        if content is None:
            return frozenset()
        if isinstance(content.get("answers"), dict):
            given = set(content["answers"].get("consents") or [])
        taken_back |= set(content.get("withdraw") or [])
    return frozenset(given - taken_back)


def split(answers: Answers) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (answers for the case room, answers for the identity room).

    An item of a group stands in both rooms under the same number, so that the second student's name is still
    the second; a list with nothing in it is left out.
    """
    case: dict[str, Any] = {}
    identity: dict[str, Any] = {}
    for name, value in answers.items():
        if name in IDENTITY_IN_GROUPS and isinstance(value, list):
            hidden = IDENTITY_IN_GROUPS[name]
            rest = [{key: each[key] for key in each if key not in hidden} for each in value]
            names = [{key: each[key] for key in each if key in hidden} for each in value]
            case |= {name: rest} if any(rest) else {}
            identity |= {name: names} if any(names) else {}
        elif name in IDENTITY_FIELDS:
            identity[name] = value
        else:
            case[name] = value
    return case, identity
