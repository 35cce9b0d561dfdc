"""Which totals may be shown: groups of categories so large that no small number can be worked out.

Nothing is blanked. Categories that are too small are shown together with others, until every number that is
published counts at least ten reports; zero is treated like one to nine. Then:

- a table by one thing (kind) splits all reports into groups of ten or more;
- a table by two things (kind and place) has only cells of ten or more, and its rows and columns are unions of
  the groups that stand alone;
- all tables by two things share one of them (kind), so that they meet only there.

Why no combination of them yields less than ten: take any hidden cell, such as one kind, place and age.
Within the kinds of one group, reports can be dealt to places and to ages in any way that keeps the published
sums, and independently of each other. So as many reports as the smallest published number around the cell may
be in it: at least ten. An attacker who computes with all the tables finds no upper bound below ten, for the
cell and for every sum of cells that holds it. Rounding to five widens the bounds further.
`tests/reporting/attacker.py` computes them from the published numbers alone. docs/decisions, public figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

LEAST = 10
STEP = 5

Group = tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """What reports are counted by. slugs: its categories in order; ordered: only neighbours are joined."""

    name: str
    slugs: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Cross:
    """A table by two things. counts: (row group, column group) to the true count, each at least LEAST."""

    rows: str
    columns: str
    counts: dict[tuple[Group, Group], int]


def rounded(count: int) -> int:
    """Return `count` rounded to the nearest five: the form in which numbers leave."""
    return (count + STEP // 2) // STEP * STEP


def groups_of(axis: Axis, counts: Mapping[str, int]) -> list[Group]:
    """Return the categories of `axis`, the small ones joined until each group counts at least LEAST.

    One group of everything comes back when nothing else is possible.
    """
    groups: list[Group] = [(slug,) for slug in axis.slugs]

    def size(group: Group) -> int:
        return sum(counts.get(slug, 0) for slug in group)

    while len(groups) > 1 and min(map(size, groups)) < LEAST:
        least = min(groups, key=size)
        groups = _joined(groups, least, min(_partners(axis, groups, least), key=size))
    return groups


def _partners(axis: Axis, groups: Sequence[Group], group: Group) -> list[Group]:
    place = groups.index(group)
    if axis.ordered:
        return [groups[near] for near in (place - 1, place + 1) if 0 <= near < len(groups)]
    return [other for other in groups if other != group]


def _joined(groups: Sequence[Group], one: Group, other: Group) -> list[Group]:
    """Return `groups` with the two as one, at the place of the first of them."""
    first, second = sorted((one, other), key=groups.index)
    return [first + second if each == first else each for each in groups if each != second]


def cross(rows: Axis, columns: Axis, counts: Counter[tuple[str, str]]) -> Cross | None:
    """Return the finest table of `counts` found in which each cell counts at least LEAST; None for none.

    counts: (row slug, column slug) to count. Groups of both axes are unions of those that stand alone.
    """
    by_row: Counter[str] = Counter()
    by_column: Counter[str] = Counter()
    for (row, column), count in counts.items():
        by_row[row] += count
        by_column[column] += count
    down, across = groups_of(rows, by_row), groups_of(columns, by_column)
    while len(down) > 1 and len(across) > 1:
        cells = _cells(down, across, counts)
        if min(cells.values()) >= LEAST:
            return Cross(rows.name, columns.name, cells)
        least_row, least_column = min(cells, key=lambda cell: cells[cell])
        ways = [(_joined(down, least_row, near), across) for near in _partners(rows, down, least_row)]
        near_columns = _partners(columns, across, least_column)
        ways += [(down, _joined(across, least_column, near)) for near in near_columns]
        down, across = max(ways, key=lambda way: _worth(_cells(way[0], way[1], counts)))
    return None


def _cells(
    down: Sequence[Group], across: Sequence[Group], counts: Counter[tuple[str, str]]
) -> dict[tuple[Group, Group], int]:
    return {
        (row, column): sum(counts[cell] for cell in product(row, column)) for row in down for column in across
    }


def _worth(cells: Mapping[tuple[Group, Group], int]) -> tuple[int, int]:
    """Return what is better to go on with: more cells that may be shown, then fewer that may not."""
    fine = sum(count >= LEAST for count in cells.values())
    return fine, fine - len(cells)


def is_partition(groups: Sequence[Group], axis: Axis) -> bool:
    """Return whether each category of `axis` is in one group and no group has anything else."""
    overlap = any(set(one) & set(other) for one, other in combinations(groups, 2))
    return not overlap and {slug for group in groups for slug in group} == set(axis.slugs)
