"""What the words of a query may stand for: folded, with synonyms, word forms and typing errors.

Pure: the words that are known and the synonyms are handed in. Nothing of a query is stored or logged.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# Least likeness, 0 to 100, of a mistyped word: takes "narcon" and "nalaxone", leaves "house" and "mouse".
LEAST_LIKENESS = 82
# Shorter words are too much alike: "rent" and "rest".
SHORTEST_TYPO = 4
# A share of the parts of a query that must be found; the rest may be words we do not have.
LEAST_SHARE = 0.5
# How much of a word's weight counts when it is not the very word that was typed.
_BEGINNING = 0.9  # "needl" for "needles", "knox" for "knoxville"
_TYPO = 0.7
_SHORTEST_BEGINNING = 3
_SHORTEST_STEM = 4
# Of a short beginning there are many words; the nearest ones are enough.
_MOST_WORDS = 24
# Who typed a whole word means that one, and a few that are hardly longer.
_MOST_LONGER = 6
_SMALL_WORDS = frozenset({
    "a", "an", "and", "any", "are", "at", "be", "by", "can", "county", "do", "find", "for", "free", "from",
    "get", "give", "have", "help", "how", "i", "in", "is", "it", "me", "my", "near", "nearby", "need", "of",
    "on", "or", "out", "please", "program", "programs", "some", "someone", "somewhere", "that", "the",
    "there", "to", "us", "want", "we", "what", "when", "where", "who", "with", "you", "your",
    "al", "algun", "alguien", "ayuda", "cerca", "como", "con", "condado", "de", "del", "donde", "el", "en",
    "es", "hay", "la", "las", "lo", "los", "mi", "necesito", "para", "por", "que", "quiero", "se",
    "tengo", "un", "una", "y", "yo",
})  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One part of a query. typed: the folded word, or words. phrases: those that may stand for it.

    is_synonym: whether staff wrote down what it means. right: the word it is a slip of, when that is known.
    """

    typed: str
    phrases: tuple[tuple[str, ...], ...]
    is_synonym: bool = False
    right: str = ""


