"""The few ways in which derivations talk to the store: fetch, write many, and set columns from computed values.

Everything runs on the driver's own connection, inside the caller's transaction. It must not know any table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from connector.store.chunks import chunks, marks
from connector.store.engine import driver

Row = tuple[Any, ...]

BATCH = 5_000


def fetch(conn: Connection, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
    """Rows of a query, as they come: memory does not grow with their number."""
    rows: Iterator[Row] = driver(conn).execute(sql, tuple(parameters))
    return rows


def one(conn: Connection, sql: str, parameters: Sequence[Any] = ()) -> Any:
    """First value of the first row, None where there is no row."""
    row = driver(conn).execute(sql, tuple(parameters)).fetchone()
    return None if row is None else row[0]


def run(conn: Connection, sql: str, parameters: Sequence[Any] = ()) -> int:
    """Runs one statement; returns how many rows it changed."""
    return driver(conn).execute(sql, tuple(parameters)).rowcount


def run_many(conn: Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Runs one statement for each row."""
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        driver(conn).executemany(sql, batch)


def fetch_by_ids(conn: Connection, sql: str, ids: Iterable[str]) -> Iterator[Row]:
    """Rows of a query whose ``{ids}`` stands for a list of ids."""
    for chunk in chunks(ids):
        yield from fetch(conn, sql.format(ids=marks(len(chunk))), chunk)


def set_columns(conn: Connection, table: str, columns: Sequence[str], rows: Iterable[Row], *, key: str = "id") -> int:
    """Writes computed values: ``rows`` are (key, value, ...); returns how many there were.

    They pass through a temporary table, so that ``rows`` may still be reading the very table that is written.
    """
    spelt = ", ".join(columns)
    run(conn, "DROP TABLE IF EXISTS temp.computed")
    run(conn, f"CREATE TEMP TABLE computed (own PRIMARY KEY, {spelt}) WITHOUT ROWID")
    run_many(conn, f"INSERT OR REPLACE INTO computed VALUES ({marks(len(columns) + 1)})", rows)
    count = int(one(conn, "SELECT count(*) FROM computed"))
    if count:
        settings = ", ".join(f"{column} = computed.{column}" for column in columns)
        run(conn, f"UPDATE {table} SET {settings} FROM temp.computed AS computed WHERE {table}.{key} = computed.own")
    run(conn, "DROP TABLE temp.computed")
    return count
