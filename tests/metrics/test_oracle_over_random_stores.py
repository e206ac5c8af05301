"""Over random stores, windows, groupings and as-of days, SQL and a plain Python oracle give the same figures."""

from __future__ import annotations

import pytest

from connector.store.engine import Store
from tests.metrics import oracle
from tests.metrics.random_business import business, put_business
from tests.metrics.random_questions import GROUPS, SEEDS, in_turn, known_as, question
from tests.metrics.stores import world_in

FIGURES = (
    "entered", "advanced", "lost", "open", "conversion", "conversion_floor", "conversion_ceiling", "amount_minor",
    "median_days",
)  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_funnel_and_quota_agree_with_the_oracle(store: Store, seed: int) -> None:
    facts = business(seed)
    window, as_of = question(seed)
    with world_in(store) as world:
        put_business(world, facts)
        world.derive()
        for by in (None, in_turn(seed, GROUPS)):
            rows = world.ask("funnel", window=window, as_of=as_of, by=by).rows
            found = {
                (known_as(world, row["group_id"]) if by else "", row["stage"]): tuple(row[c] for c in FIGURES)
                for row in rows
            }
            assert found == oracle.funnel(facts, window, as_of, by), by
        for by in (in_turn(seed, ("team", "total")), "person"):
            rows = world.ask("quota", window=window, as_of=as_of, by=by).rows
            found_quota = {
                {"person": known_as(world, row["person_id"]), "team": row["team_id"], "total": ""}[by]: tuple(
                    row[c] for c in ("quota_minor", "won_minor", "won_count", "attainment", "share_of_total")
                )
                for row in rows
            }
            assert found_quota == oracle.quota(facts, window, as_of, by), by
        earned = {known_as(world, row["person_id"]): row["commission_minor"] for row in rows}
        expected = oracle.commissions(facts, window, as_of)
        assert earned == {person: expected.get(person) for person in earned}
