"""What was paid is kept, and what should not have been paid shows: the rules of payouts and clawback."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector.errors import UsageError
from connector.mapping.quota_plans import Tier
from tests.metrics.stores import World, plan_of

Q1, Q2 = ("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-06-30")
YEAR = ("2026-01-01", "2026-12-31")


def win(world: World, name: str, owner: str | None, amount: int, day: str = "2026-02-01") -> str:
    return world.deal(name, "won", owner_id=owner, close_on=day, amount_minor=amount)


def small(world: World) -> str:
    """One rep who sold 120.00 against 100.00: a commission of 5.00 + 2.00."""
    rep = world.user("rep", team=world.team("North"))
    world.quota(rep, 100_00, *Q1)
    win(world, "D1", rep, 80_00)
    win(world, "D2", rep, 40_00, "2026-03-01")
    world.derive()
    return rep


def change(world: World, deal: str, **columns: object) -> None:
    given = ", ".join(f"{name} = ?" for name in columns)
    world.conn.exec_driver_sql(f"UPDATE opportunity SET {given} WHERE id = ?", (*columns.values(), deal))


def account(world: World, **params: object) -> tuple[object, ...]:
    """The only row's paid, clawback and flags, and the notes on a clawback."""
    answer = world.ask("quota", **{"window": YEAR, **params})
    (row,) = answer.rows
    return row["paid_minor"], row["clawback_minor"], row["flags"], [n for n in answer.notes if "lawback" in n]


def test_nothing_recorded_is_told_apart_from_nothing_paid(world: World) -> None:
    small(world)
    idle = world.user("idle")
    world.quota(idle, 10_00, *Q1)
    world.derive()
    assert {(r["paid_minor"], r["clawback_minor"]) for r in world.ask("quota", window=YEAR).rows} == {(None, None)}
    assert world.pay("2026-03-31", window=YEAR) == ["Recorded: 1 payout, 7.00 USD paid."]
    rows = world.rows("quota", "person", window=YEAR)
    assert (rows["Rep"]["paid_minor"], rows["Rep"]["clawback_minor"]) == (7_00, 0)
    assert (rows["Idle"]["paid_minor"], rows["Idle"]["clawback_minor"]) == (0, 0)
    assert world.rows("quota", "person", window=Q2, as_of="2026-07-01") == {}


def test_the_ledger_says_what_was_paid_for_what(world: World) -> None:
    rep = small(world)
    world.pay("2026-03-31", window=YEAR)
    (row,) = world.conn.exec_driver_sql("SELECT * FROM payout").mappings()
    person = world.ask("quota", window=YEAR).rows[0]["person_id"]
    assert {name: row[name] for name in row if name not in ("payout_id", "deals")} == {
        "number": 1, "recorded_at": "2026-03-31T20:30:00Z", "as_of": "2026-03-31", "person_id": person,
        "owner_id": rep, "period_start": Q1[0], "period_end": Q1[1], "plan": "default", "tier": "accelerator",
        "quota_minor": 100_00, "won_minor": 120_00, "commission_minor": 7_00, "paid_minor": 7_00, "currency": "USD",
    }  # fmt: skip
    assert row["deals"] == (
        '{"acme:D1": {"commission_minor": 400, "won_minor": 8000}, '
        '"acme:D2": {"commission_minor": 300, "won_minor": 4000}}'
    )
    (shown,) = world.conn.exec_driver_sql("SELECT person, owner, won, paid FROM v_payout").all()
    assert shown == ("Rep", "Rep", 120.0, 7.0)


def test_recording_again_adds_nothing_until_something_changes(world: World) -> None:
    small(world)
    world.pay("2026-03-31", window=YEAR)
    assert world.pay("2026-03-31", window=YEAR) == ["Nothing new to record."]
    assert world.pay("2026-05-01", window=YEAR) == ["Nothing new to record."]
    change(world, "acme:D2", amount_minor=60_00, base_minor=60_00)
    assert world.pay("2026-05-02", window=YEAR) == ["Recorded: 1 payout, 2.00 USD paid."]
    change(world, "acme:D1", is_deleted=1)
    assert world.pay("2026-05-03", window=YEAR) == ["Recorded: 1 payout, 6.00 USD taken back."]
    paid = world.conn.exec_driver_sql("SELECT number, paid_minor FROM payout ORDER BY number").all()
    assert paid == [(1, 7_00), (2, 2_00), (3, -6_00)]


