"""Marks records deleted that the source says are gone; rows stay with their last values. Never commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from connector.store.chunks import chunks, marks
from connector.store.engine import driver
from connector.store.versions import supersede


def delete(
    conn: Connection,
    name: str,
    source: str,
    source_object: str,
    gone: Iterable[str] | Mapping[str, str | None],
    *,
    synced_at: str,
) -> list[str]:
    """Marks the rows made from these source ids; returns the unified ids that changed, in order of id per chunk.

    ``gone`` may map a source id to the instant of its deletion, which becomes source_modified_at. All rows of
    a record that was fanned out (``<source_id>:<part>``) go with it. Ids that were never stored, or are
    deleted already, change nothing.
    """
    when: Mapping[str, str | None] = gone if isinstance(gone, Mapping) else {}
    changed: list[str] = []
    for chunk in chunks(gone):
        rows = _live(conn, name, source, source_object, chunk)
        supersede(conn, name, rows, known_to=synced_at)
        driver(conn).executemany(
            f"UPDATE {name} SET is_deleted = 1, source_modified_at = coalesce(?, source_modified_at), synced_at = ? "
            "WHERE id = ?",
            [(when.get(source_id), synced_at, each) for each, source_id in rows.items()],
        )
        changed += rows
    return changed


def _live(conn: Connection, name: str, source: str, source_object: str, source_ids: list[str]) -> dict[str, str]:
    """Unified id -> source id of the record it was made from, for the rows that are not deleted yet."""
    guard = "is_deleted = 0 AND (source_object = ? OR source_object IS NULL)"
    whole = {f"{source}:{each}": each for each in source_ids}
    cursor = driver(conn).execute(
        f"SELECT id FROM {name} WHERE id IN ({marks(len(whole))}) AND {guard} ORDER BY id", (*whole, source_object)
    )
    found = {each: whole[each] for (each,) in cursor}
    # ":" and ";" are neighbours in the collation, so this is one range of the primary key
    for each in source_ids:
        parts = driver(conn).execute(
            f"SELECT id FROM {name} WHERE id > ? AND id < ? AND {guard}",
            (f"{source}:{each}:", f"{source}:{each};", source_object),
        )
        found.update((part, each) for (part,) in parts)
    return found
