"""The worked cases of win rates and cycle lengths, over stores of contract columns, by call and by command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from connector.metrics.statistics.survival import median_days, restricted_mean_days
from tests.metrics.stores import World

YEARS = ("2024-01-01", "2026-12-31")


def put_closed(world: World, deals: list[tuple[str, str, int]], **columns: object) -> None:
    for name, status, amount in deals:
        given = {"created_on": "2025-01-05", "close_on": "2025-02-01", "amount_minor": amount * 100, **columns}
        world.deal(name, status, **given)


def test_w01_rates_by_count_and_by_value_differ(world: World) -> None:
    put_closed(world, [("D0", "won", 100_000), *((f"L{number}", "lost", 1_000) for number in range(1, 10))])
    world.derive()
    (row,) = world.ask("win_rate", window=YEARS).rows
    assert (row["won"], row["lost"], row["rate"]) == (1, 9, 0.1)
    assert row["value_rate"] == pytest.approx(100_000 / 109_000)
    assert (row["won_minor"], row["lost_minor"]) == (100_000_00, 9_000_00)


def test_w03_closed_and_created_are_two_bases(world: World) -> None:
    for name, created, closed, status in (
        ("D1", "2025-01-10", "2025-04-05", "won"), ("D2", "2025-01-20", "2025-02-01", "lost"),
        ("D3", "2025-02-10", "2025-03-01", "lost"), ("D4", "2025-04-02", "2025-04-20", "won"),
        ("D5", "2025-03-15", "2025-03-30", "won"),
    ):  # fmt: skip
        world.deal(name, status, created_on=created, close_on=closed, amount_minor=1)
    world.derive()
    for period, basis, expected in (
        ("2025Q1", "closed", 1 / 3), ("2025Q1", "created", 0.5), ("2025Q2", "closed", 1.0), ("2025Q2", "created", 1.0),
    ):  # fmt: skip
        (row,) = world.ask("win_rate", period=period, own={"basis": basis}).rows
        assert (row["rate"], row["basis"]) == (pytest.approx(expected), basis)


def test_w04_one_win_of_one_is_no_champion(world: World) -> None:
    first, second = world.user("a", name="A"), world.user("b", name="B")
    put_closed(world, [("A1", "won", 1)], owner_id=first)
    put_closed(world, [(f"B{n}", "won" if n < 60 else "lost", 1) for n in range(100)], owner_id=second)
    world.derive()
    rows = world.ask("win_rate", window=YEARS, by="person").rows
    assert [row["group"] for row in rows] == ["B", "A"]
    assert [row["wilson_low"] for row in rows] == pytest.approx([0.50200259, 0.20654931])


def test_t01_open_stays_count_as_long_as_they_have_lasted(world: World) -> None:
    start = date(2025, 1, 1)
    for number, (days, over) in enumerate([(2, 1), (4, 1), (6, 1), (10, 0), (10, 0)]):
        left = (start + timedelta(days=days)).isoformat() if over else None
        deal = world.deal(
            f"D{number}", "lost" if over else "open", created_on="2025-01-01", close_on=left, amount_minor=1
        )
        world.visit(deal, 1, "qualify", "2025-01-01", left, "recorded")
    world.derive()
    answer = world.ask("cycle", window=YEARS, as_of="2025-01-11")
    (row,) = answer.rows
    assert (row["slowest_stage"], row["slowest_stage_median_days"]) == ("qualify", 6)
    assert row["slowest_stage_restricted_mean_days"] == pytest.approx(6.4)
    assert row["km_median_days_to_close"] == 6
    assert (row["n_lost"], row["n_open"]) == (3, 2)
    assert "Stage qualify: median 6 days, restricted mean 6.4 days, over 5 timed visits." in answer.notes


def test_t03_an_open_deals_close_day_is_a_hope(world: World) -> None:
    for name, closed, status in (
        ("D1", "2025-01-31", "won"),
        ("D2", "2025-03-01", "won"),
        ("D3", "2025-12-31", "open"),
    ):
        world.deal(name, status, created_on="2025-01-01", close_on=closed, amount_minor=1)
    world.derive()
    (row,) = world.ask("cycle", window=YEARS).rows
    assert (row["mean_days_to_won"], row["n_won"], row["median_days_to_won"]) == (44.5, 2, 44.5)
    assert (row["p25"], row["p75"]) == (37.25, 51.75)


def test_t04_a_deal_that_closed_before_it_was_created_is_excluded_and_counted(world: World) -> None:
    for name, created, closed in (
        ("D1", "2025-01-01", "2025-01-21"), ("D2", "2026-02-23", "2024-02-03"), ("D3", "2025-02-01", "2025-02-11"),
    ):  # fmt: skip
        world.deal(name, "won", created_on=created, close_on=closed, amount_minor=1)
    world.derive()
    answer = world.ask("cycle", window=YEARS)
    (row,) = answer.rows
    assert (row["mean_days_to_won"], row["n_won"], row["n_excluded"]) == (15.0, 2, 1)
    assert "1 deal excluded: closed before the day of creation." in answer.notes


def test_f10_velocity_in_money_a_day(world: World) -> None:
    put_closed(world, [("W", "won", 12_000)], created_on="2026-01-01", close_on="2026-03-02")
    put_closed(world, [(f"L{n}", "lost", 1) for n in range(3)], created_on="2026-01-01", close_on="2026-03-02")
    for number in range(40):
        world.deal(f"O{number}", "open", created_on="2026-06-01", amount_minor=1)
    world.deal("stale", "open", created_on="2026-01-02", amount_minor=1)
    world.derive()
    (row,) = world.ask("cycle", window=YEARS).rows
    assert row["velocity_minor_per_day"] == 2_000_00
    assert (row["n_open"], row["n_stale"]) == (41, 1)


def test_a_cycle_of_no_days_has_no_velocity(new_world: Callable[..., World]) -> None:
    world = new_world()
    put_closed(world, [("W", "won", 5)], close_on="2025-01-05")
    world.derive()
    answer = world.ask("cycle", window=YEARS)
    assert answer.rows[0]["velocity_minor_per_day"] is None
    assert "No velocity: the won deals took no day at all." in answer.notes


def test_statistics_of_nothing_are_nothing() -> None:
    assert (median_days([]), restricted_mean_days([])) == (None, None)
