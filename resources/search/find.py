"""Finding services by words: one question to the index gives what scores; only a page of rows is loaded.

The order is the same on every database: by score, then by age. Nothing of a query is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Max

from resources.models import SearchEntry, SearchWord, Service, ServiceQuerySet, Synonym
from resources.search.words import (
    LEAST_SHARE,
    Part,
    Vocabulary,
    best_share,
    counted,
    fold,
    mean_of,
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
    ranked = _ranked(parts, meanings, kept.keys, among)
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


def _ranked(
    parts: list[Part],
    meanings: Mapping[str, Mapping[str, float]],
    keys: Mapping[str, int],
    among: ServiceQuerySet | None,
) -> list[int]:
    """Return the keys of the services with enough of `parts`, best first; of equal ones the oldest first."""
    typed = sorted(meanings)
    # Which typed words a word of the index answers, and how much of its weight counts for each.
    answers: dict[int, list[tuple[int, float]]] = {}
    columns = {word: column for column, word in enumerate(typed)}
    for typed_word, column in columns.items():
        for known, share in meanings[typed_word].items():
            if known in keys:
                answers.setdefault(keys[known], []).append((column, share))
    if not answers:
        return []
    entries = SearchEntry.objects.filter(word__in=sorted(answers))
    if among is not None:
        entries = entries.filter(service__in=among.order_by().values("pk"))
    best = _best_of(entries.values_list("service_id", "word_id", "weight").iterator(), answers, len(typed))
    phrases = [[[columns[each] for each in phrase] for phrase in part.phrases] for part in parts]
    enough = LEAST_SHARE * len(parts)
    scored = []
    for service, row in best.items():
        scores = [_score_of(row, some) for some in phrases]
        if sum(score > 0 for score in scores) >= enough:
            scored.append((-round(sum(scores), _DIGITS), service))
    return [service for _score, service in sorted(scored)[:MOST_FOUND]]


def _score_of(row: list[float], phrases: list[list[int]]) -> float:
    """Return the score of the best phrase, given as the columns of its words in `row`."""
    if len(phrases) == 1 and len(phrases[0]) == 1:  # nearly all are
        return row[phrases[0][0]]
    return max(mean_of([row[column] for column in phrase]) for phrase in phrases)


def _best_of(
    entries: Iterable[tuple[int, int, float]], answers: Mapping[int, list[tuple[int, float]]], width: int
) -> dict[int, list[float]]:
    """Return for each service the best score of each typed word, 0 where it has none.

    entries: service, word and weight. answers: as in `_ranked`. width: how many words were typed.
    """
    best: dict[int, list[float]] = {}
    for service, word, weight in entries:
        row = best.setdefault(service, [0.0] * width)
        for column, share in answers[word]:
            score = share * weight
            if score > row[column]:  # quicker than max(), in the one loop that grows with the directory
                row[column] = score
    return best


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
