"""What one page does to the rows that are stored: last row wins, derived columns stay, deletions keep values."""

import pytest

from connector.store.delete import delete
from connector.store.load import load
from connector.store.tables import MAPPABLE
from tests.store.pages import COLUMNS, deal, loaded, moment, stored


def one(store):
    (row,) = stored(store)
    return row


@pytest.mark.parametrize("fresh", [True, False])
def test_within_a_page_the_last_row_of_an_id_wins(store, fresh):
    done = loaded(store, deal("1", name="early"), deal("2"), deal("1", name="late"), fresh=fresh)
    assert (sorted(done.changed), done.unchanged) == (["acme:1", "acme:2"], 1)
    assert stored(store)[0]["name"] == "late"


def test_a_wrong_promise_of_freshness_costs_no_row(store):
    loaded(store, deal("1"), fresh=True)
    done = loaded(store, deal("1"), deal("2"), second=1, fresh=True)
    assert (done.changed, done.unchanged) == (["acme:2"], 1)
    assert [row["synced_at"] for row in stored(store)] == [moment(0), moment(1)]


def test_a_new_deal_shows_the_stage_of_the_crm(store):
    loaded(store, deal("1", source_stage="Closed Won"))
    assert (one(store)["source_stage"], one(store)["crm_stage"]) == ("Closed Won", "Closed Won")


def test_a_later_page_moves_the_crm_stage_and_leaves_the_derived_one(store):
    loaded(store, deal("1"))
    with store.write() as conn:
        conn.exec_driver_sql("UPDATE opportunity SET source_stage = 'Qualification', stage = 'qualify', base_minor = 7")
    assert loaded(store, deal("1"), second=1).changed == []
    assert loaded(store, deal("1", source_stage="Closed Won"), second=2).changed == ["acme:1"]
    row = one(store)
    assert (row["crm_stage"], row["source_stage"], row["stage"], row["base_minor"]) == (
        "Closed Won", "Qualification", "qualify", 7,
    )  # fmt: skip


def test_a_duplicate_that_was_marked_by_hand_stays_one_when_its_deal_changes(store):
    loaded(store, deal("1"))
    with store.write() as conn:
        conn.exec_driver_sql("UPDATE opportunity SET duplicate_of = 'contoso:9'")
    assert loaded(store, deal("1", name="renamed"), second=1).changed == ["acme:1"]
    assert (one(store)["name"], one(store)["duplicate_of"]) == ("renamed", "contoso:9")


@pytest.mark.parametrize("fresh", [True, False])
def test_derived_columns_come_in_with_new_rows_only(store, fresh):
    columns = (*COLUMNS, "stage", "base_minor")
    with store.write() as conn:
        load(conn, "opportunity", columns, [(*deal("1"), "qualify", 5)], synced_at=moment(0), fresh=fresh)
        again = load(conn, "opportunity", columns, [(*deal("1"), "close", 9)], synced_at=moment(1), fresh=fresh)
        changed = load(
            conn, "opportunity", columns, [(*deal("1", name="x"), "close", 9)], synced_at=moment(2), fresh=fresh
        )
    assert (again.changed, changed.changed) == ([], ["acme:1"])
    assert (one(store)["stage"], one(store)["base_minor"]) == ("qualify", 5)


def test_a_closed_deal_that_comes_twice_in_a_first_load_is_one_and_leaves_no_version(store):
    """A row with derived columns tells what the source shows from what is seen of it; neither is a difference."""
    place = COLUMNS.index("source_stage")
    columns = (*COLUMNS[:place], "crm_stage", *COLUMNS[place + 1 :], "stage", "source_stage", "base_minor")
    row = (*deal("1", source_stage="Closed Won"), None, None, 5)
    with store.write() as conn:
        load(conn, "opportunity", columns, [row], synced_at=moment(0), fresh=True)
        again = load(conn, "opportunity", columns, [row], synced_at=moment(1), fresh=True)
        moved = (*deal("1", source_stage="Closed Lost"), None, None, 5)
        changed = load(conn, "opportunity", columns, [moved], synced_at=moment(2), fresh=True)
    assert (again.changed, again.unchanged, changed.changed) == ([], 1, ["acme:1"])
    assert (one(store)["crm_stage"], one(store)["source_stage"]) == ("Closed Lost", None)
    assert [row["known_to"] for row in stored(store, "opportunity_version", "version_id")] == [moment(2)]


