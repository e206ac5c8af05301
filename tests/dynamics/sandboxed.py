"""The sandbox's Dynamics organization on the wire, with an adapter onto it and a mirror of what was read."""

from __future__ import annotations

from typing import Any

from scripted_dataverse import CLIENT, SECRET, TENANT

from connector.adapters.base import Cursor, Page, Wanted
from connector.adapters.dynamics import DynamicsAdapter
from connector.sandbox.certificates import Authority
from connector.sandbox.dynamics.organization import Organization
from connector.sandbox.entra.tenant import Application, Tenant
from connector.sandbox.exchange import Answer, Request
from connector.sandbox.server import RunningServer, serve
from connector.settings import DynamicsSource


class Sandboxed:
    """Organization and tenant on one address."""

    def __init__(self, authority: Authority) -> None:
        self.tenant = Tenant(TENANT)
        self.tenant.register(Application(CLIENT, secrets=[SECRET]))
        self.organization = Organization(self.tenant)
        self.server: RunningServer = serve(self, authority)
        self.organization.open_at(self.server.url)
        self._ca_file = authority.ca_file
        self._made: list[DynamicsAdapter] = []
        self.cache: dict[str, str] = {}

    def __call__(self, request: Request) -> Answer:
        return self.organization(request) if request.path.startswith("/api/") else self.tenant(request)

    def run(self, page_size: int = 5000, **keys: Any) -> DynamicsAdapter:
        """An adapter for one run; the metadata cache goes from run to run."""
        source = DynamicsSource(
            **{
                "name": "contoso", "kind": "dynamics", "url": self.server.url, "tenant_id": TENANT,
                "client_id": CLIENT, "client_secret": SECRET, "authority": self.server.url,
                "ca_bundle": self._ca_file, **keys,
            }
        )  # fmt: skip
        waits = {"deadline": 5.0, "sleep": lambda _seconds: None}
        adapter = DynamicsAdapter(source, cache=self.cache, page_size=page_size, **waits)
        self._made.append(adapter)
        return adapter

    def asked(self, part: str) -> list[Request]:
        return [request for request in self.server.requests("/api/data/") if part in request.target]

    def stop(self) -> None:
        for adapter in self._made:
            adapter.close()
        self.server.stop()
        self.organization.close()


class Mirror:
    """What a store would hold of one object: rows by id, kept as the runner keeps them."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.rows: dict[str, dict[str, Any]] = {}
        self.cursor: Cursor | None = None
        self.missing: tuple[str, ...] = ()
        self.pages: list[Page] = []
        self.requests = 0

    def sync(self, adapter: DynamicsAdapter, *, whole: bool = False) -> Mirror:
        before = adapter.requests_for(self.wanted.object)
        shape = adapter.shape(self.wanted)
        self.missing = shape.missing
        self.pages, seen = [], set()
        for page in adapter.pages(self.wanted, shape, self.cursor, whole=whole):
            self.pages.append(page)
            for row in page.rows:
                record = dict(zip(shape.columns, row, strict=True))
                self.rows[record[shape.id_field]] = record
                seen.add(record[shape.id_field])
            for tombstone in page.tombstones:
                self.rows.pop(tombstone.source_id, None)
            self.cursor = page.cursor or self.cursor
        assert [page.last for page in self.pages] == [False] * (len(self.pages) - 1) + [True]
        if self.pages[-1].whole:
            self.rows = {key: row for key, row in self.rows.items() if key in seen}
        self.requests = adapter.requests_for(self.wanted.object) - before
        return self

    @property
    def whole(self) -> bool:
        return self.pages[-1].whole

    @property
    def fetched(self) -> int:
        return sum(len(page.rows) for page in self.pages)
