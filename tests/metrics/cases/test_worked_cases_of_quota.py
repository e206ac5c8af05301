"""The worked cases of quota and their kin with other numbers, over stores of contract columns, by call and by command line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector.mapping.quota_plans import Bonus, Review, Reward, Tier
from tests.metrics.stores import World, plan_of

Q1 = ("2025-01-01", "2025-03-31")
Q2 = ("2025-04-01", "2025-06-30")


def split(world: World, deal: str, owner: str, kind: str, share: float) -> None:
    own = f"{deal}-{owner}-{kind}".replace(":", "-")
    world.record("opportunity_split", own, opportunity_id=deal, owner_id=owner, kind=kind, share=share)


def win(
    world: World, name: str, owner: str | None, amount_minor: int, day: str = "2025-02-03", **columns: object
) -> str:
    return world.deal(
        name, "won", owner_id=owner, close_on=day, amount_minor=amount_minor, created_on="2025-01-01", **columns
    )


CREDITS = [
    # the value, revenue shares, overlay share -> what each is credited with
    (1000_00, (0.6, 0.4), 0.5, [600_00, 400_00], 500_00),
    (1000_01, (0.5, 0.5), 1.0, [500_01, 500_00], 1000_01),
    (100_00, (0.3333, 0.3333, 0.3334), 0.25, [33_33, 33_33, 33_34], 25_00),
    (10, (0.333, 0.333, 0.333), 0.15, [4, 3, 3], 2),
    (7_00, (1.0,), 0.0, [7_00], 0),
]


@pytest.mark.parametrize(("value", "shares", "added", "credited", "overlay"), CREDITS)
def test_q03_revenue_splits_divide_a_deal_and_overlay_is_added_beside(
    world: World, value: int, shares: tuple[float, ...], added: float, credited: list[int], overlay: int
) -> None:
    reps = [world.user(f"r{number}", team=world.team(f"T{number}")) for number in range(1, len(shares) + 1)]
    engineer = world.user("se", team=world.team("Engineers"))
    deal = win(world, "D1", world.user("owner"), value)
    for owner, share in zip(reps, shares, strict=True):
        split(world, deal, owner, "revenue", share)
    split(world, deal, engineer, "overlay", added)
    world.derive()
    people = world.rows("quota", "person", window=Q1)
    assert [people[f"R{number}"]["won_minor"] for number in range(1, len(shares) + 1)] == credited
    assert [people[f"R{number}"]["won_count"] for number in range(1, len(shares) + 1)] == [1] * len(shares)
    assert {people[f"R{number}"]["overlay_minor"] for number in range(1, len(shares) + 1)} == {0}
    assert "Owner" not in people, "the splits replace the owner's credit"
    engineers = people["Se"]
    assert (engineers["overlay_minor"], engineers["won_minor"], engineers["won_count"]) == (overlay, 0, 0)
    assert (engineers["attainment"], engineers["share_of_total"], engineers["commission_minor"]) == (None, 0, None)
    for by in ("team", "total"):
        rows = world.ask("quota", window=Q1, by=by).rows
        assert sum(row["won_minor"] for row in rows) == value
        assert sum(row["overlay_minor"] for row in rows) == overlay
    (total,) = world.ask("quota", window=Q1, by="total").rows
    assert total["won_count"] == 1, "the company won one deal"


def test_q03_splits_earn_commission_by_their_parts_and_overlay_earns_none(world: World) -> None:
    first, second, engineer = (world.user(name) for name in ("r1", "r2", "se"))
    for owner in (first, second, engineer):
        world.quota(owner, 500_00, *Q1)
    deal = win(world, "D1", first, 1000_00)
    for owner, kind, share in ((first, "revenue", 0.6), (second, "revenue", 0.4), (engineer, "overlay", 0.5)):
        split(world, deal, owner, kind, share)
    win(world, "D2", first, 100_00)
    world.derive()
    people = world.rows("quota", "person", window=Q1)
    assert [people[name]["attainment"] for name in ("R1", "R2", "Se")] == [1.4, 0.8, 0]
    assert [people[name]["commission_minor"] for name in ("R1", "R2", "Se")] == [25_00 + 20_00, 20_00, 0]
    (total,) = world.ask("quota", window=Q1, by="total").rows
    assert (total["quota_minor"], total["won_minor"], total["commission_minor"]) == (1500_00, 1100_00, 65_00)


CHANGES = [
    # (day, amount) of each value, what is asked under each policy
    ([("2025-01-01", 90_000_00), ("2025-03-01", 120_000_00)], (100_333_33, 120_000_00, 90_000_00)),
    ([("2024-12-10", 60_000_00), ("2025-02-10", 30_000_00)], (43_333_33, 30_000_00, 60_000_00)),
    ([("2025-01-01", 10_00), ("2025-01-31", 40_00), ("2025-03-02", 100_00)], (50_00, 100_00, 10_00)),
    ([("2024-11-01", 80_00), ("2025-01-01", 50_00)], (50_00, 50_00, 80_00)),
]
POLICIES = ("prorate_days", "latest", "original")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("values", "expected"), CHANGES)
def test_q01_a_quota_changed_within_its_period(
    world: World, values: list[tuple[str, int]], expected: tuple[int, int, int], policy: str
) -> None:
    world.mapped(plans=(plan_of(changed_quota=policy),))
    owner = world.user("r1")
    *former, (changed_on, now) = values
    quota = world.quota(owner, now, *Q1, source_modified_at=f"{changed_on}T08:00:00Z")
    for (day, amount), (until, _) in zip(former, values[1:], strict=True):
        world.put(
            "quota_version", id=quota, known_from=f"{day}T09:00:00Z", known_to=f"{until}T09:00:00Z",
            source_modified_at=f"{day}T08:00:00Z", owner_id=owner, period_start=Q1[0], period_end=Q1[1],
            amount_minor=amount, currency="USD",
        )  # fmt: skip
    win(world, "D1", owner, 45_00)
    world.derive()
    (row,) = world.ask("quota", window=Q1).rows
    asked = expected[POLICIES.index(policy)]
    assert (row["quota_minor"], row["attainment"]) == (asked, 45_00 / asked)


RAMPS = [
    # shares by month, quotas by period, which period is asked about, what is asked
    (("0.5", "0.75", "1"), [(30_000_00, *Q1)], Q1, 22_500_00),
    (("0.2",), [(90_00, *Q1), (90_00, *Q2)], Q1, 66_00),
    (("0.2",), [(90_00, *Q1), (90_00, *Q2)], Q2, 90_00),
    (("0.25", "0.5", "0.5", "0.75"), [(10_00, "2025-01-01", "2025-01-31"), (120_00, *Q2)], Q2, 110_00),
]


@pytest.mark.parametrize(("ramp", "quotas", "period", "asked"), RAMPS)
def test_q05_a_ramp_counts_its_months_from_the_first_quota(
    world: World, ramp: tuple[str, ...], quotas: list[tuple[int, str, str]], period: tuple[str, str], asked: int
) -> None:
    world.mapped(plans=(plan_of(ramp_months=tuple(map(Decimal, ramp))),))
    owner = world.user("r1")
    for quota in quotas:
        world.quota(owner, *quota)
    win(world, "D1", owner, 33_00, period[0])
    world.derive()
    (row,) = world.ask("quota", window=period).rows
    assert (row["quota_minor"], row["attainment"]) == (asked, 33_00 / asked)


BANDS = [
    # (up to, rate) of each band; won of 1,000.00; marginal and retroactive commission; band
    ([("0.5", "0.01"), ("1", "0.05"), (None, "0.2")], 1250_00, 80_00, 250_00, 2),
    ([("0.5", "0.01"), ("1", "0.05"), (None, "0.2")], 500_00, 5_00, 5_00, 0),
    ([("0.5", "0.01"), ("1", "0.05"), (None, "0.2")], 500_01, 5_00, 25_00, 1),
    ([("0", "0"), ("2", "0.1")], 3000_00, 200_00, 300_00, 1),
    ([("1", "0.05"), (None, "0.1")], -40_00, 0, 0, 0),
]


@pytest.mark.parametrize("retroactive", [False, True])
@pytest.mark.parametrize(("bands", "won", "marginal", "whole", "band"), BANDS)
def test_q06_bands_pay_their_own_part_or_all_of_it(
    world: World, bands: list[tuple[str | None, str]], won: int, marginal: int, whole: int, band: int,
    retroactive: bool,
) -> None:  # fmt: skip
    tiers = [Tier(f"t{n}", up_to and Decimal(up_to), Decimal(rate)) for n, (up_to, rate) in enumerate(bands)]
    world.mapped(plans=(plan_of(tiers=tuple(tiers), retroactive=retroactive),))
    owner = world.user("r1")
    world.quota(owner, 1000_00, *Q1)
    win(world, "D1", owner, won)
    world.derive()
    answer = world.ask("quota", window=Q1)
    (row,) = answer.rows
    assert (row["commission_minor"], row["tier"]) == (whole if retroactive else marginal, f"t{band}")
    is_capped = bands[-1][0] is not None and not retroactive
    note = "More was won than the last tier of the plan reaches; what lies beyond it earns no commission: R1."
    assert (note in answer.notes) == is_capped


def test_q07_rewards_and_reviews_are_decided_on_unrounded_attainment(world: World) -> None:
    half, most = Decimal("0.5"), Decimal("1.2")
    world.mapped(plans=(plan_of(bonus=Bonus(most, Decimal(2500)), reward=Reward(Decimal("1.5"), "trip"),
                                review=Review(half, 2, 2)),))  # fmt: skip
    won = {"A": 499_999_99, "B": 500_000_00, "C": 1_199_999_99, "D": 1_200_000_00, "E": 1_500_000_00}
    for name, amount in won.items():
        owner = world.user(name.lower())
        for number, period in enumerate((Q1, Q2)):
            world.quota(owner, 1_000_000_00, *period)
            win(world, f"{name}{number}", owner, amount, period[1])
    world.derive()
    answer = world.ask("quota", window=(Q1[0], Q2[1]), as_of=Q2[1])
    flags = {row["person"]: row["flags"] for row in answer.rows}
    assert flags == {"A": ["review"], "B": [], "C": [], "D": ["bonus"], "E": ["bonus", "trip"]}
    (evidence,) = [note for note in answer.notes if note.startswith("Advice review for A")]
    assert "0.49999999 in 2025-01-01 to 2025-03-31" in evidence and "over 2 closed deals" in evidence
    assert any("Advice bonus for D" in note and "2,500.00 USD" in note for note in answer.notes)


def test_a_review_looks_back_over_the_edge_of_the_window_and_judges_by_the_ramp(world: World) -> None:
    ramp = (Decimal("0.1"), Decimal("0.1"), Decimal("0.1"))
    world.mapped(plans=(plan_of(ramp_months=ramp, review=Review(Decimal("0.5"), 2, 1)),))
    old, new = world.user("old"), world.user("new")
    world.quota(old, 10_00, "2024-01-01", "2024-03-31")
    for owner in (old, new):
        for number, period in enumerate((Q1, Q2)):
            world.quota(owner, 100_00, *period)
            win(world, f"{owner}{number}", owner, 40_00 if number else 10_00, period[1])
    world.derive()
    rows = world.rows("quota", "person", window=Q2, as_of="2025-07-01")
    assert rows["Old"]["flags"] == ["review"], "0.1 in the period before the window, 0.4 in it"
    assert rows["New"]["flags"] == [], "ten percent of the quota were asked for in the first period, and won"
    (only,) = world.ask("quota", window=Q1, as_of="2025-07-01", where=[("person", "new")]).rows
    assert only["attainment"] == 1.0


@pytest.mark.parametrize(("units", "amount", "expected"), [("0.8", 1000_00, 1250_00), ("7.46", 999_99, 134_05)])
def test_m01_and_m02_credit_is_divided_in_the_base_currency_after_the_rate(
    world: World, units: str, amount: int, expected: int
) -> None:
    world.rate("USD", "1")
    world.rate("EUR", units, "2025-01-01", "2025-03-01")
    world.rate("EUR", "99", "2025-03-01")
    world.rate("JPY", "150")
    reps = [world.user("r1"), world.user("r2")]
    deal = win(world, "D1", None, amount, "2025-02-28", currency="EUR")
    yen = win(world, "D2", None, 150_000, currency="JPY")
    for owner in reps:
        split(world, deal, owner, "revenue", 0.5)
    split(world, yen, reps[0], "revenue", 1.0)
    world.derive()
    people = world.rows("quota", "person", window=Q1)
    assert people["R1"]["won_minor"] == (expected + 1) // 2 + 1000_00
    assert people["R2"]["won_minor"] == expected // 2


def test_q04_a_team_divides_sums_also_where_its_people_share_deals(world: World) -> None:
    team = world.team("T1", name="Team")
    reps = [world.user(name, team=team) for name in ("a", "b", "c")]
    for owner, quota in zip(reps, (80_00, 120_00, 0), strict=True):
        world.quota(owner, quota, *Q1)
    for owner, share in zip(reps[:2], (0.75, 0.25), strict=True):
        split(world, win(world, f"D{owner[-1]}", reps[2], 40_00), owner, "revenue", 1.0)
        split(world, "acme:shared", owner, "revenue", share)
    win(world, "shared", reps[2], 60_00)
    world.derive()
    people = world.rows("quota", "person", window=Q1)
    assert {name: people[name]["attainment"] for name in "ABC"} == {"A": 85 / 80, "B": 55 / 120, "C": None}
    (row,) = world.ask("quota", window=Q1, by="team").rows
    assert (row["won_minor"], row["won_count"], row["attainment"]) == (140_00, 3, 0.7)
