"""REST queries of one org: the first page, and the following ones by locator.

A locator remembers which records the query found; their values are those of the moment a page is asked for.
"""

from __future__ import annotations

import re
import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connector.sandbox.exchange import Request
from connector.sandbox.salesforce.errors import Refusal, invalid_field, malformed_query, not_found
from connector.sandbox.salesforce.fields import NUMBERS
from connector.sandbox.salesforce.ids import make_id, normal
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.soql.compiler import Plan, compile_query
from connector.sandbox.salesforce.soql.parser import parse
from connector.sandbox.salesforce.values import number, rest_records, rest_sql

LOCATOR_LIFE = timedelta(days=2)
SMALLEST_BATCH, LARGEST_BATCH = 200, 2_000
OPEN_CURSORS = 10
_MOST_LOCATORS = 200
_LONG_TEXT = 255
#: older versions tell no periods (docs: object reference)
_PERIODS_SINCE = 36
_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
_BATCH = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


@dataclass
class _Found:
    """What a query found: the rows by number, which pages were promised, and the last page once it was told."""

    plan: Plan
    rows: array[int]
    batch: int
    version: str
    opened: datetime
    promised: set[int] = field(default_factory=set)
    ended_at: int | None = None


class Queries:
    def __init__(self, org: Org) -> None:
        self._org = org
        self._found: dict[str, _Found] = {}
        self._count = 0
        self._guard = threading.Lock()

    def first(self, request: Request, version: str, *, deleted: bool) -> dict[str, Any]:
        """The answer of ``/query`` or ``/queryAll`` (``deleted``)."""
        text = request.params.get("q")
        if text is None:
            raise malformed_query("A query string has to be specified")
        plan = compile_query(parse(text), self._org.known(), deleted=deleted, now=self._org.local_now())
        if plan.sobject.name == "Period" and float(version) <= _PERIODS_SINCE:
            plan.where, plan.parameters = "0", []
        if plan.counts:
            return {"totalSize": self._count_of(plan), "done": True, "records": []}
        if plan.aggregates:
            return self._aggregates(plan)
        with self._org.records.reading() as connection:
            sql = f"SELECT t.rowid {plan.source()} ORDER BY {plan.order}{plan.bounds()}"
            rows = array("q", (row[0] for row in connection.execute(sql, plan.parameters)))
        found = _Found(plan, rows, self._batch(request, plan), version, self._org.now())
        return self._page(self._opened(found), found, 0)

    def more(self, text: str) -> dict[str, Any]:
        """The page that a locator names; refused where it is unknown, too old, or promised no such page."""
        locator, _, offset = text.partition("-")
        with self._guard:
            found = self._found.get(locator)
            if found is None or not offset.isdigit() or self._spent(found, int(offset)):
                raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
            if self._org.locators_are_used_once:
                found.promised.discard(int(offset))
        return self._page(locator, found, int(offset))

    def _spent(self, found: _Found, offset: int) -> bool:
        """Whether a locator no longer leads to the page at ``offset``: never promised, too old, or used up.

        Two days are documented. That the pages before the last one are gone once all were told is unverified; the
        documentation only advises to use a locator once (``Org.locators_are_used_once`` makes that a rule).
        """
        if offset not in found.promised or self._org.now() - found.opened > LOCATOR_LIFE:
            return True
        return found.ended_at not in (None, offset)

    def _opened(self, found: _Found) -> str:
        """The locator of a new cursor. A user has ten open at most: the eleventh releases the oldest (docs)."""
        with self._guard:
            self._count += 1
            locator = make_id("0r8", self._count)
            if len(found.rows) > found.batch:
                still_open = [name for name, known in self._found.items() if known.ended_at is None]
                for released in still_open[: max(0, len(still_open) - OPEN_CURSORS + 1)]:
                    del self._found[released]
                self._found[locator] = found
            while len(self._found) > _MOST_LOCATORS:
                del self._found[next(iter(self._found))]
        return locator

    def record(self, sobject: SObject, identity: str, names: str | None, version: str) -> dict[str, Any]:
        """One record by its id, with all fields or those of ``names``, and its id in any case."""
        key = normal(identity)
        if key is None:
            told = f"Provided external ID field does not exist or is not accessible: {identity.partition('/')[0]}"
            raise Refusal(404, "NOT_FOUND", told)
        soql = f"SELECT {', '.join(_named(sobject, names))} FROM {sobject.name}"
        plan = compile_query(parse(soql), self._org.visible(), deleted=True)
        with self._org.records.reading() as connection:
            flag = "IsDeleted" if sobject.field("IsDeleted") else "0"
            row = connection.execute(f'SELECT rowid, {flag} FROM "{sobject.name}" WHERE "Id" = ?', (key,)).fetchone()
        if row is None:
            raise not_found()
        if row[1]:
            raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted")
        return self._records(_Found(plan, array("q"), 1, version, self._org.now()), [row[0]])[0]

    def expire(self) -> None:
        """Forgets every locator, as if two days had passed."""
        with self._guard:
            self._found.clear()

    def _page(self, locator: str, found: _Found, offset: int) -> dict[str, Any]:
        rows = found.rows[offset : offset + found.batch]
        following = offset + len(rows)
        answer: dict[str, Any] = {"totalSize": len(found.rows), "done": following >= len(found.rows)}
        if not answer["done"]:
            found.promised.add(following)
            answer["nextRecordsUrl"] = f"/services/data/v{found.version}/query/{locator}-{following}"
        else:
            found.ended_at = offset
        answer["records"] = self._records(found, rows)
        return answer

    def _records(self, found: _Found, numbers: Sequence[int]) -> list[dict[str, Any]]:
        plan = found.plan
        parents = [f'{alias}."Id"' for alias, _ in plan.parents.values()]
        reads = ", ".join(["t.rowid", 't."Id"', *parents, *(rest_sql(column) for column in plan.columns)])
        marks = ", ".join("?" * len(numbers))
        sql = f'SELECT {reads} FROM "{plan.sobject.name}" t {" ".join(plan.joins)} WHERE t.rowid IN ({marks})'
        with self._org.records.reading() as connection:
            rows = {row[0]: row[1:] for row in connection.execute(sql, numbers)}
        present = [rows[number] for number in numbers if number in rows]
        base = f"/services/data/v{found.version}"
        kinds = [(path, kind) for path, (_, kind) in plan.parents.items()]
        return rest_records(plan.columns, present, plan.sobject.name, base, kinds)

    def _count_of(self, plan: Plan) -> int:
        with self._org.records.reading() as connection:
            sql = f"SELECT count(*) FROM (SELECT 1 {plan.source()}{plan.bounds()})"
            return int(connection.execute(sql, plan.parameters).fetchone()[0])

    def _aggregates(self, plan: Plan) -> dict[str, Any]:
        reads = ", ".join(rest_sql(column) for column in plan.columns)
        group = f" GROUP BY {plan.group}" if plan.group else ""
        with self._org.records.reading() as connection:
            sql = f"SELECT {reads} {plan.source()}{group} ORDER BY {plan.order}{plan.bounds()}"
            rows = connection.execute(sql, plan.parameters).fetchall()
        records = []
        for row in rows:
            record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
            for column, value in zip(plan.columns, row, strict=True):
                record[column.path[-1]] = _aggregate(column.field.type, value)
            records.append(record)
        return {"totalSize": len(records), "done": True, "records": records}

    def _batch(self, request: Request, plan: Plan) -> int:
        """Out of bounds means the nearest bound (client reports: small sizes are ignored).

        Two custom long text areas make pages small, whatever was asked (docs: changing the batch size in queries).
        """
        long_texts = sum(1 for column in plan.columns if column.field.custom and column.field.length > _LONG_TEXT)
        asked = _BATCH.search(request.headers.get("Sforce-Query-Options", ""))
        wanted = int(asked[1]) if asked else LARGEST_BATCH
        most = SMALLEST_BATCH if long_texts > 1 else LARGEST_BATCH
        return min(max(wanted, SMALLEST_BATCH), most, self._org.page_size)


def _named(sobject: SObject, names: str | None) -> list[str]:
    """The fields that a call for one record names, all where it names none; the id always."""
    fields = [name.strip() for name in names.split(",")] if names else [field.name for field in sobject.fields]
    for name in fields:
        if not _PATH.match(name):
            raise invalid_field(f"No such column '{name}' on entity '{sobject.name}'")
    return fields if "id" in (name.lower() for name in fields) else [*fields, "Id"]


def _aggregate(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "aggregate" or kind in NUMBERS:
        return msgspec.Raw(number(value).encode()) if isinstance(value, int) else float(value)
    return value
