"""What independent all-or-nothing stakes may bring together: exact where few sums are possible, else drawn by lot.

Knows no measure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, compress, repeat, starmap
from math import ceil, sqrt
from operator import gt, mul
from random import Random

#: possible sums, and stakes, up to which the distribution is worked out exactly
_MOST_SUMS = 4_096
_MOST_STAKES = 1_000


@dataclass(frozen=True)
class Spread:
    """What a sum of stakes may come to: equally weighted draws in order, or exact sums with whole-number weights."""

    sums: Sequence[int]
    #: running totals of the weights
    weights: Sequence[int]

    def quantile(self, share: Fraction) -> int:
        """The smallest sum that is not exceeded with a chance of at least ``share``."""
        return self.sums[bisect_left(self.weights, ceil(share * self.weights[-1]))]

    def at_least(self, value: Fraction) -> Fraction:
        """The chance to come to ``value`` or more."""
        below = bisect_left(self.sums, value)
        return 1 - Fraction(self.weights[below - 1] if below else 0, self.weights[-1])

    @property
    def variance(self) -> Fraction:
        """The mean square of the distance from the mean."""
        each = [after - before for before, after in zip((0, *self.weights), self.weights, strict=False)]
        whole = self.weights[-1]
        total = sum(value * weight for value, weight in zip(self.sums, each, strict=True))
        squares = sum(value * value * weight for value, weight in zip(self.sums, each, strict=True))
        return Fraction(squares * whole - total * total, whole * whole)


def exactly(stakes: Iterable[tuple[int, Fraction]]) -> Spread | None:
    """The distribution of the sum of (amount, chance to win it); None where too many sums are possible."""
    known = [(amount, chance) for amount, chance in stakes if amount and chance]
    if len(known) > _MOST_STAKES:
        return None
    weights = {0: 1}
    for amount, chance in known:
        hit, miss = chance.numerator, chance.denominator - chance.numerator
        grown = {value: weight * miss for value, weight in weights.items()}
        for value, weight in weights.items():
            grown[value + amount] = grown.get(value + amount, 0) + weight * hit
        if len(grown) > _MOST_SUMS:
            return None
        weights = {value: weight for value, weight in grown.items() if weight}
    sums = sorted(weights)
    return Spread(sums, list(accumulate(weights[value] for value in sums)))


def drawn(samples: Iterable[float]) -> Spread:
    """The distribution that equally weighted draws stand for."""
    sums = sorted(round(value) for value in samples)
    return Spread(sums, range(1, len(sums) + 1))


@dataclass
class Lots:
    """Stakes that are drawn together: some one by one, the many small ones by the mean and variance of their sum."""

    single: list[tuple[int, int]]
    #: (how many, sum, sum of squares, cell)
    bulk: list[tuple[int, int, float, int]]

    @cached_property
    def _columns(self) -> tuple[list[int], list[float], list[int]]:
        """The many, column by column: they are gone through for every draw of chances."""
        return [each[1] for each in self.bulk], [each[2] for each in self.bulk], [each[3] for each in self.bulk]

    def draw(self, chances: Sequence[float], times: int, rng: Random) -> list[float]:
        """Sums drawn ``times``; a stake's chance is that of its cell."""
        stakes = [(amount, chance) for amount, cell in self.single if (chance := chances[cell]) > 0]
        amounts, each = [amount for amount, _ in stakes], [chance for _, chance in stakes]
        totals, squares, cells = self._columns
        hits = [chances[cell] for cell in cells]
        mean = sum(map(mul, totals, hits))
        width = sqrt(sum(map(mul, map(mul, squares, hits), [1 - hit for hit in hits])))
        points = starmap(rng.random, repeat(()))
        found = [float(sum(compress(amounts, map(gt, each, points)))) for _ in range(times)]
        return [value + rng.gauss(mean, width) for value in found] if width else [value + mean for value in found]
