"""Writing single records: what Dataverse fills in by itself, row versions, tombstones. Knows no HTTP.

Lookups may be given as a GUID, or as ``(table, GUID)`` where several tables are possible.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connector.sandbox.dynamics.database import Database
from connector.sandbox.dynamics.schema import LOOKUPS, Attribute, Table

Values = Mapping[str, Any]


class Edits:
    """Writes to the records of ``database``; ``user_id`` is who creates and modifies."""

    def __init__(self, database: Database, tables: Mapping[str, Table], user_id: str) -> None:
        self._database = database
        self._tables = tables
        self._user_id = user_id

    def upsert(self, name: str, values: Values, at: datetime) -> str:
        """Creates a record, or changes the one whose key is given. Returns its key."""
        table = self._tables[name]
        key = str(values.get(table.key) or uuid.uuid4()).lower()
        with self._database.write() as connection:
            exists = self._exists(connection, table, key)
            stored = self._stored(connection, table, {**values, table.key: key})
            stored.setdefault("modifiedon", _spelt(at))
            stored.setdefault("_modifiedby_value", self._user_id)
            if not exists:
                stored = {**self._defaults(table, at), **stored}
            stored["versionnumber"] = self._database.next_version()
            stored = {name: item for name, item in stored.items() if name.partition(":")[0] in table.by_column}
            self._put(connection, table, key, stored, exists=exists)
        return key

    def delete(self, name: str, key: str) -> bool:
        """Deletes a record for good, leaving a tombstone; False where there is none."""
        table = self._tables[name]
        with self._database.write() as connection:
            gone = connection.execute(f'DELETE FROM "{name}" WHERE "{table.key}" = ?', [key.lower()]).rowcount
            if gone:
                connection.execute(
                    "INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?)",
                    [name, key.lower(), self._database.next_version()],
                )
        return bool(gone)

    def find(self, name: str, key: str) -> dict[str, Any] | None:
        """A record as it is stored."""
        table = self._tables[name]
        with self._database.read() as connection:
            cursor = connection.execute(f'SELECT * FROM "{name}" WHERE "{table.key}" = ?', [key.lower()])
            row = cursor.fetchone()
            return None if row is None else dict(zip([item[0] for item in cursor.description], row, strict=True))

    def _exists(self, connection: sqlite3.Connection, table: Table, key: str) -> bool:
        found = connection.execute(f'SELECT 1 FROM "{table.name}" WHERE "{table.key}" = ?', [key])
        return found.fetchone() is not None

    def _put(
        self, connection: sqlite3.Connection, table: Table, key: str, stored: dict[str, Any], *, exists: bool
    ) -> None:
        names = ", ".join(f'"{name}"' for name in stored)
        if exists:
            assigned = ", ".join(f'"{name}" = ?' for name in stored)
            connection.execute(f'UPDATE "{table.name}" SET {assigned} WHERE "{table.key}" = ?', [*stored.values(), key])
        else:
            marks = ", ".join("?" * len(stored))
            connection.execute(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', list(stored.values()))

    def _defaults(self, table: Table, at: datetime) -> dict[str, Any]:
        first = {item.name: item.options[0].value for item in table.attributes if item.kind in ("State", "Status")}
        made = {"createdon": _spelt(at), "_createdby_value": self._user_id, **first}
        if "_ownerid_value" in table.by_column:
            made |= {
                "_ownerid_value": self._user_id,
                "_owninguser_value": self._user_id,
                "_ownerid_value:type": "systemuser",
            }
        return made

    def _stored(self, connection: sqlite3.Connection, table: Table, values: Values) -> dict[str, Any]:
        stored: dict[str, Any] = {}
        for name, given in values.items():
            attribute = table.by_column.get(name) or table.by_name.get(name)
            if attribute is None or not attribute.is_property:
                raise KeyError(f"{table.name} has no column {name}")
            value = given
            if attribute.polymorphic:
                target, value = self._target(connection, attribute, given)
                stored |= {attribute.type_column: target, **_companions(table, attribute, target, value)}
            stored[attribute.column] = stored_value(attribute, value)
        return stored

    def _target(self, connection: sqlite3.Connection, attribute: Attribute, value: Any) -> tuple[str | None, Any]:
        """The table that a polymorphic lookup leads to: as given, or the one that has the record."""
        if value is None or isinstance(value, tuple):
            return value or (None, None)
        for name in attribute.targets:
            if name in self._tables and self._exists(connection, self._tables[name], str(value).lower()):
                return name, value
        return attribute.targets[0], value


def stored_value(attribute: Attribute, value: Any) -> Any:
    """A Python value as its column stores it."""
    if value is None:
        return None
    if attribute.kind in LOOKUPS or attribute.kind == "Uniqueidentifier":
        return str(value).lower()
    if attribute.kind in ("Money", "Decimal"):
        return f"{Decimal(str(value)):.{4 if attribute.kind == 'Money' else 10}f}"
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return _spelt(value)
    return value.isoformat() if isinstance(value, date) else value


def _spelt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _companions(table: Table, attribute: Attribute, target: str | None, value: Any) -> dict[str, Any]:
    """The single-target columns that Dataverse keeps in step with a polymorphic one."""
    pairs = {
        "Owner": {"systemuser": "_owninguser_value", "team": "_owningteam_value"},
        "Customer": {"account": "_accountid_value", "contact": "_contactid_value"},
    }.get(attribute.kind, {})
    told = str(value).lower() if value else None
    return {column: told if name == target else None for name, column in pairs.items() if column in table.by_column}
