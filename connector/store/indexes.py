"""Secondary indexes: which there are, and when they are built. Must not know who reads by them."""

from __future__ import annotations

from collections.abc import Iterable

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


def build_indexes(conn: Connection, tables: Iterable[str] | None = None) -> None:
    """Builds the indexes that are not there, of all tables or of these. Never commits.

    A new store has none: after a first full load this costs a fraction of keeping them up during it.
    """
    for table in INDEXES if tables is None else tables:
        for columns in INDEXES.get(table, ()):
            conn.exec_driver_sql(
                f"CREATE INDEX IF NOT EXISTS {_name(table, columns)} ON {table} ({', '.join(columns)})"
            )


def drop_indexes(conn: Connection, tables: Iterable[str]) -> None:
    """Drops the indexes of these tables, before they are loaded whole into an empty place. Never commits."""
    for table in tables:
        for columns in INDEXES.get(table, ()):
            conn.exec_driver_sql(f"DROP INDEX IF EXISTS {_name(table, columns)}")


def _name(table: str, columns: tuple[str, ...]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"
