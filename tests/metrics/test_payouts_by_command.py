"""A quarter is paid, a deal of it is reopened, the clawback shows and is settled: through the command line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import time_machine
from typer.testing import CliRunner, Result

from cli import app
from connector.errors import StoreUnusable
from connector.store.lock import StoreLock
from tests.metrics.command_line import CommandWorld

Q1 = ("2026-01-01", "2026-03-31")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs commands over a store in which Rep sold 120.00 against a quota of 100.00 in the first quarter."""
    world = CommandWorld(tmp_path)
    rep = world.user("rep", team=world.team("North"))
    world.quota(rep, 100_00, *Q1)
    world.close()
    for name, amount, day in (("D1", 80_00, "2026-02-01"), ("D2", 40_00, "2026-03-01")):
        deal = world.deal(name, "won", owner_id=rep, close_on=day, amount_minor=amount)
        world.event(deal, "propose", "2026-01-05")
        world.event(deal, "Won", day)
    world.derive()

    def crossfunnel(on: str, *words: str) -> Result:
        with time_machine.travel(f"{on}T18:00:00Z", tick=False):
            return CliRunner().invoke(app, ["--config", str(tmp_path / "crossfunnel.toml"), *words])

    return crossfunnel


def quota(run: Run, on: str, *words: str) -> Any:
    ended = run(on, "metrics", "quota", "--period", "2026Q1", *words, "--format", "json")
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.stdout)


def changed(folder: Path, *statements: str) -> list[Any]:
    """What somebody does to the store by SQL; returns the rows of the last statement."""
    with closing(sqlite3.connect(folder / "store.db")) as raw, raw:
        return [raw.execute(statement).fetchall() for statement in statements][-1]


def reopen(folder: Path) -> None:
    changed(
        folder,
        "UPDATE opportunity SET status = 'open', close_on = '2026-12-31' WHERE id = 'acme:D1'",
        "INSERT INTO stage_event (id, source, opportunity_id, occurred_at, source_stage, evidence) "
        "VALUES ('acme:e9', 'acme', 'acme:D1', '2026-05-10T09:00:00Z', 'propose', 'history')",
    )


def test_a_deal_reopened_after_it_was_paid_for_is_clawed_back(run: Run, tmp_path: Path) -> None:
    paid = quota(run, "2026-04-02", "--record-payout", "--as-of", "2026-03-31")
    assert (paid["rows"][0]["commission_minor"], paid["rows"][0]["paid_minor"]) == (7_00, 7_00)
    assert "Recorded: 1 payout, 7.00 USD paid." in paid["notes"]
    report = run("2026-04-02", "metrics", "quota", "--period", "2026Q1", "--as-of", "2026-03-31").stdout

    reopen(tmp_path)
    owed = quota(run, "2026-05-31")
    (row,) = owed["rows"]
    assert (row["commission_minor"], row["paid_minor"], row["clawback_minor"]) == (2_00, 7_00, 5_00)
    assert row["flags"] == ["clawback"]
    assert (
        "Clawback of 5.00 USD for Rep, 2026-01-01 to 2026-03-31: 7.00 USD paid, 2.00 USD due: deal acme:D1 (80.00 USD) "
        "is open again." in owed["notes"]
    )
    again = run("2026-05-31", "metrics", "quota", "--period", "2026Q1", "--as-of", "2026-03-31").stdout
    assert again == report, "what was reported on the day of the payout stays as it was"

    explained = run("2026-05-31", "explain", "quota", "--period", "2026Q1", "--format", "json")
    (part,) = json.loads(explained.stdout)["rows"]
    found = {record["id"]: record for record in part["records"]}
    assert found["acme:D1"]["contributes"] == {"clawback_minor": 4_00} and "D1" in found["acme:D1"]["url"]
    assert found["acme:D2"]["contributes"]["clawback_minor"] == 1_00

    settled = quota(run, "2026-06-01", "--record-payout")
    assert "Recorded: 1 payout, 5.00 USD taken back." in settled["notes"]
    assert (settled["rows"][0]["paid_minor"], settled["rows"][0]["clawback_minor"], settled["rows"][0]["flags"]) == (
        2_00, 0, [],
    )  # fmt: skip
    assert "Nothing new to record." in quota(run, "2026-06-01", "--record-payout")["notes"]
    assert changed(tmp_path, "SELECT recorded_at, as_of, paid_minor FROM payout ORDER BY as_of") == [
        ("2026-04-02T18:00:00Z", "2026-03-31", 7_00), ("2026-06-01T18:00:00Z", "2026-06-01", -5_00),
    ]  # fmt: skip
    for evening, known in (("2026-04-01", None), ("2026-04-02", 7_00)):
        told = quota(run, "2026-06-01", "--as-of", "2026-03-31", "--known-at", evening)
        assert told["rows"][0]["paid_minor"] == known, "what was recorded on the second was not known on the first"


