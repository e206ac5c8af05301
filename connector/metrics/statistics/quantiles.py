"""Quantiles by linear interpolation between order statistics, on counted whole numbers. Knows no measure."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction


def quantile(counted: Iterable[tuple[int, int]], share: Fraction) -> float | None:
    """The value below which ``share`` of the numbers lie; ``counted`` are (number, how often). None of none.

    The number at place ``share * (n - 1)``, counted from 0; between two places, the straight line between them.
    """
    known = sorted((number, count) for number, count in counted if count)
    total = sum(count for _, count in known)
    if total == 0:
        return None
    place = share * (total - 1)
    lower = int(place)
    low, high = _at(known, lower), _at(known, min(lower + 1, total - 1))
    return float(low + (place - lower) * (high - low))


def _at(known: list[tuple[int, int]], place: int) -> int:
    for number, count in known:
        if place < count:
            return number
        place -= count
    raise IndexError(place)
