"""The chance to come from a state to an end within a number of days, when stays end as hazards.py says.

A semi-Markov chain in whole days: how a stay goes on depends on the state and on how long it has lasted, on nothing
else; states may be entered again. It must not know what the states are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from operator import mul

from connector.metrics.statistics.hazards import SPANS, Exits, Layout, State, span_of
from connector.metrics.statistics.inverse import inverted

_LAST = SPANS[-1]


class Passage:
    """Chances to reach one end within a horizon, from states in which a stay has lasted some days.

    A ``unit`` of several days is faster and coarser: as if all that happens in it happened at once.
    """

    def __init__(
        self, layout: Layout, exits: Mapping[State, Exits], end: State, horizon: int, *, unit: int = 1
    ) -> None:
        self.horizon = -(-horizon // unit)
        self._unit = unit
        self._states = [state for state in layout.states if state in exits]
        self._ways = {
            state: [
                (way, at)
                for at, way in enumerate(layout.ways)
                if (way == end or way in exits) and any(row[at] for row in exits[state].by_span)
            ]
            for state in self._states
        }
        self._end = end
        self._exits = exits
        self._daily = {state: self._by_unit(exits[state], self._ways[state]) for state in self._states}
        self._fresh = self._from_the_first_day()
        self._known: dict[tuple[State, int | None], float] = {}

    def chance(self, state: State, days: int | None) -> float:
        """From a state in which the stay has lasted ``days`` at the end of a day; None where that is not known."""
        key = (state, None if days is None else min(days, _LAST) // self._unit)
        if key not in self._known:
            self._known[key] = self._chance(*key)
        return self._known[key]

    def _chance(self, state: State, units: int | None) -> float:
        if units is None:
            usual = self._together(self._exits[state].usual)
            stays = [1 - sum(usual)] * self.horizon
            daily = {way: [usual[at]] * self.horizon for way, at in self._ways[state]}
        else:
            remains, by_way = self._daily[state]
            stays = remains[units + 1 : units + 1 + self.horizon]
            daily = {way: chances[units + 1 : units + 1 + self.horizon] for way, chances in by_way.items()}
        lasting = [1.0, *accumulate(stays, mul)]
        total = 0.0
        for way, chances in daily.items():
            leaving = map(mul, lasting, chances)
            total += sum(leaving) if way == self._end else sum(map(mul, leaving, reversed(self._fresh[way][:-1])))
        return min(total, 1.0)

    def _from_the_first_day(self) -> dict[State, list[float]]:
        """Per state, for every number of days left, the chance from the moment of entry.

        Moves of one day may lead round in a circle, so the chances of a day are solved for together.
        """
        leaving = {state: self._leaving(state) for state in self._states}
        circling = [
            [float(a == b) - (leaving[a][b][0] if b in leaving[a] else 0.0) for b in self._states] for a in self._states
        ]
        solve = inverted(circling, 1.0)
        zero = [0.0] * (self.horizon + 1)
        reached = [list(accumulate(leaving[state].get(self._end, zero))) for state in self._states]
        backward: list[list[float]] = [[] for _ in self._states]
        onward = [
            [
                (chances[1:], backward[self._states.index(way)])
                for way, chances in leaving[state].items()
                if way != self._end
            ]
            for state in self._states
        ]
        for left in range(self.horizon + 1):
            known = [
                sum([sum(map(mul, chances, fresh)) for chances, fresh in ways], at_once[left])
                for ways, at_once in zip(onward, reached, strict=True)
            ]
            for fresh, row in zip(backward, solve, strict=True):
                fresh.insert(0, sum(map(mul, row, known)))
        return {state: fresh[::-1] for state, fresh in zip(self._states, backward, strict=True)}

    def _leaving(self, state: State) -> dict[State, list[float]]:
        """The chance that a stay ends on day 0, 1, ... by each way."""
        remains, by_way = self._daily[state]
        lasting = [1.0, *accumulate(remains[: self.horizon], mul)]
        return {way: list(map(mul, lasting, chances)) for way, chances in by_way.items()}

    def _by_unit(self, exits: Exits, ways: Sequence[tuple[State, int]]) -> tuple[list[float], dict[State, list[float]]]:
        """Per day of a stay (or unit of days) the chance to remain, and those of each way out, as far as one looks."""
        lengths = _lengths(self._unit, self.horizon)
        by_span = [(self._together(exits.by_span[span]), length) for span, length in lengths]
        remains = [value for row, length in by_span for value in [1 - sum(row)] * length]
        return remains, {way: [value for row, length in by_span for value in [row[at]] * length] for way, at in ways}

    def _together(self, chances: Sequence[float]) -> Sequence[float]:
        """The chances of a day as those of a unit of days."""
        whole = sum(chances)
        if self._unit == 1 or not whole:
            return chances
        factor = (1 - (1 - whole) ** self._unit) / whole
        return [chance * factor for chance in chances]


@cache
def _lengths(unit: int, horizon: int) -> list[tuple[int, int]]:
    """How many units of days lie in each span, by their middles."""
    middles = range(unit // 2, _LAST + (horizon + 1) * unit, unit)
    return sorted(Counter(map(span_of, middles)).items())
