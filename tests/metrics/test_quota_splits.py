"""Splits credit people and never change what the company won: by deal, by filter, as of a day, and where they are torn."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.mapping.quota_plans import Review
from connector.metrics.measures.quota.splits import Split, divided, overlaid
from connector.metrics.statistics.apportion import apportion
from tests.metrics.stores import World, plan_of

YEAR = ("2026-01-01", "2026-12-31")
Q1 = ("2026-01-01", "2026-03-31")


def split(
    world: World, deal: str, owner: str | None, share: object, kind: str | None = "revenue", **columns: Any
) -> str:
    own = f"{deal}-{owner}-{kind}".replace(":", "-")
    return world.record(
        "opportunity_split", own, opportunity_id=deal, owner_id=owner, kind=kind, share=share, **columns
    )


def shared_deal(world: World, *shares: object, value: int = 1000_00) -> list[str]:
    """One won deal of somebody else's, split among as many people; returns these."""
    owners = [world.user(f"r{number}") for number in range(1, len(shares) + 1)]
    boss = world.user("boss")
    deal = world.deal("D1", "won", owner_id=boss, close_on="2026-02-01", amount_minor=value)
    for owner, share in zip(owners, shares, strict=True):
        world.quota(owner, 500_00, *Q1)
        split(world, deal, owner, share)
    return owners


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(any))
def test_parts_add_up_exactly_and_each_is_its_share_but_for_one_unit(total: int, weights: list[int]) -> None:
    parts = apportion(total, [Fraction(weight) for weight in weights])
    assert sum(parts) == total
    assert all(abs(part - Fraction(total * w, sum(weights))) < 1 for part, w in zip(parts, weights, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(st.integers(-(10**9), 10**9), st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_a_deal_is_divided_whole_or_not_at_all(value: int, shares: list[float]) -> None:
    splits = [Split(str(place), None, "revenue", share) for place, share in enumerate(shares)]
    parts = divided(value, splits)
    exact = sum(Fraction(str(share)) for share in shares)
    assert (parts is not None) == (abs(exact - 1) * 2000 <= len(shares))
    assert parts is None or sum(part or 0 for part in parts) == value


def test_an_overlay_is_rounded_by_itself_and_needs_a_share() -> None:
    for share, expected in ((0.5, 51), (0.005, 1), (0, 0), (1.5, None), (-0.1, None), (None, None), ("some", None)):
        assert overlaid(101, Split("s", None, "overlay", share)) == expected
    assert overlaid(None, Split("s", None, "overlay", 0.5)) is None


def test_torn_splits_credit_nobody_and_leave_the_figures_of_those_they_name_unknown(world: World) -> None:
    for_all = shared_deal(world, 0.6, 0.3)
    world.deal("D2", "won", owner_id=for_all[0], close_on="2026-02-01", amount_minor=100_00)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    rows = {row["person"]: row for row in answer.rows}
    assert set(rows) == {"R1", "R2", "(none)"}
    assert (rows["(none)"]["won_minor"], rows["(none)"]["won_count"]) == (1000_00, 1)
    for name, won in (("R1", 100_00), ("R2", 0)):
        row = rows[name]
        assert (row["won_minor"], row["attainment"], row["tier"], row["commission_minor"]) == (won, None, None, None)
        assert row["flags"] == []
    (note,) = [note for note in answer.notes if "revenue splits" in note]
    assert "acme:D1" in note and "0.9" in note and "R1, R2" in note
    (total,) = world.ask("quota", window=YEAR, by="total").rows
    assert (total["won_minor"], total["won_count"], total["attainment"]) == (1100_00, 2, 1.1)
    assert {tuple(row["flags"]) for row in world.ask("quota", window=YEAR, as_of="2026-01-15").rows} == {()}


def test_only_the_periods_of_a_torn_deal_are_unknown(world: World) -> None:
    (owner, _) = shared_deal(world, 0.6, 0.6)
    world.quota(owner, 100_00, "2026-04-01", "2026-06-30")
    world.deal("D2", "won", owner_id=owner, close_on="2026-05-01", amount_minor=100_00)
    world.derive()
    later = world.rows("quota", "person", window=("2026-04-01", "2026-06-30"))
    assert (later["R1"]["attainment"], later["R1"]["commission_minor"]) == (1.0, 5_00)
    both = world.rows("quota", "person", window=YEAR)
    assert (both["R1"]["attainment"], both["R1"]["commission_minor"], both["R1"]["tier"]) == (None, None, "base")


def test_splits_of_a_deleted_deal_and_deleted_splits_count_for_nothing(world: World) -> None:
    owner, other = world.user("ada"), world.user("bob")
    gone = world.deal("D1", "won", owner_id=owner, close_on="2026-02-01", amount_minor=100_00, is_deleted=1)
    split(world, gone, other, 1.0)
    split(world, gone, other, 0.5, "overlay")
    kept = world.deal("D2", "won", owner_id=owner, close_on="2026-02-01", amount_minor=70_00)
    split(world, kept, other, 1.0, is_deleted=1)
    split(world, "acme:nowhere", other, 1.0)
    world.derive()
    (row,) = world.ask("quota", window=YEAR).rows
    assert (row["person"], row["won_minor"], row["overlay_minor"]) == ("Ada", 70_00, 0)


def test_a_split_of_an_unknown_owner_stands_for_itself_and_of_none_in_its_own_row(world: World) -> None:
    ada = world.user("ada")
    deal = world.deal("D1", "won", owner_id=ada, close_on="2026-02-01", amount_minor=100_00)
    for owner, share in ((ada, 0.5), ("acme:ghost", 0.3), (None, 0.2)):
        split(world, deal, owner, share)
    split(world, deal, ada, 2, "overlay")
    split(world, deal, "acme:ghost", 1.5, "overlay")
    world.derive()
    answer = world.ask("quota", window=YEAR)
    assert {row["person"]: row["won_minor"] for row in answer.rows} == {
        "Ada": 50_00, "acme:ghost": 30_00, "(none)": 20_00,
    }  # fmt: skip
    assert any("no known users" in note and "(none), acme:ghost" in note for note in answer.notes)
    assert any("2 splits of won deals left out" in note for note in answer.notes)


def test_a_filter_on_people_asks_whose_credit_it_is(world: World) -> None:
    north, south = world.team("North"), world.team("South")
    ada, bob = world.user("ada", team=north), world.user("bob", team=south)
    shared = world.deal("D1", "won", owner_id=bob, close_on="2026-02-01", amount_minor=100_00)
    split(world, shared, ada, 0.25)
    split(world, shared, bob, 0.75)
    split(world, shared, ada, 0.5, "overlay")
    world.deal("D2", "won", owner_id=bob, close_on="2026-02-01", amount_minor=10_00)
    world.derive()
    for key, hers, his in (("person", "ada", "bob"), ("team", "north", "south")):
        for who, won, count, added in ((hers, 25_00, 1, 50_00), (his, 85_00, 2, 0)):
            (row,) = world.ask("quota", window=YEAR, by="total", where=[(key, who)]).rows
            assert (row["won_minor"], row["won_count"], row["overlay_minor"]) == (won, count, added)


def test_two_users_of_one_person_share_a_deal_with_themselves(world: World) -> None:
    users = [world.user(own, email="ada@acme.test", name="Ada") for own in ("ada1", "ada2")]
    deal = world.deal("D1", "won", owner_id=users[0], close_on="2026-02-01", amount_minor=101)
    for owner in users:
        split(world, deal, owner, 0.5)
    world.derive()
    (row,) = world.ask("quota", window=YEAR).rows
    assert (row["won_minor"], row["won_count"]) == (101, 1)
    (part,) = world.explain("quota", window=YEAR).to_json()["rows"]
    assert [record["contributes"] for record in part["records"]] == [{"won_minor": 101, "won_count": 1}]


def test_the_team_of_a_split_is_that_of_its_own_user_on_the_close_day(world: World) -> None:
    old, new = world.team("Old"), world.team("New")
    ada, bob = world.user("ada", team=new), world.user("bob", team=old)
    for team, valid_from, valid_to in ((old, None, "2026-03-01"), (new, "2026-03-01", None)):
        world.put("membership", crm_user_id=ada, team_id=team, valid_from=valid_from, valid_to=valid_to)
    for name, day in (("D1", "2026-02-28"), ("D2", "2026-03-01")):
        deal = world.deal(name, "won", owner_id=bob, close_on=day, amount_minor=100_00)
        split(world, deal, ada, 0.5)
        split(world, deal, bob, 0.5)
    world.derive()
    rows = world.rows("quota", "team", window=YEAR, by="team")
    assert {name: (row["won_minor"], row["won_count"]) for name, row in rows.items()} == {
        "Old": (150_00, 2), "New": (50_00, 1),
    }  # fmt: skip


def test_as_of_a_day_the_split_that_held_then_counts(world: World) -> None:
    ada, bob = world.user("ada"), world.user("bob")
    deal = world.deal("D1", "won", owner_id=ada, close_on="2026-01-10", amount_minor=100_00)
    for owner, before, now in ((ada, 0.9, 0.4), (bob, 0.1, 0.6)):
        found = split(world, deal, owner, now, source_modified_at="2026-04-01T10:00:00Z")
        world.put(
            "opportunity_split_version", id=found, known_from="2026-01-10T10:00:00Z", known_to="2026-04-02T00:00:00Z",
            source_modified_at="2026-01-10T09:00:00Z", share=before,
        )  # fmt: skip
    world.derive()
    for as_of, hers in (("2026-01-10", 90_00), ("2026-03-31", 90_00), ("2026-04-01", 40_00), ("2026-06-15", 40_00)):
        rows = world.rows("quota", "person", window=YEAR, as_of=as_of)
        assert (rows["Ada"]["won_minor"], rows["Bob"]["won_minor"]) == (hers, 100_00 - hers)


def test_a_review_counts_the_deals_that_somebody_has_a_part_of(world: World) -> None:
    half = plan_of().tiers[0].up_to / 2
    world.mapped(plans=(plan_of(review=Review(half, 1, 2)),))
    ada, bob = world.user("ada"), world.user("bob")
    world.quota(ada, 1000_00, *Q1)
    lost = world.deal("D1", "lost", owner_id=bob, close_on="2026-02-01")
    split(world, lost, ada, 0.5)
    split(world, lost, bob, 0.5)
    world.derive()
    assert world.rows("quota", "person", window=Q1)["Ada"]["flags"] == []
    split(world, world.deal("D2", "won", owner_id=bob, close_on="2026-02-01", amount_minor=1_00), ada, 1.0)
    assert world.rows("quota", "person", window=Q1)["Ada"]["flags"] == ["review"]


def test_explain_shows_each_deal_once_with_the_part_of_the_row(world: World) -> None:
    first, second = shared_deal(world, 0.6, 0.4)
    split(world, "acme:D1", world.user("se"), 0.5, "overlay")
    world.derive()
    parts = {part["row"]["person"]: part["records"] for part in world.explain("quota", window=YEAR).to_json()["rows"]}
    assert [r["contributes"] for r in parts["R1"]] == [
        {"won_minor": 600_00, "won_count": 1, "commission_minor": 25_00 + 10_00}, {"quota_minor": 500_00},
    ]  # fmt: skip
    assert [(r["id"], r["contributes"]) for r in parts["Se"]] == [("acme:D1", {"overlay_minor": 500_00})]
    (total,) = world.explain("quota", window=YEAR, by="total").to_json()["rows"]
    deal = next(record for record in total["records"] if record["id"] == "acme:D1")
    assert deal["contributes"] == {
        "won_minor": 1000_00, "won_count": 1, "commission_minor": 35_00 + 20_00, "overlay_minor": 500_00,
    }  # fmt: skip
    assert first != second


@pytest.mark.parametrize(("share", "flags"), [(0.6, []), (0.5, ["review"])])
def test_a_review_does_not_judge_by_an_earlier_period_in_which_a_deal_is_torn(
    world: World, share: float, flags: list[str]
) -> None:
    world.mapped(plans=(plan_of(review=Review(plan_of().tiers[0].up_to / 2, 2, 0)),))
    (owner, _) = shared_deal(world, share, 0.5, value=100_00)
    world.quota(owner, 500_00, "2026-04-01", "2026-05-31")
    world.derive()
    (row,) = world.ask("quota", window=("2026-04-01", "2026-05-31")).rows
    assert (row["attainment"], row["flags"]) == (0, flags)
