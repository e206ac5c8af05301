"""Row counts as RetrieveTotalRecordCount tells them: a snapshot of up to a day ago, never of now.

"Count rows using OData": "a snapshot within the past 24 hours". Whoever reconciles by it is caught.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.sandbox.dynamics.database import Database

_LIFE = timedelta(hours=24)


class Totals:
    """Counts of all tables of ``database`` at one moment; taken anew when they are asked for a day later."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[str, int] = {}
        self._taken: datetime | None = None

    def take(self, now: datetime) -> None:
        """Counts every table."""
        with self._database.read() as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            self._counts = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
        self._taken = now

    def of(self, table: str, now: datetime) -> int:
        """How many rows a table had when they were last counted."""
        if self._taken is None or now - self._taken > _LIFE:
            self.take(now)
        return self._counts.get(table, 0)
