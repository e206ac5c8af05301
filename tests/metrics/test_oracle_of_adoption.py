"""Over random stores, windows, groupings and as-of days, adoption agrees with a plain Python oracle."""

from __future__ import annotations

import pytest

from connector.store.engine import Store
from tests.metrics import oracle_adoption
from tests.metrics.random_business import business, put_business
from tests.metrics.random_questions import SEEDS, in_turn, known_as, question
from tests.metrics.stores import world_in


@pytest.mark.parametrize("seed", SEEDS)
def test_adoption_agrees_with_the_oracle(store: Store, seed: int) -> None:
    facts = business(seed)
    window, as_of = question(seed)
    with world_in(store) as world:
        put_business(world, facts)
        world.derive()
        for by in ("person", in_turn(seed, ("team", "source", "region", "total"))):
            rows = world.ask("adoption", window=window, as_of=as_of, by=by).rows
            key = {"person": "person_id", "total": ""}.get(by, "group_id")
            found = {
                known_as(world, row[key]) if key else "": (row["exits"], row["compliant"], row["skipped"])
                for row in rows
            }
            assert found == oracle_adoption.adoption(facts, window, as_of, None if by == "total" else by), by
            for row in rows:
                whole = row["exits"] + row["skipped"]
                assert row["adoption"] == (row["compliant"] / whole if whole else None)
