"""A value that its column is not for is named with its row, whoever meets it; it never becomes a wrong number."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli import app
from connector.errors import ValueUnusable
from connector.metrics.engines import ENGINES
from connector.store.engine import open_store
from connector.store.misfits import refuse_misfits
from connector.store.tables import MAPPABLE, SUPERSEDED, kind_of, table
from tests.metrics.command_line import CommandWorld
from tests.metrics.stores import World, store_in_a_folder, world_in

MOST = 2**63 - 1
WON: dict[str, Any] = {"status": "won", "close_on": "2026-02-01"}
#: kind of column -> values that SQLite would keep there as they are
ODD: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("minor", "integer", "flag"), ("lots", 100.5, b"12", 1e30)),
    **dict.fromkeys(("share", "number"), ("half", b"1")),
    "day": (b"x", 20260105, "", "yesterday"),
    "instant": (b"x", 1767600000, 1767600000.5),
}


def command(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["--config", str(folder / "crossfunnel.toml"), *words, "--as-of", "2026-06-15"])


@pytest.mark.parametrize(
    ("fill", "told"),
    [
        (lambda w: w.deal("bad", amount_minor="lots", **WON), "opportunity.amount_minor of acme:bad holds the text 'l"),
        (lambda w: w.deal("bad", amount_minor=100.5, **WON), "opportunity.amount_minor of acme:bad holds the number 1"),
        (lambda w: w.deal("bad", amount_minor=b"12", **WON), "opportunity.amount_minor of acme:bad holds the blob b'1"),
        (lambda w: w.deal("bad", created_on=20260105), "opportunity.created_on of acme:bad holds the text '20260105'"),
        (lambda w: w.user("bad", email=b"x"), "crm_user.email of acme:bad holds the blob b'x'; due there: text."),
        (
            lambda w: w.put("opportunity_split", id="bad", opportunity_id="acme:d", kind="revenue", share="half"),
            "opportunity_split.share of bad holds the text 'half'; due there: number from 0 to 1.",
        ),
        (
            lambda w: w.deal("bad", "Won"),
            "opportunity.status of acme:bad holds the text 'Won'; due there: one of open, w",
        ),
        (
            lambda w: w.record("lead", "bad", status="new"),
            "lead.status of acme:bad holds the text 'new'; due there: one",
        ),
    ],
)
@pytest.mark.parametrize("words", [("metrics", "quota"), ("explain", "win_rate", "--engine", "duckdb")])
def test_a_value_of_a_wrong_type_put_in_by_hand_is_named(
    tmp_path: Path, fill: Callable[[World], Any], told: str, words: tuple[str, ...]
) -> None:
    world = CommandWorld(tmp_path)
    world.deal("d", amount_minor=1_00, **WON)
    fill(world)
    world.derive()
    ended = command(tmp_path, *words)
    assert ended.exit_code == 2 and ended.stderr.startswith("error [value]: "), ended.output
    assert told in ended.stderr and "All such rows: SELECT " in ended.stderr
    assert ended.stdout == ""


def test_a_store_that_was_mended_answers_and_one_changed_again_is_refused_again(tmp_path: Path) -> None:
    world = CommandWorld(tmp_path)
    world.deal("d", amount_minor="lots", base_minor=None, **WON)
    world.derive()
    for value, code in (("lots", 2), (100_00.0, 0), (b"1", 2)):
        with open_store(tmp_path / "store.db") as store, store.write() as conn:
            conn.exec_driver_sql("UPDATE opportunity SET amount_minor = ?", (value,))
        ended = command(tmp_path, "metrics", "quota", "--by", "total", "--format", "csv")
        assert ended.exit_code == code, ended.output
        if code == 0:
            assert "10000" in ended.stdout


def test_every_column_refuses_what_it_is_not_for(world: World) -> None:
    for name in (*MAPPABLE, *SUPERSEDED):
        for column in table(name).columns:
            if column.name in ("id", "version_id", "source_object"):  # the keys, and what tells a row put in by hand
                continue
            for value in ODD.get(kind_of(column), (b"x",)):
                world.put(name, id="odd", **{column.name: value})
                with pytest.raises(ValueUnusable, match=rf"^{name}\.{column.name} of odd holds"):
                    refuse_misfits(world.conn, by_hand=True)
                world.conn.exec_driver_sql(f"DELETE FROM {name}")
    refuse_misfits(world.conn)


DECISIVE = [
    "lead.status",
    "opportunity.status",
    "stage_event.status",
    "opportunity_split.kind",
    "opportunity_version.status",
]


@pytest.mark.parametrize("column", DECISIVE)
@pytest.mark.parametrize("form", [str.title, str.upper, " {} ".format, "closed {}".format, lambda _: ""])
def test_a_word_by_which_rows_are_told_apart_is_one_of_its_list(
    world: World, column: str, form: Callable[[str], str]
) -> None:
    """A form of a word that is none: capitals, blanks around, more words, nothing at all."""
    name, place = column.split(".")
    for word in table(name).columns[place].info["words"]:
        world.put(name, id="odd", **{place: form(word)})
        with pytest.raises(
            ValueUnusable, match=rf"^{name}\.{place} of odd holds .* due there: one of .*{word}"
        ) as refused:
            refuse_misfits(world.conn, by_hand=True)
        query = str(refused.value.hint).split("rows: ")[1]
        assert [tuple(row) for row in world.conn.exec_driver_sql(query)] == [("odd", form(word))]
        world.conn.exec_driver_sql(f"UPDATE {name} SET {place} = ?", (word,))
        refuse_misfits(world.conn, by_hand=True)
        world.conn.exec_driver_sql(f"DELETE FROM {name}")


def test_any_store_filled_with_the_words_of_its_lists_is_taken() -> None:
    """Every column of a closed list, in every table that people may fill, or left empty."""
    listed = {
        name: {each.name: [None, *each.info["words"]] for each in table(name).columns if each.info.get("words")}
        for name in (*MAPPABLE, *SUPERSEDED)
    }
    rows = st.sampled_from([name for name in listed if listed[name]]).flatmap(
        lambda name: st.tuples(
            st.just(name), st.fixed_dictionaries({at: st.sampled_from(words) for at, words in listed[name].items()})
        )
    )
    with store_in_a_folder() as store:

        @settings(max_examples=40, deadline=None)
        @given(filled=st.lists(rows, max_size=12))
        def taken(filled: list[tuple[str, dict[str, str | None]]]) -> None:
            with world_in(store) as world:
                for number, (name, columns) in enumerate(filled):
                    world.put(name, id=f"r{number}", **columns)
                refuse_misfits(world.conn, by_hand=True)

        taken()


def test_a_computed_row_put_in_by_hand_is_named_by_its_deal(world: World) -> None:
    world.put("stage_visit", opportunity_id=world.deal("d"), ordinal="first", stage="qualify")
    with pytest.raises(
        ValueUnusable, match=r"^stage_visit\.ordinal of acme:d holds the text 'first'; due there: integer"
    ):
        refuse_misfits(world.conn, by_hand=True)


@pytest.mark.parametrize("measure", ["funnel", "win_rate", "quota", "cycle"])
def test_an_amount_that_was_changed_behind_a_sync_is_no_zero(world: World, measure: str) -> None:
    """Nobody looks through what a sync wrote: the sum itself shows that something among it is no number."""
    written = {"source_object": "Opportunity", "synced_at": "2026-02-02T00:00:00Z"}
    deal = world.deal("d", amount_minor=1_00, **WON, **written)
    for stage in ("qualify", "Won"):
        world.event(deal, stage, "2026-02-01")
    world.close()
    world.derive()
    assert world.ask(measure).rows
    world.conn.exec_driver_sql("UPDATE opportunity SET base_minor = 'lots'")
    with pytest.raises(ValueUnusable, match=r"opportunity\.base_minor of acme:d holds the text 'lots'"):
        world.ask(measure)


@pytest.mark.parametrize("engine", ENGINES)
def test_figures_beyond_64_bits_are_refused_by_the_largest_amount(tmp_path: Path, engine: str) -> None:
    world = CommandWorld(tmp_path)
    world.deal("large", amount_minor=MOST - 5, **WON)
    world.deal("small", amount_minor=5, **WON)
    world.derive()
    exact = json.loads(command(tmp_path, "metrics", "win_rate", "--engine", engine, "--format", "json").stdout)
    assert exact["rows"][0]["won_minor"] == MOST
    with open_store(tmp_path / "store.db") as store, store.write() as conn:
        conn.exec_driver_sql("UPDATE opportunity SET amount_minor = 6 WHERE id = 'acme:small'")
    for measure in ("win_rate", "quota", "forecast"):
        ended = command(tmp_path, "metrics", measure, "--engine", engine)
        assert ended.exit_code == 2 and ended.stderr.startswith("error [value]: "), ended.output
        assert f"largest amount is {MOST - 5:,} minor units: opportunity.amount_minor of acme:large" in ended.stderr


def test_an_amount_whose_worth_is_beyond_64_bits_is_named(tmp_path: Path) -> None:
    world = CommandWorld(tmp_path)
    world.rate("EUR", "0.5")
    world.deal("large", amount_minor=9 * 10**18, currency="EUR", **WON)
    world.derive()
    ended = command(tmp_path, "metrics", "quota")
    assert ended.exit_code == 2 and "opportunity.amount_minor of acme:large" in ended.stderr, ended.output
