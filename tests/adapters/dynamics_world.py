"""A Dataverse organization behind the suite, read by change tracking or by ``modifiedon``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from connector.adapters.base import Value, Wanted
from connector.adapters.dynamics import DynamicsAdapter
from connector.sandbox.business import Business
from connector.sandbox.certificates import Authority
from connector.sandbox.dynamics.schema import LOOKUPS, WHOLE, Attribute
from connector.sandbox.dynamics.server import DynamicsServer
from connector.sandbox.server import RunningServer
from connector.settings import DynamicsSource
from tests.adapters.business_in_dynamics import business_truth
from tests.adapters.world import PLACE_EXPIRES, RECYCLE_BIN, TELLS_DELETES, Record, Workshop, split_keys

_NO_BIN = "Dataverse deletes for good: it has no recycle bin to read or to undelete from"


class DynamicsTracked(Workshop):
    """Every table by change tracking."""

    name: ClassVar[str] = "dynamics with change tracking"
    road: ClassVar[str] = "tracked"
    cannot: ClassVar[Mapping[str, str]] = {RECYCLE_BIN: _NO_BIN}
    longest_transaction = timedelta(minutes=2)
    plain = Wanted("opportunity", ("name", "description", "estimatedvalue", "estimatedclosedate"))
    spelt: ClassVar[Mapping[str, str]] = {
        "name": "name",
        "text": "description",
        "amount": "estimatedvalue",
        "day": "estimatedclosedate",
    }
    empty = Wanted("contact", ("fullname",))
    optional = Wanted("opportunitysalesprocess", ("name",))
    own_transients: ClassVar[Sequence[str]] = tuple(
        f"status=429,code={code}" for code in ("0x80072322", "0x80072321", "0x80072326")
    )
    tracking: ClassVar[bool] = True

    def __init__(self, authority: Authority, business: Business | None = None) -> None:
        super().__init__(authority, business)
        self.server = DynamicsServer(business, authority)
        self.organization = self.server.organization
        for name in self.organization.tables:
            if not self.tracking:
                self.organization.set_tracking(name, False)
        self.page_size = 5000
        if business is None:
            self.organization.upsert(self.optional.object, {"name": "Optional"})

    def adapter(self, **options: Any) -> DynamicsAdapter:
        keys, timing = split_keys(options, DynamicsSource)
        source = DynamicsSource.model_validate(
            {
                "name": "contoso",
                "kind": "dynamics",
                "url": self.server.url,
                "tenant_id": self.server.tenant_id,
                "client_id": self.server.client_id,
                "client_secret": self.server.client_secret,
                "authority": self.server.authority_url,
                "ca_bundle": self.ca_bundle,
                **keys,
            }
        )
        options = {"page_size": self.page_size, **self.waits, **timing}
        return self.kept(DynamicsAdapter(source, cache=self.cache, **options))

    # edits

    def create(self, at: datetime | None = None, **values: Value) -> str:
        return self.organization.upsert("opportunity", self.named({"name": "Deal", **values}), at)

    def update(self, key: str, at: datetime | None = None, **values: Value) -> None:
        self.organization.update("opportunity", key, at, **self.named(values))

    def delete(self, key: str) -> None:
        self.organization.delete("opportunity", key)

    def erase(self, key: str) -> None:
        self.organization.delete("opportunity", key)

    def undelete(self, key: str) -> None:
        raise NotImplementedError(_NO_BIN)

    def late(self, stamp: datetime, key: str | None = None, **values: Value) -> Callable[[], str]:
        def commit() -> str:
            if key is None:
                return self.create(stamp, **values)
            self.update(key, stamp, **values)
            return key

        return commit

    # the org

    def forget_place(self) -> None:
        self.organization.expire_delta_tokens()

    def expire_tokens(self) -> None:
        self.organization.revoke_tokens()

    def hide(self, word: str) -> None:
        self.organization.hide_column("opportunity", self.spelt[word])

    def reveal(self, word: str) -> None:
        self.organization.reveal_column("opportunity", self.spelt[word])

    def uninstall(self) -> None:
        self.organization.remove_table(self.optional.object)

    def install(self) -> None:
        self.organization.restore_table(self.optional.object)

    # the wire

    @property
    def servers(self) -> Sequence[RunningServer]:
        return self.server.web, self.server.entra

    def fault(self, where: str, text: str, **options: Any) -> None:
        """The tenant is a server of its own."""
        if where in ("sign-in", "everything"):
            self.server.entra.fault(text, **options)
        paths = {"metadata": "EntityDefinitions(LogicalName='opportunity')", "records": "/opportunities?"}
        if where != "sign-in":
            self.server.web.fault(text, path=paths.get(where, ""), **options)

    def tokens_issued(self) -> int:
        return self.server.tenant.desk.issued

    def road_taken(self) -> str:
        asked = self.server.web.requests("/opportunities")
        roads = {"tracked" if "track-changes" in request.headers["Prefer"] else "polled" for request in asked}
        return " and ".join(sorted(roads))

    def left_behind(self) -> list[str]:
        return []

    # the truth

    def truth(self) -> dict[str, Record]:
        return {key: self.in_words(row) for key, row in self.stored(self.plain).items()}

    def objects(self) -> list[Wanted]:
        return [
            Wanted(name, tuple(table.by_column))
            for name, table in self.organization.tables.items()
            if self.organization.keys(name)
        ]

    def stored(self, wanted: Wanted) -> dict[str, Record]:
        table = self.organization.tables[wanted.object]
        found: dict[str, Record] = {}
        for key in self.organization.keys(wanted.object):
            row = self.organization.find(wanted.object, key) or {}
            found[key] = {name: canonical(table.by_column[name], row[name]) for name in wanted.fields}
        return found

    def business_truth(self) -> Mapping[str, Mapping[str, Record]]:
        assert self.business is not None
        return business_truth(self.business)

    def stop(self) -> None:
        self.close(self.servers)
        self.server.stop()


class DynamicsPolled(DynamicsTracked):
    """Every table without change tracking: by ``modifiedon``."""

    name: ClassVar[str] = "dynamics without change tracking"
    road: ClassVar[str] = "polled"
    cannot: ClassVar[Mapping[str, str]] = {
        RECYCLE_BIN: _NO_BIN,
        TELLS_DELETES: "a table without change tracking tells nobody what is gone; only a whole read finds it",
        PLACE_EXPIRES: "the place is a value of modifiedon, which no organization can forget",
    }
    tracking: ClassVar[bool] = False


def canonical(attribute: Attribute, stored: Any) -> Value:
    """A value as the sandbox's organization stores it, as an adapter has to tell it."""
    if stored is None or stored == "":
        return None
    if attribute.kind == "DateTime":
        return str(stored)[: {"DateOnly": 10, "TimeZoneIndependent": 19}.get(attribute.behavior, 20)]
    told: Value = _CANONICAL.get(attribute.kind, str)(stored)
    return told.replace("\0", "") or None if isinstance(told, str) else told


_CANONICAL: dict[str, Callable[[Any], Value]] = {
    "Boolean": bool,
    **dict.fromkeys(WHOLE, int),
    **dict.fromkeys(("Money", "Decimal", "Double"), lambda stored: Decimal(str(stored))),
    **dict.fromkeys((*LOOKUPS, "Uniqueidentifier"), lambda stored: str(stored).lower()),
}
