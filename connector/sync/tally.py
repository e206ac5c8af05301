"""What one page did, counted by source record: loaded, unchanged, deleted, and which deals it touched.

A record may become several rows, or none; it counts once. Knows the mapper's outcome, asks the store only for the
deals behind deleted events.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from connector.store.chunks import chunks, marks

if TYPE_CHECKING:
    from connector.mapping import Mapped
    from connector.store import Loaded

_DELETED_AT = 4


class Tally:
    """Counts of one page; ``unchanged`` is what remains of the records that were handed over."""

    def __init__(self, mapped: Mapped) -> None:
        self._mapped = mapped
        self._live: set[str] = set()
        self._gone: set[str] = set()
        self._deals: set[str] = set()
        self._events: list[str] = []
        self._simply_live = 0
        self._simply_gone = 0
        #: a first load brought events of many deals: all are due
        self.every_deal = False
        #: a first load brought nothing but new deals: their columns and rows
        self.new_deals: tuple[Sequence[str], Sequence[tuple[Any, ...]]] | None = None
        #: records that a tombstone, ``keep`` or their absence marked deleted
        self.marked = 0
        #: records that are known to be gone because a whole read did not meet them
        self.absent = 0
        #: tombstones and dropped records that changed nothing
        self.idle = 0

    def add(
        self,
        table: str,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
        loaded: Loaded,
        *,
        first: bool = False,
    ) -> None:
        """Notes what loading one table changed; ``first`` says that the table held nothing of this object before."""
        if not loaded.changed:
            return
        if first and loaded.all_new and len(rows) == len(self._mapped.accepted) and len(self._mapped.outputs) == 1:
            self._simply_gone = sum(row[_DELETED_AT] for row in rows)
            self._simply_live = len(rows) - self._simply_gone
            self.every_deal = table == "stage_event"
            self.new_deals = (columns, rows) if table == "opportunity" else None
            return
        changed = set(loaded.changed)
        touched = [row for row in rows if row[0] in changed]
        for row in touched:
            (self._gone if row[_DELETED_AT] else self._live).add(record_of(row[2]))
        if table == "opportunity":
            self._deals |= changed
        elif table == "stage_event" and "opportunity_id" in columns:
            place = columns.index("opportunity_id")
            self._deals.update(row[place] for row in touched if row[place])

    def mark(self, table: str, changed: Iterable[str]) -> None:
        """Notes rows that were marked deleted without values."""
        if table == "opportunity":
            self._deals.update(changed)
        elif table == "stage_event":
            self._events += changed

    @property
    def loaded(self) -> int:
        return len(self._live) + self._simply_live

    @property
    def deleted(self) -> int:
        return len(self._gone - self._live) + self._simply_gone + self.marked

    @property
    def unchanged(self) -> int:
        simply = self._simply_live + self._simply_gone
        return len(self._mapped.accepted) - len(self._live | self._gone) - simply + self.idle

    def touched_deals(self, conn: Connection) -> set[str]:
        """Unified ids of deals whose derived rows are due."""
        for ids in chunks(self._events):
            found = conn.exec_driver_sql(
                f"SELECT DISTINCT opportunity_id FROM stage_event WHERE id IN ({marks(len(ids))})", tuple(ids)
            )
            self._deals.update(deal for (deal,) in found if deal)
        self._events.clear()
        return self._deals


def record_of(source_id: str) -> str:
    """The record that a row was made from: rows of parts carry ``<record>:<part>``."""
    return source_id.partition(":")[0]
