"""Promise 2: a page that comes again is a no-op, and load tells exactly which rows changed the store."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.store.delete import delete
from connector.store.engine import open_store
from tests.store.pages import COLUMNS, deal, loaded, moment, stored

IDS = st.sampled_from(["1", "2", "3", "4"])
TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
ROWS = st.builds(
    deal,
    IDS,
    is_deleted=st.integers(0, 1),
    source_modified_at=st.sampled_from([None, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    name=TEXT,
    source_stage=st.sampled_from([None, "Prospecting", "Closed Won"]),
    amount_minor=st.none() | st.integers(-(2**63), 2**63 - 1),
    probability=st.none() | st.floats(0, 1) | st.integers(0, 1),
    extra=st.sampled_from([None, '{"tier":1}']),
)
LOADS = st.lists(ROWS, max_size=6)
TOMBSTONES = st.dictionaries(IDS, st.sampled_from([None, "2026-01-03T00:00:00Z"]), min_size=1, max_size=3)
PAGES = st.lists(LOADS | TOMBSTONES, max_size=6)


def apply(store, page, second):
    """Loads rows, or marks tombstones; returns the unified ids that are said to have changed."""
    if isinstance(page, dict):
        with store.write() as conn:
            return delete(conn, "opportunity", "acme", "Opportunity", page, synced_at=moment(second))
    done = loaded(store, *page, second=second, fresh=not stored(store))
    assert len(done.changed) + done.unchanged == len(page)
    assert len(set(done.changed)) == len(done.changed)
    return done.changed


def states(store, *, without=()):
    return {row["id"]: {name: row[name] for name in row if name not in without} for row in stored(store)}


@settings(max_examples=120, deadline=None)
@given(PAGES)
def test_each_page_twice_equals_each_page_once(pages):
    with TemporaryDirectory() as folder, open_store(Path(folder) / "s.db") as store:
        for second, page in enumerate(pages):
            before = states(store)
            changed = apply(store, page, second)
            after = states(store)
            assert set(changed) == {each for each in after if after[each] != before.get(each)}
            versions = stored(store, "opportunity_version", "version_id")
            assert apply(store, page, second + 1_000) == []
            assert states(store) == after
            assert stored(store, "opportunity_version", "version_id") == versions


@settings(max_examples=120, deadline=None)
@given(PAGES)
def test_a_whole_sequence_again_ends_at_the_same_records(pages):
    with TemporaryDirectory() as folder, open_store(Path(folder) / "s.db") as store:
        for second, page in enumerate(pages):
            apply(store, page, second)
        once = states(store, without=["synced_at"])
        for second, page in enumerate(pages):
            apply(store, page, second + 1_000)
        assert states(store, without=["synced_at"]) == once


@settings(max_examples=80, deadline=None)
@given(PAGES)
def test_versions_follow_each_other_without_a_gap(pages):
    with TemporaryDirectory() as folder, open_store(Path(folder) / "s.db") as store:
        history: dict[str, list[tuple]] = {}
        for second, page in enumerate(pages):
            for each in apply(store, page, second):
                row = states(store)[each]
                history.setdefault(each, []).append((moment(second), row["amount_minor"], row["crm_stage"]))
        versions = stored(store, "opportunity_version", "version_id")
        for each, known in history.items():
            kept = [v for v in versions if v["id"] == each]
            assert [(v["known_from"], v["amount_minor"], v["crm_stage"]) for v in kept] == known[:-1]
            assert [v["known_to"] for v in kept] == [later[0] for later in known[1:]]


def test_the_columns_of_the_tests_have_one_value_each():
    assert len(deal("1")) == len(COLUMNS)
