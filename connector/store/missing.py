"""Which mapped objects and fields an org lacks or hides, as far as the last run saw. Never commits."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from connector.store.chunks import marks

#: stands for the whole object in the column ``field``
WHOLE_OBJECT = "*"


def write_missing(conn: Connection, source: str, source_object: str, fields: Iterable[str], *, at: str) -> set[str]:
    """Makes these the missing fields of the object; returns those that were missing before and are there now.

    A field that stays missing keeps the moment it was first missed. An absent object misses WHOLE_OBJECT.
    """
    now = set(fields)
    before = missing_fields(conn, source, source_object)
    revealed = before - now
    if revealed:
        conn.exec_driver_sql(
            "DELETE FROM missing_field WHERE source = ? AND object = ? AND field = ?",
            [(source, source_object, each) for each in sorted(revealed)],
        )
    if now - before:
        conn.exec_driver_sql(
            "INSERT INTO missing_field (source, object, field, first_seen_at) VALUES (?, ?, ?, ?)",
            [(source, source_object, each, at) for each in sorted(now - before)],
        )
    return revealed


def forget_unmapped(conn: Connection, source: str, mapped: Iterable[str]) -> None:
    """Forgets what was missed of objects that no mapping names any more."""
    kept = tuple(mapped)
    conn.exec_driver_sql(
        f"DELETE FROM missing_field WHERE source = ? AND object NOT IN ({marks(len(kept))})", (source, *kept)
    )


def missing_fields(conn: Connection, source: str, source_object: str) -> set[str]:
    """The fields of the object that are missed now."""
    rows = conn.exec_driver_sql(
        "SELECT field FROM missing_field WHERE source = ? AND object = ?", (source, source_object)
    )
    return {field for (field,) in rows}


def missing_count(conn: Connection, source: str) -> int:
    """How many mapped fields and objects of a source are missed now."""
    asked = "SELECT count(*) FROM missing_field WHERE source = ?"
    return int(conn.exec_driver_sql(asked, (source,)).scalar_one())
