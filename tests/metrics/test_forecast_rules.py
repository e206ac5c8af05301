"""What a forecast counts, leaves out and says, on small stores; and that past forecasts are told as they would have been."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from connector.errors import UsageError
from tests.metrics.stores import KEYS, NOW, World

TODAY = date.fromisoformat(NOW[:10])
AHEAD = {"horizon": "45"}


def day(back: int) -> str:
    return str(TODAY - timedelta(days=back))


def put_history(world: World, seed: int = 1, deals: int = 160) -> None:
    """Deals of the last two years that stay 20 days in a stage on average, and win from the last in two of three."""
    rng = Random(seed)
    owners = [world.user(name, team=world.team(name)) for name in ("ada", "bob")]
    for number in range(deals):
        at, place, ordinal, visits, status = rng.randrange(3, 700), 0, 0, [], "open"
        created = at
        while at >= 0 and status == "open":
            stay, ordinal = round(rng.expovariate(1 / 20)), ordinal + 1
            left = at - stay
            visits.append((ordinal, KEYS[place], at, left if left >= 0 else None))
            at = left
            if at >= 0:
                roll = rng.random()
                if roll < 0.25:
                    status = "lost"
                elif roll < 0.35 and place:
                    place -= 1
                elif place < 3:
                    place += 1
                else:
                    status = "won"
        deal = world.deal(
            f"H{number:03d}", status, created_on=day(created), close_on=day(at) if status != "open" else None,
            amount_minor=rng.randrange(10_00, 900_00), probability=0.5, owner_id=rng.choice(owners),
            source_modified_at=f"{day(created)}T00:00:00Z",
        )  # fmt: skip
        for ordinal, stage, entered, left in visits:
            world.visit(deal, ordinal, stage, day(entered), None if left is None else day(left), "recorded")


def rows(world: World, **asked: Any) -> dict[str, dict[str, Any]]:
    return world.rows("forecast", "stage", **{"own": AHEAD, **asked})


def notes(world: World, **asked: Any) -> Sequence[str]:
    return world.ask("forecast", **{"own": AHEAD, **asked}).notes


def test_a_deal_older_than_any_that_ever_closed_is_stale(world: World) -> None:
    put_history(world)
    old = world.deal("OLD", created_on="2023-01-01", amount_minor=999_999_00, probability=0.9)
    world.visit(old, 1, "close", "2023-01-02", None, "recorded")
    world.derive()
    found = rows(world)["close"]
    assert found["open_minor"] > 999_999_00 and found["weighted_minor"] > 900_000_00
    assert found["p90_minor"] < 10_000_00 and found["expected_minor"] < 10_000_00
    (stale,) = [note for note in notes(world) if note.startswith("Stale: 1 open deal older than")]
    assert stale.endswith("expected to bring nothing: acme:OLD.")


def test_the_further_along_and_the_longer_the_horizon_the_likelier(world: World) -> None:
    put_history(world)
    for stage in KEYS:
        world.visit(world.deal(f"N-{stage}", created_on=day(1), amount_minor=1), 1, stage, day(1), None, "recorded")
    world.derive()
    by_horizon = [rows(world, own={"horizon": str(days)}) for days in (10, 45, 300)]
    for stage in KEYS:
        chances = [found[stage]["expected_count"] / found[stage]["open_count"] for found in by_horizon]
        assert chances == sorted(chances)
    ever = [by_horizon[2][stage]["chance_to_win"] for stage in KEYS]
    assert ever == sorted(ever) and ever[0] > 0.1


def test_a_chain_with_a_way_back_is_counted_from_events_alone(world: World) -> None:
    """first = 3/4 second, second = 2/4 + 1/4 first: 6/13 and 8/13, and of three and one that begin 26/13 are won."""
    world.close()
    one, two = KEYS[:2]
    walks = [
        (one, "Lost"),
        (one, two, "Won"),
        (one, two, one, two, "Won"),
        (two, "Lost"),
        (one,),
        (one,),
        (one,),
        (two,),
    ]
    for number, walk in enumerate(walks):
        status = walk[-1].casefold() if walk[-1] in ("Won", "Lost") else "open"
        deal = world.deal(f"W{number}", status, created_on="2026-01-01", amount_minor=1)
        for place, value in enumerate(walk):
            world.event(deal, value, f"2026-02-{place + 1:02d}", seq=place)
    world.derive()
    found = rows(world)
    assert [found[stage]["chance_to_win"] for stage in (one, two)] == pytest.approx([6 / 13, 8 / 13])
    assert [found[stage]["visits_from_first"] for stage in (one, two)] == pytest.approx([16 / 13, 12 / 13])
    assert found["total"]["expected_wins"] == pytest.approx(2)


def test_deals_in_no_stage_and_stays_of_unknown_length_are_counted_and_told(world: World) -> None:
    put_history(world)
    world.visit(world.deal("P", created_on=day(9), amount_minor=5), 1, "propose", None, None, "path")
    world.deal("X", created_on=day(9), amount_minor=8, probability=0.5)
    world.derive()
    found = rows(world)
    assert (found["(none)"]["open_minor"], found["(none)"]["expected_minor"]) == (8, 4)  # by the CRM
    stages = [found[stage]["open_count"] for stage in (*KEYS, "(none)")]
    assert sum(stages) == found["total"]["open_count"]
    said = notes(world)
    assert any(note.startswith("2 open deals of which it is not known since when") for note in said)
    assert any(note.startswith("1 open deal without a history to learn from") for note in said)


def test_what_became_of_a_deal_later_says_nothing_of_a_past_day(world: World) -> None:
    """A lost deal is Omitted and at 0 % now; on the day when it was open it was neither."""
    for name, status, category, said in (("D1", "lost", "Omitted", 0.0), ("D2", "open", "Omitted", 0.4)):
        deal = world.deal(
            name, status, created_on="2026-01-01", close_on="2026-05-01", amount_minor=100, forecast_category=category,
            probability=said,
        )  # fmt: skip
        world.visit(deal, 1, "close", "2026-01-02", "2026-05-01" if status == "lost" else None, "recorded")
    world.derive()
    answer = world.ask("forecast", as_of="2026-04-01")
    assert [answer.rows[-1][name] for name in ("open_count", "open_minor", "weighted_minor")] == [1, 100, 0]
    assert "1 open deal without a probability: nothing in weighted_minor." in answer.notes


def test_a_past_day_shows_the_probability_that_the_deal_had_then(world: World) -> None:
    deal = world.deal(
        "D1", "lost", created_on="2026-01-01", close_on="2026-05-01", amount_minor=100, probability=0.0,
        forecast_category="Omitted", source_modified_at="2026-05-01T00:00:00Z",
    )  # fmt: skip
    world.visit(deal, 1, "close", "2026-01-02", "2026-05-01", "recorded")
    for since, until, probability, amount in (
        ("2026-01-01", "2026-03-01", 0.25, 100), ("2026-03-01", "2026-05-01", 0.8, 200),
    ):  # fmt: skip
        world.put(
            "opportunity_version", id=deal, known_from=f"{since}T00:00:00Z", known_to=f"{until}T00:00:00Z",
            source_modified_at=f"{since}T00:00:00Z", status="open", probability=probability, amount_minor=amount,
            currency="USD", forecast_category="Pipeline",
        )  # fmt: skip
    world.derive()
    found = [world.ask("forecast", as_of=on).rows[-1] for on in ("2026-02-01", "2026-04-01")]
    assert [(row["open_minor"], row["weighted_minor"]) for row in found] == [(100, 25), (200, 160)]


def test_parts_add_up_to_the_whole_whatever_the_filter(world: World) -> None:
    put_history(world)
    world.derive()
    whole = rows(world)["total"]
    found = [row for row in world.ask("forecast", by="person", own=AHEAD).rows if row["stage"] == "total"]
    assert sorted(row["group"] for row in found) == ["Ada", "Bob"]
    for name in ("open_count", "open_minor"):
        assert sum(row[name] for row in found) == whole[name]
    assert sum(row["expected_minor"] for row in found) == pytest.approx(whole["expected_minor"], abs=2)
    ada = rows(world, where=[("person", "ada")])["total"]
    assert ada["expected_minor"] == found[0]["expected_minor"]


def leave_some_out(world: World) -> None:
    """Every seventh deal that is open, and every ninth of the others as long as it was: so says what was superseded."""
    omitted = "SUBSTR(id, -2) % {} = 0"
    world.conn.exec_driver_sql(
        f"UPDATE opportunity SET forecast_category = 'Omitted' WHERE status = 'open' AND {omitted.format(7)}"
    )
    closed = world.conn.exec_driver_sql(
        "SELECT id, created_on, close_on, amount_minor FROM opportunity "
        f"WHERE status <> 'open' AND created_on < close_on AND {omitted.format(9)}"
    ).all()
    assert len(closed) > 5
    for own, created, closed_on, amount in closed:
        world.conn.exec_driver_sql(
            "UPDATE opportunity SET source_modified_at = ? WHERE id = ?", (f"{closed_on}T10:00:00Z", own)
        )
        since = f"{created}T00:00:00Z"
        world.put(
            "opportunity_version", id=own, known_from=since, known_to=f"{closed_on}T10:00:00Z", status="open",
            source_modified_at=since, amount_minor=amount, currency="USD", forecast_category="Omitted",
        )  # fmt: skip


def test_a_row_of_the_backtest_is_the_forecast_of_that_day(world: World) -> None:
    put_history(world)
    leave_some_out(world)
    world.derive()
    past = world.ask("forecast", own={**AHEAD, "backtest": "yes"}).rows
    assert len(past) > 12
    same = ("as_of", "until", "open_count", "open_minor", "expected_minor", "expected_count")
    for row in (past[-1], past[-5], past[0]):  # of the first, the store was young
        then = rows(world, as_of=row["as_of"])["total"]
        assert {name: row[name] for name in same} == pytest.approx({name: then[name] for name in same})
        assert [row[f"p{n}_minor"] for n in (10, 50, 90)] == [then[f"p{n}_minor"] for n in (10, 50, 90)]
        assert row["covered"] == int(row["p10_minor"] <= row["actual_minor"] <= row["p90_minor"])


def test_the_actual_of_a_backtest_is_what_was_won_in_the_horizon(world: World) -> None:
    put_history(world)
    world.derive()
    asked = {"own": {**AHEAD, "backtest": "yes"}}
    for part in world.explain("forecast", **asked).to_json()["rows"]:
        row, sums = part["row"], defaultdict(int)
        won = [each["id"] for each in part["records"] if "actual_minor" in each["contributes"]]
        for each in part["records"]:
            for column, value in each["contributes"].items():
                sums[column] += value
        for column in ("open_count", "open_minor", "expected_minor", "actual_minor"):
            assert sums[column] == row[column]
        marks = ", ".join("?" * len(won))
        closed = world.conn.exec_driver_sql(
            f"SELECT COUNT(*) FROM opportunity WHERE id IN ({marks}) AND status = 'won' "
            "AND close_on > ? AND close_on <= ? AND created_on <= ?",
            (*won, row["as_of"], row["until"], row["as_of"]),
        ).scalar_one()
        assert closed == len(won)


def test_coverage_and_error_are_told(world: World) -> None:
    put_history(world)
    world.derive()
    answer = world.ask("forecast", own={**AHEAD, "backtest": "yes"})
    inside = sum(row["covered"] for row in answer.rows)
    assert f"Coverage: {inside} of {len(answer.rows)} outcomes between p10 and p90" in "\n".join(answer.notes)
    assert any(note.startswith("Mean absolute error: ") for note in answer.notes)
    assert any("past forecasts" in note and "the interval is not widened" in note for note in notes(world))


def test_a_day_long_after_all_that_is_known_is_told(world: World) -> None:
    put_history(world)
    world.derive()
    later = str(TODAY + timedelta(days=400))
    (note,) = [
        each for each in notes(world, as_of=later) if each.startswith("No deal is known to have moved after 2026-")
    ]
    assert "days before the as-of day" in note
    assert not any(each.startswith("No deal is known to have moved") for each in notes(world))


def test_the_same_question_gives_the_same_bytes(world: World) -> None:
    put_history(world)
    world.derive()
    first, second = (json.dumps(world.ask("forecast", own=AHEAD).to_json()) for _ in range(2))
    assert first == second


def test_the_default_horizon_ends_with_the_fiscal_quarter(world: World) -> None:
    world.deal("D1", created_on="2026-01-05", amount_minor=100, probability=0.5)
    world.derive()
    answer = world.ask("forecast", as_of="2026-02-10")
    assert (answer.rows[-1]["until"], answer.params["horizon"]) == ("2026-03-31", "49")
    assert world.explain("forecast", as_of="2026-02-10").params["horizon"] == "49"
    assert world.ask("forecast", as_of="2026-02-10", own=AHEAD).params["horizon"] == "45"
    last = world.ask("forecast", as_of="2026-03-31")
    assert last.rows[-1]["until"] == "2026-03-31"
    assert "The fiscal quarter ends on the as-of day: --horizon DAYS looks further ahead." in last.notes


@pytest.mark.parametrize("horizon", ["0", "-3", "1.5", "soon", "99999", "²"])
def test_a_horizon_that_is_no_number_of_days_is_refused(world: World, horizon: str) -> None:
    world.derive()
    with pytest.raises(UsageError) as error:
        world.ask("forecast", own={"horizon": horizon})
    assert "is no number of days" in error.value.message and "like 90" in error.value.hint


def test_a_backtest_has_no_groups(world: World) -> None:
    world.derive()
    with pytest.raises(UsageError) as error:
        world.ask("forecast", own={"backtest": "yes"}, by="team")
    assert "--where" in error.value.hint


def test_an_empty_store_expects_nothing(world: World) -> None:
    world.derive()
    total = world.ask("forecast").rows[-1]
    assert [total[name] for name in ("stage", "open_count", "expected_minor", "p90_minor")] == ["total", 0, 0, 0]
    assert world.ask("forecast", own={"backtest": "yes"}).rows == []


def test_what_explains_a_past_day_leaves_out_whom_its_row_leaves_out(world: World) -> None:
    put_history(world)
    world.deal("unheard of", created_on="2025-10-01", amount_minor=1_000_00)
    world.deal("shouted", "WON", created_on="2025-10-01", close_on="2026-01-15", amount_minor=1_000_00)
    world.derive()
    asked = {"own": {"horizon": "30", "backtest": ""}}
    explained = world.explain("forecast", **asked).to_json()["rows"]
    assert explained
    for part in explained:
        for column in ("open_count", "open_minor", "actual_minor"):
            found = sum(record["contributes"].get(column, 0) for record in part["records"])
            assert found == part["row"][column], (part["row"]["as_of"], column)


def test_places_of_visits_with_gaps_between_them_change_nothing(world: World) -> None:
    put_history(world)
    for number in range(220):  # more open deals than are drawn one by one
        deal = world.deal(f"N{number:03d}", created_on=day(90), amount_minor=1000 + number % 7)
        world.visit(deal, 1, "qualify", day(90), day(70), "recorded")
        world.visit(deal, 2, "develop", day(70), None, "recorded")
    world.derive()
    before = [world.ask("forecast", own=own).to_json() for own in (AHEAD, {**AHEAD, "backtest": "1"})]
    for spread in ("ordinal * -10", "-ordinal"):  # in two steps, so that none takes the place of another
        world.conn.exec_driver_sql(f"UPDATE stage_visit SET ordinal = {spread}")
    assert [world.ask("forecast", own=own).to_json() for own in (AHEAD, {**AHEAD, "backtest": "1"})] == before
