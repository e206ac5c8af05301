"""The schema's version: reads the one a store has, creates today's in an empty file.

Must not import alembic: most runs meet a store of today's version. Migrations are in upgrade.py.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from connector.errors import StoreUnusable
from connector.store.tables import METADATA

#: newest first; one entry for each file in migrations/versions
REVISIONS = ("0003", "0002", "0001")
HEAD = REVISIONS[0]
VERSION_TABLE = "alembic_version"


def version(conn: Connection, path: Path) -> str | None:
    """Revision of the store, None for an empty file; StoreUnusable for a file that is not ours or too new."""
    tables = {name for (name,) in conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        raise StoreUnusable(
            f"{path} is a SQLite database of another program.",
            hint="Set [store] url to a file of its own; this one was left untouched.",
        )
    found = [name for (name,) in conn.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}")]
    if len(found) != 1:
        raise StoreUnusable(
            f"The store {path} does not say of which schema it is: {VERSION_TABLE} has {len(found)} rows, not one.",
            hint="Restore a backup, or move the file away and run `crossfunnel sync --full`.",
        )
    if found[0] not in REVISIONS:
        raise StoreUnusable(
            f"The store {path} was written by a newer crossfunnel (schema {found[0]}, here {HEAD}).",
            hint="Update crossfunnel, or use another store.",
        )
    return str(found[0])


def create(conn: Connection) -> None:
    """Creates every table of today's schema in an empty store; a test proves that the migrations lead to the same."""
    METADATA.create_all(conn)
    conn.exec_driver_sql(
        f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
        f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
    )
    conn.exec_driver_sql(f"INSERT INTO {VERSION_TABLE} VALUES (?)", (HEAD,))
