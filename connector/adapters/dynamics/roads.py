"""What both roads of reading share: the table, the selection, and one page after the other by links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from connector.adapters.base import Row
from connector.adapters.chains import Chain
from connector.adapters.dynamics.pages import Batch, PageReader
from connector.adapters.dynamics.selection import Property, properties, select
from connector.adapters.dynamics.tables import Table
from connector.adapters.dynamics.webapi import WebApi
from connector.transport import Reply

PAGE_SIZE = 5000
MODIFIED = "modifiedon"


@dataclass(frozen=True)
class Reading:
    """One table as it is to be read: what is selected, since when, and how many rows to a page."""

    api: WebApi
    table: Table
    columns: tuple[str, ...]
    start_date: str | None = None
    #: read whole each time as long as it is small, so that deletes are found without change tracking
    reference: bool = False
    page_size: int = PAGE_SIZE

    @property
    def chosen(self) -> tuple[Property, ...]:
        return properties(self.table, self.columns)

    @property
    def select(self) -> str:
        return select(self.chosen)

    @property
    def tells_changes(self) -> bool:
        """Whether rows say when they changed."""
        return MODIFIED in self.columns and MODIFIED in self.table.columns

    def reader(self) -> PageReader:
        """Beside change tracking no page has annotations: every lookup comes as it is, for ``Targets`` to sort out."""
        plain = [replace(item, target=None) for item in self.chosen] if self.table.tracked else self.chosen
        return PageReader(plain, self.table.id_field)

    def chain(self, address: str, prefer: str) -> Iterator[tuple[Batch, Reply]]:
        """Pages from an address to the last one; every request with the same Prefer, links verbatim.

        Links that lead nowhere new would be followed for ever; they end the read instead.
        """
        reader, chain = self.reader(), Chain(address)
        link: str | None = address
        while link is not None:
            reply = self.api.get(link, object_name=self.table.name, prefer=prefer, complete=reader.lacks)
            batch = reader.read(reply)
            link = self.api.own(batch.next_link) if batch.next_link else None
            trouble = chain.trouble(link, len(batch.rows) + len(batch.tombstones))
            if trouble is not None:
                raise self.api.broken(self.table.name, trouble)
            yield batch, reply

    def since_start(self, rows: list[Row]) -> list[Row]:
        """Only rows created or changed since ``start_date``, where the server cannot filter."""
        if self.start_date is None or not self.tells_changes:
            return rows
        place, start = self.columns.index(MODIFIED), self.start_date
        return [row for row in rows if row[place] is None or str(row[place]) >= start]

    def goes_on_from(self, cursor: dict[str, Any] | None) -> bool:
        """A cursor holds only for the same columns, and for a start that is not earlier than its own."""
        if cursor is None or cursor.get("select") != self.select:
            return False
        start = cursor.get("start")
        return start is None or (self.start_date is not None and self.start_date >= start)

    def cursor(self, **place: Any) -> dict[str, Any]:
        return {**place, "select": self.select, "start": self.start_date}
