"""The run log: what each run did with each object, written in the transactions of its pages. Never commits."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection


@dataclass
class ObjectLog:
    """What a run did with one source object so far; counts are of source records."""

    run_id: str
    source: str
    object: str
    table_name: str = ""
    status: str = "running"
    fetched: int = 0
    loaded: int = 0
    unchanged: int = 0
    rejected: int = 0
    deleted: int = 0
    requests: int = 0
    seconds: float | None = None
    error_code: str | None = None
    message: str | None = None

    @property
    def balanced(self) -> bool:
        """Promise 4: no fetched record is unaccounted for."""
        parts = (self.loaded, self.unchanged, self.rejected, self.deleted)
        return self.fetched == sum(parts) and min(parts) >= 0


def begin_run(conn: Connection, run_id: str, *, at: str) -> None:
    """Opens a run; runs that still count as running were killed, since only the lock's holder gets here."""
    conn.exec_driver_sql("UPDATE sync_run_object SET status = 'interrupted' WHERE status = 'running'")
    conn.exec_driver_sql("UPDATE sync_run SET status = 'interrupted' WHERE status = 'running'")
    conn.exec_driver_sql(
        "INSERT INTO sync_run (run_id, started_at, status) VALUES (?, ?, 'running')",
        (run_id, at),
    )


def log_object(conn: Connection, log: ObjectLog) -> None:
    """Writes the counts of one object as they stand after a page."""
    values = asdict(log)
    names = ", ".join(values)
    moved = ", ".join(f"{name} = excluded.{name}" for name in values if name not in ("run_id", "source", "object"))
    conn.exec_driver_sql(
        f"INSERT INTO sync_run_object ({names}) VALUES ({', '.join('?' * len(values))}) "
        f"ON CONFLICT (run_id, source, object) DO UPDATE SET {moved}",
        tuple(values.values()),
    )


def finish_run(
    conn: Connection, run_id: str, *, status: str, exit_code: int, summary: dict[str, Any] | None, at: str
) -> None:
    """Closes a run with the summary that the command prints."""
    body = None if summary is None else json.dumps(summary, ensure_ascii=False, separators=(",", ":"))
    conn.exec_driver_sql(
        "UPDATE sync_run SET finished_at = ?, status = ?, exit_code = ?, summary = ? WHERE run_id = ?",
        (at, status, exit_code, body, run_id),
    )
