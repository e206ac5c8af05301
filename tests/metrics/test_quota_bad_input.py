"""What is wrong or missing in quotas and deals is said, or left unknown; it never becomes a wrong number."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector.mapping.quota_plans import Review, Tier
from tests.metrics.stores import World, plan_of

YEAR = ("2026-01-01", "2026-12-31")
Q1 = ("2026-01-01", "2026-03-31")


def win(world: World, name: str, owner: str | None, amount: int, **columns: str) -> str:
    return world.deal(name, "won", owner_id=owner, close_on="2026-02-01", amount_minor=amount, **columns)


def test_a_rep_without_a_quota_is_named_and_has_no_attainment(world: World) -> None:
    win(world, "D1", world.user("ada"), 50_00)
    win(world, "D2", None, 50_00)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    assert [(row["quota_minor"], row["attainment"], row["commission_minor"]) for row in answer.rows] == [
        (0, None, None)
    ] * 2
    assert any(note.startswith("Without a quota in the window: Ada.") for note in answer.notes)


@pytest.mark.parametrize("owner", [None, "acme:nobody"])
def test_a_quota_without_a_rep_counts_in_the_total_and_is_attained_by_nobody(world: World, owner: str | None) -> None:
    ada = world.user("ada")
    world.quota(ada, 100_00, *Q1)
    world.record(
        "quota", "q1", owner_id=owner, amount_minor=100_00, period_start=Q1[0], period_end=Q1[1], currency="USD"
    )
    win(world, "D1", ada, 100_00)
    win(world, "D2", None, 60_00)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    rows = {row["person"]: row for row in answer.rows}
    assert (rows["Ada"]["attainment"], rows["Ada"]["commission_minor"]) == (1.0, 5_00)
    assert (rows["(none)"]["attainment"], rows["(none)"]["commission_minor"], rows["(none)"]["flags"]) == (
        None,
        None,
        [],
    )
    assert any("quota without an owner" in note for note in answer.notes) == (owner is None)
    if owner is not None:
        assert (rows[owner]["quota_minor"], rows[owner]["attainment"]) == (100_00, 0)
    (total,) = world.ask("quota", window=YEAR, by="total").rows
    assert (total["quota_minor"], total["won_minor"], total["attainment"]) == (200_00, 160_00, 0.8)


@pytest.mark.parametrize("target", [0, -50_00])
def test_a_target_of_zero_or_less_has_no_attainment_and_says_so(world: World, target: int) -> None:
    ada = world.user("ada")
    world.quota(ada, target, *Q1)
    win(world, "D1", ada, 50_00)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    (row,) = answer.rows
    assert (row["quota_minor"], row["won_minor"], row["attainment"]) == (target, 50_00, None)
    assert (row["tier"], row["commission_minor"], row["flags"]) == (None, None, [])
    assert any("zero or less" in note and "Ada (2026-01-01 to 2026-03-31)" in note for note in answer.notes)


def test_a_negative_won_has_no_shares_and_no_commission_and_says_so(world: World) -> None:
    ada, bob = world.user("ada"), world.user("bob")
    for owner, amount in ((ada, -50_00), (bob, 80_00)):
        world.quota(owner, 100_00, *Q1)
        win(world, f"D{owner}", owner, amount)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    rows = {row["person"]: row for row in answer.rows}
    assert (rows["Ada"]["attainment"], rows["Ada"]["commission_minor"]) == (-0.5, 0)
    assert (rows["Bob"]["attainment"], rows["Bob"]["commission_minor"]) == (0.8, 4_00)
    assert {row["share_of_total"] for row in answer.rows} == {None}
    assert any("less than zero for Ada" in note for note in answer.notes)


def test_overlapping_periods_pay_and_advise_nothing(world: World) -> None:
    world.mapped(plans=(plan_of(review=Review(plan_of().tiers[0].up_to, 2, 0)),))
    ada = world.user("ada")
    world.quota(ada, 100_00, *Q1)
    world.quota(ada, 300_00, "2026-03-31", "2026-05-31")
    win(world, "D1", ada, 10_00)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    assert (answer.rows[0]["commission_minor"], answer.rows[0]["flags"]) == (None, [])
    assert any("overlap" in note for note in answer.notes)


def test_periods_that_are_none_are_left_out_and_counted(world: World) -> None:
    ada = world.user("ada")
    for start, end in (("2026-03-31", "2026-01-01"), ("2026-02-30", "2026-03-31")):
        world.quota(ada, 100_00, start, end)
    world.record("quota", "q", owner_id=ada, amount_minor=100_00)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    assert answer.rows == []
    assert any(note.startswith("3 quotas left out: without a period") for note in answer.notes)


def test_a_currency_without_a_rate_leaves_attainment_and_commission_unknown(world: World) -> None:
    world.rate("USD", "1")
    ada, bob = world.user("ada"), world.user("bob")
    world.quota(ada, 100_00, *Q1, currency="GBP")
    world.quota(bob, 100_00, *Q1)
    win(world, "D1", ada, 50_00)
    win(world, "D2", bob, 50_00, currency="GBP")
    world.derive()
    answer = world.ask("quota", window=YEAR)
    rows = {row["person"]: row for row in answer.rows}
    assert [rows["Ada"][c] for c in ("quota_minor", "attainment", "tier", "commission_minor")] == [None] * 4
    assert [rows["Bob"][c] for c in ("won_minor", "won_count", "attainment", "tier", "commission_minor")] == [
        0, 1, None, None, None,
    ]  # fmt: skip
    assert sum("without a rate" in note for note in answer.notes) == 2
    (total,) = world.ask("quota", window=YEAR, by="total").rows
    assert (total["quota_minor"], total["attainment"]) == (None, None)


def test_nobody_is_reviewed_or_rewarded_by_what_cannot_be_converted(world: World) -> None:
    world.mapped(plans=(plan_of(review=Review(plan_of().tiers[0].up_to / 2, 1, 1)),))
    world.rate("USD", "1")
    for name, currency in (("ada", "USD"), ("bob", "GBP")):
        rep = world.user(name)
        world.quota(rep, 100_00, *Q1)
        win(world, f"small {name}", rep, 6_00)
        win(world, f"large {name}", rep, 900_00 if currency == "GBP" else 1_00, currency=currency)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    assert {row["person"]: row["flags"] for row in answer.rows} == {"Ada": ["review"], "Bob": []}
    assert any(note.startswith("Attainment and commission are not known of those") for note in answer.notes)
    (total,) = world.ask("quota", window=YEAR, by="total").rows
    assert (total["attainment"], total["commission_minor"]) == (None, None)


def test_a_filter_that_hides_wins_gives_no_advice(world: World) -> None:
    world.mapped(plans=(plan_of(review=Review(plan_of().tiers[0].up_to / 2, 1, 0)),))
    ada = world.user("ada")
    world.quota(ada, 100_00, *Q1)
    win(world, "D1", ada, 90_00, region="EMEA")
    win(world, "D2", ada, 1_00, region="APAC")
    world.derive()
    answer = world.ask("quota", window=YEAR, where=[("region", "apac")])
    assert (answer.rows[0]["attainment"], answer.rows[0]["flags"]) == (0.01, [])
    assert any("No advice is given" in note for note in answer.notes)


def test_the_plan_of_a_period_is_that_of_the_team_one_was_in_then(world: World) -> None:

    plans = [
        plan_of(name=name, person=None, team=name, tiers=(Tier(f"{name} band", None, Decimal(rate)),))
        for name, rate in (("old", "0.01"), ("new", "0.10"))
    ]
    world.mapped(plans=(*plans, plan_of()))
    old, new = world.team("Old"), world.team("New")
    ada = world.user("ada", team=new)
    for team, valid_from, valid_to in ((old, None, "2026-04-01"), (new, "2026-04-01", None)):
        world.put("membership", crm_user_id=ada, team_id=team, valid_from=valid_from, valid_to=valid_to)
    for name, period in (("D1", Q1), ("D2", ("2026-04-01", "2026-06-30"))):
        world.quota(ada, 100_00, *period)
        world.deal(name, "won", owner_id=ada, close_on=period[1], amount_minor=100_00)
    world.derive()
    for window, tier, commission in ((Q1, "old band", 1_00), (YEAR, "new band", 11_00)):
        (row,) = world.ask("quota", window=window, as_of="2026-07-01").rows
        assert (row["tier"], row["commission_minor"]) == (tier, commission)


def test_a_plan_that_is_nobodys_is_told(world: World) -> None:
    world.mapped(plans=(plan_of(), plan_of(name="seniors", person="ada@acme.tset")))
    world.quota(world.user("ada", email="ada@acme.test"), 100_00, *Q1)
    world.derive()
    notes = world.ask("quota", window=YEAR).notes
    assert "Plan seniors of quota.yaml is nobody's who has a quota in the window." in notes
    assert not any("Plan default" in note for note in notes)
