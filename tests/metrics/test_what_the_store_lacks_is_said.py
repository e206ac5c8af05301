"""Beside the figures stands what the store cannot tell: stages that nobody claimed, and why a table is empty."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.metrics.command_line import CommandWorld
from tests.metrics.stores import KEYS, NOW, World, funnel_of

UNCLAIMED = "No stage of funnel.yaml claims"


def test_stage_values_that_nobody_claims_are_told_until_funnel_yaml_claims_them(tmp_path: Path) -> None:
    world = CommandWorld(tmp_path)
    for own, value in (("D1", "qualify"), ("D2", "Demo"), ("D3", "Demo"), ("D4", "Trial")):
        world.deal(own, source_stage=value)
    world.deal("D5", source="contoso")
    world.derive()
    expected = (
        f"{UNCLAIMED} 2 stage values: Demo of acme (2 deals), Trial of acme (1 deal). A deal there counts as no further "
        "than the last claimed stage that it came to; a stage that it passed under such a value has no days and counts "
        "as skipped. Claim them in funnel.yaml; `crossfunnel status` lists them."
    )
    for measure in ("funnel", "adoption", "cycle"):
        assert expected in world.ask(measure).notes, measure
    assert not any(UNCLAIMED in note for note in world.ask("win_rate").notes)
    assert expected in world.ask("funnel", where=[("source", "ACME")]).notes
    assert not any(UNCLAIMED in note for note in world.ask("funnel", where=[("source", "contoso")]).notes)
    names = ("Qualify", "Demo", "Trial", "Close")
    CommandWorld(tmp_path).mapped(funnel=funnel_of(*KEYS, names=names)).derive()
    assert not any(UNCLAIMED in note for note in world.ask("funnel").notes)


def test_an_empty_table_tells_what_the_org_lacks_of_what_fills_it(tmp_path: Path) -> None:
    world = CommandWorld(tmp_path)
    world.derive()
    empty = "The table satisfaction of the store is empty: "
    assert f"{empty}a mapping file must name what fills it." in world.ask("satisfaction").notes
    fields = "{score: CSAT__c, score_max: {const: 5}, given_at: ClosedDate}"
    mapping = f"version: 1\nextends: default\nobjects:\n  Case: {{table: satisfaction, fields: {fields}}}\n"
    (tmp_path / "mappings" / "salesforce.yaml").write_text(mapping)
    (note,) = (each for each in world.ask("satisfaction").notes if each.startswith(empty))
    assert "no record that counts came from what the mapping fills it from (Case)" in note
    with closing(sqlite3.connect(tmp_path / "store.db")) as conn, conn:
        missed = [("acme", "Case", "CSAT__c", NOW), ("acme", "Task", "Subject", NOW)]
        conn.executemany("INSERT INTO missing_field (source, object, field, first_seen_at) VALUES (?, ?, ?, ?)", missed)
    (note,) = (each for each in world.ask("satisfaction").notes if each.startswith(empty))
    assert note.startswith(f"{empty}the org lacks or hides what the mapping fills it from (acme: Case.CSAT__c);")


def test_a_window_with_nothing_in_it_says_where_something_is(world: World) -> None:
    rep = world.user("rep")
    for own, day in (("D1", "2025-02-01"), ("D2", "2026-03-01")):
        world.deal(own, "won", owner_id=rep, created_on=day, close_on=day, amount_minor=1_00)
    world.derive()
    for measure in ("funnel", "cycle"):
        told = "No deal that was asked about was created in the window; "
        told += "deals in the store were created from 2025-02-01 to 2026-03-01."
        assert told in world.ask(measure, period="1900").notes, measure
        assert not any("was asked about" in note for note in world.ask(measure, period="2026").notes), measure
    for by in ("person", "total"):
        nothing = "Nothing that was asked about was won in the window, and the store holds no quotas."
        assert nothing in world.ask("quota", period="2031", by=by).notes
    world.quota(rep, 1_00, "2026-01-01", "2026-03-31")
    world.derive()
    (note,) = world.ask("quota", period="2031").notes
    assert note.endswith("quota periods in the store run from 2026-01-01 to 2026-03-31.")
    for period in ("2025", "2026"):
        assert not any("asked about" in note for note in world.ask("quota", period=period).notes), period
