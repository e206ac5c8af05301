"""The worked cases of what a target takes, over stores of contract columns, by call and by command line."""

from __future__ import annotations

from typing import Any

import pytest

from connector.mapping.methodology import Methodology
from tests.metrics.stores import World, funnel_of

YEAR = {"window": ("2026-01-01", "2026-12-31")}
KEYS = ("first", "second", "third")


def put_passages(world: World, passed: list[int], *, keys: tuple[str, ...] = KEYS, amount: int = 100_00) -> None:
    """Decided deals: passed[k] of them came to stage k, the last number is of those won; all took 60 days in all."""
    world.mapped(funnel=funnel_of(*keys), methodology=Methodology({}))
    total = passed[0]
    for number in range(total):
        depth = sum(number < count for count in passed)
        status = "won" if depth == len(passed) else "lost"
        deal = world.deal(f"D{number}", status, created_on="2026-01-05", close_on="2026-03-06", amount_minor=amount)
        for place in range(min(depth, len(passed) - 1)):
            entered, left = f"2026-01-{5 + place * 10:02d}", f"2026-01-{15 + place * 10:02d}"
            is_last = place + 1 == min(depth, len(passed) - 1)
            world.visit(deal, place + 1, keys[place], entered, "2026-03-06" if is_last else left, "recorded")


def needed(world: World, **own: Any) -> dict[str, dict[str, Any]]:
    given = {"target": "500", "by_date": "2026-12-31", **{key: str(value) for key, value in own.items()}}
    return world.rows("needed", "stage", own=given, **YEAR)


def test_f09_a_target_read_back_through_the_stages(world: World) -> None:
    put_passages(world, [80, 24, 12, 3])
    world.derive()
    rows = needed(world)
    assert [rows[key]["needed_mean"] for key in (*KEYS, "won")] == [134, 40, 20, 5]
    assert rows["first"]["needed_at_confidence"] == 212
    assert rows["first"]["p_hit"] == pytest.approx(0.5673090073417243)
    assert rows["first"]["chance_to_win"] == pytest.approx(0.0375)
    assert (rows["won"]["needed_at_confidence"], rows["won"]["p_hit"]) == (5, 1.0)
    # without leads nothing can be said of them, and the alarm is that of the first stage
    assert [rows["lead"][c] for c in ("needed_mean", "needed_at_confidence", "gap", "latest_start_on")] == [None] * 4
    assert (rows["first"]["have"], rows["first"]["gap"]) == (0, 212)
    assert [rows[key]["latest_start_on"] for key in (*KEYS, "won")] == [
        "2026-11-01", "2026-11-11", "2026-11-21", "2026-12-31",
    ]  # fmt: skip


def test_it_is_too_late_to_begin_at_stages_and_never_at_the_win(world: World) -> None:
    put_passages(world, [80, 24, 12, 3])
    world.derive()
    notes = world.ask("needed", as_of="2026-06-15", own={"target": "500", "by_date": "2026-05-31"}, **YEAR).notes
    assert "At the median pace it is too late to begin at first, second, third now." in notes


def test_f09_from_the_lead_on_with_stages_added(world: World) -> None:
    put_passages(world, [40, 20, 5, 5], keys=("first", "second", "added"))
    for number in range(100):
        status = "qualified" if number < 24 else "disqualified" if number < 80 else "open"
        deal = f"acme:D{number}" if number < 24 else None
        world.record("lead", f"L{number}", created_on="2026-01-01", status=status, opportunity_id=deal)
    for number in range(7):
        world.visit(
            world.deal(f"O{number}", stage="second", created_on="2025-12-01"),
            1,
            "second",
            "2026-03-01",
            None,
            "recorded",
        )
    world.derive()
    rows = needed(world)
    assert [rows[key]["needed_mean"] for key in ("lead", "first", "second", "added", "won")] == [134, 40, 20, 5, 5]
    assert (rows["lead"]["have"], rows["lead"]["needed_at_confidence"], rows["lead"]["gap"]) == (20, 212, 192)
    assert rows["lead"]["latest_start_on"] == "2026-10-28"  # 64 days from the lead to the win
    assert (rows["second"]["have"], rows["won"]["have"], rows["won"]["gap"]) == (7, None, None)


def test_a_stage_that_nobody_passes_hides_what_stands_above_it(world: World) -> None:
    put_passages(world, [10, 0, 0, 0])
    deal = world.deal("W", "won", created_on="2025-12-01", close_on="2026-02-01", amount_minor=100_00)
    world.visit(deal, 1, "first", "2025-12-01", "2026-02-01", "recorded")
    world.derive()
    rows = needed(world)
    assert rows["won"]["needed_mean"] == 5
    for key in ("lead", *KEYS):
        assert [rows[key][c] for c in ("needed_mean", "needed_at_confidence", "gap", "latest_start_on")] == [None] * 4
    notes = world.ask("needed", own={"target": "500", "by_date": "2026-12-31"}, **YEAR).notes
    assert "Nothing can be said of lead, first, second, third: the conversion of third is not known, or zero." in notes
    assert "Whether the funnel is full is not known." in notes


def test_a_full_funnel_says_so(world: World) -> None:
    put_passages(world, [4, 4, 4, 2])
    for number in range(4):
        world.visit(
            world.deal(f"O{number}", stage="first", created_on="2025-12-01"), 1, "first", "2026-03-01", None, "recorded"
        )
    world.derive()
    asked = {"own": {"target": "100.01", "by_date": "2026-12-31", "confidence": "0.5"}, **YEAR}
    rows = world.rows("needed", "stage", **asked)
    assert (rows["won"]["needed_mean"], rows["first"]["needed_at_confidence"], rows["first"]["gap"]) == (2, 3, -1)
    notes = world.ask("needed", **asked).notes
    assert "Full at the top: first has 4, 3 are needed." in notes
    wins = sum(row["have"] * row["chance_to_win"] for key, row in rows.items() if key != "won" and row["have"])
    assert f"All that is open, at every stage together, comes to {wins:.1f} wins on average; 2 are needed." in notes
