"""What is asked of the random stores, by seed: a window, an as-of day, a group in turn; and who a row is about."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from tests.metrics.random_business import DAYS, day
from tests.metrics.stores import World

SEEDS = range(300)
GROUPS = ("source", "team", "person", "region")


def question(seed: int) -> tuple[tuple[str, str], str]:
    rng = Random(seed * 7 + 1)
    first, last = sorted((rng.randint(0, DAYS), rng.randint(0, DAYS)))
    window = rng.choice([("2025-01-01", "2025-12-31"), ("2025-01-01", "2026-12-31"), (day(first), day(last))])
    return window, rng.choice(["2026-06-15", "2026-06-15", day(rng.randint(0, DAYS))])


def in_turn(seed: int, groups: Sequence[str]) -> str:
    """The group of one store: over all seeds, every group is asked for as often as any other."""
    return groups[seed % len(groups)]


def persons(world: World) -> dict[str | None, str | None]:
    """person id -> the short name by which the facts know that person."""
    return {row[0]: row[1] for row in world.conn.exec_driver_sql("SELECT id, name FROM person")}


def known_as(world: World, group_id: Any) -> Any:
    return persons(world).get(group_id, group_id)
