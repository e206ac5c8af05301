"""Where a source keeps no stage history, what successive syncs saw becomes observed visits."""

from __future__ import annotations

from sqlalchemy import Connection
from worlds import derived, finish, put_deal, put_event, rows, store, the_deal, visits

from connector.store.load import load
from connector.store.pending import mark_pending

COLUMNS = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at", "source_stage", "status")


def sync(conn: Connection, day: int, stage: str, status: str = "open", *, seen: int | None = None) -> None:
    """What one sync loads of the one deal, changed at the source on a day of March."""
    row = ("contoso:d", "contoso", "d", "opportunity", 0, f"2026-03-{day:02}T00:00:00Z", stage, status)
    load(conn, "opportunity", COLUMNS, [row], synced_at=f"2026-04-{seen or day:02}T00:00:00Z", fresh=False)
    mark_pending(conn, ["contoso:d"])
    finish(conn)


def test_a_change_of_stage_between_syncs_is_an_observed_visit() -> None:
    with store() as conn:
        sync(conn, 1, "0")
        assert visits(conn, "contoso:d") == [("qualify", None, None, "current_only")]
        sync(conn, 5, "2")
        sync(conn, 6, "2")
        sync(conn, 9, "1")
        assert visits(conn, "contoso:d") == [
            ("qualify", None, "2026-03-05T00:00:00Z", "current_only"),
            ("propose", "2026-03-05T00:00:00Z", "2026-03-09T00:00:00Z", "observed"),
            ("develop", "2026-03-09T00:00:00Z", None, "observed"),
        ]
        before = derived(conn)
        sync(conn, 9, "1")
        assert derived(conn) == before
        conn.exec_driver_sql("DELETE FROM opportunity_version")
        sync(conn, 9, "1")
        assert derived(conn) == before


def test_a_stage_seen_while_open_is_not_forgotten_when_the_deal_closes() -> None:
    with store() as conn:
        sync(conn, 1, "1")
        sync(conn, 5, "1", "won")
        assert visits(conn, "contoso:d") == [("develop", None, None, "current_only")]
        assert the_deal(conn, "contoso:d", "stage", "closed_at") == ("develop", None)


def test_a_value_read_anew_under_another_mapping_is_no_move() -> None:
    with store() as conn:
        sync(conn, 1, "0")
        sync(conn, 1, "2", seen=2)
        assert visits(conn, "contoso:d") == [("propose", None, None, "current_only")]
        assert rows(conn, "SELECT count(*) FROM stage_event") == [(0,)]


def test_the_source_s_own_history_replaces_what_was_observed() -> None:
    with store() as conn:
        sync(conn, 1, "0")
        sync(conn, 5, "1")
        put_event(conn, "contoso:d", "h1", "2026-03-01T00:00:00Z", "0", evidence="audit")
        put_event(conn, "contoso:d", "h2", "2026-03-04T00:00:00Z", "1", evidence="audit")
        mark_pending(conn, ["contoso:d"])
        finish(conn)
        assert visits(conn, "contoso:d") == [
            ("qualify", "2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z", "audited"),
            ("develop", "2026-03-04T00:00:00Z", None, "audited"),
        ]
        assert rows(conn, "SELECT count(*) FROM stage_event WHERE evidence = 'observed'") == [(0,)]


def test_a_deal_with_history_is_never_observed() -> None:
    with store() as conn:
        deal = put_deal(conn, "s", crm_stage="Prospecting")
        put_event(conn, deal, "e", "2026-01-01T00:00:00Z", "Prospecting")
        columns = (*COLUMNS[:6], "source_stage", "status")
        row = (deal, "acme", "s", "Opportunity", 0, "2026-07-01T00:00:00Z", "Needs Analysis", "open")
        load(conn, "opportunity", columns, [row], synced_at="2026-07-02T00:00:00Z", fresh=False)
        mark_pending(conn, [deal])
        finish(conn)
        assert visits(conn, deal) == [("qualify", "2026-01-01T00:00:00Z", None, "recorded")]
        assert the_deal(conn, deal, "source_stage", "stage") == ("Needs Analysis", "develop")
