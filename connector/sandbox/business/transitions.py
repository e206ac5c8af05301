"""How deals move: the known odds, and one seeded walk through them. Knows nothing of money or names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random

from connector.sandbox.business.model import OPEN_STAGES, Stage, TransitionMatrix

#: forward, skipping ahead, going back, won and lost from every stage; reopened from both ends
TRANSITIONS = TransitionMatrix(
    odds={
        "qualify": {"develop": 0.58, "propose": 0.08, "close": 0.01, "won": 0.01, "lost": 0.32},
        "develop": {"qualify": 0.04, "propose": 0.60, "close": 0.06, "won": 0.02, "lost": 0.28},
        "propose": {"develop": 0.07, "close": 0.62, "won": 0.06, "lost": 0.25},
        "close": {"propose": 0.06, "develop": 0.02, "won": 0.67, "lost": 0.25},
        "won": {"close": 0.01},
        "lost": {"qualify": 0.03, "propose": 0.02},
    },
    start={"qualify": 0.82, "develop": 0.12, "propose": 0.06},
    mean_days={"qualify": 24.0, "develop": 35.0, "propose": 28.0, "close": 16.0, "won": 25.0, "lost": 40.0},
    born_closed=0.02,
)


def walk(
    rng: Random, created_at: datetime, until: datetime, matrix: TransitionMatrix
) -> Iterator[tuple[datetime, Stage]]:
    """The stages of one deal with the instants of entry, up to ``until``; the first is at ``created_at``."""
    stage: Stage
    if rng.random() < matrix.born_closed:
        stage = "won" if rng.random() < 0.6 else "lost"
        yield created_at, stage
        return
    stage = _draw(rng, matrix.start) or OPEN_STAGES[0]
    at = created_at
    while True:
        yield at, stage
        at += timedelta(seconds=1 + int(rng.expovariate(1 / matrix.mean_days[stage]) * 86_400))
        following = _draw(rng, matrix.odds[stage])
        if following is None or at >= until:
            return
        stage = following


def _draw(rng: Random, odds: Mapping[Stage, float]) -> Stage | None:
    point = rng.random()
    for stage, chance in odds.items():
        point -= chance
        if point < 0:
            return stage
    return None
