"""A question that makes no sense is refused in a sentence that says what exists; defaults are the fiscal year."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from connector.errors import UsageError
from tests.metrics.stores import World, funnel_of

WEEKS = {"calendar": "4-4-5", "fiscal_year_days": ["2024-02-04", "2025-02-02"], "fiscal_year_named_by": "start"}


@pytest.mark.parametrize(
    ("asked", "says", "hints"),
    [
        ({"from_": "2026-02-01", "to": "2026-01-01"}, "upside down", "Swap"),
        ({"from_": "2026-02-30", "to": "2026-03-01"}, "no day", "YYYY-MM-DD"),
        ({"period": "2026Q5"}, "no period", "2026Q3"),
        ({"period": "2026-13"}, "no period", "2026-07"),
        ({"period": "2026", "from_": "2026-01-01"}, "by itself", "--from"),
        ({"as_of": "yesterday"}, "no day", "YYYY-MM-DD"),
        ({"by": "colour"}, "no such grouping", "team"),
        ({"where": [("colour", "red")]}, "no filter", "region"),
        ({"where": [("region", "Mars")]}, "no such region", "EMEA"),
        ({"where": [("person", "nobody")]}, "no such person", "Ada <ada@acme.test>"),
        ({"where": [("stage", "closing")]}, "no such stage", "qualify"),
        ({"known_at": "2026-01-32"}, "--known-at 2026-01-32: this is no day", "YYYY-MM-DD"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(
    world: World, asked: dict[str, Any], says: str, hints: str
) -> None:
    world.deal("D1", region="EMEA", owner_id=world.user("ada"))
    world.derive()
    with pytest.raises(UsageError) as error:
        world.ask("funnel", **asked)
    assert says in error.value.message and hints in error.value.hint
    assert error.value.exit_code == 2


def test_a_person_is_found_by_name_address_or_id_and_a_team_by_name(world: World) -> None:
    ada = world.user("ada", team=world.team("North"))
    world.user("bob")
    world.deal("D1", "won", owner_id=ada, close_on="2026-02-01", amount_minor=1_00)
    world.derive()
    person_id = world.ask("quota").rows[0]["person_id"]
    answers = [
        ("person", "ADA"),
        ("person", "Ada@Acme.test"),
        ("person", person_id),
        ("person", ada),
        ("team", " north "),
    ]
    for key, value in answers:
        assert [row["person"] for row in world.ask("quota", where=[(key, value)]).rows] == ["Ada"]
    assert world.ask("quota", where=[("person", "bob")]).rows == []
    assert world.ask("quota", where=[("person", "ada"), ("person", "bob")]).rows == []  # repeated keys narrow


def test_the_default_window_is_the_fiscal_year_of_the_as_of_day(new_world: Callable[..., World]) -> None:
    world = new_world(fiscal_year_start=4)
    world.derive()
    params = world.ask("funnel", as_of="2026-02-15").params
    assert (params["from"], params["to"], params["as_of"]) == ("2025-04-01", "2026-03-31", "2026-02-15")


def test_outside_the_declared_years_only_explicit_days_answer(new_world: Callable[..., World]) -> None:
    world = new_world(**WEEKS)
    world.record("lead", "L1", created_on="2026-03-01", status="open")
    world.derive()
    for asked in ({"as_of": "2026-03-05"}, {"period": "2026"}, {"period": "2026-01"}):
        with pytest.raises(UsageError):
            world.ask("funnel", **asked)
    explicit = world.ask("funnel", window=("2026-02-25", "2026-03-05"), as_of="2026-03-05")
    assert explicit.rows[0]["entered"] == 1
    assert world.ask("funnel", period="2025-12").params["to"] == "2026-01-31"


def test_a_flag_of_another_measure_is_refused(world: World) -> None:
    with pytest.raises(UsageError) as error:
        world.ask("funnel", own={"basis": "closed"})
    assert "--basis: funnel has no such flag" in error.value.message


@pytest.mark.parametrize(
    ("report", "as_of"),
    [({}, "9999-12-31"), ({"fiscal_year_start": 4}, "0001-01-01"), ({"calendar": "jalali"}, "1700-01-01")],
)
def test_a_day_beyond_the_calendar_is_refused_in_a_sentence(
    new_world: Callable[..., World], report: dict[str, Any], as_of: str
) -> None:
    world = new_world(**report)
    world.derive()
    with pytest.raises(UsageError) as error:
        world.ask("funnel", as_of=as_of)
    assert "outside the calendar" in error.value.message


def test_a_language_without_words_is_refused_with_those_that_have(world: World) -> None:
    with pytest.raises(UsageError) as error:
        world.ask("funnel", lang="de")
    assert error.value.hint == "There is: en, fa."


def test_whoever_a_row_shows_can_be_asked_about(world: World) -> None:
    deal = world.deal("D1", owner_id="acme:queue")
    world.visit(deal, 1, "qualify", "2026-01-01", None, "recorded")
    world.derive()
    (shown, *_) = world.ask("funnel", by="person").rows
    assert shown["group"] == "acme:queue"
    rows = world.ask("funnel", where=[("person", shown["group"])]).rows
    assert {row["stage"]: row["entered"] for row in rows}["qualify"] == 1


def test_none_is_a_value_only_where_some_row_has_none(world: World) -> None:
    world.deal("D1", "won", region="EMEA", close_on="2026-02-01")
    world.derive()
    refused = {"region": "There is: EMEA.", "pipeline": "There is: default.", "status": "There is: lost, open, won."}
    for key, hint in refused.items():
        with pytest.raises(UsageError) as error:
            world.ask("win_rate", where=[(key, "(none)")])
        assert (error.value.message, error.value.hint) == (f"--where {key}=(none): there is no such {key}.", hint)
    world.deal("D2", "won", region=None, pipeline=None, close_on="2026-02-01")
    (row,) = world.ask("win_rate", where=[("region", "(none)")]).rows
    assert row["won"] == 1
    with pytest.raises(UsageError):  # where there is one pipeline only, a deal that names none is in it
        world.ask("win_rate", where=[("pipeline", "(None)")])
    (row,) = world.ask("win_rate", where=[("pipeline", "default")]).rows
    assert row["won"] == 2
    world.mapped(pipelines={"renewal": funnel_of("a", "b", "c", pipeline="Renewal")})
    (row,) = world.ask("win_rate", where=[("pipeline", "(None)")]).rows
    assert row["won"] == 1


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (["--by", "team", "--format", "json"], "--by"),
        (["--to", "2026-01-01", "--from", "2026-01-01", "--where", "a=b"], "--from, --to, --where"),
        (["--backtest", "--engine", "duckdb"], "--engine, --backtest"),
    ],
)
def test_options_without_a_measure_are_refused_in_place_of_being_passed_over(words: list[str], refused: str) -> None:
    ended = CliRunner().invoke(app, ["metrics", *words])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"error [usage]: {refused}: no measure is named.\nhint: Name one: ")


@pytest.mark.parametrize("words", [[], ["--lang", "fa"], ["--format", "csv", "--quiet"]])
def test_the_list_of_measures_heeds_language_and_format(words: list[str]) -> None:
    ended = CliRunner().invoke(app, ["metrics", *words])
    assert ended.exit_code == 0 and "win_rate" in ended.stdout
