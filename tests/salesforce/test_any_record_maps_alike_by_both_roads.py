"""Same row by any road: any values of any field type, read by REST and by Bulk, become the same tuples under any mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.adapters.base import Wanted
from connector.adapters.salesforce import SalesforceAdapter
from connector.mapping import Mapped, ObjectMapping, RowMapper
from connector.sandbox.certificates import Authority
from connector.sandbox.salesforce.fields import COMPOUNDS, NUMBERS, Field, parse
from connector.sandbox.salesforce.ids import make_id
from connector.sandbox.salesforce.objects import SObject
from connector.sandbox.salesforce.values import store
from tests.adapters.replica import Replica
from tests.adapters.salesforce_world import SalesforceByBulk
from tests.mapping.every_op import LINES, context_of_ops
from tests.mapping.wire_values import DATES, IDS, TEXT, one_of
from tests.mapping.workbench import load, write

#: one field of every type that describe knows and a query can select
TYPES = (
    "string", "textarea", "picklist", "multipicklist", "combobox", "email", "phone", "url", "encryptedstring", "anyType", "time",
    "reference", "boolean", "int", "long", "double", "currency", "percent", "date", "datetime",
)  # fmt: skip
SYSTEM = ("Id id", "IsDeleted boolean", "SystemModstamp datetime")
THING = SObject(
    "Thing__c", "a0X", tuple(parse(line) for line in (*SYSTEM, *(f"F{kind}__c {kind} null" for kind in TYPES)))
)
STANDARD = ("Account", "Contact", "Lead", "Opportunity", "User", "ForecastingQuota", "CurrencyType", "OpportunityStage")
ROWS = 12


@dataclass
class Roads:
    """One org, and an adapter for each road onto it."""

    world: SalesforceByBulk
    by_rest: SalesforceAdapter
    by_bulk: SalesforceAdapter

    def fill(self, name: str, fields: list[Field], rows: list[list[Any]]) -> None:
        """These records and no others, just as they are."""
        columns = [field.name for field in fields]
        with self.world.org.records.writing() as connection:
            connection.execute(f'DELETE FROM "{name}"')
            self.world.org.records.insert(
                self.world.org.schema[name], columns, [[store(value) for value in row] for row in rows]
            )

    def mapped(self, adapter: SalesforceAdapter, mapping: ObjectMapping) -> tuple[Replica, Mapped]:
        """The object as one road brings it, in order of its ids: Bulk is free to bring it in another."""
        replica = Replica(mapping.wanted).pull(adapter)
        rows = [list(replica.rows[key].values()) for key in sorted(replica.rows)]
        return replica, RowMapper(mapping, replica.shape, context_of_ops("acme")).map(rows)

    def assert_alike(self, mapping: ObjectMapping) -> None:
        jobs = len(self.world.server.domain.requests("/jobs/query"))
        rest, mapped_rest = self.mapped(self.by_rest, mapping)
        assert len(self.world.server.domain.requests("/jobs/query")) == jobs
        bulk, mapped_bulk = self.mapped(self.by_bulk, mapping)
        assert len(self.world.server.domain.requests("/jobs/query")) > jobs
        assert len(rest.rows) == ROWS and rest.shape == bulk.shape and rest.shape.missing == ()
        differing = [
            (one, other) for one, other in zip(exactly(rest.rows), exactly(bulk.rows), strict=True) if one != other
        ]
        assert differing == []
        assert mapped_rest == mapped_bulk
        assert len(mapped_rest.accepted) + len(mapped_rest.rejects) + len(mapped_rest.dropped) == ROWS


def exactly(rows: dict[str, dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Equal is not enough: ``1``, ``True`` and ``Decimal("1.0")`` are equal, but not the same."""
    return [
        (key, name, type(value).__name__, str(value))
        for key, row in sorted(rows.items())
        for name, value in sorted(row.items())
    ]


@pytest.fixture(scope="module")
def roads() -> Iterator[Roads]:
    with Authority() as authority:
        world = SalesforceByBulk(authority)
        world.org.bulk_polls, world.page_size = 0, 5
        world.org.records.create(THING)
        world.org.set_schema(THING)
        made = Roads(world, world.adapter(bulk_from=10**9), world.adapter(bulk_from=0))
        made.by_rest.connect()
        made.by_bulk.connect()
        yield made
        world.stop()


