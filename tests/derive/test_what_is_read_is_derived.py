"""ensure_current: rows put in by hand, changed files and runs that died are caught up before anything is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection
from worlds import put, put_deal, rows, the_deal

from connector.mapping import load_mappings
from connector.settings import ReportSettings, SalesforceSource, Settings, SyncSettings
from connector.store import Store, mark_pending, open_store, targets
from connector.store.lock import StoreLock
from connector.sync.derive import Deriver, context_of, ensure_current

MAPPINGS = load_mappings(None, targets(), ["salesforce"])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    source = SalesforceSource(name="acme", kind="salesforce")
    return Settings(tmp_path / "c.toml", tmp_path / "s.db", ReportSettings(), SyncSettings(), sources={"acme": source})


@pytest.fixture
def opened(settings: Settings) -> Iterator[Store]:
    with open_store(settings.store_path) as store:
        yield store


def stage(store: Store) -> object:
    with store.read() as conn:
        return the_deal(conn, "acme:d", "stage")[0]


def test_what_a_killed_run_noted_is_derived_once(opened: Store, settings: Settings) -> None:
    with opened.write() as conn:
        put_deal(conn, "d", crm_stage="Prospecting")
        mark_pending(conn, ["acme:d"])
    assert ensure_current(opened, settings, MAPPINGS)
    assert stage(opened) == "qualify"
    assert not ensure_current(opened, settings, MAPPINGS)
    assert not ensure_current(opened, settings, load_mappings(None, targets(), ["salesforce", "dynamics"]))


def test_a_changed_report_section_or_new_row_is_noticed(opened: Store, settings: Settings) -> None:
    ensure_current(opened, settings, MAPPINGS)
    moved = replace(settings, report=ReportSettings(base_currency="EUR"))
    assert ensure_current(opened, moved, MAPPINGS)
    assert not ensure_current(opened, moved, MAPPINGS)
    for table in ("opportunity", "lead", "crm_user", "quota", "stage_event", "stage_visit", "fx_rate"):
        with opened.write() as conn:
            put_by_hand(conn, table)
        assert ensure_current(opened, moved, MAPPINGS), table
        assert not ensure_current(opened, moved, MAPPINGS), table


def put_by_hand(conn: Connection, table: str) -> None:
    if table == "stage_visit":
        put(conn, table, opportunity_id="acme:x", ordinal=1, stage="qualify", coverage="recorded")
    else:
        put(conn, table, id="acme:hand", source="acme")


def test_a_new_day_alone_moves_no_stored_value(opened: Store, settings: Settings) -> None:
    with opened.write() as conn:
        put(conn, "fx_rate", source="acme", currency="USD", units_per_base="1")
        put(conn, "fx_rate", source="acme", currency="EUR", units_per_base="0.8", valid_to="2026-06-16")
        put(conn, "opportunity", id="acme:d", source="acme", amount_minor=100, currency="EUR", close_on="2026-06-15")
    assert ensure_current(opened, settings, MAPPINGS, at="2026-06-15T12:00:00Z")
    assert not ensure_current(opened, settings, MAPPINGS, at="2026-06-17T12:00:00Z")
    with opened.write() as conn:
        assert the_deal(conn, "acme:d", "base_minor") == (125,)
        Deriver(context_of(settings, MAPPINGS, "2026-06-17T12:00:00Z")).finish(conn)
        assert the_deal(conn, "acme:d", "base_minor") == (None,)


def test_while_a_sync_holds_the_store_nothing_is_touched(opened: Store, settings: Settings) -> None:
    with opened.write() as conn:
        put_deal(conn, "d", crm_stage="Prospecting")
    with StoreLock(settings.store_path):
        assert not ensure_current(opened, settings, MAPPINGS)
    assert stage(opened) is None
    assert ensure_current(opened, settings, MAPPINGS)


def test_a_first_run_that_notes_its_files_derives_only_what_is_due(opened: Store, settings: Settings) -> None:
    with opened.write() as conn:
        deriver = Deriver(context_of(settings, MAPPINGS))
        deriver.begin(conn)
        assert deriver._stale_marks(conn) == set()
        put_deal(conn, "d", crm_stage="Prospecting")
        deriver.deals(conn, ["acme:d"])
    with opened.write() as conn:
        other = Deriver(context_of(replace(settings, report=ReportSettings(timezone="Asia/Tokyo")), MAPPINGS))
        other.begin(conn)
        assert other._stale_marks(conn) == {"zone"}
        other.finish(conn)
        assert not other.is_due(conn)
        assert rows(conn, "SELECT opportunity_id FROM pending_deal") == []