@pytest.mark.parametrize(
    ("columns", "clawback", "reason"),
    [
        ({"status": "open", "close_on": "2026-09-01"}, 5_00, "deal acme:D1 (80.00 USD) is open again"),
        ({"status": "lost"}, 5_00, "deal acme:D1 (80.00 USD) is lost now"),
        ({"is_deleted": 1}, 5_00, "deal acme:D1 (80.00 USD) is deleted"),
        ({"duplicate_of": "acme:D2"}, 5_00, "deal acme:D1 (80.00 USD) is a duplicate of acme:D2"),
        ({"close_on": "2026-04-01"}, 5_00, "deal acme:D1 (80.00 USD) closed on 2026-04-01, outside of the period"),
        ({"owner_id": "acme:other"}, 5_00, "deal acme:D1 (80.00 USD) is Other's now"),
        ({"amount_minor": 50_00, "base_minor": 50_00}, 2_50, "deal acme:D1 counts 50.00 USD in place of 80.00 USD"),
    ],
)
def test_a_clawback_names_the_deal_and_what_became_of_it(
    world: World, columns: dict[str, object], clawback: int, reason: str
) -> None:
    small(world)
    world.pay("2026-03-31", window=YEAR)
    world.user("other")
    change(world, "acme:D1", **columns)
    world.derive()
    answer = world.ask("quota", window=YEAR)
    row = next(row for row in answer.rows if row["person"] == "Rep")
    assert (row["paid_minor"], row["clawback_minor"], row["flags"]) == (7_00, clawback, ["clawback"])
    spelt = (f"{clawback / 100:.2f} USD", f"{7 - clawback / 100:.2f} USD")
    assert [note for note in answer.notes if "lawback" in note] == [
        f"Clawback of {spelt[0]} for Rep, 2026-01-01 to 2026-03-31: 7.00 USD paid, {spelt[1]} due: {reason}."
    ]
    for by in ("team", "total"):
        rows = world.ask("quota", window=YEAR, by=by).rows
        assert sum(each["clawback_minor"] for each in rows) == clawback, by
        assert {tuple(each["flags"]) for each in rows} == {()}


def test_a_quota_that_is_raised_or_gone_claws_back_too(world: World) -> None:
    small(world)
    world.pay("2026-03-31", window=YEAR)
    world.conn.exec_driver_sql("UPDATE quota SET amount_minor = 20000")
    paid, clawback, flags, (note,) = account(world)
    assert (paid, clawback, flags) == (7_00, 1_00, ["clawback"])
    assert note.endswith("6.00 USD due: the quota is 200.00 USD in place of 100.00 USD.")
    world.conn.exec_driver_sql("UPDATE quota SET is_deleted = 1")
    paid, clawback, flags, (note,) = account(world)
    assert (paid, clawback, flags) == (7_00, 7_00, ["clawback"])
    assert note.endswith("0.00 USD due: there is no quota for this period any more.")


def test_who_was_paid_keeps_a_row_in_their_team_when_quota_and_deals_are_gone(world: World) -> None:
    small(world)
    world.pay("2026-03-31", window=YEAR)
    for table in ("quota", "opportunity"):
        world.conn.exec_driver_sql(f"UPDATE {table} SET is_deleted = 1")
    (row,) = world.ask("quota", window=YEAR).rows
    assert (row["person"], row["team"], row["quota_minor"], row["attainment"], row["commission_minor"]) == (
        "Rep", "North", 0, None, None,
    )  # fmt: skip
    for by in ("person", "team", "total"):
        assert account(world, by=by)[:2] == (7_00, 7_00)
    assert world.pay("2026-06-15", window=YEAR) == ["Recorded: 1 payout, 7.00 USD taken back."]
    for by in ("person", "team", "total"):
        assert account(world, by=by)[:2] == (0, 0)


