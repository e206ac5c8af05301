"""On made-up businesses with known odds, intervals hold what they say; ``make calibrate`` does the same at length."""

from __future__ import annotations

from collections import Counter

from connector.sandbox.business.transitions import TRANSITIONS
from tests.metrics.calibration.__main__ import runs
from tests.metrics.calibration.figures import Moves, figures, recovered
from tests.metrics.calibration.trials import Trial


def test_intervals_cover_and_the_odds_are_recovered() -> None:
    found: list[Trial] = []
    moves: Moves = Counter()
    for trials, counts in runs(range(2), 600, days=3):
        found += trials
        moves += counts
    assert len(found) == 6
    assert sum(trial.is_covered for trial in found) >= 3  # of a fair 80 %, fewer come twice in a hundred times
    # an interval that holds whatever comes says nothing
    assert sum(trial.high - trial.low for trial in found) < 1.5 * sum(trial.actual for trial in found)
    assert figures(found).expected < figures(found).by_crm
    assert recovered(moves) > 0.01


def test_other_odds_would_be_noticed() -> None:
    moves: Moves = Counter()
    for stage in ("qualify", "develop", "propose", "close"):
        for target, chance in TRANSITIONS.odds[stage].items():
            moves[stage, target] = round(500 * chance)
    assert recovered(moves) > 0.5
    moves["propose", "lost"], moves["propose", "close"] = moves["propose", "close"], moves["propose", "lost"]
    assert recovered(moves) < 1e-6
