"""Where the next run of each source object starts; written in the same transaction as the rows it stands for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection


@dataclass(frozen=True)
class StoredCursor:
    """An adapter's place mark, and the hash of the rules and fields that the rows before it were read with."""

    cursor: dict[str, Any] | None
    fingerprint: str | None
    updated_at: str | None = None


def read_cursor(conn: Connection, source: str, source_object: str) -> StoredCursor | None:
    """The cursor of one object, None where it was never read to a safe place."""
    row = conn.exec_driver_sql(
        "SELECT cursor, fingerprint, updated_at FROM sync_cursor WHERE source = ? AND object = ?",
        (source, source_object),
    ).one_or_none()
    if row is None:
        return None
    return StoredCursor(None if row[0] is None else json.loads(row[0]), row[1], row[2])


def write_cursor(
    conn: Connection,
    source: str,
    source_object: str,
    cursor: dict[str, Any] | None,
    *,
    fingerprint: str,
    run_id: str,
    at: str,
) -> None:
    """Moves the cursor of one object."""
    body = None if cursor is None else json.dumps(cursor, separators=(",", ":"), sort_keys=True)
    conn.exec_driver_sql(
        "INSERT INTO sync_cursor (source, object, cursor, fingerprint, updated_at, run_id) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (source, object) DO UPDATE SET cursor = excluded.cursor, fingerprint = excluded.fingerprint, "
        "updated_at = excluded.updated_at, run_id = excluded.run_id",
        (source, source_object, body, fingerprint, at, run_id),
    )


def forget_cursor(conn: Connection, source: str, source_object: str) -> None:
    """Makes the next run read the object from the start."""
    conn.exec_driver_sql("DELETE FROM sync_cursor WHERE source = ? AND object = ?", (source, source_object))
