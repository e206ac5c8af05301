"""Temporary tables and views on the connection of a store, and the SQL files that read them.

It must not know any measure. Everything made here is temporary: it is seen by this connection only and
never reaches the store's file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BATCH = 10_000
#: of a table's rows, one in so many: where more lie in a window of days, reading all of them is faster than an index
_FEW = 4


@cache
def sql_file(name: str) -> str:
    """The text of ``connector/metrics/sql/<name>.sql``."""
    return files("connector.metrics").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def statement(name: str) -> str:
    """The statement of a SQL file, without its header of comments and without the closing semicolon."""
    lines = [line for line in sql_file(name).splitlines() if not line.lstrip().startswith("--")]
    return "\n".join(lines).strip().rstrip(";")


def literal(value: str) -> str:
    """Text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


class Workspace:
    """The temporary side of one connection."""

    #: how the store's own tables are reached where a temporary view of the same name stands before them
    store = "main"

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        #: tables of the store before which a view stands (--known-at)
        self.covered: set[str] = set()
        self._kept: set[str] = set()
        self._streams: list[Any] = []

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        found: list[tuple[Any, ...]] = self._cursor(sql, parameters).fetchall()
        return found

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query one by one, where they are too many to be held."""
        cursor = self._cursor(sql)
        self._streams.append(cursor)
        yield from cursor

    def close_streams(self) -> None:
        """Lets go of the queries that an error has left half read: while they stand, no table can be dropped."""
        for cursor in self._streams:
            cursor.close()
        self._streams.clear()

    def _cursor(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The driver's own cursor, whose rows are plain tuples."""
        return self.conn.exec_driver_sql(sql, tuple(parameters)).cursor

    def records(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """All rows of a query, each by column name."""
        return [dict(row) for row in self.conn.exec_driver_sql(sql, tuple(parameters)).mappings()]

    def view(self, name: str, select: str) -> None:
        """A temporary view, replaced where it is there already."""
        self.conn.exec_driver_sql(f"DROP VIEW IF EXISTS temp.{name}")
        self.conn.exec_driver_sql(f"CREATE TEMP VIEW {name} AS {select}")

    def fill(self, name: str, columns: str, rows: Iterable[Sequence[Any]]) -> int:
        """A temporary table with these rows, replaced where it is there already; returns how many rows."""
        self.conn.exec_driver_sql(f"DROP TABLE IF EXISTS temp.{name}")
        self.conn.exec_driver_sql(f"CREATE TEMP TABLE {name} ({columns})")
        return self.append(name, rows)

    def append(self, name: str, rows: Iterable[Sequence[Any]]) -> int:
        """More rows for a temporary table; returns how many."""
        total = 0
        for batch in batches(rows, _BATCH):
            marks = ", ".join("?" * len(batch[0]))
            self.conn.exec_driver_sql(f"INSERT INTO temp.{name} VALUES ({marks})", batch)
            total += len(batch)
        return total

    def lookup(self, name: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """As ``fill``, for a small table with a key to which many rows are joined: the rows lie in the key itself."""
        self.conn.exec_driver_sql(f"DROP TABLE IF EXISTS temp.{name}")
        self.conn.exec_driver_sql(f"CREATE TEMP TABLE {name} ({columns}) WITHOUT ROWID")
        self.append(name, rows)

    def keep(self, name: str, select: str, *, index: str | None = None) -> None:
        """The rows of a query as a temporary table, for what several statements read; indexed by some columns."""
        self.conn.exec_driver_sql(f"DROP TABLE IF EXISTS temp.{name}")
        self.conn.exec_driver_sql(f"CREATE TEMP TABLE {name} AS {select}")
        if index is not None:
            self.conn.exec_driver_sql(f"CREATE INDEX temp.ix_{name} ON {name} ({index})")

    def keep_once(self, name: str, select: str, *, index: str) -> None:
        """As ``keep``, where it was not kept before: for what few answers need, and these often."""
        if name not in self._kept:
            self.keep(name, select, index=index)
            self._kept.add(name)

    def days(self, table: str, alias: str, column: str, from_on: str, to_on: str) -> str:
        """A column of days, as a view has to offer it to measures that look for those of a window.

        By an index where few rows lie in the window; else in the form that SQLite compares row by row.
        """
        (newest,) = self.rows(f"SELECT MAX(rowid) FROM {self.store}.{table}")[0]
        enough = (newest or 0) // _FEW
        inside = f"SELECT 1 FROM {self.store}.{table} WHERE {column} >= ? AND {column} <= ? LIMIT ?"
        (found,) = self.rows(f"SELECT COUNT(*) FROM ({inside})", (from_on, to_on, enough))[0]
        return f"{alias}.{column}" if found < enough else f"+{alias}.{column}"


def batches(rows: Iterable[Sequence[Any]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Rows as tuples, in lists of at most ``size``."""
    iterator = iter(rows)
    while batch := [tuple(row) for row in islice(iterator, size)]:
        yield batch