def test_a_record_first_seen_as_deleted_is_stored_with_its_values(store):
    loaded(store, deal("1", is_deleted=1, name="gone"))
    assert (one(store)["is_deleted"], one(store)["name"]) == (1, "gone")


def test_a_record_that_comes_deleted_keeps_its_last_values(store):
    loaded(store, deal("1", name="last"))
    done = loaded(store, deal("1", is_deleted=1, name=None, source_modified_at="2026-01-09T00:00:00Z"), second=1)
    assert done.changed == ["acme:1"]
    row = one(store)
    assert (row["is_deleted"], row["name"], row["source_modified_at"], row["synced_at"]) == (
        1, "last", "2026-01-09T00:00:00Z", moment(1),
    )  # fmt: skip


def test_a_record_that_comes_back_is_live_again(store):
    loaded(store, deal("1"))
    loaded(store, deal("1", is_deleted=1), second=1)
    assert loaded(store, deal("1", name="back"), second=2).changed == ["acme:1"]
    assert (one(store)["is_deleted"], one(store)["name"]) == (0, "back")


def test_what_a_mapping_no_longer_fills_becomes_null(store):
    columns = (*COLUMNS, "region")
    with store.write() as conn:
        load(conn, "opportunity", columns, [(*deal("1"), "EMEA")], synced_at=moment(0), fresh=True)
    assert loaded(store, deal("1"), second=1).changed == ["acme:1"]
    assert one(store)["region"] is None
    assert loaded(store, deal("1"), second=2).changed == []


def test_a_status_that_was_worked_out_is_no_difference(store):
    columns = (
        "id",
        "source",
        "source_id",
        "source_object",
        "is_deleted",
        "source_modified_at",
        "source_stage",
        "status",
    )
    event = ("acme:9", "acme", "9", "OpportunityHistory", 0, None, "Prospecting", None)
    with store.write() as conn:
        load(conn, "stage_event", columns, [event], synced_at=moment(0), fresh=True)
        conn.exec_driver_sql("UPDATE stage_event SET status = 'open'")
        assert load(conn, "stage_event", columns, [event], synced_at=moment(1), fresh=False).changed == []
        renamed = (*event[:6], "Qualification", None)
        assert load(conn, "stage_event", columns, [renamed], synced_at=moment(2), fresh=False).changed == ["acme:9"]
    assert stored(store, "stage_event")[0]["status"] is None, "to be worked out anew from what came"


def test_pages_larger_than_one_statement_takes(store):
    rows = [deal(f"{n:05}") for n in range(1_234)]
    assert len(loaded(store, *rows).changed) == 1_234
    rows[700] = deal("00700", name="new")
    done = loaded(store, *rows, second=1)
    assert (done.changed, done.unchanged) == (["acme:00700"], 1_233)


@pytest.mark.parametrize("fresh", [True, False])
def test_half_a_surrogate_pair_never_blocks_a_page(store, fresh):
    page = [deal("1", name="half \ud83d"), deal("2", name="whole \U0001f600")]
    assert len(loaded(store, *page, fresh=fresh).changed) == 2
    assert [row["name"] for row in stored(store)] == ["half \ufffd", "whole \U0001f600"]
    assert loaded(store, *page, second=1, fresh=fresh).changed == []


@pytest.mark.parametrize(
    "awkward", ["a\x00b", "'; DROP TABLE opportunity; --", "=1+1", "\u202eabc", "N/A", "NULL", "é" * 5000]
)
def test_awkward_text_is_stored_as_it_came(store, awkward):
    loaded(store, deal("1", name=awkward))
    assert one(store)["name"] == awkward
    assert loaded(store, deal("1", name=awkward), second=1).changed == []


