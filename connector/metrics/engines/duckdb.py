"""DuckDB over the same SQLite file, attached read-only: nothing is copied, nothing is fetched from anywhere.

Only what is committed is seen. It must not know any measure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.errors import UsageError
from connector.metrics.workspace import Workspace, batches, literal

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BATCH = 50_000
_HINT = 'Install it: pip install "crossfunnel[duckdb]", or leave --engine out.'
#: as SQLite orders them
_NULLS = "NULLS_FIRST_ON_ASC_LAST_ON_DESC"


@contextmanager
def open_duckdb(conn: Connection) -> Iterator[Workspace]:
    """A workspace of DuckDB over the file of this SQLite connection; UsageError where DuckDB is not installed."""
    (path,) = (row[2] for row in conn.exec_driver_sql("PRAGMA database_list") if row[1] == "main")
    database = _connect()
    try:
        _attach(database, path)
        yield DuckWorkspace(database)
    finally:
        database.close()


def _attach(database: Any, path: str) -> None:
    """Attaches the store, and reads of it, since DuckDB opens it only then; UsageError where it cannot."""
    duckdb: Any = import_module("duckdb")
    try:
        database.execute(f"ATTACH {literal(path)} AS store (TYPE sqlite, READ_ONLY)")
        database.execute("USE store")
        database.execute("SELECT COUNT(*) FROM store_setting")
    except duckdb.Error:
        raise UsageError(
            f"--engine duckdb: DuckDB cannot read the store {path}.",
            hint="It must be able to write beside it: copy the store into a folder that this account may write, "
            "or leave --engine out.",
        ) from None


def _connect() -> Any:
    """A database in memory with the extension that reads SQLite, which a package brings along."""
    try:
        duckdb: Any = import_module("duckdb")
        brought: Any = import_module("duckdb_extension_sqlite_scanner")
    except ImportError as error:
        raise UsageError(f"--engine duckdb: the package {error.name} is not installed.", hint=_HINT) from None
    folder = Path(brought.__file__).parent / "extensions" / f"v{duckdb.__version__}"
    extension = folder / "sqlite_scanner.duckdb_extension"
    if not extension.is_file():
        raise UsageError(
            f"--engine duckdb: DuckDB {duckdb.__version__} and its extension for SQLite are of two versions.",
            hint=_HINT,
        )
    offline = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    database = duckdb.connect(config={**offline, "default_null_order": _NULLS})
    database.execute(f"LOAD {literal(str(extension))}")
    return database


class DuckWorkspace(Workspace):
    """The temporary side of a DuckDB database."""

    store = "store"

    def __init__(self, database: Any) -> None:
        super().__init__(_Driver(database))  # type: ignore[arg-type]
        self._database = database

    def _cursor(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The database itself, which holds the rows of the latest query."""
        return self._database.execute(sql, list(parameters))

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """All at once: of several queries DuckDB holds the rows of the latest only."""
        yield from self.rows(sql)

    def fill(self, name: str, columns: str, rows: Iterable[Sequence[Any]]) -> int:
        """As in SQLite, whose INTEGER holds 64 bits where DuckDB's holds 32."""
        return super().fill(name, columns.replace("INTEGER", "BIGINT"), rows)

    def append(self, name: str, rows: Iterable[Sequence[Any]]) -> int:
        """As in SQLite, but handed over as one text: single rows, and lists of values, take a hundred times as long."""
        total = 0
        for batch in batches(rows, _BATCH):
            cells = ", ".join(f"r ->> {place}" for place in range(len(batch[0])))
            rows_of_text = "SELECT unnest(from_json(?, '[\"json\"]')) AS r"
            self._database.execute(f"INSERT INTO temp.{name} SELECT {cells} FROM ({rows_of_text})", [json.dumps(batch)])
            total += len(batch)
        return total

    def lookup(self, name: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """A table like any other: DuckDB joins by hashing."""
        self.fill(name, columns, rows)

    def keep(self, name: str, select: str, *, index: str | None = None) -> None:  # noqa: ARG002 - DuckDB scans
        """As in SQLite; no index, which would only slow DuckDB down."""
        super().keep(name, select)

    def days(self, table: str, alias: str, column: str, from_on: str, to_on: str) -> str:  # noqa: ARG002 - as above
        """The column: DuckDB scans."""
        return f"{alias}.{column}"


class _Driver:
    """As much of a SQLAlchemy connection as reading needs."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def exec_driver_sql(self, sql: str, parameters: Sequence[Any] = ()) -> _Rows:
        return _Rows(self._database.execute(sql, list(parameters)))


class _Rows:
    """The rows of one statement, as tuples or by column name."""

    def __init__(self, cursor: Any) -> None:
        self._names = [each[0] for each in cursor.description or ()]
        self._rows: list[tuple[Any, ...]] = cursor.fetchall()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._rows)

    def mappings(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self._names, row, strict=True)) for row in self._rows)
