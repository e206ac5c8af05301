"""The sandbox's Salesforce org as the harness sees it: its records, read from its store and not from its answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from connector.sandbox.salesforce import SalesforceServer
from connector.sandbox.salesforce.fields import COMPOUNDS, NUMBERS, Field
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.server import RunningServer
from tests.conformance.sides import CONNECTION
from tests.conformance.tables import TEXT, Kind, Row, Table

MY_DOMAIN = "acme.my.salesforce.com"
HOSTS = (MY_DOMAIN, "login.salesforce.com", "test.salesforce.com")
_KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    "int": "number",
    "long": "number",
    "date": "date",
    "datetime": "instant",
}
_ADDRESS = ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street")
#: a day less than deletes are told for, so that the window is legal while the clients run
_WINDOW = timedelta(days=14)
#: the text field of each object that is edited between two runs
_EDITED = {"Opportunity": "NextStep", "Lead": "Company", "Account": "Site", "Contact": "Department"}
_OVERLAP = timedelta(hours=1)


class SalesforceSide:
    """``server``: an org that people edit between a client's two runs, and at no other time."""

    def __init__(self, server: SalesforceServer) -> None:
        self._server = server
        self._org = server.org
        self._org.bulk_polls = 0
        self._org.bulk_page_rows = 1_000  # so that no client gets by with one page
        self._until = self._org.now().replace(second=0)
        self._since = self._until - _WINDOW
        self._mark = self._until
        self._latest: dict[str, datetime] = {}
        self._truths: dict[str, Callable[[], dict[str, Table]]] = {
            "records": self._records,
            "records and bin": lambda: self._records(deleted=True),
            "bulk records": lambda: self._records(bulk=True),
            "bulk records and bin": lambda: self._records(deleted=True, bulk=True),
            "changed records and bin": self._changed,
            "edited records and bin": self._edited,
            "bulk deals": lambda: {"Opportunity": self._records(bulk=True)["Opportunity"]},
            "connection": lambda: CONNECTION,
            "objects": self._objects,
            "field names": self._field_names,
            "fields": self._fields,
            "updated": self._updated,
            "deleted": self._deleted,
            "limits": self._limits,
        }

    def environment(self) -> Mapping[str, str]:
        app = self._server.app
        return {
            "SALESFORCE_DOMAIN": MY_DOMAIN.removesuffix(".salesforce.com"),
            "SALESFORCE_CLIENT_ID": app.client_id,
            "SALESFORCE_CLIENT_SECRET": app.client_secret,
            "SALESFORCE_REFRESH_TOKEN": app.refresh_token,
            "SALESFORCE_START": self._opened().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "SALESFORCE_SINCE": self._since.isoformat(),
            "SALESFORCE_UNTIL": self._until.isoformat(),
        }

    def hosts(self) -> Mapping[str, int]:
        login = dict.fromkeys(HOSTS, self._server.login.port)
        return {**login, MY_DOMAIN: self._server.domain.port}

    def servers(self) -> Sequence[RunningServer]:
        return (self._server.domain, self._server.login)

    @contextmanager
    def arranged(self, settings: Mapping[str, int]) -> Iterator[None]:
        before = {name: getattr(self._org, name) for name in settings}
        try:
            vars(self._org).update(settings)
            yield
        finally:
            vars(self._org).update(before)

    def truth(self, name: str) -> Mapping[str, Table]:
        return self._truths[name]()

    def between_runs(self) -> None:
        """People change, add, delete (for good, too) and bring back records of the objects that selling turns on."""
        self._mark = self._org.now()
        self._latest = {
            name: max(_stamps(table), default=self._mark) for name, table in self._records(deleted=True).items()
        }
        edits = self._server.edits
        for kind, field in _EDITED.items():
            changed, binned, gone, back = (row["Id"] for row in edits.rows(kind, deleted=False)[-4:])
            edits.update(kind, changed, **{field: "changed between two runs"})
            edits.insert(kind, **{field: "added between two runs"})
            edits.delete(kind, binned)
            edits.hard_delete(kind, gone)
            edits.delete(kind, back)
            edits.undelete(kind, back)
        edits.update("Opportunity", edits.rows("Opportunity", deleted=False)[0]["Id"], StageName="Closed Won")

    def _records(self, *, deleted: bool = False, bulk: bool = False) -> dict[str, Table]:
        """Every record of every object. Bulk has neither compound fields nor some objects (docs: Bulk API 2.0)."""
        return {
            name: self._table(sobject, deleted=deleted, bulk=bulk)
            for name, sobject in self._org.schema.items()
            if sobject.bulk or not bulk
        }

    def _table(self, sobject: SObject, *, deleted: bool, bulk: bool) -> Table:
        fields = [field for field in sobject.fields if not (bulk and field.type in COMPOUNDS)]
        rows = {row["Id"]: {field.name: _value(field, row) for field in fields} for row in self._stored(sobject)}
        if not deleted or sobject.name == "OpportunityHistory":  # history of a deleted deal is not shown
            rows = {key: row for key, row in rows.items() if not (row.get("IsDeleted") or row.get("IsArchived"))}
        kinds = {field.name: _kind(field) for field in fields}
        return Table("Id", kinds, rows, spelling=frozenset({TEXT} if bulk else ()), beside=frozenset({"attributes"}))

    def _changed(self) -> dict[str, Table]:
        """What was created, changed or thrown in the bin since ``SALESFORCE_SINCE``."""
        told = {}
        for name, table in self._records(deleted=True).items():
            rows = {key: row for key, row in table.rows.items() if row["SystemModstamp"] >= self._since}
            told[name] = replace(table, rows=rows)
        return told

    def _edited(self) -> dict[str, Table]:
        """What was edited between a client's two runs. What it may read once more: records with the stamp at which the
        first run stopped, and those of the hour before."""
        told = {}
        for name, table in self._records(deleted=True).items():
            again = min(self._latest[name], self._mark - _OVERLAP)
            rows = {key: row for key, row in table.rows.items() if row["SystemModstamp"] >= again}
            old = frozenset(key for key, row in rows.items() if row["SystemModstamp"] < self._mark)
            told[name] = replace(table, rows=rows, optional=old)
        return told

    def _objects(self) -> dict[str, Table]:
        names = {name: {"name": name, "keyPrefix": sobject.prefix} for name, sobject in self._org.schema.items()}
        return {"sobjects": Table("name", {"name": "text", "keyPrefix": "text"}, names)}

    def _fields(self) -> dict[str, Table]:
        kinds: dict[str, Kind] = {"name": "text", "type": "text", "nillable": "boolean"}
        return {
            name: Table("name", kinds, {field.name: _described(field) for field in sobject.fields})
            for name, sobject in self._org.schema.items()
        }

    def _field_names(self) -> dict[str, Table]:
        return {
            name: Table("name", {"name": "text"}, {field.name: {"name": field.name} for field in sobject.fields})
            for name, sobject in self._org.schema.items()
        }

    def _updated(self) -> dict[str, Table]:
        told = {}
        for name, sobject in self._replicated():
            rows = [row for row in self._stored(sobject) if not row.get("IsDeleted")]
            ids = [row["Id"] for row in rows if self._since <= _instant(row["SystemModstamp"]) < self._until]
            told[name] = Table("Id", {"Id": "text"}, {identity: {"Id": identity} for identity in ids})
        return told

    def _deleted(self) -> dict[str, Table]:
        kinds: dict[str, Kind] = {"id": "text", "deletedDate": "instant"}
        told = {}
        for name, _ in self._replicated():
            log = [
                {"id": key, "deletedDate": _instant(at)}
                for key, at in self._read("SELECT id, at FROM _deleted WHERE object = ?", (name,))
            ]
            rows = {row["id"]: row for row in log if self._since <= row["deletedDate"] < self._until}
            told[name] = Table("id", kinds, rows)
        return told

    def _limits(self) -> dict[str, Table]:
        most = {"DailyApiRequests": Decimal(self._org.usage.most)}
        rows = {name: {"name": name, "Max": value} for name, value in most.items()}
        return {"limits": Table("name", {"name": "text", "Max": "number"}, rows)}

    def _replicated(self) -> Iterable[tuple[str, SObject]]:
        return ((name, sobject) for name, sobject in self._org.schema.items() if sobject.replicateable)

    def _opened(self) -> datetime:
        """A day before the first record."""
        starts = [row["SystemModstamp"] for _, sobject in self._replicated() for row in self._stored(sobject)[:1]]
        return _instant(min(starts)) - timedelta(days=1_500)

    def _stored(self, sobject: SObject) -> list[dict[str, Any]]:
        with self._org.records.reading() as connection:
            cursor = connection.execute(f'SELECT * FROM "{sobject.name}"')
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def _read(self, sql: str, parameters: Sequence[str]) -> list[tuple[str, ...]]:
        with self._org.records.reading() as connection:
            return connection.execute(sql, parameters).fetchall()


def _stamps(table: Table) -> list[datetime]:
    return [row["SystemModstamp"] for row in table.rows.values()]


def _kind(field: Field) -> Kind:
    if field.type in COMPOUNDS:
        return "json"
    return "number" if field.type in NUMBERS else _KINDS.get(field.type, "text")


def _value(field: Field, row: Row) -> Any:
    """A stored value as what it means; an address from its parts."""
    if field.type in COMPOUNDS:
        stem = field.name.removesuffix("Address")
        parts = {part: row[stem + part[0].upper() + part[1:]] for part in _ADDRESS}
        return parts if any(part is not None for part in parts.values()) else None
    stored = row[field.name]
    return None if stored is None else _MEANS.get(_kind(field), str)(stored)


def _described(field: Field) -> dict[str, Any]:
    return {"name": field.name, "type": field.type, "nillable": field.nillable}


def _instant(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


_MEANS: dict[Kind, Callable[[Any], Any]] = {
    "boolean": bool,
    "number": Decimal,
    "date": date.fromisoformat,
    "instant": _instant,
    "json": json.loads,
}
