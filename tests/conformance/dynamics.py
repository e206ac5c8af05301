"""The sandbox's Dynamics organization as the harness sees it: its records, read from its store, not from its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connector.sandbox.dynamics.schema import CHOICES, LOOKUPS, WHOLE, Attribute
from connector.sandbox.dynamics.schema import Table as Definition
from connector.sandbox.dynamics.server import DynamicsServer
from connector.sandbox.exchange import Request
from connector.sandbox.server import RunningServer
from tests.conformance.sides import CONNECTION
from tests.conformance.tables import Kind, Row, Table

LOGIN = "login.microsoftonline.com"
ORGANIZATION = "contoso.crm4.dynamics.com"
HOSTS = (LOGIN, ORGANIZATION)
_NUMBERS = WHOLE | {"Money", "Decimal", "Double"}


class DynamicsSide:
    """``server``: an organization that people edit between a client's two runs, and at no other time."""

    def __init__(self, server: DynamicsServer) -> None:
        self._server = server
        self._organization = server.organization
        self._organization.open_at(f"https://{ORGANIZATION}")
        self._mark = self._organization.database.version
        moments = sorted(row["modifiedon"] for row in self._stored(self._organization.tables["opportunity"]))
        self._since: str = moments[len(moments) * 3 // 4]
        self._truths: dict[str, Callable[[], dict[str, Table]]] = {
            "rows": self._rows,
            "rows of tracked tables": lambda: self._rows(tracked=True),
            "recent rows": self._recent_rows,
            "changes": lambda: self._rows(lambda row: row["versionnumber"] > self._mark, tracked=True),
            "deletions": self._deletions,
            "labels": self._labels,
            "counts": self._counts,
            "tables": self._tables,
            "columns": self._columns,
            "date columns": self._date_columns,
            "throttling": self._throttling,
            "no fields": lambda: {"fields": Table("name", {"name": "text"}, {})},
            "connection": lambda: CONNECTION,
        }

    def environment(self) -> Mapping[str, str]:
        server = self._server
        return {
            "DYNAMICS_URL": f"https://{ORGANIZATION}",
            "DYNAMICS_TENANT_ID": server.tenant_id,
            "DYNAMICS_CLIENT_ID": server.client_id,
            "DYNAMICS_CLIENT_SECRET": server.client_secret,
            "DYNAMICS_SINCE": self._since,
        }

    def hosts(self) -> Mapping[str, int]:
        return {LOGIN: self._server.entra.port, ORGANIZATION: self._server.web.port}

    def servers(self) -> Sequence[RunningServer]:
        return (self._server.web, self._server.entra)

    @contextmanager
    def arranged(self, settings: Mapping[str, int]) -> Iterator[None]:
        """``pages_refused``: so many times, a further page of opportunities is one request too many."""
        left = settings["pages_refused"]

        def refuse(request: Request) -> None:
            nonlocal left
            if left and request.path.endswith("/opportunities") and "$skiptoken" in request.params:
                left -= 1
                self._organization.throttle(1, retry_after=1)

        self._server.web.interceptor = refuse
        try:
            yield
        finally:
            self._server.web.interceptor = None

    def truth(self, name: str) -> Mapping[str, Table]:
        return self._truths[name]()

    def between_runs(self) -> None:
        """People edit every tracked table, and the next request to the Web API is one too many."""
        self._mark = self._organization.database.version
        for table in self._definitions(tracked=True):
            if table.primary_name is not None:  # nobody edits the audit log
                self._edit(table, table.primary_name)
        self._organization.throttle(1, "0x80072322", retry_after=1)

    def _edit(self, table: Definition, name: str) -> None:
        """Changes in every tracked table; where rows have owners, rows also come and go, and come back."""
        organization = self._organization
        keys = organization.keys(table.name)
        for key in keys[:3]:
            organization.update(table.name, key, **{name: "changed between two runs"})
        if table.ownership == "UserOwned":
            organization.upsert(table.name, {name: "added between two runs"})
            organization.delete(table.name, organization.upsert(table.name, {name: "came and went"}))
            organization.update(table.name, keys[-1], **{name: "changed, then deleted"})
            for key in keys[-3:]:
                organization.delete(table.name, key)
            organization.upsert(table.name, {table.key: keys[-2], name: "deleted, then back"})

    def _definitions(self, *, tracked: bool = False) -> Iterator[Definition]:
        for table in self._organization.tables.values():
            if not tracked or self._organization.tracked(table):
                yield table

    def _rows(self, wanted: Callable[[Row], bool] = lambda _: True, *, tracked: bool = False) -> dict[str, Table]:
        """The rows of all tables, whole."""
        told = {}
        for table in self._definitions(tracked=tracked):
            kinds: dict[str, Kind] = {column: _kind(attribute) for column, attribute in table.by_column.items()}
            rows = {row[table.key]: _row(table, row) for row in self._stored(table) if wanted(row)}
            told[table.name] = Table(table.key, {**kinds, "@odata.etag": "text"}, rows)
        return told

    def _recent_rows(self) -> dict[str, Table]:
        """What was modified from ``DYNAMICS_SINCE`` on, of the tables that tell: the audit log is never modified."""
        told = self._rows(lambda row: row.get("modifiedon", "") >= self._since)
        return {name: table for name, table in told.items() if "modifiedon" in table.kinds}

    def _deletions(self) -> dict[str, Table]:
        told = {}
        for table in self._definitions(tracked=True):
            with self._organization.database.read() as connection:
                found = connection.execute(
                    "SELECT id FROM tombstone WHERE name = ? AND version > ?", [table.name, self._mark]
                ).fetchall()
            there = set(self._organization.keys(table.name))
            rows = {key: {"id": key} for (key,) in found if key not in there}
            told[table.name] = Table("id", {"id": "text"}, rows)
        return told

    def _labels(self) -> dict[str, Table]:
        """What lookups and choices are called in the caller's language, and the table that a lookup leads to.

        Programs hand over ``column@label`` and ``column@table`` of every column, null where there is none.
        """
        named = {table.name: self._names(table) for table in self._definitions()}
        told = {}
        for table in self._definitions():
            spoken = [item for item in table.by_column.values() if item.kind in LOOKUPS | CHOICES]
            lookups = [item for item in spoken if item.kind in LOOKUPS]
            kinds: dict[str, Kind] = {f"{item.column}@label": "text" for item in spoken}
            kinds |= {f"{item.column}@table": "text" for item in lookups}
            beside = {f"{column}@{what}" for column in table.by_column for what in ("label", "table")} - kinds.keys()
            rows = {}
            for row in self._stored(table):
                leads = {item.column: _target(item, row) for item in lookups}
                rows[row[table.key]] = {
                    table.key: row[table.key],
                    **{f"{item.column}@label": _label(item, row, leads, named) for item in spoken},
                    **{f"{column}@table": target for column, target in leads.items()},
                }
            told[table.name] = Table(table.key, {table.key: "text", **kinds}, rows, beside=frozenset(beside))
        return told

    def _names(self, table: Definition) -> dict[str, str | None]:
        return {row[table.key]: row[table.primary_name] if table.primary_name else None for row in self._stored(table)}

    def _counts(self) -> dict[str, Table]:
        rows = {
            table.name: {"name": table.name, "count": Decimal(len(self._organization.keys(table.name)))}
            for table in self._definitions()
        }
        return {"counts": Table("name", {"name": "text", "count": "number"}, rows)}

    def _tables(self) -> dict[str, Table]:
        kinds: dict[str, Kind] = {"name": "text", "set": "text", "key": "text", "tracked": "boolean"}
        rows = {
            table.name: {
                "name": table.name, "set": table.set_name, "key": table.key,
                "tracked": self._organization.tracked(table),
            }
            for table in self._definitions()
        }  # fmt: skip
        return {"tables": Table("name", kinds, rows)}

    def _columns(self) -> dict[str, Table]:
        """Every attribute with its type, those included that only repeat another one."""
        kinds: dict[str, Kind] = {"name": "text", "type": "text"}
        return {
            table.name: Table("name", kinds, {item.name: _described(item) for item in table.attributes})
            for table in self._definitions()
        }

    def _date_columns(self) -> dict[str, Table]:
        """Which date columns hold a day, and which an instant: only the derived type tells."""
        kinds: dict[str, Kind] = {"name": "text", "day": "boolean"}
        told = {}
        for table in self._definitions():
            dates = [item for item in table.attributes if item.kind == "DateTime"]
            rows = {item.name: {"name": item.name, "day": item.behavior == "DateOnly"} for item in dates}
            told[table.name] = Table("name", kinds, rows)
        return told

    def _throttling(self) -> dict[str, Table]:
        """What a client can tell of the refused request."""
        kinds: dict[str, Kind] = {"status": "text", "code": "text", "retry_after": "number"}
        row = {"status": "429", "code": "0x80072322", "retry_after": Decimal(1)}
        return {"refusal": Table("status", kinds, {"429": row})}

    def _stored(self, table: Definition) -> list[dict[str, Any]]:
        with self._organization.database.read() as connection:
            cursor = connection.execute(f'SELECT * FROM "{table.name}"')
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]


