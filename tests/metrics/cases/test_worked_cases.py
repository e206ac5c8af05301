"""The worked cases that pin the semantics of funnel, quota and money, over stores of contract columns, by call and by command line."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from connector.mapping.quota_plans import Bonus, Tier
from tests.metrics.stores import World, funnel_of, plan_of

JANUARY = ("2025-01-01", "2025-01-31")
Q1 = ("2025-01-01", "2025-03-31")
F01 = [
    ("D1", "Prospect", "2025-01-01"), ("D1", "Qualify", "2025-01-05"), ("D1", "Propose", "2025-01-09"),
    ("D1", "Won", "2025-01-20"), ("D2", "Prospect", "2025-01-01"), ("D2", "Propose", "2025-01-03"),
    ("D2", "Won", "2025-01-10"), ("D3", "Prospect", "2025-01-02"), ("D3", "Qualify", "2025-01-06"),
    ("D3", "Lost", "2025-01-08"), ("D4", "Prospect", "2025-01-02"), ("D4", "Lost", "2025-01-04"),
    ("D5", "Prospect", "2025-01-03"), ("D5", "Qualify", "2025-01-07"), ("D5", "Propose", "2025-01-11"),
    ("D5", "Lost", "2025-01-15"),
]  # fmt: skip
F03 = [
    ("D1", "Prospect", "2025-01-01"), ("D1", "Prospect", "2025-01-03"), ("D1", "Prospect", "2025-01-05"),
    ("D1", "Qualify", "2025-01-08"), ("D2", "Prospect", "2025-01-01"), ("D2", "Lost", "2025-01-04"),
]  # fmt: skip


def put_history(world: World, history: list[tuple[str, str, str]]) -> None:
    names = ("Prospect", "Qualify", "Propose")
    world.mapped(funnel=funnel_of("prospect", "qualify", "propose", names=names))
    world.close()
    last = {deal: (value, day) for deal, value, day in history}
    first = {deal: day for deal, _, day in reversed(history)}
    for deal, (value, day) in last.items():
        status = value.lower() if value in ("Won", "Lost") else "open"
        world.deal(deal, status, created_on=first[deal], close_on=day, source_stage=None, amount_minor=100_00)
    for deal, value, day in history:
        world.event(f"acme:{deal}", value, day)
    world.derive()


def test_f01_and_f05_a_skipped_stage_counts_as_passed_and_lost_deals_stay(world: World) -> None:
    put_history(world, F01)
    rows = world.rows("funnel", "stage", window=JANUARY)
    assert {key: row["entered"] for key, row in rows.items()} == {
        "lead": 0, "prospect": 5, "qualify": 4, "propose": 3, "won": 2,
    }  # fmt: skip
    assert [rows[key]["conversion"] for key in ("prospect", "qualify", "propose")] == pytest.approx([0.8, 0.75, 2 / 3])
    assert rows["won"]["entered"] / rows["prospect"]["entered"] == pytest.approx(0.4)
    assert [rows[key]["lost"] for key in ("prospect", "qualify", "propose")] == [1, 1, 1]
    assert [rows[key]["position"] for key in ("lead", "prospect", "qualify", "propose", "won")] == [0, 1, 2, 3, 4]
    assert rows["propose"]["amount_minor"] == 300_00


def test_f03_history_rows_of_the_same_stage_are_no_entries(world: World) -> None:
    put_history(world, F03)
    rows = world.rows("funnel", "stage", window=JANUARY)
    assert (rows["prospect"]["entered"], rows["qualify"]["entered"]) == (2, 1)
    assert rows["prospect"]["conversion"] == 0.5
    assert (rows["prospect"]["lost"], rows["qualify"]["open"]) == (1, 1)
    assert rows["prospect"]["median_days"] == 3  # stays of 3 and 7 days


def test_f04_open_deals_give_bounds(world: World) -> None:
    for number in range(1, 11):
        status = "won" if number <= 4 else "lost" if number <= 6 else "open"
        deal = world.deal(f"D{number}", status, created_on="2025-01-05", close_on="2025-02-01")
        world.visit(deal, 1, "close", "2025-01-05", None if status == "open" else "2025-02-01", "recorded")
    world.derive()
    row = world.rows("funnel", "stage", window=JANUARY)["close"]
    assert row["conversion"] == pytest.approx(4 / 6)
    assert (row["conversion_floor"], row["conversion_ceiling"], row["open"]) == (0.4, 0.8, 4)


def test_f06_a_cohort_of_leads_not_a_period(world: World) -> None:
    converted = {
        "2025-01": ["2025-01"] * 2 + ["2025-02"] * 5 + [None] * 3,
        "2025-02": ["2025-02", None, None, None, None],
    }  # fmt: skip
    for month, outcomes in converted.items():
        for number, at in enumerate(outcomes):
            world.record(
                "lead", f"{month}-{number}", created_on=f"{month}-10", status="qualified" if at else "disqualified",
                converted_at=at and f"{at}-20",
            )  # fmt: skip
    world.derive()
    for month, rate in (("2025-01", 0.7), ("2025-02", 0.2)):
        row = world.rows("funnel", "stage", period=month)["lead"]
        assert row["conversion"] == pytest.approx(rate)
        assert row["amount_minor"] is None


def put_reps(world: World, reps: list[tuple[str, int, int]]) -> None:
    """(name, won, quota) in major units, all in one team."""
    team = world.team("T1", name="Team")
    for name, won, quota in reps:
        owner = world.user(name.lower(), team=team)
        world.quota(owner, quota * 100, *Q1)
        if won:
            world.deal(f"won-{name}", "won", owner_id=owner, close_on="2025-02-03", amount_minor=won * 100)
    world.derive()


def test_q04_a_team_is_the_ratio_of_sums(world: World) -> None:
    put_reps(world, [("A", 100, 50), ("B", 50, 100), ("C", 0, 0)])
    people = world.rows("quota", "person", window=Q1)
    assert {name: row["attainment"] for name, row in people.items()} == {"A": 2.0, "B": 0.5, "C": None}
    (team,) = world.ask("quota", window=Q1, by="team").rows
    assert (team["team"], team["attainment"], team["won_count"]) == ("Team", 1.0, 2)
    (total,) = world.ask("quota", window=Q1, by="total").rows
    assert (total["quota_minor"], total["won_minor"], total["attainment"]) == (150_00, 150_00, 1.0)


@pytest.mark.parametrize(("retroactive", "expected"), [(False, [7000, 5000, 0]), (True, [12000, 5000, 0])])
def test_q06_marginal_or_retroactive_commission(world: World, retroactive: bool, expected: list[int]) -> None:
    world.mapped(plans=(plan_of(retroactive=retroactive),))
    put_reps(world, [("A", 120_000, 100_000), ("B", 100_000, 100_000), ("C", 0, 100_000)])
    rows = world.rows("quota", "person", window=Q1)
    assert [rows[name]["commission_minor"] for name in "ABC"] == [amount * 100 for amount in expected]
    assert [rows[name]["tier"] for name in "ABC"] == ["accelerator", "base", "base"]
    (total,) = world.ask("quota", window=Q1, by="total").rows
    assert (total["tier"], total["commission_minor"]) == (None, sum(expected) * 100)


def test_q07_a_threshold_is_decided_on_the_unrounded_figure(world: World) -> None:
    tiers = (Tier("below", Decimal("0.7"), Decimal(0)), Tier("above", None, Decimal("0.1")))
    world.mapped(plans=(plan_of(bonus=Bonus(Decimal("0.7"), Decimal(5000)), tiers=tiers),))
    put_reps(world, [("A", 69_996, 100_000), ("B", 70_000, 100_000), ("C", 70_001, 100_000)])
    rows = world.rows("quota", "person", window=Q1)
    assert rows["A"]["attainment"] == 0.69996
    assert [rows[name]["flags"] for name in "ABC"] == [[], ["bonus"], ["bonus"]]
    assert [rows[name]["tier"] for name in "ABC"] == ["below", "below", "above"]


def test_m01_the_dated_rate_of_the_close_day(world: World) -> None:
    world.rate("EUR", "0.8", "2024-01-01", "2024-04-01")
    world.rate("EUR", "0.9", "2024-04-01")
    world.deal("D1", "won", amount_minor=1000_00, currency="EUR", close_on="2024-03-10", created_on="2024-01-01")
    world.derive()
    (total,) = world.ask("quota", window=("2024-01-01", "2024-12-31"), by="total").rows
    assert total["won_minor"] == 1250_00


def test_m02_currencies_are_valued_before_they_are_added(world: World) -> None:
    world.rate("USD", "1")
    world.rate("JPY", "150")
    for name, currency, amount in (("D1", "USD", 1000_00), ("D2", "JPY", 150_000)):
        world.deal(name, "won", amount_minor=amount, currency=currency, close_on="2025-02-01")
    world.derive()
    (total,) = world.ask("quota", window=Q1, by="total").rows
    assert total["won_minor"] == 2000_00


APRIL = [("end", ["2024Q4", "2025Q1", "2024Q4"]), ("start", ["2023Q4", "2024Q1", "2023Q4"])]


@pytest.mark.parametrize(("named_by", "names"), APRIL)
def test_c01_periods_of_a_fiscal_year_starting_in_april(
    new_world: Callable[..., World], named_by: str, names: list[str]
) -> None:
    world = new_world(fiscal_year_start=4, fiscal_year_named_by=named_by)
    for day in ("2024-02-15", "2024-04-01", "2024-03-31"):
        world.record("lead", day, created_on=day, status="open")
    world.derive()
    for name, expected in ((names[0], 2), (names[1], 1)):
        assert world.rows("funnel", "stage", period=name)["lead"]["entered"] == expected


def test_c03_periods_of_the_jalali_year(new_world: Callable[..., World]) -> None:
    world = new_world(calendar="jalali")
    for day in ("2024-03-19", "2024-03-20", "2025-03-20", "2025-03-21", "2024-09-22"):
        world.record("lead", day, created_on=day, status="open")
    world.derive()
    for period, first, last, leads in (
        ("1402Q4", "2023-12-22", "2024-03-19", 1), ("1403Q1", "2024-03-20", "2024-06-20", 1),
        ("1403Q4", "2024-12-21", "2025-03-20", 1), ("1404Q1", "2025-03-21", "2025-06-21", 1),
        ("1403-07", "2024-09-22", "2024-10-21", 1), ("1403", "2024-03-20", "2025-03-20", 3),
    ):  # fmt: skip
        answer = world.ask("funnel", period=period)
        assert (answer.params["from"], answer.params["to"]) == (first, last), period
        assert answer.rows[0]["entered"] == leads, period


def test_c04_an_instant_near_the_edge_falls_on_its_local_day(new_world: Callable[..., World]) -> None:
    world = new_world(timezone="America/New_York")
    world.deal("D1", "open", created_on=None, created_at="2025-04-01T03:30:00Z")
    world.visit("acme:D1", 1, "qualify", "2025-03-31", None, "recorded")
    world.derive()
    assert world.rows("funnel", "stage", period="2025Q1")["qualify"]["entered"] == 1
    assert world.rows("funnel", "stage", period="2025Q2")["qualify"]["entered"] == 0


Q01 = [("prorate_days", Fraction(301, 3)), ("latest", Fraction(120)), ("original", Fraction(90))]


@pytest.mark.parametrize(("policy", "thousands"), Q01)
def test_q01_a_quota_changed_within_its_period(world: World, policy: str, thousands: Fraction) -> None:
    world.mapped(plans=(plan_of(changed_quota=policy),))
    owner = world.user("r1")
    quota = world.quota(owner, 120_000_00, *Q1, source_modified_at="2025-03-01T08:00:00Z")
    world.put(
        "quota_version", id=quota, known_from="2025-01-02T00:00:00Z", known_to="2025-03-02T00:00:00Z",
        source_modified_at="2025-01-01T08:00:00Z", owner_id=owner, period_start=Q1[0], period_end=Q1[1],
        amount_minor=90_000_00, currency="USD",
    )  # fmt: skip
    world.deal("D1", "won", owner_id=owner, close_on="2025-03-05", amount_minor=90_300_00)
    world.derive()
    (row,) = world.ask("quota", window=Q1).rows
    assert row["quota_minor"] == round(thousands * 1000 * 100)
    before = world.ask("quota", window=Q1, as_of="2025-02-01").rows[0]
    assert before["quota_minor"] == 90_000_00


def test_q05_a_ramp_asks_less_of_a_new_hire(world: World) -> None:
    ramp = (Decimal("0.5"), Decimal("0.75"), Decimal(1))
    world.mapped(plans=(plan_of(ramp_months=ramp),))
    owner = world.user("r1")
    for month, last in (("01", "31"), ("02", "28"), ("03", "31")):
        world.quota(owner, 10_000_00, f"2025-{month}-01", f"2025-{month}-{last}")
    world.deal("D1", "won", owner_id=owner, close_on="2025-03-05", amount_minor=18_000_00)
    world.derive()
    (row,) = world.ask("quota", window=Q1).rows
    assert (row["quota_minor"], row["attainment"]) == (22_500_00, 0.8)
