"""Records in SQLite: a file of its own, a row version that only grows, tombstones. Knows columns, not OData.

Money and decimals are kept as text so that their trailing zeros survive; instants as ``YYYY-MM-DDTHH:MM:SSZ``.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from connector.sandbox.dynamics.schema import WHOLE, Attribute, Table

_CHUNK = 5_000
SqlFunction = Callable[..., str | None]


def sql_type(attribute: Attribute) -> str:
    """The storage of a column."""
    if attribute.kind in WHOLE or attribute.kind == "Boolean":
        return "INTEGER"
    return "REAL" if attribute.kind == "Double" else "TEXT"


class Database:
    """Connections to one temporary file. ``functions`` are SQL functions that every connection gets."""

    def __init__(self, functions: dict[str, tuple[int, SqlFunction]] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="crossfunnel-sandbox-dynamics-")
        self._path = Path(self._folder.name) / "records.db"
        self._functions = functions or {}
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._own = threading.local()
        #: held while something is written; a new version is known only once its rows are committed
        self.writing = threading.RLock()
        self.version = 1_000_000
        self._drawn = self.version
        with self.connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(
                "CREATE TABLE tombstone (name TEXT, id TEXT, version INTEGER, PRIMARY KEY (name, id)) WITHOUT ROWID"
            )

    @property
    def folder(self) -> Path:
        """Where the file lies."""
        return self._path.parent

    def create(self, table: Table) -> None:
        """An empty table."""
        stored = [f'"{item.column}" {sql_type(item)}' for item in table.by_column.values()]
        stored += [f'"{item.type_column}" TEXT' for item in table.by_column.values() if item.polymorphic]
        stored[0] += " PRIMARY KEY"
        with self.write() as connection:
            connection.execute(f'CREATE TABLE "{table.name}" ({", ".join(stored)})')
            connection.execute(f'CREATE INDEX "{table.name}_version" ON "{table.name}" (versionnumber)')

    @contextlib.contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection of one's own for a while, outside any transaction."""
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._open()
        try:
            yield connection
        finally:
            with self._guard:
                self._idle.append(connection)

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of everything, for as long as the context lasts; within ``write``, of what it wrote."""
        if self._writing is not None:
            yield self._writing
            return
        with self.connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction; one at a time. Its versions become visible with its commit. A nested one joins the outer."""
        if self._writing is not None:
            yield self._writing
            return
        with self.writing, self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._own.writing = connection
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            finally:
                self._own.writing = None
            connection.execute("COMMIT")
            self.version = self._drawn

    @property
    def _writing(self) -> sqlite3.Connection | None:
        """The connection of this thread's transaction under way."""
        return getattr(self._own, "writing", None)

    def next_version(self) -> int:
        """A higher row version than any before; call it while writing."""
        self._drawn += 1
        return self._drawn

    def load(self, table: Table, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
        """Adds rows in bulk; each gets a version. Returns how many there were."""
        names = ", ".join(f'"{name}"' for name in (*columns, "versionnumber"))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * (len(columns) + 1))})'
        count = 0
        with self.write() as connection:
            numbered = ((*row, self.next_version()) for row in rows)
            for chunk in _chunks(numbered):
                connection.executemany(statement, chunk)
                count += len(chunk)
        return count

    def bury(self, table: Table, keys: Iterable[str]) -> None:
        """Adds tombstones of records that were deleted before anybody looked."""
        with self.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?)",
                [(table.name, key, self.next_version()) for key in keys],
            )

    def close(self) -> None:
        """Closes every connection and removes the file."""
        with self._guard:
            for connection in self._idle:
                connection.close()
            self._idle.clear()
        self._folder.cleanup()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=256)
        for pragma in ("synchronous=OFF", "cache_size=-65536", "busy_timeout=60000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        for name, (arguments, function) in self._functions.items():
            connection.create_function(name, arguments, function, deterministic=True)
        return connection


def _chunks(rows: Iterator[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    chunk: list[tuple[object, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
