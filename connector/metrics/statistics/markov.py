"""Where a walk between states ends, by the moves that were counted: an absorbing Markov chain, exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from connector.metrics.statistics.hazards import State
from connector.metrics.statistics.inverse import inverted

Moves = Mapping[tuple[State, State], int]


def visits_before_the_end(moves: Moves, states: Sequence[State]) -> dict[State, dict[State, Fraction]]:
    """How often a walk that begins in one state comes to each before it leaves them all; the beginning counts.

    ``moves`` counts (from, to); whatever is not among ``states`` is an end. A state that nothing ever left, or from
    which no way leads to an end, keeps walks for ever: it is an end, too, and in no row.
    """
    alive = _alive(moves, states)
    left = _left(moves)
    rows = []
    for origin in alive:
        chances = [Fraction(moves.get((origin, target), 0), left[origin]) for target in alive]
        rows.append([Fraction(origin == target) - chance for target, chance in zip(alive, chances, strict=True)])
    return {
        origin: dict(zip(alive, row, strict=True))
        for origin, row in zip(alive, inverted(rows, Fraction(1)), strict=True)
    }


def chance_of_end(moves: Moves, states: Sequence[State], end: State) -> dict[State, Fraction]:
    """The chance that a walk that begins in a state ends in ``end``, however often it turns back.

    States that nothing ever left are not in it: nothing is known of them.
    """
    left = _left(moves)
    found = {state: Fraction(0) for state in states if left.get(state)}
    for origin, row in visits_before_the_end(moves, states).items():
        found[origin] = sum(
            (often * Fraction(moves.get((state, end), 0), left[state]) for state, often in row.items()), Fraction(0)
        )
    return found


def _left(moves: Moves) -> dict[State, int]:
    """How many moves led out of each state."""
    left: dict[State, int] = {}
    for (origin, _), count in moves.items():
        left[origin] = left.get(origin, 0) + count
    return left


def _alive(moves: Moves, states: Sequence[State]) -> list[State]:
    """The states from which a way leads to an end."""
    inside = {origin for (origin, _), count in moves.items() if count and origin in states}
    alive: set[State] = set()
    while True:
        found = {
            origin
            for (origin, target), count in moves.items()
            if count and origin in inside and origin not in alive and (target not in inside or target in alive)
        }
        if not found:
            return [state for state in states if state in alive]
        alive |= found
