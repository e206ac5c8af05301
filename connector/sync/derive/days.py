"""The day columns beside instants (``created_on`` beside ``created_at``), in the reporting time zone.

A mapping fills them as rows come; here they are filled for rows put in by hand, and anew when the zone changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from connector.store.tables import COMPUTED, MAPPABLE, kind_of, table
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import Row, fetch, set_columns


def day_columns() -> Iterator[tuple[str, str, str]]:
    """Every (table, day column, instant column beside it)."""
    for name in (*MAPPABLE, *COMPUTED):
        columns = {column.name: column for column in table(name).columns}
        for day in columns:
            beside = day.removesuffix("_on") + "_at"
            if day.endswith("_on") and beside in columns and kind_of(columns[beside]) == "instant":
                yield name, day, beside


def fill_days(conn: Connection, context: DeriveContext, *, anew: bool) -> None:
    """Fills the days of records that have none; ``anew`` recomputes all. Visits get theirs where they are rebuilt."""
    for name, day, instant in day_columns():
        if "id" not in table(name).primary_key.columns:
            _fill_visits(conn, context, name, day, instant, anew=anew)
            continue
        where = "1" if anew else f"{day} IS NULL"
        rows = fetch(conn, f"SELECT id, {instant}, {day} FROM {name} WHERE {instant} IS NOT NULL AND {where}")
        set_columns(conn, name, (day,), _differing(context, rows))


def _fill_visits(conn: Connection, context: DeriveContext, name: str, day: str, instant: str, *, anew: bool) -> None:
    """The key of visits is not one column; their row number serves as one."""
    where = "1" if anew else f"{day} IS NULL"
    rows = fetch(conn, f"SELECT rowid, {instant}, {day} FROM {name} WHERE {instant} IS NOT NULL AND {where}")
    set_columns(conn, name, (day,), _differing(context, rows), key="rowid")


def _differing(context: DeriveContext, rows: Iterator[Row]) -> Iterator[Row]:
    for own, instant, stored in rows:
        day = context.day(instant)
        if day is not None and day != stored:
            yield own, day
