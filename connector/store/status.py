"""What the store tells about itself: freshness, counts, dangling references, rejects, gaps, drift, runs. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from connector.store.tables import MAPPABLE, references


@dataclass(frozen=True)
class Freshness:
    """One source object: when it was last read to its end, and what the last run made of it."""

    source: str
    #: None for a configured source that was never read
    object: str | None
    table: str | None
    fresh_at: str | None
    cursor: str | None
    last_run_id: str | None
    last_status: str | None
    last_message: str | None


@dataclass(frozen=True)
class Count:
    """Rows of one source in one table."""

    table: str
    source: str | None
    live: int
    deleted: int


@dataclass(frozen=True)
class Dangling:
    """Live rows of one table that refer to a row that is not there (yet)."""

    table: str
    column: str
    refers_to: str
    count: int


@dataclass(frozen=True)
class RejectCount:
    """Records of one object that one rule refused, with one of the reasons."""

    source: str
    object: str
    rule: str
    count: int
    example: str


@dataclass(frozen=True)
class Missing:
    """A mapped field that the org lacks or hides."""

    source: str
    object: str
    field: str
    first_seen_at: str


@dataclass(frozen=True)
class Drifted:
    """A value of the org that no mapping entry claims."""

    source: str
    object: str
    field: str
    value: str
    count: int
    first_seen_at: str


@dataclass(frozen=True)
class Run:
    """One run of sync."""

    run_id: str
    started_at: str | None
    finished_at: str | None
    status: str | None
    exit_code: int | None


@dataclass(frozen=True)
class StoreStatus:
    """All of it, as ``status`` shows it."""

    freshness: list[Freshness]
    counts: list[Count]
    dangling: list[Dangling]
    rejects: list[RejectCount]
    missing: list[Missing]
    drift: list[Drifted]
    runs: list[Run]

    def to_json(self) -> dict[str, Any]:
        """Plain dicts and lists."""
        return asdict(self)


def read_status(conn: Connection, sources: Iterable[str] = (), *, runs: int = 5) -> StoreStatus:
    """Reads everything; counts look at every row once. ``sources`` are the configured ones, in their order."""
    return StoreStatus(
        freshness=freshness(conn, sources),
        counts=counts(conn),
        dangling=dangling(conn),
        rejects=[RejectCount(*row) for row in _rows(conn, _REJECTS)],
        missing=[Missing(*row) for row in _rows(conn, _MISSING)],
        drift=[Drifted(*row) for row in _rows(conn, _DRIFT)],
        runs=[Run(*row) for row in _rows(conn, _RUNS, runs)],
    )


def freshness(conn: Connection, sources: Iterable[str] = ()) -> list[Freshness]:
    """Every source object that was ever asked for, and the configured sources that never were."""
    found = [Freshness(*row) for row in _rows(conn, _FRESHNESS)]
    asked = {each.source for each in found}
    never = (None,) * 7
    return found + [Freshness(source, *never) for source in sources if source not in asked]


def counts(conn: Connection) -> list[Count]:
    """Rows by table and source, tables without rows left out."""
    found = []
    for name in MAPPABLE:
        statement = f"SELECT source, sum(is_deleted = 0), sum(is_deleted <> 0) FROM {name} GROUP BY source ORDER BY 1"
        found += [Count(name, *row) for row in _rows(conn, statement)]
    return found


def dangling(conn: Connection) -> list[Dangling]:
    """References without a target, by column, those without any left out; one pass over each table."""
    found = []
    for name in MAPPABLE:
        refs = [(column, target) for table, column, target in references() if table == name]
        if not refs:
            continue
        sums = ", ".join(
            f"sum(t.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {target} x WHERE x.id = t.{column}))"
            for column, target in refs
        )
        (totals,) = _rows(conn, f"SELECT {sums} FROM {name} t WHERE t.is_deleted = 0")
        found += [Dangling(name, *ref, total) for ref, total in zip(refs, totals, strict=True) if total]
    return found


_FRESHNESS = """
WITH done AS (
  SELECT o.source, o.object, max(r.finished_at) AS fresh_at
  FROM sync_run_object o JOIN sync_run r ON r.run_id = o.run_id
  WHERE o.status IN ('ok', 'absent') GROUP BY o.source, o.object
),
last AS (
  SELECT o.source, o.object, o.table_name, o.run_id, o.status, o.message,
         row_number() OVER (PARTITION BY o.source, o.object ORDER BY r.started_at DESC, r.run_id DESC) AS place
  FROM sync_run_object o JOIN sync_run r ON r.run_id = o.run_id
),
asked AS (SELECT source, object FROM last UNION SELECT source, object FROM sync_cursor)
SELECT a.source, a.object, l.table_name, coalesce(d.fresh_at, c.updated_at), c.cursor, l.run_id, l.status, l.message
FROM asked a
LEFT JOIN last l ON l.source = a.source AND l.object = a.object AND l.place = 1
LEFT JOIN done d ON d.source = a.source AND d.object = a.object
LEFT JOIN sync_cursor c ON c.source = a.source AND c.object = a.object
ORDER BY a.source, a.object
"""
_REJECTS = """
SELECT source, object, rule, count(*), min(message) FROM reject
GROUP BY source, object, rule ORDER BY source, object, rule
"""
_MISSING = "SELECT source, object, field, first_seen_at FROM missing_field ORDER BY source, object, field"
_DRIFT = 'SELECT source, object, field, value, "count", first_seen_at FROM drift ORDER BY source, object, field, value'
_RUNS = """
SELECT run_id, started_at, finished_at, status, exit_code FROM sync_run
ORDER BY started_at DESC, run_id DESC LIMIT ?
"""


def _rows(conn: Connection, statement: str, *parameters: object) -> Sequence[Any]:
    return conn.exec_driver_sql(statement, parameters).all()
