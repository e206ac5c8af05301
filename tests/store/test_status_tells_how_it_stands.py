"""status: freshness by object, counts, dangling references, rejects, gaps, drift and the last runs, exactly."""

import json
from dataclasses import dataclass, field

import pytest

from connector.store import (
    ObjectLog,
    begin_run,
    finish_run,
    log_object,
    read_status,
    write_cursor,
    write_drift,
    write_missing,
    write_rejects,
)
from connector.store.load import load
from tests.store.pages import COLUMNS, deal, loaded, moment


@dataclass
class Refused:
    source_id: str
    message: str
    rule: str = "amount_minor"
    fields: dict = field(default_factory=dict)


@pytest.fixture
def status(store):
    loaded(store, deal("1"), deal("2", is_deleted=1), deal("1", id="beta:1", source="beta"))
    with store.write() as conn:
        columns = (*COLUMNS, "owner_id", "account_id")
        refs = [("acme:u", "acme:gone"), ("acme:queue", "acme:gone"), (None, None)]
        rows = [(*deal(f"r{n}"), *ref) for n, ref in enumerate(refs)]
        load(conn, "opportunity", columns, rows, synced_at=moment(0), fresh=True)
        conn.exec_driver_sql("INSERT INTO crm_user (id, source, is_deleted) VALUES ('acme:u', 'acme', 1)")
        begin_run(conn, "r1", at=moment(0))
        log_object(conn, ObjectLog("r1", "acme", "Opportunity", "opportunity", "ok"))
        log_object(conn, ObjectLog("r1", "acme", "Lead", "lead", "ok"))
        finish_run(conn, "r1", status="ok", exit_code=0, summary=None, at=moment(1))
        begin_run(conn, "r2", at=moment(5))
        log_object(conn, ObjectLog("r2", "acme", "Lead", "lead", "failed", message="The source said no."))
        finish_run(conn, "r2", status="partial", exit_code=5, summary=None, at=moment(6))
        write_cursor(conn, "acme", "Lead", {"at": 1}, fingerprint="f", run_id="r1", at=moment(1))
        write_rejects(conn, "acme", "Lead", [Refused("1", "b"), Refused("2", "a")], run_id="r2")
        write_missing(conn, "acme", "Lead", ["Phone"], at=moment(5))
        write_drift(conn, "acme", "Opportunity", "StageName", {"Odd": 3}, at=moment(5))
    with store.read() as conn:
        return read_status(conn, ["acme", "office"])


def test_freshness_is_the_last_time_an_object_was_read_to_its_end(status):
    told = [(f.source, f.object, f.fresh_at, f.last_run_id, f.last_status, f.last_message) for f in status.freshness]
    assert told == [
        ("acme", "Lead", moment(1), "r2", "failed", "The source said no."),
        ("acme", "Opportunity", moment(1), "r1", "ok", None),
        ("office", None, None, None, None, None),
    ]
    assert status.freshness[0].cursor == '{"at":1}'


def test_rows_are_counted_by_table_and_source(status):
    assert [(c.table, c.source, c.live, c.deleted) for c in status.counts] == [
        ("opportunity", "acme", 4, 1),
        ("opportunity", "beta", 1, 0),
        ("crm_user", "acme", 0, 1),
    ]


def test_dangling_references_are_counted_by_column(status):
    """A target that is there but deleted is no dangling one."""
    assert [(d.table, d.column, d.refers_to, d.count) for d in status.dangling] == [
        ("opportunity", "account_id", "account", 2),
        ("opportunity", "owner_id", "crm_user", 1),
    ]


def test_rejects_gaps_and_drift_are_told(status):
    assert [(r.object, r.rule, r.count, r.example) for r in status.rejects] == [("Lead", "amount_minor", 2, "a")]
    assert [(m.object, m.field, m.first_seen_at) for m in status.missing] == [("Lead", "Phone", moment(5))]
    assert [(d.field, d.value, d.count) for d in status.drift] == [("StageName", "Odd", 3)]


def test_the_last_runs_come_first(status):
    assert [(r.run_id, r.status, r.exit_code) for r in status.runs] == [("r2", "partial", 5), ("r1", "ok", 0)]


def test_it_is_plain_json(status):
    assert json.loads(json.dumps(status.to_json()))["drift"][0]["value"] == "Odd"


def test_an_empty_store_has_a_status(store):
    with store.read() as conn:
        assert read_status(conn).to_json() == {
            name: [] for name in ("freshness", "counts", "dangling", "rejects", "missing", "drift", "runs")
        }
