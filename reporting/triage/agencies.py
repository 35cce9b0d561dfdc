"""What kind of agency an accused officer may belong to, from what the report says. Pure, on the safe side.

Whoever receives a report on abuse must not be the accused officer's own agency. Whether two spellings mean
one agency can never be sure, so agencies are compared by kind alone: where an officer may be of a police
department, no police department is fit to receive it. What is not understood may be either.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jellyfish import damerau_levenshtein_distance

from portal.lib import places

POLICE, SHERIFF, STATE, FEDERAL, SCHOOL = "police", "sheriff", "state", "federal", "school"
# Slugs of the form's answer `agency_kind`.
_TICKED = {"city": POLICE, "sheriff": SHERIFF, "school": SCHOOL, "state": STATE, "federal": FEDERAL}
EITHER = frozenset({POLICE, SHERIFF})
_LONGEST = 400

_POLICE_WORDS = {"police", "policia", "pd", "cop", "cops", "mpd", "mnpd"}
_SHERIFF_WORDS = {"sheriff", "sheriffs", "deputy", "deputies", "so", "alguacil", "shf"}
_STATE_WORDS = {"state", "trooper", "troopers", "thp", "highway", "tbi", "estatal"}
_FEDERAL_WORDS = {
    "federal", "fbi", "ice", "immigration", "homeland", "dhs", "cbp", "border", "marshal", "marshals", "dea",
    "atf", "feds", "migra", "inmigracion",
}  # fmt: skip
_SCHOOL_WORDS = {"school", "schools", "district", "security", "board", "escuela"}
# Words after which the opposite may be meant, or nothing sure.
_HEDGES = {
    "not", "no", "nor", "isnt", "wasnt", "or", "maybe", "think", "guess", "unsure", "sure", "idk", "unknown",
    "dont", "know", "either", "both", "and", "with", "former", "formerly", "ex", "used", "o", "y",
}  # fmt: skip
_NO_PLACE = {
    "the", "of", "a", "an", "our", "my", "local", "city", "town", "metro", "metropolitan", "county", "co",
    "department", "dept", "dep", "dpt", "office", "officer", "officers", "force", "tn", "tennessee", "in",
    "at", "from", "for", "resource", "sro", "chief", "sgt", "sergeant", "lt", "unit", "division", "law",
    "enforcement", "de", "la", "el", "del", "departamento", "condado", "ciudad",
}  # fmt: skip


@dataclass(frozen=True)
class Agency:
    """Kinds an agency is of for certain, and kinds it may be of as well."""

    certain: frozenset[str]
    possible: frozenset[str]

    @property
    def kinds(self) -> frozenset[str]:
        """Return all kinds that cannot be left out."""
        return self.certain | self.possible


UNKNOWN = Agency(frozenset(), EITHER)


def _words(text: str) -> list[str]:
    parted = unicodedata.normalize("NFKD", text[:_LONGEST].casefold())
    bare = "".join(letter for letter in parted if not unicodedata.combining(letter))
    # "P.D." is one word, and so is "sheriff’s".
    return re.findall(r"[^\W_]+", re.sub(r"[.'’‘ʼ`´]", "", bare))


def _is_police(word: str) -> bool:
    letters = re.fullmatch(r"[a-z]{1,4}pd", word)
    near = len(word) > 4 and damerau_levenshtein_distance(word, "police") == 1
    return word in _POLICE_WORDS or bool(letters) or near


def _is_sheriff(word: str) -> bool:
    letters = re.fullmatch(r"[a-z]{1,4}so", word)
    near = len(word) > 4 and any(
        damerau_levenshtein_distance(word, known) <= slips
        for known, slips in (("sheriff", 2), ("sheriffs", 2), ("deputy", 1), ("deputies", 1))
    )
    return word in _SHERIFF_WORDS or bool(letters) or near


@functools.cache
def _county_words() -> frozenset[str]:
    return frozenset(word for county in places.counties() for word in _words(county.name))


def _is_county(words: list[str]) -> bool:
    """Return whether a county may be meant: people say "Knox police" of the sheriff there."""
    letters = any(re.fullmatch(r"[a-z]+cpd", word) for word in words)
    return letters or bool(set(words) & ({"county", "co", "condado"} | _county_words()))


def _said(words: list[str], ticked: str = "") -> list[str]:
    """Return the kinds that the words name."""
    found = {
        POLICE: any(map(_is_police, words)),
        SHERIFF: any(map(_is_sheriff, words)),
        STATE: bool(_STATE_WORDS & set(words)),
        FEDERAL: bool(_FEDERAL_WORDS & set(words)),
        SCHOOL: bool(_SCHOOL_WORDS & set(words)),
    }
    return [kind for kind, is_said in found.items() if is_said or kind == ticked]


def agency(text: str, ticked: str = "") -> Agency:
    """Return the kinds of the agency that was typed. ticked: the kind that was chosen beside it, or ""."""
    words = _words(text)
    said = frozenset(_said(words, ticked))
    local = said & EITHER
    if not said or local == EITHER or _HEDGES & set(words) or "?" in text:
        return Agency(said - EITHER, EITHER)
    if POLICE in local and not ticked and not _names_a_place(words):
        return Agency(said - EITHER, EITHER)
    if POLICE in local and _is_county(words):
        return Agency(said, EITHER)
    return Agency(said, frozenset())


def _names_a_place(words: list[str]) -> bool:
    """Return whether more was typed than "the local police"."""
    return any(
        re.fullmatch(r"[a-z]{1,4}pd", word)
        or not (_is_police(word) or word in _NO_PLACE or word in _SCHOOL_WORDS)
        for word in words
    )


def of_officer(officer: Mapping[str, Any]) -> Agency:
    """Return the kinds that one of `answers.officers` may be of."""
    text, role = str(officer.get("agency") or ""), str(officer.get("officer_type") or "")
    ticked = _TICKED.get(str(officer.get("agency_kind") or ""), "")
    found = agency(text, ticked)
    told = bool(_words(text)) or bool(ticked)
    if not told and role == "federal":
        return Agency(frozenset({FEDERAL}), frozenset())
    if not told and role == "security":
        return Agency(frozenset({SCHOOL}), frozenset())
    if found.kinds & EITHER or role in {"federal", "security"}:
        return found
    # A school resource officer is of the police or a sheriff, whatever else was typed.
    return Agency(found.certain, EITHER)


def accused(officers: Iterable[Mapping[str, Any]]) -> list[Agency]:
    """Return the agency of each officer of a report; one that is not known when no officer was told of."""
    return [of_officer(officer) for officer in officers] or [UNKNOWN]


def excluded(found: Iterable[Agency], not_of: Iterable[str] = ()) -> frozenset[str]:
    """Return the kinds of agency that must not receive anything about these officers.

    not_of: kinds a reviewer knows that the officers are not of; it takes away only what is not certain.
    """
    known = frozenset(not_of)
    return frozenset().union(*(each.certain | (each.possible - known) for each in found))


def mentioned(text: str) -> frozenset[str]:
    """Return every kind of agency that `text` speaks of, however unsure; none for "Principal, Sample "
    "High"."""
    words = _words(text)
    said = set(_said(words))
    if POLICE in said and _is_county(words):
        said.add(SHERIFF)
    return frozenset(said)
