"""The filters of the queue in its address: clear columns, and facets as tokens, never a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractUser
from django.http import QueryDict

from reporting.models import Facet, Report, ReportQuerySet

OPEN = "open"
ALL = "all"
MINE = "mine"
NOBODY = "nobody"
NEWEST = "newest"
URGENT_FIRST = "priority"
_COLUMNS = {"priority": Report.Priority, "kind": Report.Kind, "division": Report.Division}
_TOKEN = re.compile(r"[0-9a-f]{32}")
FACETS: tuple[str, ...] = tuple(Facet.Kind.values)
NAMES = ("status", *_COLUMNS, "assigned", "order", *FACETS)
# The database knows no larger number of a member.
_LARGEST_PK = 2**31 - 1


@dataclass(frozen=True)
class Filters:
    """Which reports, in which order. chosen: name to known value, without the ones that say nothing."""

    chosen: dict[str, str]

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Filters:
        """Return the filters in `given`; a name or value that is not known changes nothing.

        Without a status it is everything open: neither closed, nor spam, nor a duplicate.
        """
        chosen = {"status": OPEN}
        for name in NAMES:
            value = str(given.get(name) or "")
            if value and _is_known(name, value):
                chosen[name] = value
        return cls(chosen)

    @classmethod
    def read(cls, query: str) -> Filters:
        """Return the filters of a query string, such as "status=open&kind=force"."""
        return cls.parse(QueryDict(query[:500]))

    @property
    def facets(self) -> list[tuple[str, str]]:
        """Return the (kind, token) pairs among them."""
        return [(kind, self.chosen[kind]) for kind in FACETS if kind in self.chosen]

    @property
    def by_priority(self) -> bool:
        """Return whether the urgent come first."""
        return self.chosen.get("order") == URGENT_FIRST

    def query(self, **changed: str) -> str:
        """Return them as a query string; `changed` replaces some, an empty value removes one."""
        return urlencode({name: value for name, value in {**self.chosen, **changed}.items() if value})

    def narrow(self, user: AbstractUser) -> ReportQuerySet:
        """Return the reports `user` may see that fit, in no order."""
        reports = _of_status(Report.objects.visible_to(user), self.chosen["status"])
        for name in _COLUMNS:
            if name in self.chosen:
                reports = reports.filter(**{name: self.chosen[name]})
        assigned = self.chosen.get("assigned", "")
        if assigned == NOBODY:
            reports = reports.filter(assigned_to__isnull=True)
        elif assigned:
            reports = reports.filter(assigned_to_id=user.pk if assigned == MINE else int(assigned))
        for kind, token in self.facets:
            # One join each: a report may have a school and an officer, but no row of facets is both.
            reports = reports.filter(facets__kind=kind, facets__token=token)
        return reports


def _of_status(reports: ReportQuerySet, status: str) -> ReportQuerySet:
    if status == OPEN:
        # A duplicate is worked on where its first report is.
        return reports.open().filter(duplicate_of__isnull=True)
    return reports if status == ALL else reports.filter(status=status)


def _is_known(name: str, value: str) -> bool:
    if name in FACETS:
        return bool(_TOKEN.fullmatch(value))
    if name == "status":
        return value in {OPEN, ALL, *Report.Status.values}
    if name == "order":
        return value == URGENT_FIRST
    if name == "assigned":
        is_number = value.isascii() and value.isdigit() and len(value) < 11
        return value in {MINE, NOBODY} or (is_number and int(value) <= _LARGEST_PK)
    return value in _COLUMNS[name].values
