"""Over random stores, windows, groupings and as-of days, win rates and cycles agree with a plain Python oracle."""

from __future__ import annotations

import pytest

from connector.store.engine import Store
from tests.metrics import oracle_cycle
from tests.metrics.random_business import business, put_business
from tests.metrics.random_questions import GROUPS, SEEDS, in_turn, known_as, question
from tests.metrics.stores import world_in

RATES = ("won", "lost", "rate", "wilson_low", "won_minor", "lost_minor", "value_rate")
CYCLES = (
    "n_won", "n_lost", "n_open", "n_excluded", "p25", "median_days_to_won", "p75", "mean_days_to_won",
    "km_median_days_to_close", "slowest_stage_median_days", "n_stale", "velocity_minor_per_day",
)  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_win_rate_and_cycle_agree_with_the_oracle(store: Store, seed: int) -> None:
    facts = business(seed)
    window, as_of = question(seed)
    with world_in(store) as world:
        put_business(world, facts)
        world.derive()
        for by in (None, in_turn(seed, GROUPS)):
            for basis in ("closed", "created"):
                rows = world.ask("win_rate", window=window, as_of=as_of, by=by, own={"basis": basis}).rows
                found = {known_as(world, row["group_id"]) if by else "": [row[c] for c in RATES] for row in rows}
                expected = oracle_cycle.win_rate(facts, window, as_of, by, basis)
                assert found == {group: pytest.approx(list(row)) for group, row in expected.items()}, (by, basis)
            rows = world.ask("cycle", window=window, as_of=as_of, by=by).rows
            found = {known_as(world, row["group_id"]) if by else "": [row[c] for c in CYCLES] for row in rows}
            expected = oracle_cycle.cycle(facts, window, as_of, by)
            assert found == {group: pytest.approx(list(row)) for group, row in expected.items()}, by
