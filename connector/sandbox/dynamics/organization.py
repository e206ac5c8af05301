"""One Dynamics 365 organization: its tables and records, an App for ``serve``, and the handles of tests.

Handles change what the organization is from one moment to the next (``upsert``, ``delete``, ``hide_column``,
``expire_delta_tokens``, ``throttle`` …); everything a client then sees follows from that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from connector.sandbox.dynamics import webapi
from connector.sandbox.dynamics.database import Database, sql_type
from connector.sandbox.dynamics.edits import Edits
from connector.sandbox.dynamics.gate import Gate
from connector.sandbox.dynamics.pagecache import PageCache
from connector.sandbox.dynamics.paging import Cookies
from connector.sandbox.dynamics.schema import Attribute, Table
from connector.sandbox.dynamics.tables import TABLES
from connector.sandbox.dynamics.totals import Totals
from connector.sandbox.dynamics.tracking import DEFAULT_TOKEN_DAYS, Stamps
from connector.sandbox.dynamics.wording import FUNCTIONS
from connector.sandbox.entra.tenant import Tenant
from connector.sandbox.exchange import Answer, Request

ORGANIZATION_ID = "0d1d4a3e-1000-4000-8000-000000000001"
USER_ID = "0d1d4a3e-1000-4000-8000-000000000002"
ROOT_UNIT_ID = "0d1d4a3e-1000-4000-8000-000000000003"


class Organization:
    """Call ``open_at`` with the address under which it is served; tokens are then good for that origin."""

    def __init__(self, tenant: Tenant, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.tenant = tenant
        self.clock = clock
        self.origin = ""
        self.organization_id, self.user_id, self.root_unit_id = ORGANIZATION_ID, USER_ID, ROOT_UNIT_ID
        self.metadata_version = 5_000_001
        #: powerapps-docs#439: annotations asked for beside change tracking lose the delta link
        self.annotations_lose_delta_link = True
        self.tables: dict[str, Table] = dict(TABLES)
        self.database = Database(FUNCTIONS)
        for table in TABLES.values():
            self.database.create(table)
        self.edits = Edits(self.database, TABLES, self.user_id)
        self.cookies = Cookies()
        self.pages = PageCache()
        self.stamps = Stamps({})
        self.totals = Totals(self.database)
        self.gate = Gate(tenant, self.user_id)
        self._tracked = {table.name: bool(table.tracking) for table in TABLES.values()}
        self._hidden: dict[str, frozenset[str]] = {}
        self._secured: dict[str, frozenset[str]] = {}

    def __call__(self, request: Request) -> Answer:
        return webapi.answer(self, request)

    def open_at(self, origin: str) -> None:
        """Tells where the organization is served; Entra gives tokens for that origin from now on."""
        self.origin = origin.rstrip("/")
        self.tenant.add_resource(self.origin)

    def close(self) -> None:
        """Removes the records' file."""
        self.database.close()

    def __enter__(self) -> Organization:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # records

    def upsert(self, table: str, values: Mapping[str, Any], at: datetime | None = None) -> str:
        """Creates or changes a record; ``at`` becomes its ``modifiedon`` (default: now). Returns its key."""
        return self.edits.upsert(table, values, at or self.clock())

    def update(self, table: str, key: str, at: datetime | None = None, **values: Any) -> None:
        """Changes a record that must exist."""
        if self.edits.find(table, key) is None:
            raise KeyError(f"{table} {key}")
        self.edits.upsert(table, {**values, self.tables[table].key: key}, at or self.clock())

    def delete(self, table: str, key: str) -> None:
        """Deletes a record; change tracking will tell of it."""
        if not self.edits.delete(table, key):
            raise KeyError(f"{table} {key}")

    def find(self, table: str, key: str) -> dict[str, Any] | None:
        """A record as it is stored, or None."""
        return self.edits.find(table, key)

    def keys(self, table: str) -> list[str]:
        """The keys of all records of a table, in order."""
        with self.database.read() as connection:
            key = TABLES[table].key
            return [row[0] for row in connection.execute(f'SELECT "{key}" FROM "{table}" ORDER BY "{key}"')]

    def snapshot_totals(self) -> None:
        """Counts every table anew for RetrieveTotalRecordCount, as a night does it."""
        self.totals.take(self.clock())

    # metadata

    def change_metadata(self, table: str) -> None:
        """Something about the table's definition changed: delta tokens of it are worth nothing from now on."""
        self.metadata_version += 1
        self.expire_delta_tokens(table)

    def hide_column(self, table: str, column: str) -> None:
        """A column, by logical name, is gone from metadata and ``$select``; its values are kept."""
        self._hidden[table] = self._hidden.get(table, frozenset()) | {column}
        self.change_metadata(table)

    def reveal_column(self, table: str, column: str) -> None:
        """The column is back, values and all."""
        self._hidden[table] = self._hidden.get(table, frozenset()) - {column}
        self.change_metadata(table)

    def secure_column(self, table: str, column: str) -> None:
        """Column level security: the column stays in metadata, its values are null for this caller."""
        self._secured[table] = self._secured.get(table, frozenset()) | {column}
        self.pages.clear()

    def add_column(self, table: str, attribute: Attribute) -> None:
        """A new (custom) column, null everywhere."""
        grown = replace(self.tables[table], attributes=(*self.tables[table].attributes, attribute))
        with self.database.write() as connection:
            connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{attribute.column}" {sql_type(attribute)}')
            if attribute.polymorphic:
                connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{attribute.type_column}" TEXT')
        self.tables[table] = grown
        self.edits = Edits(self.database, {**TABLES, **self.tables}, self.user_id)
        self.change_metadata(table)

    def remove_table(self, table: str) -> None:
        """The table's solution is not installed: 404."""
        del self.tables[table]
        self.metadata_version += 1

    def restore_table(self, table: str) -> None:
        """The table is back with its records."""
        self.tables[table] = TABLES[table]
        self.metadata_version += 1

    def set_tracking(self, table: str, enabled: bool) -> None:
        """Turns change tracking on or off (a real organization can only turn it on)."""
        self._tracked[table] = enabled
        self.metadata_version += 1

    def tracked(self, table: Table) -> bool:
        return self._tracked[table.name]

    def hidden(self, table: Table) -> frozenset[str]:
        return self._hidden.get(table.name, frozenset())

    def secured(self, table: Table) -> frozenset[str]:
        return self._secured.get(table.name, frozenset())

    # change tracking

    def expire_delta_tokens(self, *tables: str) -> None:
        """Tokens given so far, for these tables (default: all), answer 0x80044352."""
        with self.database.write():
            floor = self.database.next_version()
        for name in tables or self.tables:
            self.stamps.floors[name] = floor

    def delta_token(self, version: int) -> str:
        """The token of a version, encoded for a link."""
        return self.stamps.token(version, self.clock())

    def delta_version(self, table: Table, token: str) -> int:
        return self.stamps.version(table.name, token, self.clock(), self._token_days())

    def _token_days(self) -> int:
        record = self.find("organization", self.organization_id) or {}
        return int(record.get("expirechangetrackingindays") or DEFAULT_TOKEN_DAYS)

    # access

    def throttle(self, count: int, code: str = "0x80072322", retry_after: int | None = 1) -> None:
        """The next ``count`` requests are refused with 429 and one of the three service protection codes."""
        self.gate.throttle(count, code, retry_after)

    def revoke_tokens(self) -> int:
        """Every token issued so far answers 401."""
        return self.tenant.revoke_tokens()

    def deny_read(self, *tables: str) -> None:
        """The application user's role no longer reads these tables: 403."""
        self.gate.denied.update(tables)

    def limit_read(self, *tables: str) -> None:
        """The role reads these tables in part only: change tracking is refused, plain reads go on."""
        self.gate.limited.update(tables)
        self.pages.clear()

    def allow_read(self, *tables: str) -> None:
        """Takes ``deny_read`` and ``limit_read`` back."""
        self.gate.denied.difference_update(tables)
        self.gate.limited.difference_update(tables)
