"""Between which sums the outcome of open deals lies: exact from given chances, by lot from learned ones.

It must not know SQL, nor how chances are learned.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, inf
from random import Random

from connector.metrics.measures.forecast.lesson import Cell, Lesson
from connector.metrics.measures.forecast.lots import Lot
from connector.metrics.statistics.outcomes import Lots, Spread, drawn, exactly

#: the interval reaches from the tenth to the ninetieth of a hundred outcomes
NOMINAL = Fraction(8, 10)
#: how many past forecasts decide how much wider it must be
LOOKED_AT = 12
_LOW, _MIDDLE, _HIGH = Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)
_OUTCOMES = 2_000


@dataclass(frozen=True)
class Interval:
    """Three quantiles in minor units; and whether the chances behind them were learned."""

    low: int
    middle: int
    high: int
    is_learned: bool

    def covers(self, actual: int) -> bool:
        """Whether the outcome lies inside, both ends included."""
        return self.low <= actual <= self.high

    def widened(self, factor: float, least: int, most: int) -> Interval:
        """Both ends further from the middle, but never beyond what is possible at all."""
        low = max(least, round(self.middle - factor * (self.middle - self.low)))
        high = min(most, round(self.middle + factor * (self.high - self.middle)))
        return Interval(min(low, self.low), self.middle, max(high, self.high), self.is_learned)

    def reach(self, actual: int) -> float:
        """By which factor the interval must be widened to reach the outcome: 1 at its ends, 0 in the middle."""
        if actual == self.middle:
            return 0.0
        side = self.high - self.middle if actual > self.middle else self.middle - self.low
        return abs(actual - self.middle) / side if side else inf


def interval(spread: Spread, *, is_learned: bool) -> Interval:
    """The interval of a distribution."""
    return Interval(spread.quantile(_LOW), spread.quantile(_MIDDLE), spread.quantile(_HIGH), is_learned)


def widening(reaches: Sequence[float]) -> float:
    """The factor by which the last intervals would have held the nominal share of outcomes, rounded down; never < 1."""
    known = sorted(reaches)
    needed = floor(NOMINAL * len(known))
    return max(1.0, known[needed - 1]) if needed else 1.0


def spreads(
    rows: Mapping[Hashable, Sequence[Lot]], lesson: Lesson, seed: str, *, total: Hashable
) -> dict[Hashable, Spread]:
    """The distribution of the outcome of each row's deals, and under the key ``total`` of all together."""
    everything = [lot for lots in rows.values() for lot in lots]
    if not any(lesson.is_learned(lot.cell) and not lot.cell.is_stale for lot in everything):
        found = _exact({**rows, total: everything}, lesson)
        if found is not None:
            return found
    return _by_lot(rows, lesson, Random(seed), total)  # noqa: S311 - a sample, not a secret


def _exact(rows: Mapping[Hashable, Sequence[Lot]], lesson: Lesson) -> dict[Hashable, Spread] | None:
    found = {}
    for key, lots in rows.items():
        if any(not lot.is_alone and lot.minor for lot in lots):
            return None
        spread = exactly((lot.minor, lesson.chance(lot.cell)) for lot in lots)
        if spread is None:
            return None
        found[key] = spread
    return found


def _by_lot(
    rows: Mapping[Hashable, Sequence[Lot]], lesson: Lesson, rng: Random, total: Hashable
) -> dict[Hashable, Spread]:
    cells: dict[Cell, int] = {}
    together = {}
    for key, lots in rows.items():
        mine = Lots([], [])
        for lot in sorted(lots, key=_in_order):
            cell = cells.setdefault(lot.cell, len(cells))
            if lot.is_alone:
                mine.single.append((lot.minor, cell))
            else:
                mine.bulk.append((lot.deals, lot.minor, lot.squares, cell))
        together[key] = mine
    draws = lesson.draws(list(cells))
    samples: dict[Hashable, list[float]] = {key: [] for key in together}
    for chances in draws:
        for key, mine in together.items():
            samples[key] += mine.draw(chances, _OUTCOMES // len(draws), rng)
    whole = [sum(parts) for parts in zip(*samples.values(), strict=True)] if samples else [0.0]
    return {**{key: drawn(values) for key, values in samples.items()}, total: drawn(whole)}


def _in_order(lot: Lot) -> tuple[int, int, int]:
    """So that the same deals are drawn alike, however they were counted."""
    return (-lot.minor, lot.cell.days or 0, lot.deals)