@pytest.mark.parametrize(
    ("words", "because"),
    [
        (["--known-at", "2026-04-01"], "--known-at: what is recorded is what is known now"),
        (["--as-of", "2026-04-03"], "--as-of 2026-04-03: the day is still to come"),
        (["--by", "team"], "--by team: people are paid, one by one"),
        (["--by", "total"], "--by total: people are paid, one by one"),
        (["--where", "team=North"], "--where team=North: it hides a part of what people are due"),
        (["--engine", "duckdb"], "--engine duckdb: the store's own engine records"),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_leaves_nothing(
    run: Run, tmp_path: Path, words: list[str], because: str
) -> None:
    ended = run("2026-04-02", "metrics", "quota", "--period", "2026Q1", "--record-payout", *words)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert f"--record-payout does not go with {because}." in ended.stderr and "hint: " in ended.stderr
    assert changed(tmp_path, "SELECT * FROM payout") == []


def test_only_the_measure_of_quotas_records_and_explaining_does_not(run: Run, tmp_path: Path) -> None:
    other = run("2026-04-02", "metrics", "funnel", "--record-payout")
    assert other.exit_code == 2 and "funnel has no such flag" in other.stderr
    explained = run("2026-04-02", "explain", "quota", "--record-payout")
    assert explained.exit_code == 2 and "explain records nothing" in explained.stderr
    assert changed(tmp_path, "SELECT * FROM payout") == []


def test_while_another_writer_holds_the_store_nothing_is_recorded(run: Run, tmp_path: Path) -> None:
    with StoreLock(tmp_path / "store.db"):
        ended = run("2026-04-02", "metrics", "quota", "--period", "2026Q1", "--record-payout")
        assert (ended.exit_code, ended.stdout) == (7, "")
        assert "holds the store" in ended.stderr
    assert changed(tmp_path, "SELECT * FROM payout") == []
    assert "Recorded: 1 payout, 7.00 USD paid." in quota(run, "2026-04-02", "--record-payout")["notes"]


def test_a_payout_that_fails_half_way_leaves_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr("connector.report.answer.reservations", fail)
    assert run("2026-04-02", "metrics", "quota", "--period", "2026Q1", "--record-payout").exit_code == 1
    monkeypatch.undo()
    assert changed(tmp_path, "SELECT * FROM payout") == []
    assert quota(run, "2026-04-02")["rows"][0]["paid_minor"] is None


def test_what_is_recorded_is_told_though_the_disk_is_full_afterwards(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise StoreUnusable("cannot grow: the disk is full")

    monkeypatch.setattr("connector.store.engine.Store.checkpoint", fail)
    assert "Recorded: 1 payout, 7.00 USD paid." in quota(run, "2026-04-02", "--record-payout")["notes"]
    assert "Nothing new to record." in quota(run, "2026-04-02", "--record-payout")["notes"]


def test_instants_that_are_none_and_names_that_steer_a_terminal_do_no_harm(run: Run, tmp_path: Path) -> None:
    changed(
        tmp_path,
        "UPDATE opportunity SET source_modified_at = 'garbage', closed_at = '9999-12-31T23:59:59Z'",
        "UPDATE opportunity SET region = 'North' || char(27) || '[31m' WHERE id = 'acme:D1'",
    )
    assert quota(run, "2026-04-02", "--as-of", "2026-02-15")["rows"][0]["won_count"] == 1
    ended = run("2026-04-02", "metrics", "win_rate", "--where", "region=zz")
    assert (ended.exit_code, "\x1b" in ended.stderr, "North" in ended.stderr) == (2, False, True)
