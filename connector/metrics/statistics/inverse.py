"""The inverse of a small matrix, by Gauss and Jordan: exact for fractions, with the largest pivot for floats."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

Number = TypeVar("Number", float, Fraction)


def inverted(matrix: Sequence[Sequence[Number]], one: Number) -> list[list[Number]]:
    """The inverse of a matrix of such numbers as ``one``; ZeroDivisionError where there is none."""
    size = len(matrix)
    rows: list[list[Number]] = []
    for place, given in enumerate(matrix):
        beside = [one * 0] * size
        beside[place] = one
        rows.append(list(given) + beside)
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        head = rows[at][at]
        rows[at] = [value / head for value in rows[at]]
        for other in range(size):
            factor = rows[other][at]
            if other != at and factor:
                rows[other] = [x - factor * y for x, y in zip(rows[other], rows[at], strict=True)]
    return [row[size:] for row in rows]
