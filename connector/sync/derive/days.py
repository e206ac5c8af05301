"""The day columns beside instants (``created_on`` beside ``created_at``), in the reporting time zone.

A mapping fills them as rows come; here they are filled for rows put in by hand, and anew when the zone changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from connector.store.tables import COMPUTED, MAPPABLE, SUPERSEDED, kind_of, table
from connector.sync.derive.context import DeriveContext
from connector.sync.derive.rows import Row, fetch, set_columns


def day_columns(tables: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Every (table, day column, instant column beside it)."""
    for name in tables:
        columns = {column.name: column for column in table(name).columns}
        for day in columns:
            beside = day.removesuffix("_on") + "_at"
            if day.endswith("_on") and beside in columns and kind_of(columns[beside]) == "instant":
                yield name, day, beside


def fill_days(conn: Connection, context: DeriveContext, *, anew: bool) -> None:
    """Fills the days of records that have none; ``anew`` recomputes all, those of superseded states too.

    Visits get theirs where they are rebuilt.
    """
    for name, day, instant in day_columns((*MAPPABLE, *COMPUTED, *(SUPERSEDED if anew else ()))):
        if "id" not in table(name).primary_key.columns:
            _fill_by_row(conn, context, name, day, instant, anew=anew)
            continue
        where = "1" if anew else f"{day} IS NULL"
        rows = fetch(conn, f"SELECT id, {instant}, {day} FROM {name} WHERE {instant} IS NOT NULL AND {where}")
        set_columns(conn, name, (day,), _differing(context, rows))


def _fill_by_row(conn: Connection, context: DeriveContext, name: str, day: str, instant: str, *, anew: bool) -> None:
    """For visits, whose key is not one column, and superseded states, whose id is not theirs alone."""
    where = "1" if anew else f"{day} IS NULL"
    rows = fetch(conn, f"SELECT rowid, {instant}, {day} FROM {name} WHERE {instant} IS NOT NULL AND {where}")
    set_columns(conn, name, (day,), _differing(context, rows), key="rowid")


def _differing(context: DeriveContext, rows: Iterator[Row]) -> Iterator[Row]:
    for own, instant, stored in rows:
        day = context.day(instant)
        if day is not None and day != stored:
            yield own, day
