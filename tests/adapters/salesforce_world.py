"""A Salesforce org behind the suite, read by REST pages or by Bulk jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from connector.adapters.base import Value, Wanted
from connector.adapters.salesforce import SalesforceAdapter
from connector.sandbox.business import Business
from connector.sandbox.certificates import Authority
from connector.sandbox.salesforce import Org, SalesforceServer, Seeding
from connector.sandbox.salesforce.fields import COMPOUNDS, NUMBERS
from connector.sandbox.salesforce.schema import standard_schema
from connector.sandbox.salesforce.settings import fill_settings
from connector.sandbox.server import RunningServer
from connector.settings import SalesforceSource
from tests.adapters.business_in_salesforce import business_truth
from tests.adapters.world import Record, Workshop, split_keys


class SalesforceByRest(Workshop):
    """Pages of a query, followed by locators."""

    name: ClassVar[str] = "salesforce by REST"
    road: ClassVar[str] = "query"
    cannot: ClassVar[Mapping[str, str]] = {}
    longest_transaction = timedelta(minutes=25)
    plain = Wanted("Opportunity", ("Name", "Notes__c", "Amount", "CloseDate"))
    spelt: ClassVar[Mapping[str, str]] = {"name": "Name", "text": "Notes__c", "amount": "Amount", "day": "CloseDate"}
    empty = Wanted("Campaign", ("Name",))
    optional = Wanted("Lead", ("Name",))
    own_transients: ClassVar[Sequence[str]] = (
        "status=403,code=REQUEST_LIMIT_EXCEEDED,message=ConcurrentPerOrgLongTxn Limit exceeded.",
        "status=420",
        "status=406",
    )
    #: what the addresses of some requests hold
    where: ClassVar[Mapping[str, str]] = {
        "everything": "/services/",
        "sign-in": "/services/oauth2/",
        "calls": "/services/data/",
        "metadata": "/Opportunity/describe",
        "records": "/query",
    }
    bulk_from: ClassVar[int] = 10**9

    def __init__(self, authority: Authority, business: Business | None = None) -> None:
        super().__init__(authority, business)
        self.org = Org(standard_schema())
        self.org.bulk_polls = 2
        if business is None:
            with self.org.records.writing():
                fill_settings(self.org, datetime(2020, 1, 1, tzinfo=UTC), "Suite")
        else:
            Seeding(self.org, business).fill()
        self.server = SalesforceServer(self.org, authority)
        self.edits = self.server.edits
        if business is None:
            self.edits.insert("Lead", LastName="Optional", Name="Optional", Company="Acme", Status="Open")

    @property
    def page_size(self) -> int:
        return self.org.page_size

    @page_size.setter
    def page_size(self, rows: int) -> None:
        self.org.page_size = self.org.bulk_page_rows = rows

    def adapter(self, **options: Any) -> SalesforceAdapter:
        keys, timing = split_keys(options, SalesforceSource)
        source = SalesforceSource.model_validate(
            {
                "name": "acme",
                "kind": "salesforce",
                "instance_url": self.server.instance_url,
                "login_url": self.server.instance_url,
                "auth": "client_credentials",
                "client_id": self.server.app.client_id,
                "client_secret": self.server.app.client_secret,
                "ca_bundle": self.ca_bundle,
                **keys,
            }
        )
        options = {"bulk_from": self.bulk_from, **self.waits, **timing}
        return self.kept(SalesforceAdapter(source, cache=self.cache, **options))

    # edits

    def create(self, at: datetime | None = None, **values: Value) -> str:
        return self.edits.insert("Opportunity", at, **self.named({"name": "Deal", **values}))

    def update(self, key: str, at: datetime | None = None, **values: Value) -> None:
        self.edits.update("Opportunity", key, at, **self.named(values))

    def delete(self, key: str) -> None:
        self.edits.delete("Opportunity", key)

    def erase(self, key: str) -> None:
        self.edits.hard_delete("Opportunity", key)

    def undelete(self, key: str) -> None:
        self.edits.undelete("Opportunity", key)

    def late(self, stamp: datetime, key: str | None = None, **values: Value) -> Callable[[], str]:
        transaction = self.edits.begin(since=stamp)
        if key is None:
            key = transaction.insert("Opportunity", **self.named({"name": "Deal", **values}))
        else:
            transaction.update("Opportunity", key, **self.named(values))

        def commit() -> str:
            transaction.commit()
            return key

        return commit

    # the org

    def forget_place(self) -> None:
        self.org.deletes_available_from = self.org.now() + timedelta(minutes=2)
        self.server.api.queries.expire()

    def expire_tokens(self) -> None:
        self.org.sessions.revoke()

    def hide(self, word: str) -> None:
        self.org.hide("Opportunity", self.spelt[word])

    def reveal(self, word: str) -> None:
        self.org.reveal("Opportunity", self.spelt[word])

    def uninstall(self) -> None:
        self.org.hide(self.optional.object)

    def install(self) -> None:
        self.org.reveal(self.optional.object)

    # the wire

    @property
    def servers(self) -> Sequence[RunningServer]:
        return self.server.domain, self.server.login

    def fault(self, where: str, text: str, **options: Any) -> None:
        self.server.domain.fault(text, path=self.where[where], **options)

    def tokens_issued(self) -> int:
        return self.org.sessions.issued

    def road_taken(self) -> str:
        return "query" if not self.server.domain.requests("/jobs/query") else "jobs"

    def left_behind(self) -> list[str]:
        """An aborted job keeps no results and does no more work."""
        jobs = self.server.api.bulk._jobs.values()
        return [f"job {job.id} in state {job.state}" for job in jobs if job.state != "Aborted"]

    # the truth

    def truth(self) -> dict[str, Record]:
        asked = Wanted("Opportunity", (*self.plain.fields, "IsDeleted"))
        return {key: self.in_words(row) for key, row in self.stored(asked).items() if row["IsDeleted"] is not True}

    def objects(self) -> list[Wanted]:
        return [
            Wanted(name, tuple(field.name for field in sobject.fields if field.type not in COMPOUNDS))
            for name, sobject in self.org.schema.items()
            if self.edits.rows(name)
        ]

    def stored(self, wanted: Wanted) -> dict[str, Record]:
        kinds = {name: self.org.schema[wanted.object].by_name[name.lower()].type for name in wanted.fields}
        return {
            row["Id"]: {name: canonical(kind, row[name]) for name, kind in kinds.items()}
            for row in self.edits.rows(wanted.object, deleted=wanted.object != "OpportunityHistory")
        }

    def business_truth(self) -> Mapping[str, Mapping[str, Record]]:
        assert self.business is not None
        return business_truth(self.business)

    def stop(self) -> None:
        self.close(self.servers)
        self.server.stop()


class SalesforceByBulk(SalesforceByRest):
    """Query jobs; only what fits one page of a query is read by that."""

    name: ClassVar[str] = "salesforce by Bulk"
    road: ClassVar[str] = "jobs"
    bulk_from: ClassVar[int] = 0

    where: ClassVar[Mapping[str, str]] = {**SalesforceByRest.where, "records": "/results"}


def canonical(kind: str, stored: Any) -> Value:
    """A value as the sandbox's org stores it, as an adapter has to tell it."""
    if stored is None:
        return None
    if kind == "boolean":
        return bool(stored)
    if kind in NUMBERS:
        return Decimal(stored)
    if kind == "datetime":
        return f"{stored}Z"
    return stored.replace("\0", "") or None if isinstance(stored, str) else stored
