"""Cursors, rejects, run log, gaps, drift and metadata: each fact once, replaced by its successor, gone when settled."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from connector.store import (
    MetadataCache,
    ObjectLog,
    begin_run,
    clear_pending,
    drop_rejects,
    finish_run,
    forget_cursor,
    get_setting,
    has_pending,
    has_rejects,
    list_rejects,
    log_object,
    mark_pending,
    mark_retried,
    missing_fields,
    pending_deals,
    prune,
    read_cursor,
    resolve_rejects,
    set_setting,
    write_cursor,
    write_drift,
    write_missing,
    write_rejects,
)
from tests.store.pages import deal, loaded, moment, stored


@dataclass
class Refused:
    source_id: str | None = "1"
    rule: str = "amount_minor"
    message: str = "'abc' is no number"
    fields: dict = field(default_factory=lambda: {"Amount": "abc", "Rate": Decimal("1.50"), "Name": "Ünal"})


def test_a_cursor_comes_back_as_it_was_written(store):
    with store.write() as conn:
        assert read_cursor(conn, "acme", "Lead") is None
        for n in (1, 2):
            write_cursor(conn, "acme", "Lead", {"at": n, "ids": ["a"]}, fingerprint=f"f{n}", run_id="r", at=moment(n))
    with store.read() as conn:
        found = read_cursor(conn, "acme", "Lead")
        assert (found.cursor, found.fingerprint, found.updated_at) == ({"at": 2, "ids": ["a"]}, "f2", moment(2))
        assert read_cursor(conn, "acme", "Contact") is None
    with store.write() as conn:
        forget_cursor(conn, "acme", "Lead")
        assert read_cursor(conn, "acme", "Lead") is None


def test_a_cursor_may_be_unknown_while_its_fingerprint_is(store):
    with store.write() as conn:
        write_cursor(conn, "acme", "Lead", None, fingerprint="f", run_id="r", at=moment(0))
        assert read_cursor(conn, "acme", "Lead").cursor is None


def test_a_record_is_rejected_once_however_often_it_comes(store):
    with store.write() as conn:
        write_rejects(conn, "acme", "Opportunity", [Refused(), Refused(None), Refused("2")], run_id="r1")
        again = [Refused(message="still"), Refused(None), Refused("2"), Refused("2", message="twice in a page")]
        write_rejects(conn, "acme", "Opportunity", again, run_id="r2")
        write_rejects(conn, "acme", "Lead", [Refused()], run_id="r2")
    with store.read() as conn:
        found = list_rejects(conn, source="acme", source_object="Opportunity")
        assert sorted((each.source_id or "", each.message, each.run_id) for each in found) == [
            ("", "'abc' is no number", "r2"),
            ("1", "still", "r2"),
            ("2", "twice in a page", "r2"),
        ]
        assert found[0].fields == {"Amount": "abc", "Rate": Decimal("1.50"), "Name": "Ünal"}
        assert str(found[0].fields["Rate"]) == "1.50"
        assert len(list_rejects(conn)) == 4


def test_a_reject_is_gone_once_its_record_could_be_mapped(store):
    with store.write() as conn:
        write_rejects(conn, "acme", "Lead", [Refused("1"), Refused("2"), Refused(None)], run_id="r1")
        assert resolve_rejects(conn, "acme", "Lead", ["1", None, "77"]) == 1
        assert resolve_rejects(conn, "acme", "Contact", ["2"]) == 0
        nameless, named = sorted(list_rejects(conn), key=lambda each: each.source_id or "")
        mark_retried(conn, [named.reject_id], at=moment(5))
        drop_rejects(conn, [nameless.reject_id])
        assert [(each.source_id, each.retried_at) for each in list_rejects(conn)] == [("2", moment(5))]
        drop_rejects(conn, [named.reject_id])
        assert not has_rejects(conn, "acme", "Lead")


def test_fields_of_a_reject_come_back_as_they_were(store):
    awkward = {
        "a": None,
        "b": True,
        "c": 7,
        "d": Decimal("12345678901234567890.12"),
        "e": '"\n=1+1\u202e',
        "f": "half \ud83d",
    }
    with store.write() as conn:
        write_rejects(conn, "acme", "Lead", [Refused("1", message="'\ud83d' is odd", fields=awkward)], run_id="r1")
        (found,) = list_rejects(conn)
    assert found.fields == {**awkward, "f": "half \ufffd"}
    assert found.fields["b"] is True
    assert found.message == "'\ufffd' is odd"


def test_the_run_log_tells_each_object_once_and_marks_killed_runs(store):
    with store.write() as conn:
        begin_run(conn, "r1", at=moment(0))
        log_object(conn, ObjectLog("r1", "acme", "Lead", fetched=5, loaded=5))
        begin_run(conn, "r2", at=moment(9))
        log_object(conn, ObjectLog("r2", "acme", "Lead", fetched=2, loaded=2))
        log_object(conn, ObjectLog("r2", "acme", "Lead", status="ok", fetched=4, loaded=2, unchanged=2, seconds=1.5))
        finish_run(conn, "r2", status="ok", exit_code=0, summary={"run_id": "r2"}, at=moment(10))
    runs = stored(store, "sync_run", "run_id")
    assert [(r["run_id"], r["status"], r["exit_code"], r["finished_at"]) for r in runs] == [
        ("r1", "interrupted", None, None),
        ("r2", "ok", 0, moment(10)),
    ]
    assert runs[1]["summary"] == '{"run_id":"r2"}'
    objects = stored(store, "sync_run_object", "run_id")
    assert [(o["status"], o["fetched"], o["unchanged"]) for o in objects] == [("interrupted", 5, 0), ("ok", 4, 2)]


@pytest.mark.parametrize(("counts", "balanced"), [((4, 1, 1, 1, 1), True), ((4, 1, 1, 1, 0), False)])
def test_a_log_knows_whether_a_record_is_unaccounted_for(counts, balanced):
    fetched, new, unchanged, rejected, deleted = counts
    log = ObjectLog("r", "a", "L", fetched=fetched, loaded=new, unchanged=unchanged, rejected=rejected, deleted=deleted)
    assert log.balanced is balanced


def test_a_field_that_is_revealed_is_told_and_no_longer_missing(store):
    with store.write() as conn:
        assert write_missing(conn, "acme", "Lead", ["A", "B"], at=moment(0)) == set()
        assert write_missing(conn, "acme", "Lead", ["B", "C"], at=moment(1)) == {"A"}
        assert missing_fields(conn, "acme", "Lead") == {"B", "C"}
        assert missing_fields(conn, "acme", "Contact") == set()
    assert [(row["field"], row["first_seen_at"]) for row in stored(store, "missing_field", "field")] == [
        ("B", moment(0)),
        ("C", moment(1)),
    ]


def test_drift_keeps_when_it_began_and_forgets_what_was_settled(store):
    with store.write() as conn:
        write_drift(conn, "acme", "Opportunity", "StageName", {"Odd": 3, "Old": 1}, at=moment(0))
        write_drift(conn, "acme", "Opportunity", "StageName", {"Odd": 4, "New": 1}, at=moment(1))
        write_drift(conn, "acme", "Lead", "Status", {}, at=moment(1))
    assert [(row["value"], row["count"], row["first_seen_at"]) for row in stored(store, "drift", "value")] == [
        ("New", 1, moment(1)),
        ("Odd", 4, moment(0)),
    ]


def test_metadata_outlives_the_run_that_asked_for_it(store):
    with store.write() as conn:
        cache = MetadataCache.read(conn, "acme")
        cache["describe"] = "{}"
        cache["old"] = "x"
        cache.save(conn)
        del cache["old"]
        cache["describe"] = '{"v":2}'
        cache.save(conn)
    with store.read() as conn:
        assert dict(MetadataCache.read(conn, "acme")) == {"describe": '{"v":2}'}
        assert dict(MetadataCache.read(conn, "contoso")) == {}


def test_settings_and_pending_deals_come_and_go(store):
    with store.write() as conn:
        set_setting(conn, "zone", "UTC")
        set_setting(conn, "zone", "Europe/Berlin")
        assert get_setting(conn, "zone") == "Europe/Berlin"
        set_setting(conn, "zone", None)
        assert get_setting(conn, "zone") is None
        mark_pending(conn, (f"acme:{n:05}" for n in range(4_100)))
        mark_pending(conn, ["acme:00001"])
        assert sum(len(chunk) for chunk in pending_deals(conn)) == 4_100
        for chunk in pending_deals(conn):
            clear_pending(conn, chunk)
        assert not has_pending(conn)
        mark_pending(conn, ["acme:1"])
        clear_pending(conn)
        assert not has_pending(conn)


def test_what_is_older_than_wanted_is_forgotten_and_nothing_else(store):
    for second in (0, 10, 20):
        loaded(store, deal("1", amount_minor=second), second=second)
    with store.write() as conn:
        begin_run(conn, "r1", at=moment(0))
        write_rejects(conn, "acme", "Lead", [Refused("1")], run_id="r1")
        begin_run(conn, "r2", at=moment(15))
        write_rejects(conn, "acme", "Lead", [Refused("2")], run_id="r2")
        assert prune(conn) == 0
        assert prune(conn, versions_before=moment(15), rejects_before=moment(15)) == 2
    assert [row["amount_minor"] for row in stored(store, "opportunity_version", "version_id")] == [10]
    assert [row["source_id"] for row in stored(store, "reject", "reject_id")] == ["2"]
