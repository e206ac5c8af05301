"""Remembers which records a whole read has met, to find those that are gone from the source.

The ids lie in a private temporary database, which SQLite spills to disk: memory stays bounded, and neither a
rolled-back page nor another connection loses them. Must not mark anything itself: see delete.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Self

from sqlalchemy import Connection

from connector.store.chunks import chunks, marks
from connector.store.engine import driver

#: stored rows that one step of the comparison looks at
STEP = 2_000


class SeenIds:
    """The source ids of one object that a whole read has met, rejected and dropped records included."""

    def __init__(
        self, source: str, source_object: str, tables: Sequence[str], *, needed: bool, since: str | None = None
    ) -> None:
        self.source = source
        self.source_object = source_object
        self.tables = tuple(tables)
        self._needed = needed
        self._since = since or ""
        # "" is a temporary database of its own, deleted when closed
        self._ids = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._ids.execute("PRAGMA journal_mode = OFF").fetchall()
        self._ids.execute("PRAGMA synchronous = OFF")
        self._ids.execute("PRAGMA cache_size = -4096")
        self._ids.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")

    @classmethod
    def begin(
        cls, conn: Connection, source: str, source_object: str, tables: Sequence[str], *, since: str | None = None
    ) -> Self:
        """Starts a whole read; call it before the first page is loaded.

        ``since``: the read only asks for records changed from that instant on, so older ones are not missing.

        Where nothing of the object is stored yet, nothing can be missing at the end, and no id is kept.
        """
        needed = any(has_rows(conn, name, source, source_object) for name in tables)
        return cls(source, source_object, tables, needed=needed, since=since)

    def add(self, source_ids: Iterable[str | None]) -> None:
        """Notes records that the source handed over; None (a record without an id) is passed over."""
        if not self._needed:
            return
        self._ids.execute("BEGIN")
        self._ids.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((each,) for each in source_ids if each))
        self._ids.execute("COMMIT")

    def missing(self, conn: Connection) -> Iterator[list[str]]:
        """Source ids of stored, live records that were not seen, in bounded lists; mark them while iterating."""
        if not self._needed:
            return
        for name in self.tables:
            for stored in self._stored(conn, name):
                unseen = self._unseen(stored)
                if unseen:
                    yield unseen

    def _stored(self, conn: Connection, name: str) -> Iterator[list[str]]:
        last = f"{self.source}:"
        statement = (
            f"SELECT id, source_id FROM {name} WHERE id > ? AND id < ? AND is_deleted = 0 AND source_object = ? "
            f"AND source_id IS NOT NULL AND coalesce(source_modified_at, '') >= ? ORDER BY id LIMIT {STEP}"
        )
        while (
            rows := driver(conn)
            .execute(statement, (last, f"{self.source};", self.source_object, self._since))
            .fetchall()
        ):
            yield [source_id for _, source_id in rows]
            last = rows[-1][0]

    def _unseen(self, stored: list[str]) -> list[str]:
        """A row ``<record>:<part>`` of a record that was fanned out lives as long as its record does."""
        records = {each: each.partition(":")[0] for each in stored}
        seen: set[str] = set()
        for chunk in chunks({*records, *records.values()}):
            seen.update(
                each for (each,) in self._ids.execute(f"SELECT id FROM seen WHERE id IN ({marks(len(chunk))})", chunk)
            )
        gone = (record for each, record in records.items() if each not in seen and record not in seen)
        return list(dict.fromkeys(gone))

    def close(self) -> None:
        """Frees the temporary database."""
        self._ids.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def any_deleted(conn: Connection, name: str, ids: Iterable[str]) -> bool:
    """Whether any of these stored rows is marked deleted."""
    return any(
        driver(conn)
        .execute(f"SELECT 1 FROM {name} WHERE is_deleted = 1 AND id IN ({marks(len(chunk))}) LIMIT 1", chunk)
        .fetchone()
        for chunk in chunks(ids)
    )


def has_rows(conn: Connection, name: str, source: str, source_object: str) -> bool:
    """Whether the table holds any row made from this source object: if not, its first load may be ``fresh``."""
    statement = f"SELECT 1 FROM {name} WHERE id > ? AND id < ? AND source_object = ? LIMIT 1"
    found = driver(conn).execute(statement, (f"{source}:", f"{source};", source_object)).fetchone()
    return found is not None
