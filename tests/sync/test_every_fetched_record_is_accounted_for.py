"""Promise 4: in every run fetched = loaded + unchanged + rejected + deleted, whatever a source hands over."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.adapters.base import Frame, Page, Row, Shape, Tombstone, Wanted
from connector.config import load_settings
from connector.errors import CrossfunnelError
from connector.mapping.mapper import RowMapper
from connector.settings import Settings
from connector.store import Store, open_store
from connector.sync import run, run_sync

RULES = """
version: 1
objects:
  Deal:
    table: opportunity
    keep: {Kind: [a]}
    fields: {name: Name, source_stage: Name, amount_minor: {money: Amount}}
  Step:
    rows:
      - {table: stage_event, each: Path, fields: {opportunity_id: {ref: opportunity, from: Deal}, seq: each.place}}
      - {table: team, keep: {Kind: [a]}, fields: {name: Deal}}
"""
CONFIG = """
[mappings]
path = "mappings"
[sources.acme]
kind = "salesforce"
domain = "acme.my"
client_id = "app"
client_secret = "hush-hush"
"""
COLUMNS = {
    "Deal": ("Id", "Kind", "Name", "Amount", "Changed", "Gone"),
    "Step": ("Id", "Kind", "Path", "Deal", "Changed", "Gone"),
}


class Scripted:
    """An adapter that hands over given pages."""

    name, kind = "acme", "salesforce"

    def __init__(self, pages: dict[str, list[Page]]) -> None:
        self._pages = pages

    def connect(self) -> None: ...

    def close(self) -> None: ...

    def frame(self, lookups: object, labels: object) -> Frame:
        return Frame()

    def requests_for(self, object_name: str) -> int:
        return 1

    def shape(self, wanted: Wanted) -> Shape:
        return Shape(wanted.object, COLUMNS[wanted.object], "Id", "Changed", "Gone")

    def pages(self, wanted: Wanted, shape: Shape, cursor: object, *, whole: bool = False) -> Iterator[Page]:
        return iter(self._pages.get(wanted.object) or [Page(last=True)])


def workplace(folder: Path) -> Settings:
    (folder / "mappings").mkdir()
    (folder / "mappings" / "salesforce.yaml").write_text(RULES, encoding="utf-8")
    (folder / "crossfunnel.toml").write_text(CONFIG, encoding="utf-8")
    return load_settings(folder / "crossfunnel.toml", {})


IDS = st.sampled_from(["1", "2", "3", "4", "5:6", None])
KINDS = st.sampled_from(["a", "a", "a", "b", None])
PATHS = st.sampled_from(["x", "y", "x,y", "y,x,z", "", None])
AMOUNTS = st.sampled_from([Decimal(1), Decimal(2), None, "much"])
STAMPS = st.sampled_from(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", None])
FLAGS = st.sampled_from([False, False, True])
ROWS = {
    "Deal": st.tuples(IDS, KINDS, PATHS, AMOUNTS, STAMPS, FLAGS),
    "Step": st.tuples(IDS, KINDS, PATHS, IDS, STAMPS, FLAGS),
}
STONES = st.builds(Tombstone, st.sampled_from(["1", "2", "3", "9"]), STAMPS)


@st.composite
def reads(draw: st.DrawFn, name: str) -> list[Page]:
    """One read of an object: pages with rows and tombstones, in any disorder, whole or not."""
    whole = draw(st.booleans())
    contents: list[tuple[list[Row], list[Tombstone]]] = draw(
        st.lists(st.tuples(st.lists(ROWS[name], max_size=5), st.lists(STONES, max_size=3)), min_size=1, max_size=3)
    )
    return [
        Page(rows, stones, cursor={"at": place}, whole=whole, last=place == len(contents))
        for place, (rows, stones) in enumerate(contents, start=1)
    ]


def runs() -> st.SearchStrategy[list[dict[str, list[Page]]]]:
    return st.lists(st.fixed_dictionaries({"Deal": reads("Deal"), "Step": reads("Step")}), min_size=1, max_size=3)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(script=runs())
def test_counts_add_up_for_any_pages(monkeypatch: pytest.MonkeyPatch, script: list[dict[str, list[Page]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = workplace(Path(folder))
        for pages in script:
            fetched = {
                name: sum(len(page.rows) + len(page.tombstones) for page in each) for name, each in pages.items()
            }
            monkeypatch.setattr(run, "make_adapter", lambda *_, pages=pages: Scripted(pages))
            (source,) = run_sync(place).to_json()["sources"]
            for line in source["objects"]:
                parts = [line[name] for name in ("loaded", "unchanged", "rejected", "deleted")]
                assert line["status"] == "ok", line
                assert line["fetched"] == sum(parts) and min(parts) >= 0, line
                # what a whole read did not meet is told on top of what came
                assert line["fetched"] >= fetched[line["object"]]


def kept(store: Store) -> list[int]:
    with store.read() as conn:
        tables = ("opportunity", "reject", "sync_cursor", "sync_run_object")
        return [conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() for table in tables]


def test_a_record_that_vanishes_on_the_way_ends_the_run_and_keeps_nothing_of_its_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place, whole = workplace(tmp_path), RowMapper._map
    rows: list[Row] = [(str(number), "a", "x", Decimal(1), None, False) for number in range(9)]
    monkeypatch.setattr(run, "make_adapter", lambda *_: Scripted({"Deal": [Page(rows, cursor={"at": 1}, last=True)]}))

    def losing(mapper: RowMapper, given: Sequence[Row], into: object) -> None:
        whole(mapper, given[:-1], into)  # type: ignore[arg-type]

    monkeypatch.setattr(RowMapper, "_map", losing)
    with pytest.raises(CrossfunnelError, match="of 9 records fetched, 8 are loaded") as caught:
        run_sync(place)
    assert caught.value.exit_code == 1
    with open_store(place.store_path) as store:
        assert kept(store)[:3] == [0, 0, 0]
        with store.read() as conn:
            ended = conn.exec_driver_sql("SELECT status, exit_code FROM sync_run").one()
        assert tuple(ended) == ("failed", 1)
        monkeypatch.setattr(RowMapper, "_map", whole)
        assert run_sync(place).exit_code == 0
        assert kept(store)[0] == 9
