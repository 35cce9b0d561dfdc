"""Letters that staff begin with: templates from a file, filled with what a report says. Nothing is mailed.

A template is text with placeholders such as `{school}`; what is not known stands in brackets for staff to
fill in. Templates are rows that staff may edit; reading the file again leaves edited ones alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils import formats, timezone, translation
from django.utils.translation import gettext_lazy as _

from portal.lib import places
from portal.lib.translated import Translations
from reporting import answers as told
from reporting import texttemplates
from reporting.answers import Answers
from reporting.models import Template
from reporting.triage.clocks import ABOUT, EXACT, ONGOING, RANGE

FILE = Path(__file__).resolve().parent.parent / "content" / "letters.toml"
LANGUAGES = [("en", "English"), ("es", "Español")]

RECEIVERS = [
    ("school", _("School or principal")),
    ("district", _("School district")),
    ("records", _("Records office")),
    ("ocr", _("U.S. Education, Office for Civil Rights")),
    ("dcs", _("Department of Children’s Services")),
    ("lawyer", _("Lawyer (needs the reporter’s consent)")),
    ("partner", _("Partner group (needs the reporter’s consent)")),
]

_UNKNOWN = {
    "en": {
        "school": "[school]",
        "officer": "[officer]",
        "agency": "[police department or sheriff]",
        "when": "[day]",
        "where": "[place]",
        "to": "[name and address]",
    },
    "es": {
        "school": "[escuela]",
        "officer": "[agente]",
        "agency": "[departamento de policía o alguacil]",
        "when": "[día]",
        "where": "[lugar]",
        "to": "[nombre y dirección]",
    },
}
_WHEN = {
    "en": {
        EXACT: "{first}",
        ABOUT: "about {first}",
        RANGE: "from {first} to {last}",
        ONGOING: "since {first}, still going on",
    },
    "es": {
        EXACT: "{first}",
        ABOUT: "alrededor del {first}",
        RANGE: "del {first} al {last}",
        ONGOING: "desde el {first}, y continúa",
    },
}


def filled(template: Template, *, language: str, to: str, answers: Answers) -> str:
    """Return the words of `template` in `language` with what the report says; never who wrote it.

    language: "en" or "es"; English where there is no other. to: name and place of the receiver.
    """
    body = Translations.of(template.body)
    text = body.get(language) or body.get("en", "")
    known = {**_UNKNOWN[language], **_known(answers, language), **({"to": to} if to else {})}
    # In one pass, so that a brace in somebody's words is not taken for a placeholder.
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), text)


def _known(answers: Answers, language: str) -> dict[str, str]:
    occurrence = next(iter(told.occurrences(answers)), {})
    officers = told.officers(answers)
    county = places.county(str(occurrence.get("county") or ""))
    found = {
        "school": str(occurrence.get("school") or ""),
        "officer": _joined(officers, "officer_name"),
        "agency": _joined(officers, "agency"),
        "when": _when(occurrence, language),
        "where": f"{county.name} County" if county else "",
        "today": _shown(timezone.localdate(), language),
    }
    return {name: words for name, words in found.items() if words}


def _joined(officers: list[dict[str, Any]], name: str) -> str:
    return ", ".join(dict.fromkeys(str(each[name]) for each in officers if each.get(name)))


def _shown(day: dt.date, language: str) -> str:
    with translation.override(language):
        return formats.date_format(day, "j \\d\\e F \\d\\e Y" if language == "es" else "F j, Y")


def _when(occurrence: dict[str, Any], language: str) -> str:
    """Return the day in words; the reporter's own words are not used: they may tell more than a day."""
    days = {}
    for name, key in (("first", "date_from"), ("last", "date_to")):
        try:
            days[name] = _shown(dt.date.fromisoformat(str(occurrence.get(key) or "")), language)
        except ValueError:
            days[name] = ""
    words = _WHEN[language].get(str(occurrence.get("date_kind")), "")
    if not days["first"] or ("{last}" in words and not days["last"]):
        return ""
    return words.format(**days)


def load(write: Callable[[str], object]) -> None:
    """Write the letters of the file as templates; one that staff changed stays theirs."""
    texttemplates.load(FILE, Template.Use.LETTER, write)
