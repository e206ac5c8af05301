"""Case A02 and its kin: what was true on a day, and what the store knew of it, over rows and superseded states put in by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.metrics.stores import World

YEAR = ("2025-01-01", "2025-12-31")
A02 = [("2025-02-01", "open"), ("2025-03-10", "won"), ("2025-03-20", "open"), ("2025-04-02", "lost")]
EXPECTED = {"2025-03-09": (0, 0), "2025-03-10": (1, 50_000_00), "2025-03-31": (0, 0), "2025-04-30": (0, 0)}


def at(day: str, hour: str = "10:00:00") -> str:
    return f"{day}T{hour}Z"


def put_versions(world: World, deal: str, states: Sequence[tuple[str, dict[str, Any]]], until: str) -> None:
    """Superseded states, each from its day to that of the next, the last one to the day ``until``."""
    ends = [*(day for day, _ in states[1:]), until]
    for (day, columns), end in zip(states, ends, strict=True):
        world.put("opportunity_version", id=deal, known_from=at(day), known_to=at(end), **columns)


def won(world: World, window: tuple[str, str] = YEAR, **params: Any) -> tuple[int, int]:
    (row,) = world.ask("quota", window=window, by="total", **params).rows
    return row["won_count"], row["won_minor"]


@pytest.mark.parametrize("close_on", ["2025-03-08", None])
def test_a02_won_reopened_lost_told_by_superseded_states(world: World, close_on: str | None) -> None:
    deal = world.deal("D1", "lost", created_on="2025-02-01", close_on="2025-04-02", amount_minor=50_000_00,
                      source_modified_at=at("2025-04-02"), synced_at=at("2025-04-02"))  # fmt: skip
    states: list[tuple[str, dict[str, Any]]] = []
    for day, status in A02[:3]:
        columns = {"status": status, "amount_minor": 50_000_00, "currency": "USD", "source_modified_at": at(day)}
        states.append((day, {**columns, **({"close_on": close_on} if status == "won" else {})}))
    put_versions(world, deal, states, "2025-04-02")
    world.derive()
    for day, expected in EXPECTED.items():
        assert won(world, as_of=day) == expected, day
        assert won(world, as_of=day, known_at=day) == expected, day
    # what was known on the evening is its close day; afterwards, the day of the close that did not last
    for closed_on, params in ((close_on or "2025-03-10", {"known_at": "2025-03-15"}), ("2025-03-10", {})):
        assert won(world, (closed_on, closed_on), as_of="2025-03-15", **params) == (1, 50_000_00)


def test_a02_told_by_stage_events_that_came_as_they_happened(world: World) -> None:
    world.close()
    world.deal("D1", "lost", created_on="2025-02-01", close_on="2025-04-02", amount_minor=50_000_00)
    for day, status in A02:
        value = "propose" if status == "open" else status.title()
        world.record("stage_event", day, opportunity_id="acme:D1", occurred_at=at(day), source_stage=value, seq=0,
                     evidence="history", synced_at=at(day, "20:00:00"))  # fmt: skip
    world.derive()
    for day, expected in EXPECTED.items():
        assert won(world, as_of=day, known_at=day) == expected, day


def test_a_close_that_stands_is_dated_by_its_close_day_and_not_by_the_change(world: World) -> None:
    deal = world.deal("D1", "won", created_on="2025-02-01", close_on="2025-03-08", amount_minor=1_00,
                      source_modified_at=at("2025-03-10"))  # fmt: skip
    put_versions(
        world, deal, [("2025-02-01", {"status": "open", "source_modified_at": at("2025-02-01")})], "2025-03-10"
    )
    world.derive()
    assert won(world, as_of="2025-03-09") == (1, 1_00)
    assert won(world, as_of="2025-03-09", known_at="2025-03-09") == (0, 0)
    assert won(world, as_of="2025-03-09", known_at="2025-03-10") == (1, 1_00)


def test_a_deal_deleted_later_is_there_until_its_deletion_was_known(world: World) -> None:
    deal = world.deal("D1", "won", created_on="2025-02-01", close_on="2025-03-08", amount_minor=1_00, is_deleted=1,
                      synced_at=at("2025-05-02"))  # fmt: skip
    state = {"status": "won", "close_on": "2025-03-08", "amount_minor": 1_00, "currency": "USD"}
    put_versions(world, deal, [("2025-03-09", state)], "2025-05-02")
    world.derive()
    assert won(world, as_of="2025-04-01") == (0, 0)
    for known_at, expected in (("2025-03-08", 0), ("2025-03-09", 1), ("2025-05-01", 1), ("2025-05-02", 0)):
        assert won(world, as_of="2025-12-31", known_at=known_at)[0] == expected, known_at


def test_a_deal_restored_later_is_gone_in_between(world: World) -> None:
    deal = world.deal("D1", "won", created_on="2025-02-01", close_on="2025-02-08", amount_minor=1_00,
                      synced_at=at("2025-05-02"))  # fmt: skip
    state = {"status": "won", "close_on": "2025-02-08", "amount_minor": 1_00, "currency": "USD"}
    put_versions(world, deal, [("2025-03-01", state), ("2025-04-01", {**state, "is_deleted": 1})], "2025-05-02")
    world.derive()
    for known_at, expected in (("2025-03-15", 1), ("2025-04-15", 0), ("2025-05-15", 1)):
        assert won(world, known_at=known_at, as_of=known_at)[0] == expected, known_at


def test_what_came_after_the_day_was_not_known(world: World) -> None:
    world.deal(
        "D1", "won", created_on="2025-01-01", close_on="2025-01-10", amount_minor=1_00, synced_at=at("2025-01-11")
    )
    world.deal(
        "D2", "won", created_on="2025-01-01", close_on="2025-01-10", amount_minor=2_00, synced_at=at("2025-03-01")
    )
    world.record("lead", "L1", created_on="2025-01-05", status="open", synced_at=at("2025-01-11"))
    world.record("lead", "L2", created_on="2025-01-05", status="open", synced_at=at("2025-03-01"))
    world.derive()
    assert won(world, as_of="2025-02-01", known_at="2025-02-01") == (1, 1_00)
    assert won(world, as_of="2025-02-01", known_at="2025-03-01") == (2, 3_00)
    for known_at, leads in (("2025-01-10", 0), ("2025-02-01", 1), ("2025-03-01", 2)):
        row = world.rows("funnel", "stage", window=YEAR, as_of="2025-02-01", known_at=known_at)["lead"]
        assert row["entered"] == leads


def test_history_that_came_later_was_not_known(world: World) -> None:
    world.close()
    world.deal("D1", "open", created_on="2025-01-01", amount_minor=1_00)
    for day, value, came in (("2025-01-01", "qualify", "2025-01-01"), ("2025-01-10", "propose", "2025-03-01")):
        world.record("stage_event", day, opportunity_id="acme:D1", occurred_at=at(day), source_stage=value, seq=0,
                     evidence="history", synced_at=at(came))  # fmt: skip
    world.derive()
    for known_at, reached in (("2025-02-01", 0), ("2025-03-01", 1)):
        rows = world.rows("funnel", "stage", window=YEAR, as_of="2025-02-01", known_at=known_at)
        assert (rows["qualify"]["entered"], rows["propose"]["entered"]) == (1, reached)


def test_the_owner_of_a_past_day_has_the_win(world: World) -> None:
    teams = [world.team(name, name=name) for name in ("North", "South")]
    ada, bob = (world.user(name, team=team) for name, team in zip(("ada", "bob"), teams, strict=True))
    deal = world.deal("D1", "won", created_on="2025-01-01", close_on="2025-02-01", amount_minor=1_00, owner_id=bob)
    put_versions(world, deal, [("2025-02-01", {"status": "won", "owner_id": ada, "amount_minor": 3_00})], "2025-03-01")
    world.derive()
    for known_at, name, team, value in (("2025-02-15", "Ada", "North", 3_00), ("2025-03-01", "Bob", "South", 1_00)):
        (person,) = world.ask("quota", window=YEAR, known_at=known_at).rows
        assert (person["person"], person["won_minor"]) == (name, value)
        (row,) = world.ask("quota", window=YEAR, known_at=known_at, by="team").rows
        assert (row["team"], row["won_count"]) == (team, 1)


def test_a_quota_counts_as_it_was_known(world: World) -> None:
    ada = world.user("ada")
    quota = world.quota(ada, 120_00, "2025-01-01", "2025-03-31", source_modified_at=at("2025-03-01"))
    for known_from, known_to, amount in (("2025-01-02", "2025-02-01", 60_00), ("2025-02-01", "2025-03-02", 90_00)):
        world.put("quota_version", id=quota, known_from=at(known_from), known_to=at(known_to), owner_id=ada,
                  source_modified_at=at(known_from), amount_minor=amount, currency="USD",
                  period_start="2025-01-01", period_end="2025-03-31")  # fmt: skip
    world.derive()
    expected = {
        "2025-01-31": 60_00,  # known since the 2nd, and the first value holds from ever
        "2025-02-28": (60_00 * 31 + 90_00 * 59) // 90,
        "2025-03-31": (60_00 * 31 + 90_00 * 28 + 120_00 * 31) // 90,
    }
    for known_at, amount in expected.items():
        (row,) = world.ask("quota", window=YEAR, known_at=known_at).rows
        assert row["quota_minor"] == pytest.approx(amount, abs=1), known_at
    assert world.ask("quota", window=YEAR, known_at="2025-01-01").rows == []


def test_known_at_alone_answers_as_of_that_day_and_before_as_of_foresees_nothing(world: World) -> None:
    deal = world.deal("D1", "won", created_on="2025-01-01", close_on="2025-05-01", amount_minor=1_00)
    put_versions(world, deal, [("2025-02-01", {"status": "open", "close_on": "2025-04-30"})], "2025-05-01")
    world.derive()
    assert world.ask("quota", window=YEAR, known_at="2025-03-01", as_of=None).params["as_of"] == "2025-03-01"
    assert won(world, known_at="2025-03-01", as_of="2025-06-30") == (0, 0)
    assert won(world, known_at="2025-05-01", as_of="2025-03-01") == (0, 0)
    assert won(world, known_at="2025-05-01", as_of="2025-06-30") == (1, 1_00)


@pytest.mark.parametrize("gap", ["a second between", "the present state beside"])
def test_states_that_do_not_fit_exactly_are_still_found(world: World, gap: str) -> None:
    deal = world.deal("D1", "open", created_on="2025-01-01", amount_minor=1_00)
    last: dict[str, Any] = {"known_to": at("2025-05-01")} if gap == "a second between" else {"known_to": None}
    for known_from, status, columns in (
        ("2025-02-01T00:00:00Z", "won", {"close_on": "2025-01-31", "known_to": "2025-02-28T23:59:59Z"}),
        ("2025-03-01T00:00:00Z", "open", last),
    ):
        world.put("opportunity_version", id=deal, known_from=known_from, status=status, amount_minor=1_00, **columns)
    world.derive()
    assert [won(world, known_at=day)[0] for day in ("2025-02-28", "2025-03-01")] == [1, 0]


def test_a_day_ends_in_the_reporting_time_zone(new_world: Callable[..., World]) -> None:
    world = new_world(timezone="America/New_York")
    world.deal("D1", "won", created_on="2025-01-01", close_on="2025-01-10", amount_minor=1_00,
               synced_at="2025-03-02T03:00:00Z")  # fmt: skip
    world.derive()
    assert [won(world, known_at=day)[0] for day in ("2025-02-28", "2025-03-01")] == [0, 1]


def test_a_day_before_everything_says_so(world: World) -> None:
    world.deal(
        "D1", "won", created_on="2025-01-01", close_on="2025-01-10", amount_minor=1_00, synced_at=at("2025-01-11")
    )
    world.derive()
    answer = world.ask("quota", window=YEAR, by="total", known_at="2025-01-05", as_of="2025-01-05")
    assert answer.rows[0]["won_count"] == 0
    assert answer.notes == ["At the end of 2025-01-05 the store knew no deal, lead or quota."]
    assert "knew no" not in str(world.ask("quota", window=YEAR, by="total", known_at="2025-01-11").notes)
