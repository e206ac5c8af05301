"""A sandbox org, adapters that read it, and a replica that takes pages in as the runner does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from connector import sandbox
from connector.adapters.base import Cursor, Row, Wanted
from connector.adapters.salesforce import SalesforceAdapter
from connector.sandbox import Sandbox
from connector.settings import SalesforceSource

DEAL = Wanted(
    "Opportunity",
    ("Name", "StageName", "Amount", "Probability", "IsWon", "CloseDate", "CreatedDate", "OwnerId", "FiscalYear"),
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """An org that the tests of one file only read."""
    with sandbox.start(systems=("salesforce",), deals=120, long_text=True) as running:
        running.salesforce.org.bulk_polls = 0
        yield running
        assert running.salesforce.domain.failures == []


@pytest.fixture
def fresh() -> Iterator[Sandbox]:
    """A small org of one test's own."""
    with sandbox.start(systems=("salesforce",), deals=30) as running:
        running.salesforce.org.bulk_polls = 0
        yield running
        assert running.salesforce.domain.failures == []


Make = Callable[..., SalesforceAdapter]


@pytest.fixture
def make() -> Iterator[Make]:
    """``make(sandbox, key=value...)``: keys of SalesforceSource; ``cache``, ``bulk_from`` and transport options."""
    made: list[SalesforceAdapter] = []

    def build(running: Sandbox, *, connect: bool = True, **options: Any) -> SalesforceAdapter:
        org = running.salesforce
        keys = {name: options.pop(name) for name in list(options) if name in SalesforceSource.model_fields}
        defaults = {
            "name": "acme",
            "kind": "salesforce",
            "instance_url": org.instance_url,
            "login_url": org.instance_url,
            "auth": "client_credentials",
            "client_id": org.app.client_id,
            "client_secret": org.app.client_secret,
            "ca_bundle": running.ca_file,
        }
        source = SalesforceSource.model_validate({**defaults, **keys})
        options = {"sleep": lambda seconds: None, "cache": {}, **options}
        adapter = SalesforceAdapter(source, **options)
        made.append(adapter)
        if connect:
            adapter.connect()
        return adapter

    yield build
    for adapter in made:
        adapter.close()


@dataclass
class Replica:
    """What a store holds of one object: rows by id, and the cursor of the last committed page."""

    rows: dict[str, Row] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    cursor: Cursor | None = None
    gone: set[str] = field(default_factory=set)
    fetched: int = 0
    was_whole: bool = False

    def pull(self, adapter: SalesforceAdapter, wanted: Wanted, *, whole: bool = False) -> Replica:
        shape = adapter.shape(wanted)
        place = shape.columns.index(shape.id_field) if not shape.absent else 0
        seen: set[str] = set()
        self.columns, self.fetched, self.was_whole = shape.columns, 0, False
        last = False
        for page in adapter.pages(wanted, shape, self.cursor, whole=whole):
            assert not last, "a page after the last one"
            for row in page.rows:
                assert len(row) == len(shape.columns)
                self.rows[str(row[place])] = row
                self.gone.discard(str(row[place]))
            seen |= {str(row[place]) for row in page.rows}
            self.gone |= {tombstone.source_id for tombstone in page.tombstones}
            self.fetched += len(page.rows)
            self.cursor = page.cursor or self.cursor
            self.was_whole = page.whole
            last = page.last
            if page.whole and page.last:
                self.gone |= set(self.rows) - seen
        assert last
        return self

    def alive(self) -> dict[str, Row]:
        deleted = self.columns.index("IsDeleted") if "IsDeleted" in self.columns else None
        return {
            key: row
            for key, row in self.rows.items()
            if key not in self.gone and (deleted is None or row[deleted] is not True)
        }

    def value(self, key: str, column: str) -> Any:
        return self.rows[key][self.columns.index(column)]
