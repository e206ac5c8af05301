"""Deals of a pipeline with stages of its own never count in the stages of another, whatever is asked."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from connector.mapping.funnel import Funnel
from connector.store.engine import Store
from tests.metrics.command_line import CommandWorld
from tests.metrics.random_business import DAYS, business, day, put_business
from tests.metrics.stores import KEYS, World, funnel_of, world_in

YEAR = ("2026-01-01", "2026-12-31")
RENEWAL = funnel_of("notice", "qualify", "signed", names=("Notice", "Terms", "Signing"), pipeline="Renewal")


def put_two_pipelines(world: World) -> None:
    """Three deals of the default stages, two of them in no pipeline that has others; three renewals, spelt anyhow."""
    world.mapped(pipelines={"renewal": RENEWAL})
    world.close()
    for own, pipeline, status, values in (
        ("D1", "default", "won", ["qualify", "close", "Won"]),
        ("D2", None, "open", ["qualify"]),
        ("D3", "Partner", "open", ["develop"]),
        ("R1", "Renewal", "won", ["Notice", "Signing", "Won"]),
        ("R2", "renewal", "lost", ["Notice", "Terms", "Lost"]),
        ("R3", "RENEWAL ", "open", ["Notice"]),
    ):
        close_on = "2026-03-01" if status != "open" else None
        stage = {"R1": "signed", "R2": "qualify", "R3": "notice"}.get(own)
        deal = world.deal(own, status, pipeline=pipeline, close_on=close_on, amount_minor=1_00, stage=stage)
        for month, value in enumerate(values, start=1):
            world.event(deal, value, f"2026-0{month}-01")
    world.record("lead", "L1", created_on="2026-01-05", status="qualified")
    world.derive()


def entered(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {row["stage"]: row["entered"] for row in rows}


@pytest.fixture(params=["call", "command line"])
def two_pipelines(request: pytest.FixtureRequest, store: Store, tmp_path: Any) -> Any:
    if request.param == "command line":
        world: World = CommandWorld(tmp_path)
        put_two_pipelines(world)
        yield world
        return
    with world_in(store) as world:
        put_two_pipelines(world)
        yield world


def test_without_a_group_the_answer_is_of_the_default_stages_and_says_so(two_pipelines: World) -> None:
    answer = two_pipelines.ask("funnel", window=YEAR)
    assert entered(answer.rows) == {"lead": 1, "qualify": 3, "develop": 2, "propose": 1, "close": 1, "won": 1}
    assert (
        "3 deals of the cohort of pipelines with other stages are in no row (Renewal 3): ask with --by pipeline, or with "
        "--where pipeline=Renewal."
    ) in answer.notes
    assert not any("without a visit" in note for note in answer.notes)


def test_each_pipeline_shows_its_own_stages(two_pipelines: World) -> None:
    answer = two_pipelines.ask("funnel", window=YEAR, by="pipeline")
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in answer.rows:
        groups.setdefault(row["group"], []).append(row)
    assert {name: entered(rows) for name, rows in groups.items()} == {
        "(none)": {"qualify": 1, "develop": 0, "propose": 0, "close": 0, "won": 0},
        "default": {"qualify": 1, "develop": 1, "propose": 1, "close": 1, "won": 1},
        "Partner": {"qualify": 1, "develop": 1, "propose": 0, "close": 0, "won": 0},
        "Renewal": {"notice": 3, "qualify": 2, "signed": 1, "won": 1},
    }
    assert [row["position"] for row in groups["Renewal"]] == [1, 2, 3, 4]
    assert groups["Renewal"][0]["conversion"] == 1.0
    assert groups["Renewal"][1]["lost"] == 1
    assert not any("other stages" in note for note in answer.notes)


def test_a_filter_that_leaves_one_pipeline_shows_that_one(two_pipelines: World) -> None:
    for spelling in ("renewal", "RENEWAL"):
        answer = two_pipelines.ask("funnel", window=YEAR, where=[("pipeline", spelling)])
        assert entered(answer.rows) == {"notice": 3, "qualify": 2, "signed": 1, "won": 1}
        assert not any("other stages" in note for note in answer.notes)
    for other in ("default", "(none)", "partner"):
        answer = two_pipelines.ask("funnel", window=YEAR, where=[("pipeline", other)])
        assert [row["stage"] for row in answer.rows] == [*KEYS, "won"]


def test_the_funnel_read_backwards_is_of_one_pipeline_too(two_pipelines: World) -> None:
    asked = {"window": YEAR, "own": {"target": "10", "by_date": "2026-12-31"}}
    answer = two_pipelines.ask("needed", **asked)
    assert {row["stage"]: row["have"] for row in answer.rows} == {
        "lead": 0, "qualify": 1, "develop": 1, "propose": 0, "close": 0, "won": None,
    }  # fmt: skip
    assert any(
        note.startswith("3 deals of pipelines with other stages are in no row (Renewal 3)") for note in answer.notes
    )
    rows = two_pipelines.ask("needed", **asked, where=[("pipeline", "renewal")]).rows
    assert {row["stage"]: row["have"] for row in rows} == {"notice": 1, "qualify": 0, "signed": 0, "won": None}
    assert [row["needed_mean"] for row in rows] == [20, 20, 10, 10]


def test_what_shows_no_stages_counts_every_pipeline(two_pipelines: World) -> None:
    (row,) = two_pipelines.ask("win_rate", window=YEAR).rows
    assert (row["won"], row["lost"]) == (2, 1)
    (total,) = two_pipelines.ask("quota", window=YEAR, by="total").rows
    assert total["won_count"] == 2
    cycles = two_pipelines.ask("cycle", window=YEAR)
    assert cycles.rows[0]["n_won"] == 2
    # both funnels have a stage qualify: then the pipeline is told too
    assert cycles.rows[0]["slowest_stage"] == "notice"
    assert any(note.startswith("Stage qualify (default):") for note in cycles.notes)
    assert any(note.startswith("Stage qualify (Renewal):") for note in cycles.notes)
    by_pipeline = {row["group"]: row for row in two_pipelines.ask("cycle", window=YEAR, by="pipeline").rows}
    assert {name: row["slowest_stage"] for name, row in by_pipeline.items()}["Renewal"] == "notice"


def test_a_stage_is_a_filter_whichever_pipeline_has_it(two_pipelines: World) -> None:
    asked = {"window": YEAR, "by": "pipeline"}
    groups = {row["group"] for row in two_pipelines.ask("funnel", where=[("stage", "signing")], **asked).rows}
    assert groups == {"Renewal"}


def test_a_table_calls_each_stage_as_its_pipeline_does(tmp_path: Any) -> None:
    world = CommandWorld(tmp_path)
    put_two_pipelines(world)
    command = ["--config", str(tmp_path / "crossfunnel.toml"), "metrics", "funnel", "--period", "2026"]
    table = CliRunner().invoke(app, [*command, "--by", "pipeline"]).stdout
    named = {tuple(line.split()[:2]) for line in table.splitlines() if line}
    assert {("Renewal", "Terms"), ("Renewal", "Signing"), ("default", "qualify")} <= named
    assert "Terms" not in CliRunner().invoke(app, command).stdout
    assert "Terms" in CliRunner().invoke(app, [*command, "--where", "pipeline=renewal"]).stdout


def test_a_declared_pipeline_without_deals_is_an_empty_funnel(world: World) -> None:
    world.mapped(pipelines={"upsell": funnel_of("a", "b", "c", pipeline="Upsell")})
    world.deal("D1")
    world.derive()
    assert entered(world.ask("funnel", where=[("pipeline", "upsell")]).rows) == {"a": 0, "b": 0, "c": 0, "won": 0}


OTHER = Funnel(
    funnel_of("first", "second", "propose", "fourth", "last").stages,
    {"salesforce": {"qualify": "first", "develop": "propose", "propose": "propose", "close": "last"}},
    "Other",
)


def deal_out_pipelines(world: World, seed: int, keep: str | None = None) -> None:
    """Gives every deal a pipeline; with ``keep`` the deals of all others are deleted."""
    rng = Random(seed)
    deals = [row[0] for row in world.conn.exec_driver_sql("SELECT id FROM opportunity ORDER BY id")]
    for deal in deals:
        pipeline = rng.choice(["Other", "other", "default", None])
        world.conn.exec_driver_sql("UPDATE opportunity SET pipeline = ? WHERE id = ?", (pipeline, deal))
        if keep is not None and keep != ("Other" if (pipeline or "").casefold() == "other" else "default"):
            world.conn.exec_driver_sql("DELETE FROM opportunity WHERE id = ?", (deal,))


@pytest.mark.parametrize("seed", range(40))
def test_every_pipeline_answers_as_if_it_were_alone(store: Store, seed: int) -> None:
    rng = Random(seed)
    asked: dict[str, Any] = {
        "window": (day(rng.randint(0, 60)), "2026-12-31"),
        "as_of": day(rng.randint(DAYS // 2, DAYS)),
    }
    with world_in(store) as world:
        put_business(world, business(seed))
        deal_out_pipelines(world, seed)
        world.mapped(pipelines={"other": OTHER})
        world.derive()
        whole = world.ask("funnel", **asked).rows
        teams = world.ask("funnel", by="team", **asked).rows
        grouped = world.ask("funnel", by="pipeline", **asked).rows
        filtered = world.ask("funnel", where=[("pipeline", "OTHER")], **asked).rows
    for name, funnel in (("default", funnel_of(*KEYS)), ("Other", OTHER)):
        with world_in(store) as world:
            put_business(world, business(seed))
            deal_out_pipelines(world, seed, keep=name)
            world.mapped(funnel=Funnel(funnel.stages, funnel.claims))
            world.derive()
            alone = world.ask("funnel", **asked).rows
            if name == "default":
                assert whole == alone
                assert teams == world.ask("funnel", by="team", **asked).rows
                continue
            stages = alone[1:]
            found = [
                {k: v for k, v in row.items() if not k.startswith("group")}
                for row in grouped
                if row["group"] == "Other"
            ]
            assert found == (stages if found else [])
            assert filtered == stages
            assert found or not any(row["entered"] for row in stages)


def test_where_there_is_one_pipeline_a_deal_that_names_none_is_in_it(world: World) -> None:
    for name, pipeline in (("D1", None), ("D2", "default")):
        world.visit(world.deal(name, pipeline=pipeline), 1, "qualify", "2026-01-01", None, "recorded")
    world.derive()
    for asked in ({"by": "pipeline"}, {"where": [("pipeline", "default")]}):
        rows = world.ask("funnel", window=YEAR, **asked).rows
        assert {row["stage"]: row["entered"] for row in rows}["qualify"] == 2
        assert {row.get("group", "default") for row in rows} == {"default"}
