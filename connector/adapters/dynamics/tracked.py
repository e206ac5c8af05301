"""Reading by change tracking: the whole table first, then what changed and what was deleted since.

Dataverse docs "Use change tracking to synchronize data with external systems": only ``$select`` is allowed
beside it; the delta link stands on the last page; a token that is too old, or older than a change of the table's
metadata, is answered with 0x80044352, and the whole table must be read again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from connector.adapters.base import Cursor, Page
from connector.adapters.dynamics.faults import is_expired
from connector.adapters.dynamics.roads import Reading
from connector.adapters.dynamics.targets import Targets
from connector.errors import RequestRefused, SourceUnavailable

_log = logging.getLogger("crossfunnel.dynamics")


def read_tracked(reading: Reading, cursor: Cursor | None) -> Iterator[Page]:
    """What changed since the cursor's delta link; the whole table where there is none or it has expired."""
    delta = cursor.get("delta") if cursor is not None and reading.goes_on_from(cursor) else None
    if delta is not None:
        try:
            yield from _chain(reading, reading.api.resume(delta), whole=False)
            return
        except RequestRefused as error:
            if not is_expired(error):
                raise
            _log.warning("%s: the change tracking token has expired; reading the whole table", reading.table.name)
    try:
        yield from _chain(reading, _beginning(reading), whole=True)
    except RequestRefused as error:
        if not is_expired(error):
            raise
        raise SourceUnavailable(
            f"{reading.table.name}: the table's metadata changed while it was read whole",
            hint="Run again: the table is then read from its beginning.",
            code="changed_while_reading",
        ) from None


def _beginning(reading: Reading) -> str:
    return reading.api.address(reading.table.entity_set, {"select": reading.select})


def _chain(reading: Reading, address: str, *, whole: bool) -> Iterator[Page]:
    prefer = f"odata.track-changes,odata.maxpagesize={reading.page_size}"
    targets = Targets(reading)
    for batch, _ in reading.chain(address, prefer):
        rows = targets.sort_out(reading.since_start(batch.rows) if whole else batch.rows, whole=whole)
        if batch.next_link:
            yield Page(rows, batch.tombstones, whole=whole)
            continue
        if not batch.delta_link:
            raise reading.api.broken(
                reading.table.name, "the last page has neither a next link nor a delta link, so it cannot be the end"
            )
        place = reading.api.local(batch.delta_link)
        yield Page(rows, batch.tombstones, cursor=reading.cursor(delta=place), whole=whole, last=True)
