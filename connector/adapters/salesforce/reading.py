"""One read of one object: whole or since a cursor, by REST or by Bulk, with its deletes and the next cursor.

A quiet object costs a describe (once per run), a getDeleted (the watermark) and one query page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace

from connector.adapters.base import Page, Row, Tombstone
from connector.adapters.salesforce import rest
from connector.adapters.salesforce.bulk import NOT_BULK, BulkQuery, NotForBulk
from connector.adapters.salesforce.client import Client
from connector.adapters.salesforce.cursors import Place, earlier, looked_back
from connector.adapters.salesforce.deletes import Deletes, Gap, deletes
from connector.adapters.salesforce.fields import Selection
from connector.adapters.salesforce.soql import query
from connector.errors import RequestRefused

log = logging.getLogger(__name__)

#: from so many records on Bulk is faster and cheaper in calls than pages of 2,000
BULK_FROM = 10_000
#: a reference object of one REST page is read whole every time: one call, and edits that bump no stamp are seen
ONE_PAGE = 2_000


@dataclass(frozen=True)
class Options:
    """How objects are read in this run. ``again`` describes an object anew after a field vanished."""

    start_date: str | None
    bulk_from: int
    cache: MutableMapping[str, str]
    again: Callable[[Selection], Selection]


@dataclass(frozen=True)
class _Batch:
    rows: Sequence[Row]
    last: bool
    #: rows came by stamp and none is missing up to here, so a cursor may move
    ordered: bool = False


class Reading:
    """Reads one object once."""

    def __init__(self, client: Client, selection: Selection, options: Options, *, reference: bool) -> None:
        self._client = client
        self._selection = selection
        self._options = options
        self._start_date = None if reference else options.start_date
        self._reference = reference
        self._total: int | None = None

    def pages(self, place: Place | None, *, whole: bool) -> Iterator[Page]:
        """Pages in order, the last of them marked."""
        begin = None if whole else place
        if begin is not None and self._usable(begin):
            try:
                yield from self._since(begin)
                return
            except Gap as gap:
                log.info("%s: %s; it is read whole", self._selection.object, gap)
        yield from self._whole(place)

    def _usable(self, place: Place) -> bool:
        if self._selection.stamp is None or not place.covers(self._start_date):
            return False
        if self._reference and (not self._replicated or (place.rows is not None and place.rows <= ONE_PAGE)):
            return False
        return not (self._replicated and place.too_old(self._client.transport.server_now()))

    @property
    def _replicated(self) -> bool:
        """Whether getUpdated and getDeleted speak of this object (describe: replicateable)."""
        return self._selection.replicateable and self._selection.stamp in ("SystemModstamp", "LastModifiedDate")

    # --- the two reads ---

    def _whole(self, place: Place | None) -> Iterator[Page]:
        now = self._client.transport.server_now()
        known = self._deletes(None) if self._replicated and not self._small_reference(place) else None
        # records older than a start_date that has moved on are in the store, but not in this read
        complete = place is None or self._start_date is None or place.start_date == self._start_date
        latest: str | None = None
        for batch in self._batches(self._start_date, ordered=False, whole=True):
            # with a watermark nobody needs the stamps, and what is packed stays so
            latest = self._latest(batch.rows, latest) if known is None else None
            page = Page(rows=batch.rows, whole=complete, last=batch.last)
            if batch.last and self._selection.stamp is not None:
                since = known.covered if known is not None else looked_back(now, latest)
                page.cursor = Place(since, self._start_date, self._total).cursor()
            yield page

    def _small_reference(self, place: Place | None) -> bool:
        return self._reference and place is not None and place.rows is not None and place.rows <= ONE_PAGE

    def _since(self, place: Place) -> Iterator[Page]:
        now = self._client.transport.server_now()
        known = self._deletes(place.since) if self._replicated else None
        since = earlier(place.since, known.begins if known else None) or place.since
        gone = {tombstone.source_id: tombstone for tombstone in (known.tombstones if known else ())}
        latest: str | None = None
        id_place = self._column("Id")
        for batch in self._batches(since, ordered=True, whole=False):
            latest = self._latest(batch.rows, latest) if known is None or batch.ordered else None
            # what came as a row is told better by its row: it was deleted softly, or undeleted since
            if gone and id_place is not None:
                for row in batch.rows:
                    gone.pop(str(row[id_place]), None)
            page = Page(rows=batch.rows, last=batch.last)
            if batch.last:
                page.tombstones = list[Tombstone](gone.values())
                page.cursor = replace(place, since=self._next(place, known, latest)).cursor()
            elif batch.ordered and latest is not None and not gone:
                # the place after this page is safe: rows come by stamp, and no delete waits to be told
                page.cursor = replace(place, since=min(latest, self._next(place, known, latest))).cursor()
            yield page
        log.debug("%s: read since %s as of %s", self._selection.object, since, now)

    def _next(self, place: Place, known: Deletes | None, latest: str | None) -> str:
        """The watermark, even where it has gone back: a transaction that opened long ago has come to light."""
        if known is not None:
            return known.covered
        return max(place.since, looked_back(self._client.transport.server_now(), latest))

    def _deletes(self, since: str | None) -> Deletes | None:
        now = self._client.transport.server_now()
        return deletes(self._client, self._selection.object, since, now, self._options.cache)

    # --- the two roads ---

    def _batches(self, since: str | None, *, ordered: bool, whole: bool) -> Iterator[_Batch]:
        """By the better road; a field that vanished since describe is left out and reads as null."""
        try:
            yield from self._by_road(since, ordered=ordered, whole=whole)
        except RequestRefused as refusal:
            narrower = self._options.again(self._selection)
            if refusal.error_code != "INVALID_FIELD" or narrower.paths == self._selection.paths:
                raise
            self._selection = narrower
            yield from self._by_road(since, ordered=ordered, whole=whole)

    def _by_road(self, since: str | None, *, ordered: bool, whole: bool) -> Iterator[_Batch]:
        possible = self._selection.object.lower() not in NOT_BULK
        if possible and (
            (whole and self._counted_as_large()) or not rest.fits(self._soql(self._selection.paths, since))
        ):
            try:
                yield from self._bulk(since)
                return
            except NotForBulk as refusal:
                log.info("%s: %s; it is read by REST", self._selection.object, refusal)
                possible = False
        yield from self._rest(since, ordered=ordered, may_switch=possible)

    def _counted_as_large(self) -> bool:
        count = None if self._reference else self._client.record_count(self._selection.object)
        return count is not None and count >= self._options.bulk_from

    def _rest(self, since: str | None, *, ordered: bool, may_switch: bool) -> Iterator[_Batch]:
        def soql(paths: Sequence[str]) -> str:
            return self._soql(paths, since, ordered=ordered)

        try:
            for page in rest.pages(self._client, self._selection, soql):
                self._total = page.total
                if may_switch and not page.last and page.total >= self._options.bulk_from:
                    break
                may_switch = False
                yield _Batch(page.rows, page.last, ordered and page.proven)
            else:
                return
        except RequestRefused as refusal:
            if not (may_switch and refusal.error_code == "QUERY_TIMEOUT"):
                raise
        try:
            yield from self._bulk(since)
        except NotForBulk:
            yield from self._rest(since, ordered=ordered, may_switch=False)

    def _bulk(self, since: str | None) -> Iterator[_Batch]:
        """Unordered: ORDER BY would turn off chunking by primary key (Salesforce docs: Bulk queries)."""
        job = BulkQuery(self._client, self._selection.object, sleep=self._client.transport.pause)
        for rows, last in job.rows(self._soql(self._selection.paths, since), self._selection):
            self._total = job.records
            yield _Batch(rows, last)

    def _soql(self, paths: Sequence[str], since: str | None, *, ordered: bool = False) -> str:
        stamp = self._selection.stamp
        return query(self._selection.object, paths, stamp=stamp, since=since, ordered=ordered)

    def _latest(self, rows: Sequence[Row], latest: str | None) -> str | None:
        """The newest stamp so far; only asked where it decides about a cursor."""
        place = self._column(self._selection.stamp)
        if place is None:
            return latest
        stamps = [stamp for row in rows if isinstance(stamp := row[place], str)]
        return max([*stamps, *([latest] if latest else [])], default=None)

    def _column(self, path: str | None) -> int | None:
        return next((place for place, column in enumerate(self._selection.columns) if column.path == path), None)
