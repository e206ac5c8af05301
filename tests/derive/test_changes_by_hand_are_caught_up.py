"""Rows that a person changes, deletes or puts in again are derived anew before anything is read; what they gave stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from worlds import derived, finish, put, put_deal, put_event, rows, store, the_deal, visits

from connector.mapping import load_mappings
from connector.settings import ReportSettings, SalesforceSource, Settings, SyncSettings
from connector.store import Store, load, open_store, targets
from connector.store.handwork import is_watched, unwatch
from connector.sync.derive import ensure_current

MAPPINGS = load_mappings(None, targets(), ["salesforce"])


def put_case(conn: Connection, stage: str = "Prospecting", **deal: Any) -> None:
    given = {"id": "acme:1", "source": "acme", "status": "open", "amount_minor": 100, "currency": "USD", **deal}
    put(conn, "opportunity", **given)
    put(conn, "stage_event", id="acme:e", source="acme", opportunity_id="acme:1", source_stage=stage, seq=1,
        occurred_at="2026-01-02T10:00:00Z", evidence="history")  # fmt: skip


def execute(conn: Connection, *statements: str) -> None:
    for statement in statements:
        conn.exec_driver_sql(statement)


@pytest.fixture
def conn() -> Iterator[Connection]:
    with store() as opened:
        yield opened


@pytest.mark.parametrize("visits_too", [True, False])
@pytest.mark.parametrize("order", [("opportunity", "stage_event"), ("stage_event", "opportunity")])
def test_one_store_serves_case_after_case(conn: Connection, order: tuple[str, str], visits_too: bool) -> None:
    put_case(conn)
    finish(conn)
    execute(conn, *(f"DELETE FROM {table}" for table in order), *(["DELETE FROM stage_visit"] if visits_too else []))
    put_case(conn, "Negotiation/Review")
    finish(conn)
    assert [visit[0] for visit in visits(conn, "acme:1")] == ["close"]
    execute(conn, *(f"DELETE FROM {table}" for table in order))
    put(conn, "opportunity", id="acme:1", source="acme", status="open", amount_minor=1, currency="USD")
    finish(conn)
    assert visits(conn, "acme:1") == []


@pytest.mark.parametrize("first", ["UPDATE opportunity SET amount_minor = 7", "UPDATE stage_event SET seq = 2"])
def test_visits_go_with_the_events_that_told_them(conn: Connection, first: str) -> None:
    put_case(conn, status="won")
    put(conn, "stage_event", id="acme:f", source="acme", opportunity_id="acme:1", source_stage="Closed Won",
        occurred_at="2026-01-05T10:00:00Z", seq=2)  # fmt: skip
    finish(conn)
    assert the_deal(conn, "acme:1", "closed_at") == ("2026-01-05T10:00:00Z",)
    execute(conn, first, "DELETE FROM stage_event")
    finish(conn)
    assert visits(conn, "acme:1") == []
    assert the_deal(conn, "acme:1", "closed_at") == (None,)


def test_visits_given_since_stay_when_the_events_go(conn: Connection) -> None:
    put_case(conn)
    finish(conn)
    put(conn, "stage_visit", opportunity_id="acme:1", ordinal=1, stage="propose", coverage="recorded")
    put(conn, "stage_visit", opportunity_id="acme:1", ordinal=2, stage="close", coverage="recorded")
    execute(conn, "UPDATE opportunity SET amount_minor = 7", "DELETE FROM stage_event")
    finish(conn)
    assert [visit[0] for visit in visits(conn, "acme:1")] == ["propose", "close"]
    execute(conn, "UPDATE opportunity SET amount_minor = 8", "DELETE FROM stage_visit WHERE ordinal = 2")
    finish(conn)
    assert [visit[0] for visit in visits(conn, "acme:1")] == ["propose"]


def test_visits_that_events_tell_come_back(conn: Connection) -> None:
    put_case(conn)
    finish(conn)
    before = derived(conn)
    execute(conn, "DELETE FROM stage_visit")
    finish(conn)
    assert derived(conn) == before
    execute(conn, "UPDATE stage_visit SET stage = 'close', entered_at = NULL")
    finish(conn)
    assert derived(conn) == before


def test_values_follow_amounts_and_rates(conn: Connection) -> None:
    put_case(conn, currency="EUR")
    put(conn, "fx_rate", source="acme", currency="EUR", units_per_base="0.5")
    finish(conn)
    for statement, worth in (
        ("UPDATE fx_rate SET units_per_base = '0.8'", 125),
        ("UPDATE opportunity SET amount_minor = 200", 250),
        ("UPDATE opportunity SET currency = 'USD'", 200),
        ("UPDATE opportunity SET amount_minor = NULL", None),
    ):
        execute(conn, statement)
        finish(conn)
        assert the_deal(conn, "acme:1", "base_minor") == (worth,), statement


def test_days_follow_their_instants_unless_given_with_them(conn: Connection) -> None:
    put_case(conn, created_at="2026-01-01T00:00:00Z")
    put(conn, "stage_visit", opportunity_id="acme:2", ordinal=1, stage="close", entered_at="2026-01-01T00:00:00Z")
    finish(conn)
    execute(
        conn,
        "UPDATE opportunity SET created_at = '2026-02-01T00:00:00Z'",
        "UPDATE stage_event SET occurred_at = '2026-02-02T00:00:00Z'",
        "UPDATE stage_visit SET entered_at = '2026-02-03T00:00:00Z' WHERE opportunity_id = 'acme:2'",
    )
    finish(conn)
    assert the_deal(conn, "acme:1", "created_on") == ("2026-02-01",)
    assert rows(conn, "SELECT occurred_on FROM stage_event") == [("2026-02-02",)]
    assert rows(conn, "SELECT entered_on FROM stage_visit ORDER BY 1") == [("2026-02-02",), ("2026-02-03",)]
    execute(conn, "UPDATE opportunity SET created_at = '2026-03-01T23:30:00Z', created_on = '2026-03-02'")
    finish(conn)
    assert the_deal(conn, "acme:1", "created_on") == ("2026-03-02",)


@pytest.mark.parametrize("how", ["update", "again"])
def test_people_and_memberships_follow_users(conn: Connection, how: str) -> None:
    user = {"id": "acme:u", "source": "acme", "email": "ada@acme.test", "name": "Ada", "team_id": "acme:t"}
    put(conn, "crm_user", **user)
    put(conn, "membership", crm_user_id="acme:given", team_id="acme:t")
    finish(conn)
    if how == "update":
        execute(conn, "UPDATE crm_user SET name = 'Ada L.', team_id = 'acme:new'")
    else:
        execute(conn, "DELETE FROM crm_user")
        put(conn, "crm_user", **{**user, "name": "Ada L.", "team_id": "acme:new"})
    finish(conn)
    assert rows(conn, "SELECT name FROM person") == [("Ada L.",)]
    assert rows(conn, "SELECT crm_user_id, team_id FROM membership ORDER BY 1") == [
        ("acme:given", "acme:t"), ("acme:u", "acme:new"),
    ]  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    source = SalesforceSource(name="acme", kind="salesforce")
    return Settings(tmp_path / "c.toml", tmp_path / "s.db", ReportSettings(), SyncSettings(), sources={"acme": source})


@pytest.fixture
def opened(settings: Settings) -> Iterator[Store]:
    with open_store(settings.store_path) as opened:
        yield opened


PLAIN = (
    "opportunity stage_event lead crm_user team quota fx_rate source_stage activity campaign satisfaction membership"
)


@pytest.mark.parametrize("table", [*PLAIN.split(), "person", "stage_visit"])
def test_every_kind_of_change_is_noticed_once(opened: Store, settings: Settings, table: str) -> None:
    columns: dict[str, Any] = {"id": "acme:x"}
    if table == "stage_visit":
        columns = {"opportunity_id": "acme:x", "ordinal": 1, "coverage": "recorded"}
    elif table == "stage_event":
        columns["opportunity_id"] = "acme:x"
    (key, value), *_ = columns.items()
    for statement in (None, f"UPDATE {table} SET {key} = '{value}'", f"DELETE FROM {table}", None):
        ensure_current(opened, settings, MAPPINGS)
        with opened.write() as conn:
            if statement is None or not rows(conn, f"SELECT 1 FROM {table}"):
                put(conn, table, **columns)
            else:
                execute(conn, statement)
        assert ensure_current(opened, settings, MAPPINGS), statement
        assert not ensure_current(opened, settings, MAPPINGS), statement


def test_what_a_sync_writes_is_not_taken_for_work_by_hand(conn: Connection) -> None:
    put_deal(conn, "d", crm_stage="Prospecting")
    put_event(conn, "acme:d", "e", "2026-01-01T00:00:00Z", "Prospecting", synced_at="2026-06-01T00:00:00Z")
    finish(conn)
    columns = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at", "source_stage")
    deal = ("acme:d", "acme", "d", "Opportunity", 0, "2026-06-02T00:00:00Z", "Needs Analysis")
    load(conn, "opportunity", columns, [deal], synced_at="2026-06-02T00:00:00Z", fresh=False)
    execute(conn, "UPDATE stage_visit SET left_at = NULL", "UPDATE stage_event SET status = 'open'")
    assert rows(conn, "SELECT * FROM pending_deal") == []


def test_changes_while_nobody_watched_are_caught_up(opened: Store, settings: Settings) -> None:
    ensure_current(opened, settings, MAPPINGS)
    with opened.write() as conn:
        put_case(conn)
    ensure_current(opened, settings, MAPPINGS)
    with opened.write() as conn:
        unwatch(conn)
        execute(conn, "UPDATE stage_event SET source_stage = 'Negotiation/Review'")
        assert not is_watched(conn)
    assert ensure_current(opened, settings, MAPPINGS)
    with opened.read() as conn:
        assert is_watched(conn)
        assert [visit[0] for visit in visits(conn, "acme:1")] == ["close"]