# --- values by type of field ---

_TEXTS = TEXT.map(lambda text: text.encode("utf-8", "replace").decode())
_DECIMALS = st.decimals(-(10**15), 10**15, places=3) | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40
)
_INSTANTS = [
    text.removesuffix("Z") for text in DATES if re.fullmatch(r"\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII)
]
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "date": st.dates() | one_of(DATES),
    "datetime": st.datetimes().map(lambda moment: moment.isoformat()[:19]) | one_of(_INSTANTS),
    "reference": st.integers(0, 10**6).map(lambda number: make_id("001", number)) | one_of(IDS),
    **dict.fromkeys(
        NUMBERS, _DECIMALS | st.sampled_from([Decimal(0), Decimal("-0.0"), Decimal("0.005"), Decimal(100)])
    ),
}


def values_of(field: Field) -> st.SearchStrategy[Any]:
    values = _VALUES.get(field.type, _TEXTS)
    return values if field.type == "boolean" else st.none() | values


@st.composite
def records(draw: Any, sobject: SObject, names: frozenset[str]) -> tuple[list[Field], list[list[Any]]]:
    """Some records with values in the named fields; ids, and what a read goes by, are sound."""
    fields = [field for field in sobject.fields if field.type not in COMPOUNDS and field.name in names | {"Id"}]
    rows = [[make_id(sobject.prefix, 5_000 + at) for at in range(ROWS)]]
    for field in fields[1:]:
        sound = field.name in ("SystemModstamp", "LastModifiedDate")
        values = st.just(date(2026, 1, 2).isoformat() + "T03:04:05") if sound else values_of(field)
        pool = draw(st.lists(values, min_size=3, max_size=3))
        rows.append([pool[(at * 7 // 3) % 3] for at in range(ROWS)])
    assert fields[0].name == "Id"
    return fields, [list(row) for row in zip(*rows, strict=True)]


# --- mappings ---


@st.composite
def any_rules(draw: Any) -> tuple[str, str]:
    """A table and rules for some of its columns, over any fields of the thing."""
    table = draw(st.sampled_from(sorted({table for table, _ in LINES})))
    of_table = {line.partition(":")[0]: line for name, line in draw(st.permutations(LINES)) if name == table}
    names = [f"F{kind}__c" for kind in TYPES]
    lines = [re.sub(r"\b[ABC]\b", lambda _: draw(st.sampled_from(names)), line) for line in of_table.values()]
    return table, "\n".join(f"      {line}" for line in lines)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=any_rules(), data=st.data())
def test_any_values_under_any_rules(roads: Roads, tmp_path: Path, rules: tuple[str, str], data: st.DataObject) -> None:
    table, lines = rules
    write(tmp_path, "salesforce.yaml", f"version: 1\nobjects:\n  Thing__c:\n    table: {table}\n    fields:\n{lines}\n")
    mapping = load(tmp_path, "salesforce").kinds["salesforce"].objects["Thing__c"]
    roads.fill(
        "Thing__c", *data.draw(records(THING, frozenset({*mapping.wanted.fields, "IsDeleted", "SystemModstamp"})))
    )
    roads.assert_alike(mapping)


@settings(max_examples=80, deadline=None)
@given(name=st.sampled_from(STANDARD), data=st.data())
def test_any_values_under_the_packaged_rules(roads: Roads, name: str, data: st.DataObject) -> None:
    mapping = load(None, "salesforce").kinds["salesforce"].objects[name]
    names = frozenset({*mapping.wanted.fields, "IsDeleted", "SystemModstamp", "LastModifiedDate"})
    roads.fill(name, *data.draw(records(roads.world.org.schema[name], names)))
    roads.assert_alike(mapping)


def test_every_field_of_every_type_is_alike(roads: Roads) -> None:
    """Each type of field takes part, and none is told as missing."""
    wanted = Wanted("Thing__c", tuple(field.name for field in THING.fields))
    described = roads.by_rest.shape(wanted)
    assert described.missing == () and len(described.columns) == len(TYPES) + len(SYSTEM)
