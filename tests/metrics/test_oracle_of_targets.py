"""Over random stores, windows, groupings and as-of days, what a target takes agrees with a plain Python oracle."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from connector.store.engine import Store
from tests.metrics import oracle_needed
from tests.metrics.random_business import business, put_business
from tests.metrics.random_questions import SEEDS, known_as, question
from tests.metrics.stores import world_in

FIGURES = ("have", "needed_mean", "needed_at_confidence", "gap", "latest_start_on", "p_hit")
DUE = "2026-12-31"


@pytest.mark.parametrize("seed", SEEDS)
def test_needed_agrees_with_the_oracle(store: Store, seed: int) -> None:
    facts = business(seed)
    window, as_of = question(seed)
    rng = Random(seed)
    target, confidence = rng.choice([1, 100_00, 25_000_00, 99_999_99]), rng.choice(["0.5", "0.9", "0.99"])
    own = {"target": f"{target / 100:.2f}", "by_date": DUE, "confidence": confidence}
    with world_in(store) as world:
        put_business(world, facts)
        world.derive()
        for by in (None, rng.choice(["source", "team", "person", "region"])):
            rows = world.ask("needed", window=window, as_of=as_of, by=by, own=own).rows
            found = {
                (known_as(world, row["group_id"]) if by else "", row["stage"]): [row[c] for c in FIGURES]
                for row in rows
            }
            expected = oracle_needed.needed(facts, window, as_of, by, target, DUE, Fraction(confidence))
            assert found == {key: pytest.approx(list(row)) for key, row in expected.items()}, by
