"""--as-of answers from what was true at the end of that day: status, close day, amount, lead, team."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.metrics.engines import ENGINES
from tests.metrics.command_line import CommandWorld
from tests.metrics.stores import NOW, World

YEAR = ("2025-01-01", "2025-12-31")


def total(world: World, as_of: str) -> tuple[int, int]:
    (row,) = world.ask("quota", window=YEAR, by="total", as_of=as_of).rows
    return row["won_count"], row["won_minor"]


def test_a02_won_reopened_lost(world: World) -> None:
    world.close()
    deal = world.deal("D1", "lost", created_on="2025-02-01", close_on="2025-04-02", amount_minor=50_000_00)
    moves = [("propose", "2025-02-01"), ("Won", "2025-03-10"), ("propose", "2025-03-20"), ("Lost", "2025-04-02")]
    for value, day in moves:
        world.event(deal, value, day)
    world.derive()
    assert total(world, "2025-03-15") == (1, 50_000_00)
    assert total(world, "2025-03-31") == (0, 0)
    assert total(world, "2025-04-30") == (0, 0)
    for as_of, column in (("2025-03-15", "advanced"), ("2025-03-31", "open"), ("2025-04-30", "lost")):
        row = world.rows("funnel", "stage", window=YEAR, as_of=as_of)["propose" if column != "advanced" else "close"]
        assert row[column] == 1
    # the close day was that of the closing event, not of the later close
    (march,) = world.ask("quota", window=("2025-03-10", "2025-03-10"), by="total", as_of="2025-03-15").rows
    assert march["won_count"] == 1


def test_a_closing_event_that_is_written_again_keeps_the_close_day(world: World) -> None:
    world.close()
    deal = world.deal("D1", "won", created_on="2025-02-01", close_on="2025-03-08", amount_minor=1_00)
    for value, day in [("propose", "2025-02-01"), ("Won", "2025-03-10"), ("Won", "2025-03-15")]:
        world.event(deal, value, day)
    world.derive()
    for as_of in ("2025-03-12", "2025-03-31"):
        (row,) = world.ask("quota", window=("2025-03-08", "2025-03-08"), by="total", as_of=as_of).rows
        assert row["won_count"] == 1


@pytest.mark.parametrize(
    ("closed_at", "close_on", "won_from"),
    [("2025-05-02T09:00:00Z", "2025-05-01", "2025-05-02"), (None, "2025-05-01", "2025-05-01")],
)
def test_without_dated_events_closed_at_decides_then_close_on(
    world: World, closed_at: str | None, close_on: str, won_from: str
) -> None:
    world.deal("D1", "won", created_on="2025-02-01", close_on=close_on, closed_at=closed_at, amount_minor=1_00)
    world.derive()
    assert total(world, "2025-04-30") == (0, 0)
    assert total(world, won_from) == (1, 1_00)


def test_a_deal_created_later_is_absent_and_a_deleted_one_on_every_day(world: World) -> None:
    world.deal("D1", "won", created_on="2025-06-01", close_on="2025-03-01", amount_minor=1_00)
    world.deal("D2", "won", created_on="2025-01-01", close_on="2025-03-01", amount_minor=1_00, is_deleted=1)
    world.deal("D3", "won", created_on="2025-01-01", close_on="2025-03-01", amount_minor=1_00, duplicate_of="acme:D1")
    world.derive()
    assert total(world, "2025-05-31") == (0, 0)
    assert total(world, "2025-06-01") == (1, 1_00)


def test_amounts_by_the_version_known_else_the_current_one_with_a_note(world: World) -> None:
    deal = world.deal(
        "D1", "won", created_on="2025-01-01", close_on="2025-02-01", amount_minor=300_00,
        source_modified_at="2025-06-01T00:00:00Z",
    )  # fmt: skip
    versions = [("2025-03-01T00:00:00Z", 100_00), ("2025-04-01T00:00:00Z", 200_00)]
    for number, (modified_at, amount) in enumerate(versions):
        world.put(
            "opportunity_version", id=deal, known_from=modified_at, known_to=f"2025-0{4 + number}-02T00:00:00Z",
            source_modified_at=modified_at, amount_minor=amount, currency="USD", status="won",
        )  # fmt: skip
    world.derive()
    assert [total(world, day)[1] for day in ("2025-03-15", "2025-04-15", "2025-06-15")] == [100_00, 200_00, 300_00]
    early = world.ask("quota", window=YEAR, by="total", as_of="2025-02-15")
    assert early.rows[0]["won_minor"] == 300_00
    assert any("current amount is used" in note for note in early.notes)
    assert not any("current amount" in note for note in world.ask("quota", window=YEAR, by="total").notes)


def test_open_deals_are_valued_on_the_as_of_day(world: World) -> None:
    world.rate("USD", "1")
    world.rate("EUR", "0.8", "2025-01-01", "2025-04-01")
    world.rate("EUR", "0.5", "2025-04-01")
    deal = world.deal("D1", "open", created_on="2025-01-01", amount_minor=100_00, currency="EUR")
    world.visit(deal, 1, "qualify", "2025-01-01", None, "recorded")
    world.derive()
    for as_of, value in (("2025-02-01", 125_00), ("2025-05-01", 200_00)):
        assert world.rows("funnel", "stage", window=YEAR, as_of=as_of)["qualify"]["amount_minor"] == value


@pytest.mark.parametrize("told_by", ["events", "visits put in by hand"])
def test_the_stage_of_an_open_deal_is_that_of_the_day(world: World, told_by: str) -> None:
    deal = world.deal("D1", created_on="2025-01-01", stage="develop", source_stage="develop", amount_minor=1_00)
    for ordinal, (stage, entered, left) in enumerate(
        [("qualify", "2025-01-01", "2025-02-01"), ("develop", "2025-02-01", None)], start=1
    ):
        if told_by == "events":
            world.event(deal, stage, entered)
        else:
            world.visit(deal, ordinal, stage, entered, left, "recorded")
    world.derive()
    for as_of, stage in (("2025-01-15", "qualify"), ("2025-02-01", "develop"), (NOW[:10], "develop")):
        for asked in ("qualify", "develop"):
            rows = world.rows("funnel", "stage", window=YEAR, as_of=as_of, where=[("stage", asked)])
            assert rows["qualify"]["entered"] == (stage == asked), (as_of, asked)


def test_a_lead_was_open_until_it_was_converted(world: World) -> None:
    world.record("lead", "L1", created_on="2025-01-05", status="qualified", converted_at="2025-03-01")
    world.record("lead", "L2", created_on="2025-01-05", status="qualified", converted_at="2025-03-01T23:30:00Z")
    world.derive()
    for as_of, advanced in (("2025-02-28", 0), ("2025-03-01", 2)):
        row = world.rows("funnel", "stage", window=YEAR, as_of=as_of)["lead"]
        assert (row["advanced"], row["open"]) == (advanced, 2 - advanced)


def test_the_team_of_a_deal_is_that_of_its_close_day(world: World) -> None:
    old, new = world.team("Old"), world.team("New")
    owner = world.user("ada", team=new)
    for team, valid_from, valid_to in ((old, None, "2025-06-01"), (new, "2025-06-01", None)):
        world.put("membership", crm_user_id=owner, team_id=team, valid_from=valid_from, valid_to=valid_to)
    for name, day in (("D1", "2025-05-31"), ("D2", "2025-06-01")):
        world.deal(name, "won", created_on="2025-01-01", owner_id=owner, close_on=day, amount_minor=1_00)
    world.derive()
    rows = world.rows("quota", "team", window=YEAR, by="team")
    assert {team: row["won_count"] for team, row in rows.items()} == {"Old": 1, "New": 1}


def test_the_same_question_gives_the_same_bytes(world: World) -> None:
    world.deal("D1", "won", created_on="2025-01-01", close_on="2025-05-01", amount_minor=1_00)
    world.derive()
    first, second = (world.ask("funnel", window=YEAR, as_of="2025-03-01").to_json() for _ in range(2))
    assert repr(first) == repr(second)


def test_the_team_of_a_quota_is_that_of_its_last_day_or_of_an_earlier_as_of_day(world: World) -> None:
    old, new = world.team("Old"), world.team("New")
    owner = world.user("ada", team=new)
    for team, valid_from, valid_to in ((old, None, "2025-06-01"), (new, "2025-06-01", None)):
        world.put("membership", crm_user_id=owner, team_id=team, valid_from=valid_from, valid_to=valid_to)
    world.quota(owner, 100_00, "2025-04-01", "2025-06-30")
    world.derive()
    for as_of, team_name in (("2025-05-31", "Old"), ("2025-06-30", "New"), ("2025-12-31", "New")):
        (row,) = world.ask("quota", window=YEAR, by="team", as_of=as_of).rows
        assert row["team"] == team_name


def test_a_reopening_that_left_no_event_still_keeps_the_old_close_day(world: World) -> None:
    world.close()
    deal = world.deal("D1", "open", created_on="2025-02-01", close_on="2025-09-30", amount_minor=1_00)
    for value, day in [("propose", "2025-02-01"), ("Won", "2025-03-10"), ("Won", "2025-03-15")]:
        world.event(deal, value, day)
    world.derive()
    (row,) = world.ask("quota", window=("2025-03-10", "2025-03-10"), by="total", as_of="2025-03-12").rows
    assert row["won_count"] == 1


@pytest.mark.parametrize(
    ("changed_at", "first_open_day"),
    [(None, None), ("2025-06-01T00:00:00Z", "2025-06-01"), ("2025-02-01T00:00:00Z", None)],
)
def test_a_close_that_nobody_knows_to_be_undone_stands_on_past_days(
    world: World, changed_at: str | None, first_open_day: str | None
) -> None:
    """A person reopens a deal in the store, and no event says when."""
    world.close()
    deal = world.deal(
        "D1", "open", created_on="2025-01-15", close_on="2025-03-10", amount_minor=1_00, source_modified_at=changed_at
    )
    for value, day in [("propose", "2025-02-01"), ("Won", "2025-03-10")]:
        world.event(deal, value, day)
    world.derive()
    for as_of, won in (
        ("2025-03-09", 0),
        ("2025-03-10", 1),
        ("2025-05-31", 1),
        ("2025-06-01", int(not first_open_day)),
    ):
        (row,) = world.ask("quota", window=YEAR, by="total", as_of=as_of).rows
        assert row["won_count"] == won, as_of
    (present,) = world.ask("quota", window=YEAR, by="total", as_of="2099-12-31").rows
    assert present["won_count"] == 0


@pytest.mark.parametrize("engine", ["by call", *ENGINES])
def test_a_deal_whose_last_event_reopened_it_is_open_whatever_it_says_itself(
    new_world: Callable[..., World], tmp_path: Path, engine: str
) -> None:
    world = new_world() if engine == "by call" else CommandWorld(tmp_path, engine)
    world.close()
    deal = world.deal("D1", "won", created_on="2025-02-01", close_on="2025-03-10", amount_minor=1_00, stage="close")
    for value, day in [("propose", "2025-02-01"), ("Won", "2025-03-10"), ("develop", "2025-03-20")]:
        world.event(deal, value, day)
    world.deal("D2", "won", created_on="2025-02-01", close_on="2025-03-10", amount_minor=2_00)
    world.derive()
    for as_of, won in (("2025-03-09", 0), ("2025-03-10", 1), ("2025-03-19", 1), ("2025-03-20", 0), (NOW[:10], 0)):
        row = world.rows("win_rate", "basis", window=YEAR, as_of=as_of)["closed"]
        assert row["won"] == won + (as_of >= "2025-03-10"), as_of
    rows = world.rows("funnel", "stage", window=YEAR)
    assert (rows["propose"]["open"], rows["won"]["entered"]) == (1, 0)
    stages = world.rows("forecast", "stage", own={"horizon": "30"})
    assert (stages["develop"]["open_count"], stages["close"]["open_count"]) == (1, 0)


@pytest.mark.parametrize(
    ("events", "source_object"),
    [
        # no event tells of a close, so that the events do not tell of closes at all
        ([("propose", "2025-02-01"), ("develop", "2025-04-01")], None),
        # a value that nobody has a word for, and a process that went on
        ([("propose", "2025-02-01"), ("Won", "2025-03-10"), ("Odd", "2025-04-01")], None),
        ([("propose", "2025-02-01"), ("Won", "2025-03-10"), ("develop", "2025-04-01", "process")], None),
        ([("propose", "2025-02-01"), ("Won", "2025-03-10"), ("propose", "2025-03-20"), ("Won", "2025-04-01")], None),
        # what a source says of its own deal is newer than the history that it lists
        ([("propose", "2025-02-01"), ("Won", "2025-03-10"), ("develop", "2025-04-01")], "Opportunity"),
    ],
)
def test_only_an_event_that_tells_so_reopens_a_deal_that_was_put_in_by_hand(
    world: World, events: list[tuple[str, ...]], source_object: str | None
) -> None:
    world.close()
    deal = world.deal(
        "D1", "won", created_on="2025-02-01", close_on="2025-03-10", amount_minor=1_00, source_object=source_object
    )
    for event in events:
        world.event(deal, *event)
    world.derive()
    assert total(world, NOW[:10]) == (1, 1_00)
