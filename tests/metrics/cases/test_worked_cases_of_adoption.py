"""The worked cases of methodology adoption, over stores of contract columns, by call and by command line."""

from __future__ import annotations

import json

import pytest

from connector.mapping.methodology import FieldFilled, Methodology
from tests.metrics.stores import World, funnel_of

YEAR = ("2025-01-01", "2025-12-31")
D01 = {
    "prospect": (FieldFilled("extra.need"),),
    "qualify": (FieldFilled("extra.budget"), FieldFilled("extra.decision_maker")),
    "propose": (FieldFilled("next_step"),),
}


def put_d01(world: World) -> None:
    names = ("Prospect", "Qualify", "Propose")
    world.mapped(funnel=funnel_of("prospect", "qualify", "propose", names=names), methodology=Methodology(D01))
    world.close()
    team = world.team("T1", name="Team")
    first, second = (world.user(name, name=name, team=team) for name in ("R1", "R2"))
    for deal, owner, status, extra, path in (
        ("D1", first, "won", {"need": "yes", "budget": 5}, ["Prospect", "Qualify", "Propose", "Won"]),
        ("D2", first, "lost", {"need": "yes", "budget": ""}, ["Prospect", "Lost"]),
        ("D3", second, "won", {"need": None}, ["Prospect", "Propose", "Won"]),
    ):  # fmt: skip
        world.deal(
            deal, status, owner_id=owner, created_on="2025-01-01", close_on=f"2025-01-{len(path) * 5:02d}",
            amount_minor=1, next_step="sign", extra=json.dumps(extra),
        )  # fmt: skip
        for place, value in enumerate(path, start=1):
            world.event(f"acme:{deal}", value, f"2025-01-{place * 5:02d}")
    world.derive()


def test_d01_a_skipped_stage_is_an_exit_without_what_it_asks_for(world: World) -> None:
    put_d01(world)
    rows = world.rows("adoption", "person", window=YEAR)
    assert {name: row["adoption"] for name, row in rows.items()} == {"R1": 0.75, "R2": pytest.approx(1 / 3)}
    assert (rows["R1"]["exits"], rows["R1"]["compliant"], rows["R1"]["skipped"]) == (4, 3, 0)
    assert (rows["R2"]["exits"], rows["R2"]["compliant"], rows["R2"]["skipped"]) == (2, 1, 1)
    (team,) = world.ask("adoption", window=YEAR, by="team").rows
    assert (team["group"], team["adoption"]) == ("Team", pytest.approx(4 / 7))
    (total,) = world.ask("adoption", window=YEAR, by="total").rows
    assert (total["exits"], total["compliant"], total["skipped"]) == (6, 4, 1)


def test_what_is_missed_shows_by_criterion(world: World) -> None:
    put_d01(world)
    rows = world.rows("adoption", "criterion", window=YEAR, by="criterion")
    found = {name: (row["exits"], row["compliant"], row["skipped"]) for name, row in rows.items()}
    assert found == {
        "prospect: extra.need filled": (3, 2, 0),
        "qualify: extra.budget filled": (1, 1, 1),
        "qualify: extra.decision_maker filled": (1, 0, 1),
        "propose: next_step filled": (2, 2, 0),
    }
    (early,) = world.ask("adoption", window=("2025-01-01", "2025-01-12"), by="total").rows
    assert (early["exits"], early["skipped"]) == (3, 1)


def test_what_no_source_tells_of_is_not_held_against_anybody(world: World) -> None:
    deal = world.deal("D1", "lost", created_on="2025-01-01", close_on="2025-02-01", amount_minor=1, next_step="call")
    world.visit(deal, 1, "qualify", "2025-01-01", "2025-02-01", "recorded")
    world.derive()
    answer = world.ask("adoption", window=YEAR, by="total")
    assert (answer.rows[0]["exits"], answer.rows[0]["compliant"]) == (1, 1)
    (left_out,) = (note for note in answer.notes if note.startswith("The store holds no activities"))
    assert left_out.endswith("; `crossfunnel status` lists what the orgs lack or hide.")


def test_where_activities_are_known_a_missing_one_counts(world: World) -> None:
    deal = world.deal("D1", "lost", created_on="2025-01-01", close_on="2025-02-01", amount_minor=1, next_step="call")
    world.visit(deal, 1, "qualify", "2025-01-01", "2025-02-01", "recorded")
    world.record("activity", "A1", kind="meeting", occurred_on="2025-02-02", opportunity_id=deal)
    world.derive()
    (row,) = world.ask("adoption", window=YEAR, by="total").rows
    assert (row["exits"], row["compliant"]) == (1, 0)
