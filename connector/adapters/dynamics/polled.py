"""Reading a table without change tracking: by ``modifiedon ge``, and whole where there is no place to go on from.

Ordered by the primary key, so that a record that changes in mid-scan cannot push others out of the window
(an order by ``modifiedon`` would move it, and the pages behind it, while they are read). What changes behind
the scan is found by the next one: it starts ``OVERLAP`` before the newest change seen, and never after the scan's
own beginning. Deleted records are found by whole reads only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

from connector.adapters.base import Cursor, Page, Row
from connector.adapters.dynamics.roads import MODIFIED, Reading
from connector.instants import moment, now, spell
from connector.transport import Reply

#: a transaction stamps ``modifiedon`` before it commits; the platform ends one after two minutes
OVERLAP = timedelta(minutes=5)
_CHEAP_PAGES = 2
_LENGTH = len("2024-01-01T00:00:00Z")
_MANY = 1 << 62


def read_polled(reading: Reading, cursor: Cursor | None) -> Iterator[Page]:
    """What changed since the cursor, or everything."""
    scan = _Scan(since=_since(reading, cursor))
    whole = scan.since is None
    for batch, reply in reading.chain(_beginning(reading, scan.since), _prefer(reading)):
        scan.note(reading, batch.rows, reply)
        if batch.next_link:
            yield Page(batch.rows, whole=whole)
        else:
            yield Page(batch.rows, cursor=scan.cursor(reading), whole=whole, last=True)


@dataclass
class _Scan:
    """What one scan has seen so far, and so where the next one starts."""

    since: str | None
    newest: str | None = None
    began: str = ""
    pages: int = 0
    rows: int = 0

    def note(self, reading: Reading, rows: list[Row], reply: Reply) -> None:
        self.began = self.began or server_time(reply)
        self.pages += 1
        self.rows += len(rows)
        if reading.tells_changes:
            place = reading.columns.index(MODIFIED)
            stamps = [str(row[place]) for row in rows if row[place] is not None]
            self.newest = max([self.newest or "", *(stamp for stamp in stamps if len(stamp) == _LENGTH)]) or None

    def cursor(self, reading: Reading) -> Cursor | None:
        """None (whole again) for tables that do not tell when a row changed, and for empty ones.

        Where a mass change fills more than two pages of overlap, and the server's clock says that nothing of
        that time can still be uncommitted, the overlap is given up: a quiet table stays cheap.
        """
        newest = self.newest or self.since
        if newest is None:
            return None
        latest = moment(min(newest, self.began))
        settled = moment(self.began) > latest + OVERLAP
        crowded = self.since is not None and self.pages > _CHEAP_PAGES
        place = spell(latest if crowded and settled else latest - OVERLAP)
        rows = self.rows if self.since is None else _MANY
        return reading.cursor(since=max(place, self.since or place), rows=rows)


def _since(reading: Reading, cursor: Cursor | None) -> str | None:
    if cursor is None or not reading.goes_on_from(cursor):
        return None
    if reading.reference and cursor.get("rows", _MANY) <= reading.page_size:
        return None
    since = cursor.get("since")
    return str(since) if since else None


def server_time(reply: Reply) -> str:
    """The server's clock as its answer tells it, else ours."""
    try:
        return spell(parsedate_to_datetime(reply.headers.get("Date", "")))
    except (TypeError, ValueError):
        return now()


def _prefer(reading: Reading) -> str:
    prefer = f"odata.maxpagesize={reading.page_size}"
    if any(item.target for item in reading.chosen):
        prefer += ',odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"'
    return prefer


def _beginning(reading: Reading, since: str | None) -> str:
    table = reading.table
    options = {"select": reading.select}
    start = since or (reading.start_date if reading.tells_changes else None)
    if start:
        options["filter"] = f"{MODIFIED} ge {start}"
    return reading.api.address(table.entity_set, {**options, "orderby": f"{table.id_field} asc"})
