"""What a report's answers are: a flat dict of field name to text or list of choice slugs, JSON, versioned.

Slugs are kept in sealed parts for years: new ones may be added, none may change its meaning.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from reporting.models import Report

SCHEMA_VERSION = 1
# Read by leads only; all other fields by the reviewers of the case.
IDENTITY_FIELDS = frozenset({"name", "contact", "safe_contact"})

INCIDENTS = [
    ("force", _("Force: hit, grabbed, pushed, thrown down, choked, sprayed or shocked")),
    ("restraint", _("Handcuffed, held down or locked in a room")),
    ("weapon", _("A weapon was shown or pointed")),
    ("sexual", _("Sexual words, messages, touching or assault")),
    ("arrest", _("Arrested, ticketed or charged")),
    ("search", _("Searched: body, bag, locker, phone or car")),
    ("questioning", _("Questioned without a parent or a lawyer")),
    ("slur", _("Slurs, insults, threats or unfair treatment")),
    ("watching", _("Watched: phone, social media or cameras")),
    ("immigration", _("Something about immigration")),
    ("discipline", _("Police used for a school matter")),
    ("no-help", _("An officer did not protect or help")),
    ("property", _("Something was taken or broken")),
    ("retaliation", _("Punished for speaking up")),
    ("other", _("Something else, or I am not sure")),
]

# Which coarse kind stands in clear; the first that fits wins, the gravest first.
_COARSE = [
    (Report.Kind.SEXUAL, {"sexual"}),
    (Report.Kind.FORCE, {"force", "restraint", "weapon"}),
    (Report.Kind.HARASSMENT, {"slur", "retaliation", "immigration"}),
    (Report.Kind.POLICING, {"arrest", "search", "questioning", "watching", "discipline"}),
    (Report.Kind.OTHER, {"no-help", "property", "other"}),
]


def coarse_kind(answers: dict[str, Any]) -> str:
    """Return the one coarse kind of all that was ticked, "unknown" when nothing was."""
    ticked = set(answers.get("incidents") or [])
    return next((kind.value for kind, slugs in _COARSE if ticked & slugs), Report.Kind.UNKNOWN.value)


def split(answers: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (answers for the case room, answers for the identity room)."""
    case = {name: value for name, value in answers.items() if name not in IDENTITY_FIELDS}
    identity = {name: value for name, value in answers.items() if name in IDENTITY_FIELDS}
    return case, identity
