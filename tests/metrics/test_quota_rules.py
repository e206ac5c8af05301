"""The rules of the quota table that no sum shows: who has a row, what is left out, what is noted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.mapping.quota_plans import Review
from connector.metrics.statistics.shares import shares
from tests.metrics.stores import World, plan_of

YEAR = ("2026-01-01", "2026-12-31")
Q1 = ("2026-01-01", "2026-03-31")


def win(world: World, name: str, owner: str | None, amount: int, day: str = "2026-02-01") -> None:
    world.deal(name, "won", owner_id=owner, close_on=day, amount_minor=amount)


def test_a_managers_quota_is_left_out_of_team_and_total_but_not_the_managers_wins(world: World) -> None:
    team = world.team("North")
    head = world.user("head", team=team)
    boss = world.user("boss", team=team, manager_id=head)
    middle = world.user("middle", team=team, manager_id=boss)  # without a quota of their own
    rep = world.user("rep", team=team, manager_id=middle)
    for owner, amount in ((boss, 500_00), (rep, 300_00)):
        world.quota(owner, amount, *Q1)
    world.quota(head, 900_00, "2026-04-01", "2026-06-30")  # no one below has this period
    win(world, "D1", rep, 150_00)
    win(world, "D2", boss, 60_00)
    world.derive()
    people = world.rows("quota", "person", window=YEAR)
    assert people["Boss"]["quota_minor"] == 500_00 and people["Boss"]["attainment"] == 0.12
    for by in ("team", "total"):
        answer = world.ask("quota", window=YEAR, by=by)
        (row,) = answer.rows
        assert (row["quota_minor"], row["won_minor"]) == (1200_00, 210_00)
        assert any("Boss" in note and "Head" not in note for note in answer.notes)


def test_everyone_with_a_quota_or_a_win_has_a_row_and_wins_without_owner_one_called_none(world: World) -> None:
    idle, seller = world.user("idle"), world.user("seller")
    world.user("absent")
    world.quota(idle, 100_00, *Q1)
    win(world, "D1", seller, 30_00)
    win(world, "D2", None, 10_00)
    world.derive()
    rows = world.rows("quota", "person", window=YEAR)
    assert set(rows) == {"Idle", "Seller", "(none)"}
    assert (rows["Seller"]["quota_minor"], rows["Seller"]["attainment"], rows["Seller"]["commission_minor"]) == (
        0,
        None,
        None,
    )
    assert (rows["(none)"]["person_id"], rows["(none)"]["won_minor"], rows["(none)"]["share_of_total"]) == (
        None,
        10_00,
        0.25,
    )
    assert rows["Idle"]["attainment"] == 0 and rows["Idle"]["share_of_total"] == 0


def test_an_empty_store_has_exactly_one_total(world: World) -> None:
    world.derive()
    (row,) = world.ask("quota", by="total").rows
    assert (row["quota_minor"], row["won_minor"], row["won_count"], row["attainment"], row["share_of_total"]) == (
        0,
        0,
        0,
        None,
        None,
    )
    assert world.ask("quota").rows == []


def test_quotas_and_wins_of_one_person_in_both_crms_add_up_and_so_do_teams_of_one_name(world: World) -> None:
    world.kinds = {"acme": "salesforce", "contoso": "dynamics"}
    users = []
    for source, address in (("acme", "Ada.Byron@acme.test.invalid"), ("contoso", "ada.byron@ACME.test")):
        team = world.team("North" if source == "acme" else "NORTH ", source)
        users.append(world.user("ada", source, team, email=address, name=f"Ada of {source}"))
    for owner in users:
        world.quota(owner, 100_00, *Q1)
        world.deal("D1", "won", owner.split(":")[0], owner_id=owner, close_on="2026-02-01", amount_minor=150_00)
    world.derive()
    (person,) = world.ask("quota", window=YEAR).rows
    assert (person["person"], person["quota_minor"], person["won_minor"]) == ("Ada of acme", 200_00, 300_00)
    assert (person["tier"], person["commission_minor"]) == ("accelerator", 20_00)
    (team,) = world.ask("quota", window=YEAR, by="team").rows
    assert (team["team"], team["quota_minor"], team["won_minor"]) == ("North", 200_00, 300_00)


def test_a_team_name_that_occurs_twice_in_one_source_merges_with_nothing(world: World) -> None:
    for own, source in (("t1", "acme"), ("t2", "acme"), ("t3", "contoso")):
        owner = world.user(f"u{own}", source, world.team(own, source, name="Sales"))
        win(world, f"D{own}", owner, 1_00)
    world.derive()
    rows = world.ask("quota", window=YEAR, by="team").rows
    assert [row["team"] for row in rows] == ["Sales"] * 3
    assert len({row["team_id"] for row in rows}) == 3


def test_periods_partly_inside_are_left_out_and_wins_outside_every_period_earn_nothing(world: World) -> None:
    rep = world.user("rep")
    world.quota(rep, 100_00, *Q1)
    world.quota(rep, 900_00, "2025-12-01", "2026-01-31")
    win(world, "D1", rep, 50_00)
    win(world, "D2", rep, 70_00, "2026-05-01")
    world.derive()
    answer = world.ask("quota", window=YEAR)
    (row,) = answer.rows
    assert (row["quota_minor"], row["won_minor"], row["attainment"], row["commission_minor"]) == (
        100_00,
        120_00,
        1.2,
        2_50,
    )
    assert any("partly" in note for note in answer.notes) and any("no commission" in note for note in answer.notes)


def test_overlapping_unequal_periods_leave_no_commission(world: World) -> None:
    rep = world.user("rep")
    world.quota(rep, 100_00, *Q1)
    world.quota(rep, 200_00, "2026-03-01", "2026-04-30")
    win(world, "D1", rep, 50_00)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    assert answer.rows[0]["commission_minor"] is None and answer.rows[0]["quota_minor"] == 300_00
    assert any("overlap" in note for note in answer.notes)


def test_equal_periods_add_and_the_latest_period_tells_the_tier(world: World) -> None:
    rep = world.user("rep")
    for amount, period in ((60_00, Q1), (40_00, Q1), (100_00, ("2026-04-01", "2026-06-30"))):
        world.quota(rep, amount, *period)
    win(world, "D1", rep, 150_00)
    win(world, "D2", rep, 50_00, "2026-05-01")
    world.derive()
    (row,) = world.ask("quota", window=YEAR).rows
    assert (row["tier"], row["commission_minor"]) == ("base", 5_00 + 5_00 + 2_50)


def test_a_quota_without_a_rate_is_unknown_not_one_to_one(world: World) -> None:
    world.rate("USD", "1")
    rep = world.user("rep")
    world.quota(rep, 100_00, *Q1, currency="GBP")
    world.deal("D1", "won", owner_id=rep, close_on="2026-02-01", amount_minor=50_00, currency="GBP")
    world.derive()
    answer = world.ask("quota", window=YEAR)
    (row,) = answer.rows
    assert (row["quota_minor"], row["won_minor"], row["attainment"], row["commission_minor"]) == (None, 0, None, None)
    assert sum("without a rate" in note for note in answer.notes) == 2


@pytest.mark.parametrize(
    ("policy", "asked"), [("original", 80_00), ("latest", 130_00), ("prorate_days", (80_00 * 40 + 130_00 * 50) // 90)]
)
def test_a_change_before_the_period_is_none_within_it(world: World, policy: str, asked: int) -> None:
    world.mapped(plans=(plan_of(changed_quota=policy),))
    quota = world.quota(world.user("rep"), 130_00, *Q1, source_modified_at="2026-02-10T08:00:00Z")
    for since, until, amount in (("2025-11-01", "2025-12-15", 70_00), ("2025-12-15", "2026-02-10", 80_00)):
        world.put(
            "quota_version", id=quota, known_from=f"{since}T09:00:00Z", known_to=f"{until}T09:00:00Z",
            source_modified_at=f"{since}T08:00:00Z", amount_minor=amount, currency="USD",
        )  # fmt: skip
    world.derive()
    (row,) = world.ask("quota", window=YEAR).rows
    assert row["quota_minor"] == pytest.approx(asked, abs=1)


def test_review_needs_periods_and_a_sample(world: World) -> None:
    world.mapped(plans=(plan_of(review=Review(plan_of().tiers[0].up_to / 2, 2, 3)),))
    rep = world.user("rep")
    for start, end in (Q1, ("2026-04-01", "2026-06-30")):
        world.quota(rep, 100_00, start, end)
    win(world, "D1", rep, 10_00)
    world.deal("D2", "lost", owner_id=rep, close_on="2026-05-01")
    world.derive()
    assert world.ask("quota", window=YEAR, as_of="2026-06-30").rows[0]["flags"] == []
    world.deal("D3", "lost", owner_id=rep, close_on="2026-05-02")
    assert world.ask("quota", window=YEAR, as_of="2026-06-29").rows[0]["flags"] == [], "the second period still runs"
    answer = world.ask("quota", window=YEAR, as_of="2026-06-30")
    assert answer.rows[0]["flags"] == ["review"]
    assert any("Advice review for Rep" in note for note in answer.notes)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 10**15), max_size=8))
def test_shares_add_up_to_one_in_whole_parts_per_million(values: dict[str, int]) -> None:
    found = shares(values)
    if not sum(values.values()):
        assert set(found.values()) <= {None}
        return
    parts = {key: round((share or 0) * 1_000_000) for key, share in found.items()}
    assert sum(parts.values()) == 1_000_000
    assert all(abs(parts[key] - value * 1_000_000 / sum(values.values())) <= 1 for key, value in values.items())


def test_shares_ties_by_id_and_null_where_there_is_nothing_to_share() -> None:
    assert shares({"b": 1, "a": 1, "c": 1}) == {"b": 0.333333, "a": 0.333334, "c": 0.333333}
    assert shares({"a": 5, "b": -1}) == {"a": None, "b": None}
