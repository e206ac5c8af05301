"""What many trials show together: coverage, errors beside simpler forecasts, and whether the odds are recovered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connector.metrics.statistics.logrank import chi_square_tail
from connector.sandbox.business.transitions import TRANSITIONS
from tests.metrics.calibration.trials import Trial
from tests.metrics.stores import World

#: the share of outcomes that intervals of 80 % must hold
COVERED = (0.75, 0.85)
Moves = Counter[tuple[str, str]]
_MOVES = """
    SELECT s.stage, CASE y.ends WHEN 1 THEN 'lost' WHEN 2 THEN 'won' ELSE n.stage END AS target, COUNT(*)
    FROM forecast_stay y JOIN forecast_state s ON s.state = y.state LEFT JOIN forecast_state n ON n.state = y.following
    WHERE s.funnel <> '*' AND (y.ends IS NOT NULL OR y.following IS NOT NULL)
    GROUP BY s.stage, target
"""


def counted_moves(world: World) -> Moves:
    """The moves that the product has counted for the question asked last."""
    rows = world.conn.exec_driver_sql(_MOVES)
    return Counter({(stage, target): stays for stage, target, stays in rows})


def recovered(moves: Moves) -> float:
    """The chance of counts as far from the known odds of all stages together: below 0.05 outside the 95 % region."""
    distance, degrees = 0.0, 0
    for stage in ("qualify", "develop", "propose", "close"):
        odds = TRANSITIONS.odds[stage]
        total = sum(count for (origin, _), count in moves.items() if origin == stage)
        assert all(target in odds for origin, target in moves if origin == stage)
        for target, chance in odds.items():
            distance += (moves[stage, target] - total * chance) ** 2 / (total * chance)
        degrees += len(odds) - 1
    return chi_square_tail(distance, degrees)


@dataclass(frozen=True)
class Figures:
    """Shares and mean absolute errors (in major units) over all trials."""

    pairs: int
    coverage: float
    below: float
    above: float
    expected: float
    by_crm: float
    by_age: float
    bias: float

    @property
    def is_calibrated(self) -> bool:
        """Whether intervals hold what they say, and the forecast beats both simpler ones."""
        return COVERED[0] <= self.coverage <= COVERED[1] and self.expected < min(self.by_crm, self.by_age)


def figures(trials: Sequence[Trial]) -> Figures:
    """Over at least one trial."""
    count = len(trials)

    def error(name: str) -> float:
        return sum(abs(getattr(trial, name) - trial.actual) for trial in trials) / count / 100

    return Figures(
        pairs=count,
        coverage=sum(trial.is_covered for trial in trials) / count,
        below=sum(trial.actual < trial.low for trial in trials) / count,
        above=sum(trial.actual > trial.high for trial in trials) / count,
        expected=error("expected"),
        by_crm=error("by_crm"),
        by_age=error("by_age"),
        bias=sum(trial.expected - trial.actual for trial in trials) / sum(trial.actual for trial in trials),
    )