def _kind(attribute: Attribute) -> Kind:
    if attribute.kind == "DateTime":
        return "date" if attribute.behavior == "DateOnly" else "instant"
    if attribute.kind == "Boolean":
        return "boolean"
    return "number" if attribute.kind in _NUMBERS else "text"


def _row(table: Definition, stored: Row) -> dict[str, Any]:
    values = {column: _value(_kind(attribute), stored[column]) for column, attribute in table.by_column.items()}
    return {**values, "@odata.etag": f'W/"{stored["versionnumber"]}"'}


def _value(kind: Kind, stored: Any) -> Any:
    """A stored value as what it means."""
    if stored is None:
        return None
    return _MEANS[kind](stored)


def _target(lookup: Attribute, row: Row) -> str | None:
    """The table that a lookup leads to."""
    if row[lookup.column] is None:
        return None
    return row[lookup.type_column] if lookup.polymorphic else lookup.targets[0]


def _label(
    item: Attribute, row: Row, leads: Mapping[str, str | None], named: Mapping[str, Mapping[str, str | None]]
) -> str | None:
    stored = row[item.column]
    if stored is None:
        return None
    if item.kind in LOOKUPS:
        return named.get(leads[item.column] or "", {}).get(stored)
    words = {option.value: option.local for option in item.options}
    if item.kind == "MultiSelectPicklist":
        chosen = {int(value) for value in stored.split(",")}
        return "; ".join(word for value, word in words.items() if value in chosen)
    return words.get(stored)


def _described(attribute: Attribute) -> dict[str, Any]:
    return {"name": attribute.name, "type": "Virtual" if attribute.kind == "MultiSelectPicklist" else attribute.kind}


_MEANS: dict[Kind, Callable[[Any], Any]] = {
    "text": str,
    "boolean": bool,
    "number": lambda stored: Decimal(str(stored)),
    "date": date.fromisoformat,
    "instant": lambda stored: datetime.fromisoformat(stored).astimezone(UTC),
}
