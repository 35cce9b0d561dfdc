"""Somebody who takes all published tables and computes what a hidden cell can be. Knows nothing of our rules.

Each published number is an equation over the hidden cells (one a combination of kind, place and age), which
are counts of zero or more. The greatest value a sum of cells can have is a linear program, solved here
exactly, in fractions. The attacker is even given the true numbers instead of the rounded ones.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product


class Contradiction(Exception):
    """No table fits all equations."""


class Attacker:
    """equations: list of (set of cells, their sum). cells: all hidden cells. Raise Contradiction."""

    def __init__(self, cells, equations):
        self.cells = list(cells)
        self.equations = list(equations)
        place = {cell: number for number, cell in enumerate(self.cells)}
        width = len(self.cells)
        self.rows, self.basis = [], []
        for number, (members, total) in enumerate(equations):
            row = [Fraction(0)] * (width + len(equations) + 1)
            for cell in members:
                row[place[cell]] = Fraction(1)
            row[width + number] = Fraction(1)
            row[-1] = Fraction(total)
            self.rows.append(row)
            self.basis.append(width + number)
        self._find_a_solution(width)

    def _find_a_solution(self, width):
        """Drive the helper variables out: afterwards the rows hold one table that fits all equations."""
        end = len(self.rows[0]) - 1
        value = self._maximise([Fraction(0)] * width + [Fraction(-1)] * (end - width), end)
        if value:
            raise Contradiction
        for number in range(len(self.rows)):
            if self.basis[number] >= width:
                column = next((each for each in range(width) if self.rows[number][each]), None)
                if column is not None:
                    self._pivot(number, column)
        kept = [number for number, column in enumerate(self.basis) if column < width]
        self.rows = [[*self.rows[number][:width], self.rows[number][-1]] for number in kept]
        self.basis = [self.basis[number] for number in kept]

    def _pivot(self, number, column):
        pivot = self.rows[number][column]
        chosen = self.rows[number] = [each / pivot if each else each for each in self.rows[number]]
        for other, row in enumerate(self.rows):
            factor = row[column]
            if other != number and factor:
                self.rows[other] = [a - factor * b if b else a for a, b in zip(row, chosen, strict=True)]
        self.basis[number] = column

    def _maximise(self, wish, width):
        """Return the greatest value of `wish`; the rows then hold a table that has it (Bland's rule)."""
        while True:
            gains = list(wish)
            for row, column in zip(self.rows, self.basis, strict=True):
                if wish[column]:
                    for each in range(width):
                        if row[each]:
                            gains[each] -= wish[column] * row[each]
            column = next((each for each in range(width) if gains[each] > 0), None)
            if column is None:
                pairs = zip(self.rows, self.basis, strict=True)
                return sum((wish[column] * row[-1] for row, column in pairs), Fraction(0))
            limits = [
                (row[-1] / row[column], self.basis[number], number)
                for number, row in enumerate(self.rows)
                if row[column] > 0
            ]
            self._pivot(min(limits)[2], column)

    def greatest(self, wanted):
        """Return the greatest sum the `wanted` cells can have, and the table that has it (cell to value)."""
        wish = [Fraction(int(cell in wanted)) for cell in self.cells]
        value = self._maximise(wish, len(self.cells))
        table = dict.fromkeys(self.cells, Fraction(0))
        for row, column in zip(self.rows, self.basis, strict=True):
            table[self.cells[column]] = row[-1]
        return value, table

    def whole_table(self, cell, least):
        """Return a table of whole numbers that fits all equations and has `least` or more in `cell`, or None.

        Where the greatest table has fractions, the whole numbers beside one of them are tried in turn.
        """
        most, table = self.greatest({cell})
        if most < least:
            return None
        split = next((each for each, value in table.items() if value.denominator > 1), None)
        if split is None:
            return table
        for value in (int(table[split]) + 1, int(table[split])):
            try:
                branch = Attacker(self.cells, [*self.equations, ({split}, value)])
            except Contradiction:
                continue
            found = branch.whole_table(cell, least)
            if found:
                return found
        return None


def equations_of(period, slugs, count):
    """Return the cells and the equations of one published period.

    slugs: axis name to its categories, in the order kind, division, age. count: the number that stands for a
    set of cells: the true one, which the public does not see.
    """
    names = list(slugs)
    cells = list(product(*slugs.values()))

    def having(**groups):
        return {cell for cell in cells if all(cell[names.index(name)] in of for name, of in groups.items())}

    sets = [set(cells)]
    for name, rows in period["one"].items():
        sets += [having(**{name: row["of"]}) for row in rows]
    for two in period["two"]:
        sets += [
            having(**{two["rows"]: each["row"], two["columns"]: each["column"]}) for each in two["cells"]
        ]
    return cells, [(members, count(members)) for members in sets]
