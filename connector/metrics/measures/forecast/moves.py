"""How deals move between stages, counted: the chance to be won ever, and how often a deal comes to a stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from connector.metrics.filters import NONE
from connector.metrics.measures.forecast.lesson import WHOLE, WON, Stage
from connector.metrics.notes import Figure, Listed, Note, Part, Word
from connector.metrics.result import counted
from connector.metrics.scope import Scope
from connector.metrics.statistics.hazards import State
from connector.metrics.statistics.markov import chance_of_end, visits_before_the_end


class Moves:
    """The counted moves of all deals, as an absorbing chain."""

    def __init__(
        self, moves: Mapping[tuple[State, State], int], begun: Mapping[State, int], stages: Sequence[Stage]
    ) -> None:
        self._begun = begun
        states = [stage for stage in stages if stage != WHOLE]
        self._visits = visits_before_the_end(moves, states)
        self._chances = chance_of_end(moves, states, WON)

    def chance_to_win(self, state: Stage) -> Fraction | None:
        """The chance of a deal in this stage to be won ever; None where no deal has left it yet."""
        return self._chances.get(state)

    def visits(self, origin: Stage, state: Stage) -> Fraction | None:
        """Visits to a stage, before it closes, of a deal that begins in ``origin``."""
        return self._visits.get(origin, {}).get(state)

    def notes(self, stages: Sequence[Stage], of: Note, scope: Scope) -> Iterator[Note]:
        """What became of the deals of a funnel by these moves, and how often a deal comes to each stage."""
        mine = [*stages, (stages[0][0], "")]
        known = {stage: self._begun[stage] for stage in mine if self._begun[stage] and stage in self._chances}
        if not known:
            return
        wins = sum((self._chances[stage] * count for stage, count in known.items()), Fraction(0))
        begun = (
            Note("{number} in {stage}", number=count, stage=_called(stage, scope)) for stage, count in known.items()
        )
        yield Note(
            "By the moves counted so far, of the {deals} that ever began{of} ({begun}) {wins} are won in the end.",
            deals=counted(sum(known.values()), "deal"),
            of=of,
            begun=Listed.of(begun),
            wins=Figure(f"{float(wins):.10g}"),
        )
        for origin in (stage for stage in mine if stage in self._visits):
            row = self._visits[origin]
            visits = (
                Note("{number} to {stage}", number=Figure(f"{float(row[stage]):.10g}"), stage=_called(stage, scope))
                for stage in mine
                if stage in row
            )
            yield Note(
                "Visits of a deal in {stage}{of} before it closes, this one counted: {visits}.",
                stage=_called(origin, scope),
                of=of,
                visits=Listed.of(visits),
            )


def _called(stage: Stage, scope: Scope) -> Part:
    return scope.called(stage[1], stage[0]) if stage[1] else Word(NONE)


def shown(value: Fraction | None) -> Any:
    """An exact figure as a number."""
    return None if value is None else float(value)
