"""How stays end: the daily chance of each way out of a state, by how long a stay has lasted. Knows no measure.

A stay that began and ended d days later was at risk on the days 0 to d; one that still lasts on day d, likewise,
without having ended. Chances are constant within spans of days and are drawn towards those of the whole state as
far as the spans do not differ by more than chance lets them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf, lgamma, log

#: a state in which a stay lasts, or an end
State = Hashable

#: first day of each span: the day itself, a week, two, a month, two, a quarter, half a year, a year
SPANS = (0, 1, 8, 15, 31, 61, 91, 181, 366)
_LENGTHS = [after - first for first, after in pairwise(SPANS)]
#: how many days at risk the whole state's chances may weigh in each span; inf: spans do not differ at all
_WEIGHTS = (30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0, inf)
#: no way out is taken for sure on a day, else nothing could be said of a stay that outlasts it
_SURE = 0.999


def span_of(days: int) -> int:
    """The span in which a day of a stay lies."""
    return bisect_right(SPANS, days) - 1


@dataclass(frozen=True)
class Layout:
    """Where counts stand in a flat list of numbers: per state and span the days at risk, then the ends by way out."""

    states: tuple[State, ...]
    #: ways out: states, and ends
    ways: tuple[State, ...]

    @cached_property
    def width(self) -> int:
        """Numbers per span."""
        return 1 + len(self.ways)

    def empty(self) -> list[float]:
        """Counts of nothing."""
        return [0.0] * (len(self.states) * len(SPANS) * self.width)

    @cached_property
    def _first_of(self) -> dict[State, int]:
        """Where the counts of a state begin."""
        return {state: at * len(SPANS) * self.width for at, state in enumerate(self.states)}

    @cached_property
    def _way_at(self) -> dict[State, int]:
        """Where the ends of a span by one way stand, after its days at risk."""
        return {way: at for at, way in enumerate(self.ways, 1)}

    def add(self, counts: list[float], state: State, days: int, way: State | None, number: int = 1) -> None:
        """Counts stays of one length; ``way`` None where they last still, or their end is not known."""
        last = span_of(days)
        at = self._first_of[state]
        for length in _LENGTHS[:last]:
            counts[at] += number * length
            at += self.width
        counts[at] += number * (days + 1 - SPANS[last])
        if way is not None:
            counts[at + self._way_at[way]] += number

    def spans_of(self, counts: Sequence[float], state: State) -> list[tuple[float, list[float]]]:
        """Per span the days at risk and the ends by way out."""
        first = self._first_of[state]
        starts = range(first, first + len(SPANS) * self.width, self.width)
        return [(counts[at], list(counts[at + 1 : at + self.width])) for at in starts]


@dataclass(frozen=True)
class Exits:
    """The daily chances of leaving one state, by span and way out; ``usual`` those of days after the first."""

    by_span: tuple[tuple[float, ...], ...]
    usual: tuple[float, ...]
    #: how much the spans are drawn towards the usual, in days at risk
    weight: float


def fit(layout: Layout, counts: Sequence[float], weights: Mapping[State, float] | None = None) -> dict[State, Exits]:
    """The exits of each state of which a stay is known; ``weights`` keeps those of another fit."""
    found = {}
    for state in layout.states:
        spans = layout.spans_of(counts, state)
        if spans[0][0]:
            found[state] = _exits(spans, None if weights is None else weights.get(state))
    return found


def _exits(spans: list[tuple[float, list[float]]], weight: float | None) -> Exits:
    """The first day stands by itself: moves made in one go are unlike all that follows."""
    first, *later = spans
    days = sum(at_risk for at_risk, _ in later)
    ends = [sum(column) for column in zip(*(counts for _, counts in later), strict=True)]
    # where no stay outlasted its first day, that day is all there is to go by
    usual = [count / days for count in ends] if days else [count / first[0] for count in first[1]]
    if weight is None:
        weight = max(_WEIGHTS, key=lambda each: (_likelihood(later, usual, each), each))
    by_span = [[count / first[0] for count in first[1]], *(_drawn(span, usual, weight) for span in later)]
    return Exits(tuple(tuple(_possible(row)) for row in by_span), tuple(_possible(usual)), weight)


def _drawn(span: tuple[float, list[float]], usual: list[float], weight: float) -> list[float]:
    at_risk, counts = span
    if weight == inf:
        return usual
    return [(count + weight * chance) / (at_risk + weight) for count, chance in zip(counts, usual, strict=True)]


def _possible(chances: Sequence[float]) -> Sequence[float]:
    total = sum(chances)
    return chances if total <= _SURE else [chance * _SURE / total for chance in chances]


def _likelihood(spans: list[tuple[float, list[float]]], usual: list[float], weight: float) -> float:
    """How well spans that differ as much as ``weight`` says explain the counts: the gamma-Poisson likelihood."""
    total = 0.0
    for at_risk, counts in spans:
        for count, chance in zip(counts, usual, strict=True):
            if not at_risk or not chance:
                continue
            if weight == inf:
                total += count * log(chance) - chance * at_risk
            else:
                shape = weight * chance
                total += lgamma(shape + count) - lgamma(shape) + shape * log(weight / (weight + at_risk))
                total -= count * log(weight + at_risk)
    return total
