"""Every measure gives the same bytes on SQLite and on DuckDB, whatever the store and the question."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from connector.errors import UsageError
from connector.metrics import MetricInfo, catalog
from connector.store.engine import open_store
from tests.metrics.command_line import CommandWorld
from tests.metrics.random_business import business, put_business
from tests.metrics.random_payouts import put_payouts
from tests.metrics.random_questions import question
from tests.metrics.stores import World
from tests.metrics.test_documentation_is_the_catalog import OWN
from tests.nobody import without_privileges


@pytest.fixture
def committed(tmp_path: Path) -> Iterator[Any]:
    """A function that puts a random business into a store's file and gives a world over it."""
    with open_store(tmp_path / "store.db") as store:

        def put(seed: int, more: Callable[[World], None] = lambda _: None) -> World:
            with store.engine.connect() as conn, conn.begin():
                world = World(conn)
                put_business(world, business(seed))
                put_payouts(world, seed)
                more(world)
                world.derive()
            world.conn = reading
            return world

        with store.engine.connect() as reading:
            yield put


def both(world: World, name: str, **asked: Any) -> tuple[str, str]:
    answers = [world.ask(name, engine=engine, **asked) for engine in ("sqlite", "duckdb")]
    first, second = (json.dumps(answer.to_json()) for answer in answers)
    return first, second


def hold_alike(world: World, seed: int, measure: MetricInfo, groups: Iterable[str | None]) -> None:
    window, as_of = question(seed)
    for by in groups:
        asked = {"window": window, "as_of": as_of, "by": by, "own": OWN.get(measure.name, {})}
        first, second = both(world, measure.name, **asked)
        assert first == second, (measure.name, by)


@pytest.mark.parametrize("seed", range(3))
def test_every_measure_answers_alike(committed: Any, seed: int) -> None:
    world = committed(seed)
    for measure in catalog():
        hold_alike(world, seed, measure, dict.fromkeys((None, *measure.groups[seed % 7 : seed % 7 + 1])))


def _many_deals(world: World) -> None:
    for number in range(270):
        status = "won" if number % 9 == 0 else "open"
        left = "2025-12-20" if status == "won" else None
        deal = world.deal(
            f"M{number}", status, created_on="2024-01-01" if number == 0 else "2025-11-01", close_on=left,
            amount_minor=10_000_000_01 + number,
        )  # fmt: skip
        world.visit(deal, 1, "close", f"2025-12-{number % 19 + 1:02d}", left, "recorded")


def test_forecasts_of_more_deals_than_are_drawn_one_by_one_are_alike(committed: Any) -> None:
    first, second = both(committed(7, _many_deals), "forecast", own={"horizon": "30"})
    assert first == second
    assert any("past forecasts" in note for note in json.loads(first)["notes"])


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(300))
def test_every_measure_answers_alike_by_every_group(committed: Any, seed: int) -> None:
    world = committed(seed)
    for measure in catalog():
        hold_alike(world, seed, measure, (None, *measure.groups))


def test_an_engine_that_is_not_installed_says_how_to_get_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(UsageError) as error:
        world.ask("funnel", engine="duckdb")
    assert "duckdb is not installed" in error.value.message
    assert "crossfunnel[duckdb]" in error.value.hint


def test_an_unknown_engine_names_those_there_are(world: World) -> None:
    with pytest.raises(UsageError) as error:
        world.ask("funnel", engine="oracle")
    assert error.value.hint == "There is: sqlite, duckdb."


def test_a_store_beside_which_duckdb_may_not_write_is_left_to_sqlite() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        CommandWorld(folder).derive()
        command = ["--config", str(folder / "crossfunnel.toml"), "metrics", "funnel"]
        assert CliRunner().invoke(app, command).exit_code == 0
        (folder / "store.db").chmod(0o444)
        folder.chmod(0o555)
        with without_privileges(folder, folder / "store.db"):
            assert CliRunner().invoke(app, command).exit_code == 0
            ended = CliRunner().invoke(app, [*command, "--engine", "duckdb"])
        folder.chmod(0o755)
        assert ended.exit_code == 2 and "DuckDB cannot read the store" in ended.stderr, ended.output
        assert "leave --engine out" in ended.stderr