def test_a_column_that_does_not_exist_is_a_bug_that_shows(store):
    with pytest.raises(ValueError, match="mood"), store.write() as conn:
        load(conn, "opportunity", (*COLUMNS, "mood"), [(*deal("1"), "x")], synced_at=moment(0), fresh=True)


def test_a_tombstone_marks_and_keeps(store):
    loaded(store, deal("1", name="last"), deal("2"))
    with store.write() as conn:
        gone = {"1": "2026-01-05T00:00:00Z", "7": None}
        assert delete(conn, "opportunity", "acme", "Opportunity", gone, synced_at=moment(1)) == ["acme:1"]
        assert delete(conn, "opportunity", "acme", "Opportunity", gone, synced_at=moment(2)) == []
    row = stored(store)[0]
    assert (row["is_deleted"], row["name"], row["source_modified_at"], row["synced_at"]) == (
        1, "last", "2026-01-05T00:00:00Z", moment(1),
    )  # fmt: skip


def test_a_tombstone_of_one_object_leaves_another_objects_rows(store):
    loaded(store, deal("1"))
    with store.write() as conn:
        assert delete(conn, "opportunity", "acme", "Quote", ["1"], synced_at=moment(1)) == []
        assert delete(conn, "opportunity", "contoso", "Opportunity", ["1"], synced_at=moment(1)) == []


def test_the_rows_a_record_was_fanned_out_to_go_with_it(store):
    columns = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at", "seq")
    ids = ["a", "a:1", "a:2", "ab", "ab:1", "a0"]
    with store.write() as conn:
        rows = [(f"acme:{each}", "acme", each, "process", 0, None, 1) for each in ids]
        load(conn, "stage_event", columns, rows, synced_at=moment(0), fresh=True)
        gone = delete(conn, "stage_event", "acme", "process", ["a"], synced_at=moment(1))
    assert sorted(gone) == ["acme:a", "acme:a:1", "acme:a:2"]


@pytest.mark.parametrize("table", MAPPABLE)
def test_a_change_and_a_deletion_of_any_record_leave_its_version(store, table):
    columns = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at", "extra")
    row = ("acme:1", "acme", "1", "Thing", 0, "2026-01-01T00:00:00Z", '{"state": 1}')
    with store.write() as conn:
        load(conn, table, columns, [row], synced_at=moment(0), fresh=True)
        load(conn, table, columns, [row], synced_at=moment(3), fresh=False)
        load(conn, table, columns, [(*row[:6], '{"state": 2}')], synced_at=moment(5), fresh=False)
        delete(conn, table, "acme", "Thing", ["1"], synced_at=moment(9))
    kept = stored(store, f"{table}_version", "version_id")
    assert [(v["id"], v["known_from"], v["known_to"], v["extra"], v["is_deleted"]) for v in kept] == [
        ("acme:1", moment(0), moment(5), '{"state": 1}', 0),
        ("acme:1", moment(5), moment(9), '{"state": 2}', 0),
    ]


def test_a_changed_quota_leaves_its_version(store):
    columns = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at", "owner_id", "amount_minor", "currency")  # fmt: skip
    row = ("acme:q", "acme", "q", "ForecastingQuota", 0, "2026-01-01T00:00:00Z", "acme:u", 100, "USD")
    with store.write() as conn:
        load(conn, "quota", columns, [row], synced_at=moment(0), fresh=True)
        load(conn, "quota", columns, [(*row[:7], 200, "USD")], synced_at=moment(5), fresh=False)
        delete(conn, "quota", "acme", "ForecastingQuota", ["q"], synced_at=moment(9))
    kept = stored(store, "quota_version", "version_id")
    assert [(v["known_from"], v["known_to"], v["amount_minor"], v["is_deleted"]) for v in kept] == [
        (moment(0), moment(5), 100, 0),
        (moment(5), moment(9), 200, 0),
    ]
