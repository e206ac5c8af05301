"""What a whole read did not meet is gone at the source: found exactly, whatever page was rolled back in between."""

from connector.store.delete import delete
from connector.store.load import load
from connector.store.seen import SeenIds, has_rows
from tests.store.pages import deal, loaded, moment, stored


def missing(store, seen):
    with store.read() as conn:
        return sorted(each for chunk in seen.missing(conn) for each in chunk)


def begin(store, tables=("opportunity",), name="Opportunity"):
    with store.read() as conn:
        return SeenIds.begin(conn, "acme", name, tables)


def test_the_difference_is_found_over_several_steps(store):
    loaded(store, *(deal(f"{n:05}") for n in range(4_500)))
    with begin(store) as seen:
        seen.add(f"{n:05}" for n in range(4_500) if n not in (0, 2_001, 4_499))
        assert missing(store, seen) == ["00000", "02001", "04499"]


def test_marking_while_iterating_misses_nothing(store):
    loaded(store, *(deal(f"{n:05}") for n in range(4_500)))
    with begin(store) as seen, store.write() as conn:
        gone = [
            each
            for chunk in seen.missing(conn)
            for each in delete(conn, "opportunity", "acme", "Opportunity", chunk, synced_at=moment(1))
        ]
    assert len(gone) == 4_500
    assert all(row["is_deleted"] for row in stored(store))


def test_other_sources_and_objects_and_deleted_rows_are_left_alone(store):
    other = {"id": "acme2:1", "source": "acme2"}
    loaded(store, deal("1"), deal("2", is_deleted=1), deal("3", source_object="Quote"), deal("1", **other))
    with begin(store) as seen:
        assert missing(store, seen) == ["1"]


def test_rows_put_in_by_hand_are_left_alone(store):
    loaded(store, deal("1"))
    with store.write() as conn:
        conn.exec_driver_sql("INSERT INTO opportunity (id, source, source_id) VALUES ('acme:7', 'acme', '7')")
    with begin(store) as seen:
        seen.add(["1"])
        assert missing(store, seen) == []


def test_a_first_load_has_nothing_to_miss(store):
    with begin(store) as seen:
        loaded(store, deal("1"))
        assert missing(store, seen) == []


def test_a_page_that_was_rolled_back_was_met_all_the_same(store):
    loaded(store, deal("1"))
    with begin(store) as seen:
        try:
            with store.write():
                seen.add(["1"])
                raise KeyError
        except KeyError:
            pass
        assert missing(store, seen) == []


def test_parts_of_a_record_live_as_long_as_the_record(store):
    columns = ("id", "source", "source_id", "source_object", "is_deleted", "source_modified_at")
    rows = [(f"acme:{each}", "acme", each, "process", 0, None) for each in ("a", "a:1", "b:1", "b:2", "c")]
    with store.write() as conn:
        load(conn, "stage_event", columns, rows, synced_at=moment(0), fresh=True)
    with begin(store, ("stage_event",), "process") as seen:
        seen.add(["a", "c", None])
        assert missing(store, seen) == ["b"]


def test_a_source_whose_name_begins_another_ones_has_its_own_rows(store):
    loaded(store, deal("1", id="acme2:1", source="acme2"))
    with store.read() as conn:
        assert not has_rows(conn, "opportunity", "acme", "Opportunity")
        assert has_rows(conn, "opportunity", "acme2", "Opportunity")
