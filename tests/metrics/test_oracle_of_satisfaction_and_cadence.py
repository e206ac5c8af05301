"""Over random stores, windows and as-of days, satisfaction and cadence agree with a plain Python oracle."""

from __future__ import annotations

from hashlib import sha256

import pytest

from connector.store.engine import Store
from tests.metrics import oracle_contacts
from tests.metrics.random_business import business, put_business
from tests.metrics.random_questions import SEEDS, in_turn, known_as, question
from tests.metrics.stores import world_in


@pytest.mark.parametrize("seed", SEEDS)
def test_satisfaction_and_cadence_agree_with_the_oracle(store: Store, seed: int) -> None:
    facts = business(seed)
    window, as_of = question(seed)
    with world_in(store) as world:
        put_business(world, facts)
        world.derive()
        for by in (None, in_turn(seed, ("person", "team"))):
            rows = world.ask("satisfaction", window=window, as_of=as_of, by=by).rows
            found = {
                known_as(world, row["group_id"]) if by else "": (row["responses"], row["mean_share"], row["top_box"])
                for row in rows
            }
            assert found == oracle_contacts.satisfaction(facts, window, as_of, by), by
        rows = world.ask("cadence", window=window, as_of=as_of).rows
        told = {
            row["person_email_hash"]: (row["sent"], row["first_sent_on"], row["next_allowed_on"], row["violations"])
            for row in rows
        }
        expected = oracle_contacts.cadence(facts, window, as_of)
        assert told == {sha256(address.encode()).hexdigest(): row for address, row in expected.items()}
