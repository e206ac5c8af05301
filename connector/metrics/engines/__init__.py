"""The engines that compute measures, one file each. Measures see a Workspace and never which engine is behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from connector.errors import UsageError
from connector.metrics.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import Connection

ENGINES = ("sqlite", "duckdb")


def workspace_of(engine: str, conn: Connection) -> AbstractContextManager[Workspace]:
    """A workspace over the store behind ``conn``; UsageError for an engine that is unknown or not installed."""
    if engine == "sqlite":
        return _over_sqlite(conn)
    if engine == "duckdb":
        from connector.metrics.engines.duckdb import open_duckdb

        return open_duckdb(conn)
    raise UsageError(f"--engine {engine}: there is no such engine.", hint=f"There is: {', '.join(ENGINES)}.")


@contextmanager
def _over_sqlite(conn: Connection) -> Iterator[Workspace]:
    """The connection outlives the question: what stood before the store's own calendar is taken away at the end."""
    space = Workspace(conn)
    try:
        yield space
    finally:
        space.close_streams()
        conn.exec_driver_sql("DROP TABLE IF EXISTS temp.calendar")
