"""Over random stores, windows, groupings and as-of days, SQL and a plain Python oracle give the same figures."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from connector.store.engine import Store
from tests.metrics import oracle
from tests.metrics.random_business import DAYS, business, day, put_business
from tests.metrics.stores import World, world_in

SEEDS = range(300)
FIGURES = (
    "entered", "advanced", "lost", "open", "conversion", "conversion_floor", "conversion_ceiling", "amount_minor",
    "median_days",
)  # fmt: skip


def question(seed: int) -> tuple[tuple[str, str], str]:
    rng = Random(seed * 7 + 1)
    first, last = sorted((rng.randint(0, DAYS), rng.randint(0, DAYS)))
    window = rng.choice([("2025-01-01", "2025-12-31"), ("2025-01-01", "2026-12-31"), (day(first), day(last))])
    return window, rng.choice(["2026-06-15", "2026-06-15", day(rng.randint(0, DAYS))])


def persons(world: World) -> dict[str | None, str | None]:
    """person id -> the short name by which the facts know that person."""
    return {row[0]: row[1] for row in world.conn.exec_driver_sql("SELECT id, name FROM person")}


def known_as(world: World, group_id: Any) -> Any:
    return persons(world).get(group_id, group_id)


@pytest.mark.parametrize("seed", SEEDS)
def test_funnel_and_quota_agree_with_the_oracle(store: Store, seed: int) -> None:
    facts = business(seed)
    window, as_of = question(seed)
    with world_in(store) as world:
        put_business(world, facts)
        world.derive()
        for by in (None, "source", "team", "person", "region"):
            rows = world.ask("funnel", window=window, as_of=as_of, by=by).rows
            found = {
                (known_as(world, row["group_id"]) if by else "", row["stage"]): tuple(row[c] for c in FIGURES)
                for row in rows
            }
            assert found == oracle.funnel(facts, window, as_of, by), by
        for by in ("person", "team", "total"):
            rows = world.ask("quota", window=window, as_of=as_of, by=by).rows
            found_quota = {
                {"person": known_as(world, row["person_id"]), "team": row["team_id"], "total": ""}[by]: tuple(
                    row[c] for c in ("quota_minor", "won_minor", "won_count", "attainment", "share_of_total")
                )
                for row in rows
            }
            assert found_quota == oracle.quota(facts, window, as_of, by), by
        earned = {
            known_as(world, row["person_id"]): row["commission_minor"]
            for row in world.ask("quota", window=window, as_of=as_of).rows
        }
        expected = oracle.commissions(facts, window, as_of)
        assert earned == {person: expected.get(person) for person in earned}
