"""The rules of the funnel that no sum shows: who is in no row, what the lead row is, how time in stage is known."""

from __future__ import annotations

from tests.metrics.stores import World

YEAR = ("2026-01-01", "2026-12-31")


def test_born_closed_and_unmapped_deals_are_in_no_row_and_noted(world: World) -> None:
    world.close()
    born = world.deal("D1", "won", close_on="2026-01-01", amount_minor=5_00)
    world.event(born, "Won", "2026-01-01")
    odd = world.deal("D2", "won", close_on="2026-02-01", amount_minor=5_00)
    world.event(odd, "Custom stage", "2026-01-01")
    world.event(odd, "Won", "2026-02-01")
    path = world.deal("D3", "won", close_on="2026-01-01", amount_minor=7_00)
    world.event(path, "Won", "2026-01-01")
    world.event(path, "qualify", None, "path")
    world.derive()
    answer = world.ask("funnel", window=YEAR)
    rows = {row["stage"]: row for row in answer.rows}
    assert [rows[stage]["entered"] for stage in ("qualify", "close", "won")] == [1, 1, 1]
    assert rows["won"]["amount_minor"] == 7_00
    assert any(note.startswith("1 deal of the cohort born closed") for note in answer.notes)
    assert any(note.startswith("1 deal of the cohort without a visit") for note in answer.notes)
    assert any("1 visit of coverage path" in note for note in answer.notes)
    assert world.ask("quota", window=YEAR, by="total").rows[0]["won_count"] == 3


def test_grouped_or_filtered_by_what_leads_lack_the_lead_row_is_left_out_with_a_note(world: World) -> None:
    world.deal("D1", region="EMEA")
    world.visit("acme:D1", 1, "qualify", "2026-01-01", None, "recorded")
    world.record("lead", "L1", created_on="2026-01-05", status="open", lead_source="Web")
    world.derive()
    for asked in ({"by": "region"}, {"where": [("region", "emea")]}, {"where": [("status", "open")]}):
        answer = world.ask("funnel", window=YEAR, **asked)
        assert "lead" not in {row["stage"] for row in answer.rows}
        assert any("The row lead is left out" in note for note in answer.notes)
    web = world.ask("funnel", window=YEAR, where=[("lead_source", "WEB")]).rows
    assert {row["stage"]: row["entered"] for row in web}["lead"] == 1


def test_a_group_comes_first_and_groups_of_one_name_stay_two_rows(world: World) -> None:
    for own in ("t1", "t2"):
        owner = world.user(f"u{own}", team=world.team(own, name="Sales"))
        world.deal(own, owner_id=owner)
        world.visit(f"acme:{own}", 1, "qualify", "2026-01-01", None, "recorded")
    world.derive()
    answer = world.ask("funnel", window=YEAR, by="team")
    assert answer.columns[:3] == ("group", "group_id", "stage")
    groups = [(row["group"], row["group_id"]) for row in answer.rows if row["stage"] == "qualify"]
    assert groups == [("Sales", "acme:t1"), ("Sales", "acme:t2")]


def test_median_counts_open_visits_as_long_as_they_lasted_and_skips_unknown_times(world: World) -> None:
    lengths = [("won", "2026-01-03"), ("won", "2026-01-05"), ("won", "2026-01-07"), ("open", None), ("open", None)]
    for number, (status, left) in enumerate(lengths):
        deal = world.deal(f"D{number}", status, close_on=left)
        world.visit(deal, 1, "qualify", "2026-01-01", left, "recorded")
    for how in ("path", "current_only"):
        deal = world.deal(how, "open")
        world.visit(deal, 1, "qualify", None, None, how)
    world.derive()
    assert world.rows("funnel", "stage", window=YEAR, as_of="2026-01-11")["qualify"]["median_days"] == 6
    assert world.rows("funnel", "stage", window=YEAR, as_of="2026-01-06")["qualify"]["median_days"] is None


def test_amounts_that_are_missing_or_without_a_rate_add_nothing_and_are_noted(world: World) -> None:
    for name, amount, currency in (("D1", 5_00, "USD"), ("D2", None, "USD"), ("D3", 9_00, "GBP")):
        world.deal(name, amount_minor=amount, currency=currency)
        world.visit(f"acme:{name}", 1, "qualify", "2026-01-01", None, "recorded")
    world.rate("USD", "1")
    world.derive()
    answer = world.ask("funnel", window=YEAR)
    assert answer.rows[1]["amount_minor"] == 5_00 and answer.rows[1]["entered"] == 3
    assert any("1 deal without an amount" in note for note in answer.notes)
    assert any("1 deal in a currency without a rate" in note for note in answer.notes)


def test_an_empty_store_has_every_row_with_nothing_in_it(world: World) -> None:
    world.derive()
    rows = world.ask("funnel", window=YEAR).rows
    assert [row["stage"] for row in rows] == ["lead", "qualify", "develop", "propose", "close", "won"]
    assert {row["entered"] for row in rows} == {0} and {row["conversion"] for row in rows} == {None}
    assert world.ask("funnel", window=YEAR, by="source").rows == []


def test_a_deal_that_comes_back_counts_once_and_its_returns_are_told(world: World) -> None:
    deal = world.deal("D1")
    path = ["qualify", "propose", "develop", "close", "qualify"]
    for ordinal, (stage, month) in enumerate(zip(path, range(1, 6), strict=True), 1):
        left = f"2026-0{month + 1}-01" if ordinal < len(path) else None
        world.visit(deal, ordinal, stage, f"2026-0{month}-01", left, "recorded")
    straight = world.deal("D2")
    world.visit(straight, 1, "qualify", "2026-01-01", None, "recorded")
    world.derive()
    answer = world.ask("funnel", window=YEAR)
    assert {row["stage"]: row["entered"] for row in answer.rows}["qualify"] == 2
    assert (
        "Regressions: 2 moves back to an earlier stage (qualify 1, develop 1); a deal counts once in every stage."
        in answer.notes
    )
