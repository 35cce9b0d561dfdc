"""Search that forgives: typing errors, accents, word forms, street words and Spanish.

It runs over texts the caller hands in, so it finds the same on every database and only what may be shown.
Nothing of a query is stored or logged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from rapidfuzz import fuzz

Thing = TypeVar("Thing")
# A text of a thing and how much a word in it weighs.
Texts = Sequence[tuple[str, float]]

# Least likeness, 0 to 100, of a mistyped word: takes "narcon" and "nalaxone", leaves "house" and "mouse".
LEAST_LIKENESS = 82
# A share of the words of a query that must be found; the rest may be words we do not have.
LEAST_SHARE = 0.5
_PREFIX = 0.9  # "needl" for "needles", "knox" for "knoxville"
_TYPO = 0.7
_SMALL_WORDS = frozenset({
    "a", "an", "and", "any", "are", "at", "by", "can", "county", "de", "do", "el", "en", "find", "for",
    "free", "from", "get", "give", "help", "how", "i", "in", "is", "la", "me", "my", "near", "need", "of",
    "on", "or", "program", "the", "to", "want", "we", "what", "where", "with", "y", "you",
    "cerca", "condado", "donde", "necesito", "para",
})  # fmt: skip


def fold(text: str) -> str:
    """Return `text` in small letters without accents, words parted by single spaces."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
    return " ".join(re.findall(r"\w+", bare.casefold()))


def rank(query: str, things: Iterable[tuple[Thing, Texts]], synonyms: Mapping[str, str]) -> list[Thing]:
    """Return the things that answer `query`, best first; equal ones keep their order.

    things: each with its texts and their weights. synonyms: folded term to the words it stands for.
    Empty when the query has no word in it.
    """
    groups = _groups(fold(query), synonyms)
    if not groups:
        return []
    indexed = [(thing, _weights(texts)) for thing, texts in things]
    vocabulary = {word for _thing, weights in indexed for word in weights}
    likeness = {word: _likeness(word, vocabulary) for group in groups for phrase in group for word in phrase}
    scored = []
    for thing, weights in indexed:
        scores = [_best(group, likeness, weights) for group in groups]
        if sum(score > 0 for score in scores) >= LEAST_SHARE * len(groups):
            scored.append((sum(scores), thing))
    scored.sort(key=lambda pair: -pair[0])
    return [thing for _score, thing in scored]


def _groups(query: str, synonyms: Mapping[str, str]) -> list[list[list[str]]]:
    """Return for each part of the query the phrases that may stand for it."""
    groups: list[list[list[str]]] = []
    for term in sorted((term for term in synonyms if " " in term), key=len, reverse=True):
        pattern = rf"\b{re.escape(term)}\b"
        if re.search(pattern, query):
            groups.append([fold(synonyms[term]).split()])
            query = re.sub(pattern, " ", query)
    for word in dict.fromkeys(query.split()):
        if word in synonyms:
            groups.append([[word], fold(synonyms[word]).split()])
        elif word not in _SMALL_WORDS:
            groups.append([[word]])
    return groups


def _weights(texts: Texts) -> dict[str, float]:
    weights: dict[str, float] = {}
    for text, weight in texts:
        for word in fold(text).split():
            weights[word] = max(weight, weights.get(word, 0))
    return weights


def _likeness(word: str, vocabulary: set[str]) -> dict[str, float]:
    """Return the words of `vocabulary` that `word` may mean, with how likely, up to 1."""
    alike = {known: _PREFIX for known in vocabulary if len(word) > 2 and known.startswith(word)}
    # "needles" for "needle", "testing" for "test": a long beginning in common.
    alike |= {known: _PREFIX for known in vocabulary if len(known) > 3 and word.startswith(known)}
    if word in vocabulary:
        alike[word] = 1.0
    elif not alike and len(word) > 3:
        for known in vocabulary:
            share = fuzz.ratio(word, known)
            if share >= LEAST_LIKENESS:
                alike[known] = _TYPO * share / 100
    return alike


def _best(
    group: list[list[str]], likeness: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]
) -> float:
    """Return the score of the best phrase of `group`: the mean of its words, 0 when one is missing."""
    best = 0.0
    for phrase in group:
        scores = [
            max((share * weights.get(known, 0) for known, share in likeness[word].items()), default=0)
            for word in phrase
        ]
        if scores and all(scores):
            best = max(best, sum(scores) / len(scores))
    return best
