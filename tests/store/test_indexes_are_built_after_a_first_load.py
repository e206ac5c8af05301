"""Secondary indexes are absent in a new store, built on demand, and used by the roads they are for."""

import pytest

from connector.store import build_indexes, drop_indexes
from connector.store.indexes import BY_HAND, INDEXES
from connector.store.tables import METADATA


def indexes(store):
    with store.read() as conn:
        return set(
            conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").scalars()
        )


def test_a_new_store_has_none_and_building_twice_is_building_once(store):
    assert indexes(store) == set()
    for _ in range(2):
        with store.write() as conn:
            build_indexes(conn)
    assert len(indexes(store)) == sum(len(each) for each in INDEXES.values()) + len(BY_HAND)


def test_those_of_some_tables_can_be_dropped_and_built(store):
    with store.write() as conn:
        build_indexes(conn)
        drop_indexes(conn, ["opportunity", "account"])
    assert not {each for each in indexes(store) if each.startswith("ix_opportunity_c")}
    with store.write() as conn:
        build_indexes(conn, ["opportunity", "account"])
    assert "ix_opportunity_created_on" in indexes(store)


def test_every_index_is_of_columns_that_exist():
    for table, each in INDEXES.items():
        for columns in each:
            assert set(columns) <= {column.name for column in METADATA.tables[table].columns}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM opportunity WHERE created_on BETWEEN 'a' AND 'b'",
        "SELECT * FROM opportunity WHERE close_on BETWEEN 'a' AND 'b'",
        "SELECT * FROM stage_event WHERE opportunity_id IN ('a', 'b')",
        "SELECT * FROM opportunity_version WHERE id IN ('a', 'b')",
        "DELETE FROM reject WHERE source = 'a' AND object = 'b' AND source_id IN ('c')",
        "SELECT * FROM opportunity WHERE id > 'acme:' AND id < 'acme;' ORDER BY id LIMIT 9",
    ],
)
def test_the_roads_they_are_for_search_instead_of_scanning(store, statement):
    with store.write() as conn:
        build_indexes(conn)
    with store.read() as conn:
        plan = " ".join(row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
    assert "SEARCH" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def test_rows_put_in_by_hand_are_found_without_a_look_at_the_others(store):
    with store.write() as conn:
        build_indexes(conn)
    query = "SELECT 1 FROM opportunity WHERE source_object IS NULL AND status IN ('won', 'lost') LIMIT 1"
    with store.read() as conn:
        (plan,) = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")
    assert "USING INDEX ix_opportunity_by_hand" in plan[3]
