"""Finding services by words: one question to the index scores, sorts and cuts; only a page of rows is loaded.

The order is the same on every database: by score, then by place in lists. Nothing of a query is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar

from django.db import models
from django.db.models import Case, F, Max, Q, Value, When
from django.db.models.functions import Greatest, Round

from resources.models import SearchEntry, SearchWord, Service, ServiceQuerySet, Synonym
from resources.search.words import (
    LEAST_SHARE,
    Part,
    Vocabulary,
    best_share,
    counted,
    fold,
    meanings_of,
    parts_of,
)

Thing = TypeVar("Thing")
# Nobody reads further, and counting on would cost more with every listing.
MOST_FOUND = 200
# A word that was taken out of the last text may be offered as "did you mean" for this long.
_KEEP_WORDS = 300.0  # seconds
_DID_YOU_MEAN = 70  # least likeness, from 0 to 100, of what is offered when nothing was found
_DIGITS = 4  # of a score: sums of the same shares differ in the last bits


@dataclass(frozen=True)
class Found:
    """What a search found. services: one page of listed rows, best first. total: of all pages, at most
    MOST_FOUND. did_you_mean: the query with words we know, empty when every word was known.
    """

    services: list[Service] = field(default_factory=list)
    total: int = 0
    did_you_mean: str = ""


@dataclass
class _Kept:
    """The vocabulary as it was read last, and the mark that tells whether it is still the newest."""

    newest: int | None = None
    read_at: float = float("-inf")
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary([]))
    keys: dict[str, int] = field(default_factory=dict)


_kept = _Kept()


def find(words: str, *, among: ServiceQuerySet | None = None, start: int = 0, size: int = 20) -> Found:
    """Return the services that answer `words`, from the one at `start` on, at most `size`.

    among: the services that count, all when None. A query without a word that says something finds nothing.
    """
    synonyms = known_synonyms()
    kept = _vocabulary()
    parts = parts_of(words, synonyms, kept.vocabulary)
    if not parts:
        return Found()
    meanings = meanings_of(parts, kept.vocabulary)
    scored = _scored(parts, meanings, kept.keys, among)
    ranked = list(scored.values_list("service_id", flat=True)[:MOST_FOUND]) if scored is not None else []
    rows = Service.objects.listed().in_bulk(ranked[start : start + size])
    return Found(
        [rows[pk] for pk in ranked[start : start + size] if pk in rows],
        len(ranked),
        _did_you_mean(words, parts, meanings, kept.vocabulary, is_empty=not ranked),
    )


def rank(words: str, things: Iterable[tuple[Thing, Iterable[tuple[str, float]]]]) -> list[Thing]:
    """Return those of a few things that answer `words`, best first; equal ones keep their order.

    things: each with its texts and the weights of their words.
    """
    weighed = [(thing, counted(texts)) for thing, texts in things]
    vocabulary = Vocabulary([word for _thing, weights in weighed for word in weights])
    parts = parts_of(words, known_synonyms(), vocabulary)
    meanings = meanings_of(parts, vocabulary)
    scored = []
    for thing, weights in weighed:
        shares = [best_share(part, meanings, weights) for part in parts]
        if parts and sum(share > 0 for share in shares) >= LEAST_SHARE * len(parts):
            scored.append((sum(shares), thing))
    return [thing for _score, thing in sorted(scored, key=lambda pair: -pair[0])]


def known_synonyms() -> dict[str, str]:
    """Return what staff wrote down: what people type, and the words it stands for."""
    return dict(Synonym.objects.values_list("term", "means"))


def forget() -> None:
    """Forget the words that were read, as when the database is another one."""
    _kept.newest, _kept.read_at = None, float("-inf")


def _vocabulary() -> _Kept:
    """Return the words of the index, read again when there are new ones."""
    newest = SearchWord.objects.aggregate(newest=Max("pk"))["newest"]
    now = time.monotonic()
    if newest != _kept.newest or now - _kept.read_at > _KEEP_WORDS:
        _kept.keys = dict(SearchWord.objects.values_list("word", "pk"))
        _kept.vocabulary = Vocabulary(list(_kept.keys))
        _kept.newest, _kept.read_at = newest, now
    return _kept


def _scored(
    parts: list[Part],
    meanings: Mapping[str, Mapping[str, float]],
    keys: Mapping[str, int],
    among: ServiceQuerySet | None,
) -> models.QuerySet[SearchEntry, Any] | None:
    """Return the services of the index with enough of `parts`, best first; None when no word is known."""
    typed = sorted(word for word, known in meanings.items() if known)
    wanted = {keys[known] for word in typed for known in meanings[word] if known in keys}
    if not wanted:
        return None
    entries = SearchEntry.objects.filter(word__in=sorted(wanted))
    if among is not None:
        entries = entries.filter(service__in=among.order_by().values("pk"))
    columns = {word: f"word_{place}" for place, word in enumerate(typed)}
    best = {columns[word]: Max(_share_of(meanings[word], keys)) for word in typed}
    scores = [score for part in parts if (score := _score_of(part, columns)) is not None]
    if not scores:
        return None
    enough = LEAST_SHARE * len(parts)
    names = [f"score_{place}" for place in range(len(scores))]
    is_found = [Case(When(Q(**{f"{name}__gt": 0}), then=Value(1.0)), default=Value(0.0)) for name in names]
    total = _sum(F(name) for name in names)
    return (
        entries.values("service_id", "service__order")
        .annotate(**best)
        .annotate(**dict(zip(names, scores, strict=True)))
        .annotate(found=_sum(is_found), score=Round(total, precision=_DIGITS))
        .filter(found__gte=enough)
        .order_by("-score", "service__order", "service_id")
    )


def _share_of(meanings: Mapping[str, float], keys: Mapping[str, int]) -> Case:
    """Return what an entry gives to a typed word: its weight there, times how likely that word is meant."""
    by_share: dict[float, list[int]] = {}
    for known, share in meanings.items():
        if known in keys:
            by_share.setdefault(round(share, _DIGITS), []).append(keys[known])
    return Case(
        *(
            When(word_id__in=sorted(some), then=F("weight") * Value(share))
            for share, some in sorted(by_share.items())
        ),
        default=Value(0.0),
        output_field=models.FloatField(),
    )


def _score_of(part: Part, columns: Mapping[str, str]) -> models.expressions.Combinable | None:
    """Return the score of the best phrase of `part`: the mean of its words, 0 when one is missing."""
    phrases = []
    for phrase in part.phrases:
        if not all(word in columns for word in phrase):
            continue
        names = [columns[word] for word in phrase]
        mean = _sum(F(name) for name in names) / Value(float(len(names)))
        phrases.append(
            Case(
                When(Q(**{f"{name}__gt": 0 for name in names}), then=mean),
                default=Value(0.0),
                output_field=models.FloatField(),
            )
        )
    if not phrases:
        return None
    return phrases[0] if len(phrases) == 1 else Greatest(*phrases)


def _sum(terms: Iterable[models.expressions.Combinable]) -> models.expressions.Combinable:
    return reduce(lambda one, other: one + other, terms)


def _did_you_mean(
    words: str,
    parts: list[Part],
    meanings: Mapping[str, Mapping[str, float]],
    vocabulary: Vocabulary,
    *,
    is_empty: bool,
) -> str:
    """Return `words`, folded, with each word that nobody wrote put right; empty when there is none such."""
    right = {}
    for part in parts:
        if part.is_synonym or part.typed in vocabulary or part.typed not in meanings:
            if part.right:
                right[part.typed] = part.right
            continue
        known = meanings[part.typed] or (vocabulary.typos(part.typed, _DID_YOU_MEAN) if is_empty else {})
        nearest = max(known, key=lambda word: (known[word], word), default="")
        # A beginning or an ending of a known word was not mistyped.
        if nearest and not nearest.startswith(part.typed) and not part.typed.startswith(nearest):
            right[part.typed] = nearest
    return " ".join(right.get(word, word) for word in fold(words).split()) if right else ""
