"""The org's records in a throw-away SQLite file, so that a million fit: plain storage, no rule of the CRM.

One table per object, one column per stored field (compound fields have none); a log of deletes; the numbers of the
ids handed out. Many readers, one writer.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from connector.sandbox.salesforce.fields import COMPOUNDS
from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.objects import SObject

#: a boolean is never null in the CRM
_KINDS = {"boolean": "INTEGER DEFAULT 0", "int": "INTEGER", "long": "INTEGER"}


def stored(sobject: SObject) -> list[str]:
    """The names of an object's columns."""
    return [field.name for field in sobject.fields if field.type not in COMPOUNDS]


class Records:
    """The tables of one org. ``close`` removes the file."""

    def __init__(self, schema: Mapping[str, SObject]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="crossfunnel-sandbox-org-")
        self._file = Path(self._folder.name) / "org.db"
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.RLock()
        self._writing_thread: int | None = None
        self._numbers: dict[str, int] = {}
        #: grows with every committed change: what was rendered before is stale then
        self.generation = 0
        self._writer = self._connect()
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.execute("CREATE TABLE _deleted (object TEXT, id TEXT, at TEXT)")
        self._writer.execute("CREATE INDEX _deleted_at ON _deleted (object, at)")
        for sobject in schema.values():
            self.create(sobject)

    def create(self, sobject: SObject) -> None:
        """The table of an object."""
        kinds = {field.name: _KINDS.get(field.type, "TEXT") for field in sobject.fields}
        columns = ", ".join(f'"{name}" {kinds[name]}' for name in stored(sobject) if name != "Id")
        with self.writing() as connection:
            connection.execute(f'CREATE TABLE "{sobject.name}" ("Id" TEXT PRIMARY KEY, {columns})')
            if sobject.field("SystemModstamp"):
                connection.execute(f'CREATE INDEX "{sobject.name}_stamp" ON "{sobject.name}" ("SystemModstamp")')

    def new_id(self, sobject: SObject) -> str:
        """The next id of an object."""
        with self._guard:
            number = self._numbers[sobject.prefix] = self._numbers.get(sobject.prefix, 0) + 1
        return make_id(sobject.prefix, number)

    def reserve(self, prefix: str, last: int) -> None:
        """Ids up to this number were made by others."""
        with self._guard:
            self._numbers[prefix] = max(self._numbers.get(prefix, 0), last)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state as long as a statement of it runs; inside ``writing``, the writer's own."""
        if self._writing_thread == threading.get_ident():
            yield self._writer
            return
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        try:
            yield connection
        finally:
            with self._guard:
                self._idle.append(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The writer's connection; what happens inside is one transaction."""
        with self._writing:
            if self._writer.in_transaction:
                yield self._writer
                return
            self._writer.execute("BEGIN")
            self._writing_thread = threading.get_ident()
            try:
                yield self._writer
            except BaseException:
                self._writer.rollback()
                raise
            finally:
                self._writing_thread = None
            self._writer.commit()
            self.generation += 1

    def insert(self, sobject: SObject, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Adds rows as they are."""
        names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
        with self.writing() as connection:
            connection.executemany(f'INSERT INTO "{sobject.name}" ({names}) VALUES ({marks})', rows)

    def log_deletes(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Rows of (object, id, instant)."""
        with self.writing() as connection:
            connection.executemany("INSERT INTO _deleted VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Removes everything."""
        for connection in (*self._idle, self._writer):
            connection.close()
        self._folder.cleanup()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, check_same_thread=False, isolation_level=None, timeout=60)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -32768")
        return connection