@dataclass
class Vocabulary:
    """The words that stand somewhere, and what a typed word may mean among them."""

    words: list[str]
    _known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.words = sorted(set(self.words))
        self._known = frozenset(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._known

    def meanings(self, word: str) -> dict[str, float]:
        """Return the words that `word` may mean, with how much of their weight counts, up to 1.

        The word itself, words that begin with it, and the stems it begins with; only without any of these
        the words that are typed nearly like it.
        """
        found: dict[str, float] = {}
        if len(word) >= _SHORTEST_BEGINNING:
            most = _MOST_LONGER if word in self._known else _MOST_WORDS
            found = dict.fromkeys(self._beginning_with(word)[:most], _BEGINNING)
        for length in range(_SHORTEST_STEM, len(word)):
            # "testing" for "test", "jeringas" for "jeringa": all but the ending is a word we have.
            if len(word) - length <= max(3, length // 2) and word[:length] in self._known:
                found[word[:length]] = _BEGINNING
        if word in self._known:
            found[word] = 1.0
        return found or self.typos(word)

    def typos(self, word: str, least: int = LEAST_LIKENESS) -> dict[str, float]:
        """Return the words that are typed nearly like `word`; `least`: likeness from 0 to 100."""
        if len(word) < SHORTEST_TYPO:
            return {}
        # Loaded with the first typing error, not with every start.
        from rapidfuzz import fuzz, process

        alike = process.extract(word, self.words, scorer=fuzz.ratio, score_cutoff=least, limit=8)
        return {known: _TYPO * share / 100 for known, share, _place in alike}

    def _beginning_with(self, word: str) -> list[str]:
        start = bisect.bisect_left(self.words, word)
        end = bisect.bisect_left(self.words, word + "\U0010ffff", start)
        return sorted(self.words[start:end], key=lambda known: (len(known), known))


def fold(text: str) -> str:
    """Return `text` in small letters without accents, words parted by single spaces."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
    return " ".join(re.findall(r"\w+", bare.casefold()))


def counted(texts: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the folded words of `texts`, each with the highest weight among the texts it stands in."""
    weights: dict[str, float] = {}
    for text, weight in texts:
        for word in fold(text).split():
            if is_telling(word):
                weights[word] = max(weight, weights.get(word, 0))
    return weights


def parts_of(query: str, synonyms: Mapping[str, str], vocabulary: Vocabulary) -> list[Part]:
    """Return the parts of `query` that say something.

    synonyms: folded term to the words it stands for; several ways of saying it are parted by "|". A term of
    several words is taken whole. A word with a synonym stands for itself too. A word that is not in
    `vocabulary` may be a slip of one with a synonym, or two words without the blank.
    """
    rest = fold(query)
    parts = []
    for term in sorted((term for term in synonyms if " " in term), key=lambda term: (-len(term), term)):
        pattern = rf"\b{re.escape(term)}\b"
        if re.search(pattern, rest):
            parts.append(Part(term, _phrases(synonyms[term]), is_synonym=True))
            rest = re.sub(pattern, " ", rest)
    for word in dict.fromkeys(rest.split()):
        if word in synonyms:
            parts.append(Part(word, ((word,), *_phrases(synonyms[word])), is_synonym=True))
        elif is_telling(word):
            parts.append(_unlisted(word, synonyms, vocabulary))
    return parts


def _unlisted(word: str, synonyms: Mapping[str, str], vocabulary: Vocabulary) -> Part:
    """Return the part for a word without a synonym."""
    if not vocabulary.meanings(word):
        if (term := _slip_of(word, synonyms)) is not None:
            return Part(word, _phrases(synonyms[term]), right=term)
        for length in range(_SHORTEST_BEGINNING, len(word) - _SHORTEST_BEGINNING + 1):
            if word[:length] in vocabulary and word[length:] in vocabulary:
                return Part(word, ((word[:length], word[length:]),))
    return Part(word, ((word,),))


def _slip_of(word: str, synonyms: Iterable[str]) -> str | None:
    """Return the term of one word that is typed most like `word`, None when none is like enough."""
    if len(word) < SHORTEST_TYPO:
        return None
    from rapidfuzz import fuzz, process

    terms = sorted(term for term in synonyms if len(term) >= SHORTEST_TYPO and " " not in term)
    found = process.extractOne(word, terms, scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS)
    return found[0] if found else None


def is_telling(word: str) -> bool:
    """Return whether a folded word says what is looked for: no small word, and no single digit."""
    return word not in _SMALL_WORDS and not (len(word) == 1 and word.isdigit())


def _phrases(means: str) -> tuple[tuple[str, ...], ...]:
    phrases = (tuple(filter(is_telling, fold(phrase).split())) for phrase in means.split("|"))
    return tuple(phrase for phrase in phrases if phrase)


def meanings_of(parts: Iterable[Part], vocabulary: Vocabulary) -> dict[str, dict[str, float]]:
    """Return for each word of the phrases of `parts` what it may mean.

    A word whose synonym staff wrote down means no other word that only begins like it.
    """
    found: dict[str, dict[str, float]] = {}
    for part in parts:
        for phrase in part.phrases:
            for word in phrase:
                is_itself = part.is_synonym and phrase == (part.typed,)
                known = {word: 1.0} if word in vocabulary else {}
                found.setdefault(word, known if is_itself else vocabulary.meanings(word))
    return found


def best_share(
    part: Part, meanings: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]
) -> float:
    """Return the score of the best phrase of `part` in a thing: the mean of its words, 0 when one is missing.

    meanings: for each word of the phrases what `Vocabulary.meanings` says. weights: `counted` of the thing.
    """
    return max(
        mean_of(
            [
                max((share * weights.get(known, 0) for known, share in meanings[word].items()), default=0)
                for word in phrase
            ]
        )
        for phrase in part.phrases
    )


def mean_of(scores: Sequence[float]) -> float:
    """Return the score of a phrase: the mean of its words, 0 when one is missing."""
    return sum(scores) / len(scores) if all(scores) else 0.0
