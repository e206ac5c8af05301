"""What a store holds of one object after each committed page, and the promises of the protocol that hold for any page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from connector.adapters.base import Adapter, Cursor, Page, Shape, Value, Wanted

_TYPES = (str, bool, int, Decimal, type(None))


class Replica:
    """Takes pages in as the runner does: rows, then tombstones, then what a whole read did not meet."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.rows: dict[str, dict[str, Value]] = {}
        self.shape = Shape(wanted.object)
        self.cursor: Cursor | None = None
        #: of the last pull
        self.fetched = 0
        self.pages = 0
        self.whole = False
        self.requests = 0

    def pull(self, adapter: Adapter, *, whole: bool = False) -> Replica:
        """One run to its end."""
        for _ in self.steps(adapter, whole=whole):
            pass
        return self

    def steps(self, adapter: Adapter, *, whole: bool = False) -> Iterator[Page]:
        """One run page by page; whoever stops asking has a run that was cut after the last page."""
        before = adapter.requests_for(self.wanted.object)
        self.shape = adapter.shape(self.wanted)
        self.fetched = self.pages = 0
        self.whole, last, seen = False, False, set[str]()
        pages = adapter.pages(self.wanted, self.shape, self.cursor, whole=whole)
        try:
            for page in pages:
                assert not last, "a page after the last one"
                last = page.last
                self._take(page, seen)
                self.requests = adapter.requests_for(self.wanted.object) - before
                yield page
        finally:
            pages.close()
        self.requests = adapter.requests_for(self.wanted.object) - before
        assert last, "no last page"

    def _take(self, page: Page, seen: set[str]) -> None:
        self.pages += 1
        self.fetched += len(page.rows)
        for row in page.rows:
            record = dict(zip(self.shape.columns, row, strict=True))
            assert all(isinstance(value, _TYPES) and value != "" for value in record.values()), record
            key = record[self.shape.id_field]
            assert isinstance(key, str)
            self.rows[key] = record
            seen.add(key)
        for tombstone in page.tombstones:
            self.rows.pop(tombstone.source_id, None)
        assert self.whole <= page.whole, "a whole read that ends as none"
        self.whole = page.whole
        if page.whole and page.last:
            self.rows = {key: record for key, record in self.rows.items() if key in seen}
        if page.cursor is not None or page.last:
            # the store keeps it as JSON
            self.cursor = json.loads(json.dumps(page.cursor))

    def living(self) -> dict[str, dict[str, Value]]:
        deleted = self.shape.deleted_field
        return {key: row for key, row in self.rows.items() if deleted is None or row[deleted] is not True}

    def in_words(self, spelt: Any) -> dict[str, dict[str, Value]]:
        """The living records by the suite's words."""
        return {
            key: {word: row[field] for word, field in spelt.items() if field in self.shape.columns}
            for key, row in self.living().items()
        }
