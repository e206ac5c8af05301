"""Rules with every op of the vocabulary, compiled for an object whose fields A, B and C may hold anything."""

from __future__ import annotations

from pathlib import Path

from connector.adapters.base import Shape
from connector.mapping import Context, RowMapper
from tests.mapping.workbench import context, frame, one_field

COLUMNS = ("Id", "A", "B", "C", "Modified", "Gone")
_BY_TABLE = {
    "opportunity": [
        "name: A", "name: {from: A}", "name: {const: x}", "account_id: {ref: account, from: A}", "amount_minor: {money: A}",
        "amount_minor: {money: A, currency: B}", "amount_minor: {money: A, currency: {lookup: cur, from: B, field: code}}",
        "amount_minor: {first: [{when: C, is: 1, then: {money: A, currency: B}}], else: {money: B, currency: A}}",
        "created_at: A", "close_on: A", "close_on: {day: A, zone: source}", "probability: A", "probability: {percent: A}", "status: A",
        "status: {map: {0: open, true: won}, from: A}", "status: {map: {0: open, 1: won}, from: A, else: lost}",
        "name: {map: {0: x}, from: A, else: {from: B}}", "name: {first: [A, {label: B}], else: {from: C}}",
        "status: {first: [{when: A, is: [x, 1], then: won}, {when: B, is: null, then: lost}], else: open}",
        "status: {when: A, is: true, then: won, else: open}", 'name: {when: A, is: "*", then: {from: B}, else: {from: C}}',
        "name: {join: [A, B], with: -}", "name: {lookup: cur, from: A, field: code}", "name: {label: B}", "extra.a: A",
    ],
    "quota": [
        "period_start: {fiscal: start, year: A, period: B, when: C, else: {day: A}}", "period_end: {fiscal: end, year: A, period: B}",
    ],
    "account": ["domain: {domain: A}"],
    "activity": ["subject_hash: {hash: A}", "occurred_at: A", "counterpart_email: {address: A}"],
    "crm_user": ["is_active: A"],
    "fx_rate": ["units_per_base: A", "dated: A", "currency: A"],
    "source_stage": ["position: A"],
    "satisfaction": ["score: A"],
}  # fmt: skip
LINES = [(table, line) for table, lines in _BY_TABLE.items() for line in lines]


def context_of_ops(source: str = "acme") -> Context:
    """What the lines look up."""
    lookups = {"cur": {"g1": {"code": "EUR"}, "": {"code": 5}}}
    return context(source=source, frame=frame(lookups=lookups, labels={("Thing", "B"): {1: "one", 0: "none"}}))


def mappers(folder: Path) -> dict[tuple[str, str], RowMapper]:
    """A mapper for each line."""
    ctx = context_of_ops()
    shape = Shape("Thing", COLUMNS, "Id", "Modified", "Gone")
    made = {}
    for table, line in LINES:
        column, _, rule = line.partition(": ")
        mappings = one_field(folder, column, rule, table)
        made[table, line] = RowMapper(mappings.kinds["salesforce"].objects["Thing"], shape, ctx)
    return made
