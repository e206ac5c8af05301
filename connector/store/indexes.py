"""Secondary indexes: which there are, and when they are built. Must not know who reads by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from connector.store.tables import SUPERSEDED

#: table -> columns of each index. Records are found by unified id, and those of a source by its range of the
#: primary key, so only roads that start elsewhere need one.
INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "opportunity": (("created_on",), ("close_on",)),
    "lead": (("created_on",),),
    "stage_event": (("opportunity_id",), ("occurred_on",)),
    "opportunity_split": (("opportunity_id",),),
    "membership": (("crm_user_id",),),
    "crm_user": (("person_id",),),
    "activity": (("opportunity_id",), ("occurred_on",)),
    "reject": (("source", "object", "source_id"),),
    # what was known on a day: the states that a later one replaced, and which of a row's it was
    **dict.fromkeys(SUPERSEDED, (("id",), ("known_to",))),
}


#: tables of which every question looks for rows put in by hand, among millions that were not
BY_HAND = ("opportunity",)


def build_indexes(conn: Connection, tables: Iterable[str] | None = None) -> None:
    """Builds the indexes that are not there, of all tables or of these. Never commits.

    A new store has none: after a first full load this costs a fraction of keeping them up during it.
    """
    for table in INDEXES if tables is None else tables:
        for name, what in _of(table):
            conn.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name} ON {table} {what}")


def drop_indexes(conn: Connection, tables: Iterable[str]) -> None:
    """Drops the indexes of these tables, before they are loaded whole into an empty place. Never commits."""
    for table in tables:
        for name, _ in _of(table):
            conn.exec_driver_sql(f"DROP INDEX IF EXISTS {name}")


def _of(table: str) -> Iterator[tuple[str, str]]:
    """Name of each index of a table, and what it is on."""
    for columns in INDEXES.get(table, ()):
        yield f"ix_{table}_{'_'.join(columns)}", f"({', '.join(columns)})"
    if table in BY_HAND:
        yield f"ix_{table}_by_hand", "(id) WHERE source_object IS NULL"
