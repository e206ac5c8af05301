"""Every table, view and column is described, and docs/store.md says what the schema says."""

from pathlib import Path

from connector.store.analyst_views import VIEWS
from connector.store.columns import KINDS
from connector.store.dictionary import BEGIN, describe, entries, markdown
from connector.store.tables import METADATA

PAGE = Path(__file__).parents[2] / "docs" / "store.md"


def test_every_column_of_every_table_is_described():
    described = {(each.table, each.column) for each in entries()}
    assert described >= {(name, column.name) for name, table in METADATA.tables.items() for column in table.columns}
    assert all(each.description.strip() for each in entries())
    assert {each.kind for each in entries()} <= set(KINDS)


def test_every_table_and_view_is_described():
    for name in [*METADATA.tables, *(view.name for view in VIEWS)]:
        assert describe(name).strip()


def test_every_reference_names_a_table():
    assert {each.refers_to for each in entries() if each.kind == "ref" and not each.table.startswith("v_")} <= set(
        METADATA.tables
    )


def test_the_page_holds_todays_dictionary():
    _, _, generated = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    assert generated == markdown(), "run: python -m connector.store.dictionary docs/store.md"
