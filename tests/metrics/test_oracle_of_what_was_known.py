"""What a plain Python oracle makes of the facts of a past evening is what --known-at tells of it in a store that went on."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from connector.store.engine import Store
from tests.metrics import oracle
from tests.metrics.evolving import day, open_evolution
from tests.metrics.random_business import Business
from tests.metrics.stores import World, world_in
from tests.metrics.test_oracle_over_random_stores import FIGURES

DAYS = 6
WINDOWS = [("2025-12-01", "2026-06-30"), ("2026-01-15", "2026-02-28"), ("2026-01-01", "2026-03-31")]
QUOTA_FIGURES = ("quota_minor", "won_minor", "won_count", "attainment", "share_of_total")


def named(group: Any) -> Any:
    return None if group == "(none)" else group


def hold_against_the_oracle(world: World, facts: Business, window: tuple[str, str], on: str) -> None:
    for by in (None, "source", "person", "region"):
        rows = world.ask("funnel", window=window, known_at=on, as_of=on, by=by).rows
        found = {(named(row["group"]) if by else "", row["stage"]): tuple(row[c] for c in FIGURES) for row in rows}
        assert found == oracle.funnel(facts, window, on, by), by
    for by in ("person", "total"):
        rows = world.ask("quota", window=window, known_at=on, as_of=on, by=by).rows
        found_quota = {
            named(row["person"]) if by == "person" else "": tuple(row[c] for c in QUOTA_FIGURES) for row in rows
        }
        assert found_quota == oracle.quota(facts, window, on, by), by


@pytest.mark.parametrize("seed", range(10))
def test_funnel_and_quota_of_a_past_evening_agree_with_the_oracle(store: Store, seed: int) -> None:
    evenings = []
    with world_in(store) as world:
        evolution = open_evolution(world, seed + 1000)
        for number in range(DAYS):
            evolution.live(number)
            evolution.sync(world, f"{day(number)}T20:00:00Z")
            evenings.append((day(number), evolution.snapshot()))
        for on, facts in Random(seed).sample(evenings, 3):
            hold_against_the_oracle(world, facts, WINDOWS[seed % len(WINDOWS)], on)
