"""Values of an org that no mapping entry claims, with how many rows carry them. Never commits."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection


def write_drift(
    conn: Connection, source: str, source_object: str, field: str, counts: Mapping[str, int], *, at: str
) -> None:
    """Makes these the unclaimed values of the field; a value that stays keeps the moment it was first met."""
    place = (source, source_object, field)
    rows = conn.exec_driver_sql("SELECT value FROM drift WHERE source = ? AND object = ? AND field = ?", place)
    settled = [(*place, value) for (value,) in rows if value not in counts]
    if settled:
        conn.exec_driver_sql("DELETE FROM drift WHERE source = ? AND object = ? AND field = ? AND value = ?", settled)
    if counts:
        conn.exec_driver_sql(
            "INSERT INTO drift (source, object, field, value, count, first_seen_at) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (source, object, field, value) DO UPDATE SET count = excluded.count",
            [(*place, value, counts[value], at) for value in sorted(counts)],
        )
