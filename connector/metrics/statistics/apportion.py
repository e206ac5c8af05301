"""Dividing a whole number so that the parts add up to it. Knows no measure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def apportion(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Whole parts in proportion to the weights, by largest remainder; of equal remainders the earlier comes first.

    Weights are not negative and not all zero. The parts of a negative total are those of its magnitude, negated.
    """
    whole = sum(weights)
    exact = [abs(total) * weight / Fraction(whole) for weight in weights]
    parts = [int(part) for part in exact]
    left = abs(total) - sum(parts)
    for place in sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))[:left]:
        parts[place] += 1
    return [-part for part in parts] if total < 0 else parts


def apportioned(exact: Mapping[Key, Fraction], total: int) -> dict[Key, int]:
    """Each value as a whole number, all together ``total``: rounded down, then up by largest remainder, ties in order.

    ``total`` is the sum of the values, rounded to either side.
    """
    parts = {key: floor(value) for key, value in exact.items()}
    left = total - sum(parts.values())
    for key in sorted(exact, key=lambda key: parts[key] - exact[key])[:left]:
        parts[key] += 1
    return parts
