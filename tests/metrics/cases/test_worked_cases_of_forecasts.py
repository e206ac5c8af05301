"""The worked cases of forecasts, over stores of contract columns, by call and by command line."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.metrics.stores import World

YEAR = {"window": ("2026-01-01", "2026-12-31")}
TODAY = date(2026, 6, 15)


def total(world: World, **asked: Any) -> dict[str, Any]:
    *_, row = world.ask("forecast", **YEAR, **asked).rows
    assert row["stage"] == "total"
    return row


def test_p01_omitted_deals_are_out_and_probability_is_a_share(world: World) -> None:
    for name, amount, probability, category in (
        ("D1", 100, 0.10, "Pipeline"), ("D2", 200, 0.70, "MostLikely"), ("D3", 300, 0.90, "Forecast"),
        ("D4", 400, 0.0, "Omitted"),
    ):  # fmt: skip
        world.deal(name, amount_minor=amount * 100, probability=probability, forecast_category=category)
    world.derive()
    row = total(world)
    assert (row["open_count"], row["open_minor"], row["weighted_minor"]) == (3, 600_00, 420_00)
    notes = world.ask("forecast").notes
    assert "1 open deal of forecast category Omitted: in no row." in notes


def test_p02_the_mean_is_no_likely_outcome(world: World) -> None:
    for name, amount, probability in (("D1", 100, 0.5), ("D2", 100, 0.5), ("D3", 1000, 0.1)):
        world.deal(name, stage="close", amount_minor=amount * 100, probability=probability)
    world.derive()
    row = total(world)
    assert (row["expected_minor"], row["expected_count"]) == (200_00, pytest.approx(1.1))
    assert (row["p10_minor"], row["p50_minor"], row["p90_minor"]) == (0, 100_00, 200_00)
    assert (row["variance"], row["p_ge_expected"]) == (95000.0, 0.325)
    close = world.rows("forecast", "stage", **YEAR)["close"]
    assert {name: close[name] for name in ("p50_minor", "variance")} == {"p50_minor": 100_00, "variance": 95000.0}


def test_p04_lost_deals_bring_nothing_and_won_ones_are_told_apart(world: World) -> None:
    for name, amount, probability, status in (
        ("D1", 1000, 0.5, "open"), ("D2", 5000, 0.2, "lost"), ("D3", 2000, 1.0, "won"),
    ):  # fmt: skip
        close_on = "2026-04-01" if status != "open" else "2026-09-01"
        world.deal(name, status, amount_minor=amount * 100, probability=probability, close_on=close_on)
    world.derive()
    row = total(world)
    assert (row["weighted_minor"], row["won_minor"], row["outlook_minor"]) == (500_00, 2000_00, 2500_00)


F08 = [(6, ("first", "second")), (4, ("first", "lost")), (3, ("second", "won")), (2, ("second", "first")),
       (3, ("second", "lost"))]  # fmt: skip


def put_walks(world: World, walks: list[tuple[str, ...]]) -> None:
    """Deals that go from stage to stage, ten days in each, to the end that stands last."""
    for number, walk in enumerate(walks):
        status = walk[-1] if walk[-1] in ("won", "lost") else "open"
        stages = walk if status == "open" else walk[:-1]
        close = (date(2026, 1, 1) + timedelta(days=10 * len(stages))).isoformat()
        deal = world.deal(f"D{number}", status, close_on=close, amount_minor=100_00)
        for place, stage in enumerate(stages):
            entered, left = (date(2026, 1, 1) + timedelta(days=10 * (place + step)) for step in (0, 1))
            is_there = status == "open" and place + 1 == len(stages)
            world.visit(deal, place + 1, stage, str(entered), None if is_there else str(left), "recorded")


def test_f08_a_chain_with_a_way_back(world: World) -> None:
    one, two = "qualify", "develop"
    put_walks(world, [
        *[(one, "lost")] * 4, (one, two, one, two, "won"), (one, two, one, two, "lost"), *[(one, two, "won")] * 2,
        *[(two, "lost")] * 2,
    ])  # fmt: skip
    world.derive()
    answer = world.ask("forecast", **YEAR)
    rows = {row["stage"]: row for row in answer.rows}
    assert rows[one]["chance_to_win"] == pytest.approx(0.2647058823529412)
    assert rows[two]["chance_to_win"] == pytest.approx(0.4411764705882353)
    assert rows[one]["visits_from_first"] == pytest.approx(1.1764705882352942)
    assert rows[two]["visits_from_first"] == pytest.approx(0.7058823529411765)
    assert (
        "By the moves counted so far, of the 10 deals that ever began (8 in qualify, 2 in develop) 3 are won in the end."
        in answer.notes
    )
    assert (
        "Visits of a deal in qualify before it closes, this one counted: 1.176470588 to qualify, 0.7058823529 to develop."
        in answer.notes
    )


def test_f08_for_deals_that_are_open_now(world: World) -> None:
    one, two = "qualify", "develop"
    put_walks(world, [
        *[(one, "lost")] * 4, (one, two, one, two, "won"), (one, two, one, two, "lost"), *[(one, two, "won")] * 2,
        *[(two, "lost")] * 2, *[(one,)] * 8, *[(two,)] * 2,
    ])  # fmt: skip
    world.derive()
    row = total(world)
    assert (row["open_count"], row["expected_wins"]) == (10, pytest.approx(3.0))