def test_what_is_due_for_one_period_does_not_lessen_the_clawback_of_another(world: World) -> None:
    rep = small(world)
    world.quota(rep, 100_00, *Q2)
    win(world, "D3", rep, 40_00, "2026-05-01")
    world.pay("2026-05-31", window=YEAR)
    change(world, "acme:D3", amount_minor=100_00, base_minor=100_00)
    change(world, "acme:D1", is_deleted=1)
    assert account(world)[:3] == (9_00, 5_00, ["clawback"]), "three more are due for the second quarter"
    world.pay("2026-06-15", window=YEAR)
    assert account(world)[:3] == (7_00, 0, [])


def test_a_payout_counts_from_its_day_on_and_later_days_are_recorded_after_earlier_ones(world: World) -> None:
    small(world)
    world.pay("2026-04-02", window=YEAR)
    assert account(world, as_of="2026-04-01")[:2] == (None, None)
    assert account(world, as_of="2026-04-02")[:2] == (7_00, 0)
    with pytest.raises(UsageError, match="as of 2026-03-31: these quota periods have payouts as of 2026-04-02"):
        world.pay("2026-03-31", window=YEAR)


def test_payouts_of_two_users_who_turn_out_to_be_one_person_are_that_persons(world: World) -> None:
    one, two = world.user("ada"), world.user("ada", "contoso", email="ada@old.test")
    for owner in (one, two):
        world.quota(owner, 100_00, *Q1)
        world.deal("D1", "won", owner.split(":")[0], owner_id=owner, close_on="2026-02-01", amount_minor=100_00)
    world.derive()
    assert world.pay("2026-03-31", window=YEAR) == ["Recorded: 2 payouts, 10.00 USD paid."]
    world.conn.exec_driver_sql("UPDATE crm_user SET email = 'ada@acme.test', person_id = NULL WHERE id = ?", (two,))
    world.derive()
    assert account(world)[:2] == (10_00, 0)
    assert world.pay("2026-04-30", window=YEAR) == ["Nothing new to record."]


def test_a_retroactive_plan_takes_the_rate_back_from_every_deal(world: World) -> None:
    steps = (Tier("base", Decimal(1), Decimal("0.05")), Tier("accelerator", None, Decimal("0.10")))
    world.mapped(plans=(plan_of(tiers=steps, retroactive=True),))
    small(world)
    world.pay("2026-03-31", window=YEAR)
    change(world, "acme:D1", status="open")
    assert account(world)[:2] == (12_00, 10_00)
    (part,) = world.explain("quota", window=YEAR).to_json()["rows"]
    clawed = {r["id"]: r["contributes"]["clawback_minor"] for r in part["records"] if r["id"] in ("acme:D1", "acme:D2")}
    assert clawed == {"acme:D1": 4_00, "acme:D2": 6_00}, "without the first deal, the second earns the lower rate"


def test_the_parts_of_a_divided_deal_are_clawed_back_from_each(world: World) -> None:
    one, two = world.user("one"), world.user("two")
    for owner in (one, two):
        world.quota(owner, 100_00, *Q1)
    deal = win(world, "D1", one, 100_00)
    for owner, share in ((one, 0.6), (two, 0.4)):
        world.record("opportunity_split", f"s{owner}", opportunity_id=deal, owner_id=owner, kind="revenue", share=share)
    world.derive()
    world.pay("2026-03-31", window=YEAR)
    change(world, deal, status="open")
    rows = world.rows("quota", "person", window=YEAR)
    assert {name: (row["paid_minor"], row["clawback_minor"]) for name, row in rows.items()} == {
        "One": (3_00, 3_00), "Two": (2_00, 2_00),
    }  # fmt: skip
    (total,) = world.explain("quota", window=YEAR, by="total").to_json()["rows"]
    assert next(r for r in total["records"] if r["id"] == deal)["contributes"] == {"clawback_minor": 5_00}


