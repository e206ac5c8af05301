"""A target, a day or a confidence that makes no sense is refused in a sentence that says what to write."""

from __future__ import annotations

import pytest

from connector.errors import UsageError
from tests.metrics.stores import OWN, World


@pytest.mark.parametrize(
    ("own", "says", "hints"),
    [
        ({"target": "0"}, "--target 0: this is no amount above zero", "500000"),
        ({"target": "-5"}, "no amount above zero", "USD"),
        ({"target": "nan"}, "no amount above zero", "plain number"),
        ({"target": "inf"}, "no amount above zero", "plain number"),
        ({"target": "1,000,000"}, "no amount above zero", "plain number"),
        ({"target": "1e400"}, "no amount above zero", "plain number"),
        ({"by_date": "soon"}, "this is no day", "YYYY-MM-DD"),
        ({"by_date": "0001-01-01"}, "this is no day", "1900"),
        ({"by_date": "2026-02-30"}, "this is no day", "YYYY-MM-DD"),
        ({"confidence": "1"}, "no share between 0 and 1", "0.9"),
        ({"confidence": "90"}, "no share between 0 and 1", "0.9"),
        ({"confidence": "sure"}, "no share between 0 and 1", "0.9"),
        ({"target": None}, "asks for --target", "--target"),
        ({"by_date": None}, "asks for --by-date", "--by-date"),
        ({"horizon": "30"}, "has no such flag", "--target"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(
    world: World, own: dict[str, str | None], says: str, hints: str
) -> None:
    world.derive()
    given = {name: value for name, value in {**OWN["needed"], **own}.items() if value is not None}
    with pytest.raises(UsageError) as error:
        world.ask("needed", own=given)
    assert says in error.value.message and hints in error.value.hint
    assert error.value.exit_code == 2


def test_without_a_win_nothing_is_needed_that_could_be_told(world: World) -> None:
    world.deal("D1", "won", close_on="2026-03-01", currency="GBP", amount_minor=1)
    world.derive()
    answer = world.ask("needed", own=OWN["needed"])
    assert {row["needed_mean"] for row in answer.rows} == {None}
    assert "No deal of known value was won in the window: what a win brings is not known." in answer.notes
    assert any("without a rate" in note for note in answer.notes)


def test_a_target_beyond_all_measure_is_not_worked_out(world: World) -> None:
    deal = world.deal("D1", "won", close_on="2026-03-01", amount_minor=1)
    world.visit(deal, 1, "qualify", "2026-01-01", "2026-03-01", "recorded")
    world.derive()
    row = world.rows("needed", "stage", own={**OWN["needed"], "target": "1e12"})["close"]
    assert (row["needed_mean"], row["needed_at_confidence"], row["p_hit"]) == (10**14, None, None)


def test_a_day_that_is_over_is_answered_with_a_warning(world: World) -> None:
    world.derive()
    answer = world.ask("needed", as_of="2026-06-15", own={"target": "1", "by_date": "2026-06-14"})
    assert "The day of the target, 2026-06-14, is over: no time is left." in answer.notes
