"""What the stays that were known on one day teach about the chance to be won. It must not know SQL, nor rows.

A chance is learned by stage and days in it; of a deal whose stays are not known, by its age; and where too little is
known for either, it is the CRM's own probability.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import add
from random import Random

from connector.metrics.statistics.hazards import Exits, Layout, State, fit, span_of
from connector.metrics.statistics.passage import Passage

#: a funnel and the key of one of its stages, '' for a deal in none of them
Stage = tuple[str, str]
#: the stage of a deal of which no stay is known: its whole life
WHOLE: Stage = ("*", "*")
WON, LOST = "won", "lost"
#: fewer decided stays than this teach nothing
_LEAST = 10
_DRAWS = 50
#: resampled chances serve as factors only, so steps of several days do, as many as this in a horizon at least
_STEPS = 40


@dataclass(frozen=True)
class Cell:
    """Everything on which a deal's chance depends; ``age`` where ``days`` in the stage are not known."""

    state: Stage
    days: int | None
    #: of a deal of which the days are not known
    age: int | None
    is_stale: bool
    probability: Fraction | None


class Lesson:
    """What one day's counts of stays, by cohort of deals, teach for a horizon."""

    def __init__(self, layout: Layout, cohorts: Mapping[str, list[float]], horizon: int, seed: str) -> None:
        self._layout = layout
        self._cohorts = [cohorts[name] for name in sorted(cohorts)]
        self._horizon = horizon
        self._seed = seed
        total = _summed(layout, self._cohorts)
        self.decided = {state: _decided(layout, total, state) for state in layout.states}
        enough = sum(self.decided[state] for state in layout.states if state != WHOLE) >= _LEAST
        self._taught = [state for state in layout.states if enough and state != WHOLE]
        self._taught += [WHOLE] if self.decided[WHOLE] >= _LEAST else []
        self._exits = {state: found for state, found in fit(layout, total).items() if state in self._taught}
        self._passage = Passage(layout, self._exits, WON, horizon)

    @property
    def teaches(self) -> bool:
        """Whether any chance is learned."""
        return bool(self._exits)

    def is_learned(self, cell: Cell) -> bool:
        """Whether the chance comes from history, and not from the CRM."""
        return cell.is_stale or self._place(cell) is not None

    def chance(self, cell: Cell) -> Fraction:
        """The chance to be won within the horizon; without history and without the CRM's word, nothing."""
        if cell.is_stale:
            return Fraction(0)
        place = self._place(cell)
        if place is None:
            return cell.probability or Fraction(0)
        return Fraction(self._passage.chance(*place))

    def draws(self, cells: Sequence[Cell]) -> list[list[float]]:
        """The chances of the cells as they would have been learned from other cohorts: drawn with replacement.

        Cells of one state and span of days move together, by the factor of the span's middle.
        """
        exact = [float(self.chance(cell)) for cell in cells]
        middles = self._middles(cells)
        if not middles:
            return [exact]
        spans = [_span(self._place(cell)) for cell in cells]
        found, usual = [], self._coarse(self._exits)
        for passage in self._resampled:
            factors = {span: _factor(passage, usual, place) for span, place in middles.items()}
            found.append([
                min(1.0, chance * factors.get(span, 1.0)) for span, chance in zip(spans, exact, strict=True)
            ])  # fmt: skip
        return found

    def _coarse(self, exits: Mapping[State, Exits]) -> Passage:
        return Passage(self._layout, exits, WON, self._horizon, unit=max(1, self._horizon // _STEPS))

    def _middles(self, cells: Sequence[Cell]) -> dict[tuple[State, int | None], tuple[State, int | None]]:
        days: dict[tuple[State, int | None], list[int]] = defaultdict(list)
        for cell in cells:
            place = self._place(cell)
            if place is not None and not cell.is_stale:
                days[_span(place)].append(place[1] or 0)
        return {
            (state, span): (state, None if span is None else sum(known) // len(known))
            for (state, span), known in days.items()
        }

    def _place(self, cell: Cell) -> tuple[State, int | None] | None:
        """The state and days by which a cell's chance is learned."""
        if cell.days is None and cell.age is not None and WHOLE in self._exits:
            return WHOLE, cell.age
        return (cell.state, cell.days) if cell.state in self._exits else None

    @cached_property
    def _resampled(self) -> list[Passage]:
        rng = Random(self._seed)  # noqa: S311 - a sample, not a secret
        weights = {state: exits.weight for state, exits in self._exits.items()}
        found = []
        for _ in range(_DRAWS):
            counts = _summed(self._layout, rng.choices(self._cohorts, k=len(self._cohorts)))
            drawn = {**self._exits, **fit(self._layout, counts, weights)}
            found.append(self._coarse({state: drawn[state] for state in self._exits}))
        return found


def _factor(passage: Passage, usual: Passage, place: tuple[State, int | None]) -> float:
    chance = usual.chance(*place)
    return passage.chance(*place) / chance if chance else 1.0


def _span(place: tuple[State, int | None] | None) -> tuple[State, int | None]:
    if place is None:
        return (None, None)
    state, days = place
    return (state, None if days is None else span_of(days))


def _summed(layout: Layout, cohorts: Sequence[list[float]]) -> list[float]:
    total = layout.empty()
    for counts in cohorts:
        total = list(map(add, total, counts))
    return total


def _decided(layout: Layout, counts: list[float], state: State) -> int:
    """How many stays in a state ended with a win or a loss."""
    ends = [layout.ways.index(end) for end in (WON, LOST)]
    return round(sum(ways[end] for _, ways in layout.spans_of(counts, state) for end in ends))