def test_what_cannot_be_told_is_not_told(world: World) -> None:
    rep = small(world)
    world.pay("2026-03-31", window=YEAR)
    world.quota(rep, 50_00, "2026-03-01", "2026-04-30")
    paid, clawback, flags, (note,) = account(world)
    assert (paid, clawback, flags) == (7_00, None, [])
    assert note == (
        "No clawback can be told for Rep, 2026-01-01 to 2026-03-31: 7.00 USD paid, what is due is not known."
    )
    told = world.pay("2026-06-15", window=YEAR)
    assert told[0] == "Nothing new to record." and "Nothing recorded for Rep and 2026-01-01 to 2026-03-31" in told[1]


def test_a_filter_that_hides_a_part_hides_paid_and_clawback(world: World) -> None:
    small(world)
    change(world, "acme:D1", region="EMEA")
    world.pay("2026-03-31", window=YEAR)
    for where in (("region", "EMEA"), ("team", "North"), ("source", "acme")):
        answer = world.ask("quota", window=YEAR, where=[where])
        assert [(row["paid_minor"], row["clawback_minor"]) for row in answer.rows] == [(None, None)], where
        assert "What was paid is not told: a filter hides a part of what people are due." in answer.notes
    assert account(world, where=[("person", "Rep")])[:2] == (7_00, 0)


def test_payouts_in_another_currency_are_never_mixed_with_todays(world: World) -> None:
    small(world)
    world.pay("2026-03-31", window=YEAR)
    change(world, "acme:D2", amount_minor=60_00, base_minor=60_00)
    world.pay("2026-04-30", window=YEAR)
    change(world, "acme:D1", status="open")
    world.conn.exec_driver_sql("UPDATE payout SET currency = 'EUR' WHERE number = 2")
    paid, clawback, _, (note,) = account(world)
    assert (paid, clawback) == (None, None) and "recorded in EUR, not in USD" in note
    with pytest.raises(UsageError, match="were recorded in EUR, and the base currency is USD"):
        world.pay("2026-06-15", window=YEAR)


def test_payouts_whose_period_lies_partly_in_the_window_are_left_out_and_noted(world: World) -> None:
    small(world)
    world.pay("2026-03-31", window=YEAR)
    answer = world.ask("quota", window=("2026-02-01", "2026-12-31"))
    assert answer.rows[0]["paid_minor"] is None
    assert "1 payout left out: the period lies only partly in the window." in answer.notes


def test_one_person_may_be_paid_alone_and_nobody_else_is(world: World) -> None:
    small(world)
    other = world.user("other")
    world.quota(other, 100_00, *Q1)
    win(world, "D3", other, 10_00)
    win(world, "D4", None, 10_00)
    world.derive()
    assert world.pay("2026-03-31", window=YEAR, where=[("person", "Other")]) == ["Recorded: 1 payout, 0.50 USD paid."]
    rows = world.rows("quota", "person", window=YEAR)
    assert {name: row["paid_minor"] for name, row in rows.items()} == {"Rep": 0, "Other": 50, "(none)": 0}


def test_what_somebody_else_wrote_into_the_ledger_still_adds_up(world: World) -> None:
    small(world)
    person = world.ask("quota", window=YEAR).rows[0]["person_id"]
    world.put(
        "payout", payout_id="by hand", person_id=person, as_of="2026-03-31", period_start=Q1[0], period_end=Q1[1],
        paid_minor=9_00, currency="USD", deals="[1]",
    )  # fmt: skip
    paid, clawback, _, (note,) = account(world)
    assert (paid, clawback) == (9_00, 2_00) and note.endswith("7.00 USD due: the terms are others.")
    (part,) = world.explain("quota", window=YEAR).to_json()["rows"]
    assert sum(r["contributes"].get("clawback_minor", 0) for r in part["records"]) == 2_00
