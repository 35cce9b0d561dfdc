"""Which counts of a breakdown may stand alone, so that no small one can be worked out from the others.

Nothing is blanked: what may not stand alone is counted together in one rest, so the numbers add up to the
total, which is known. Counts under LEAST go into the rest. That alone is not enough: a single one of them
is the total less what is shown, and a rest of 8 in which two counties stand may be 4 and 4. So the smallest
that stand alone follow, all those of one size together, until somebody who knows this rule is left with a
choice. tests/training/test_smallcells.py tries every small breakdown. docs/decisions/0020.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST = 5


@dataclass(frozen=True)
class Shown:
    """A breakdown as it may be seen. alone: category to count; rest: the sum of all others."""

    alone: dict[str, int]
    rest: int


def join_small(counts: Mapping[str, int]) -> Shown:
    """Return `counts` (category to count, zero or more) with the small ones joined."""
    rest = [count for count in counts.values() if 0 < count < LEAST]
    alone = {category: count for category, count in counts.items() if count >= LEAST}
    while alone and rest and not _leaves_a_choice(rest):
        least = min(alone.values())
        rest += [count for count in alone.values() if count == least]
        alone = {category: count for category, count in alone.items() if count != least}
    return Shown(alone, sum(rest))


def _leaves_a_choice(rest: Sequence[int]) -> bool:
    """Return whether each of `rest` may be another number for somebody who knows their sum and the rule."""
    total = sum(rest)
    if len(rest) < 2 or total < LEAST:
        return False
    # All ones, or all as large as a small count can be, are known from their sum.
    return max(rest) >= LEAST or len(rest) < total < (LEAST - 1) * len(rest)
