"""Laws that pages tell of: what readers are told of their age and end, and which staff must look at again."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils.formats import date_format
from django.utils.translation import gettext

from resources.models import Law, Page, Service, Tool

# So long before its day staff are reminded of a law: a lawyer needs time to answer.
REMIND = datetime.timedelta(days=60)
# Tennessee changes its laws every year, mostly from July 1 (tennessee-resources c.4, c.6, c.7).
LOOK_EVERY = datetime.timedelta(days=365)


@dataclass(frozen=True)
class LawNote:
    """What stands below a text that rests on a law. warning: why it may not hold any more, or ""."""

    section: str
    looked_on: datetime.date | None
    warning: str


def note(law: Law, today: datetime.date) -> LawNote:
    """Return what readers are told of `law` on `today`.

    From its end date on, and past the day by which somebody should have looked, it is not called confirmed.
    """
    words = []
    if law.ends_on:
        day = {"day": date_format(law.ends_on, "DATE_FORMAT")}
        if today >= law.ends_on:
            ended = gettext("This law had an end date of %(day)s. We have not confirmed what applies today.")
            return LawNote(law.section, law.checked_on, ended % day)
        words.append(gettext("This law has an end date of %(day)s.") % day)
    if today > law.review_by:
        words.append(gettext("It may have changed since."))
    return LawNote(law.section, law.checked_on, " ".join(words))


def attach(rows: Sequence[Page | Tool | Service], *, today: datetime.date) -> None:
    """Give each row of one kind `law_notes`, a list of LawNote for its published laws. One query."""
    published = Law.objects.filter(is_published=True)
    prefetch_related_objects(rows, Prefetch("laws", published, to_attr="published_laws"))
    for row in rows:
        row.law_notes = [note(law, today) for law in row.published_laws]  # type: ignore[union-attr]


def due(today: datetime.date) -> QuerySet[Law]:
    """Return the laws that staff must look at again within 60 days, or should have."""
    return Law.objects.filter(review_by__lte=today + REMIND)


def next_look(law: Law, today: datetime.date) -> datetime.date:
    """Return the day to propose for the next look: in a year, or the day before the law ends."""
    in_a_year, one_day = today + LOOK_EVERY, datetime.timedelta(days=1)
    if law.ends_on and today + one_day < law.ends_on:
        return min(in_a_year, law.ends_on - one_day)
    return in_a_year
