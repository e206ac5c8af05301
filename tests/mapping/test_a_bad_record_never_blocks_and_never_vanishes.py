"""Whatever a source hands over, every record is mapped, rejected or dropped, once, and nothing is ever raised."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.adapters.base import Row, Value
from connector.mapping import RowMapper
from connector.mapping.kept import keep, keep_private, restore
from tests.mapping.every_op import LINES, mappers
from tests.mapping.workbench import TARGETS, Bench, context, frame, load, one_field, rows_of, write

ANYTHING: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(0, 500),
    st.decimals(),
    st.sampled_from([Decimal("sNaN"), Decimal("-0"), Decimal("1E+999999"), Decimal("1E-999999"), 2**70]),
    st.text(st.characters()),
    st.sampled_from(["", "\ud800", "2026-01-31", "2026-01-31T10:00:00Z", "2026-13-31T10:00:00Z", "0001-01-01T00:00:00Z"]),
    st.sampled_from(["9999-12-31T23:59:59Z", "2026-02-30", "g1", "a,b,,a", "https://a.test", "USD", "XXXX", "1e5", "true"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], RowMapper]:
    return mappers(tmp_path_factory.mktemp("mappings"))


ROWS = st.lists(
    st.tuples(st.one_of(st.text("abc", min_size=1), ANYTHING), ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING),
    max_size=8,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, which=st.sampled_from(LINES))
def test_a_record_comes_out_the_same_alone_and_in_company(
    compiled: dict[tuple[str, str], RowMapper], rows: list[Row], which: tuple[str, str]
) -> None:
    together = compiled[which].map(rows)
    alone = [compiled[which].map([row]) for row in rows]
    for table, table_rows in together.rows.items():
        assert table_rows == [row for one in alone for row in one.rows[table]]
    assert together.rejects == [reject for one in alone for reject in one.rejects]


@settings(max_examples=100, deadline=None)
@given(
    value=st.one_of(
        st.decimals(-(10**12), 10**12, places=4).map(lambda number: (number, number.normalize())),
        st.integers(-(10**9), 10**9).map(lambda number: (number, Decimal(f"{number}.0"))),
    ),
    line=st.sampled_from(
        ["name: A", "amount_minor: {money: A}", "extra.a: A", "status: {map: {1: won}, from: A, else: open}"]
    ),
)
def test_one_number_in_two_spellings_is_one_value(
    tmp_path_factory: pytest.TempPathFactory, value: tuple[Value, Value], line: str
) -> None:
    column, _, rule = line.partition(": ")
    mappings = one_field(tmp_path_factory.mktemp("m"), column, rule)
    one, two = (Bench(mappings, "salesforce", "Thing").map({"Id": "1", "A": each}) for each in value)
    assert one == two


def test_rejects_keep_the_order_and_the_good_ones_go_through(folder: Path) -> None:
    bench = Bench(one_field(folder, "amount_minor", "{money: A}"), "salesforce", "Thing")
    amounts: list[Value] = [Decimal(n) for n in range(1000)]
    amounts[17], amounts[18], amounts[999] = "x", True, "y"
    mapped = bench.map(*({"Id": f"r{n}", "A": amount} for n, amount in enumerate(amounts)))
    assert [reject.source_id for reject in mapped.rejects] == ["r17", "r18", "r999"]
    assert [row["amount_minor"] for row in rows_of(mapped)] == [n * 100 for n in range(1000) if n not in (17, 18, 999)]


def test_a_row_without_an_id_is_a_reject(folder: Path) -> None:
    bench = Bench(one_field(folder, "name", "A"), "salesforce", "Thing")
    mapped = bench.map({"Id": None, "A": "x"}, {"Id": "", "A": "y"}, {"Id": "1", "A": "z"})
    assert [(one.source_id, one.rule, one.message) for one in mapped.rejects] == [
        (None, "id", "the record has no id")
    ] * 2
    assert mapped.rejects[0].fields == {"Id": None, "A": "x"}
    assert mapped.accepted == ["1"]


def test_a_reject_keeps_only_mapped_fields_and_hashes_private_ones(folder: Path) -> None:
    text = "version: 1\nobjects: {Thing: {table: activity, fields: {subject_hash: {hash: S}, occurred_at: At}}}\n"
    write(folder, "salesforce.yaml", text)
    bench = Bench(load(folder, "salesforce"), "salesforce", "Thing")
    reject = bench.map({"Id": "1", "S": "Layoffs", "At": "yesterday"}).rejects[0]
    assert (reject.rule, reject.message) == ("occurred_at", "occurred_at: 'yesterday' is no instant")
    assert set(reject.fields) == {"Id", "S", "At"}
    assert "Layoffs" not in str(reject)


def test_a_private_value_that_is_no_text_is_a_reject_without_it(folder: Path) -> None:
    bench = Bench(one_field(folder, "subject_hash", "{hash: S}", "activity"), "salesforce", "Thing")
    mapped = bench.map({"Id": "1", "S": Decimal("Infinity")}, {"Id": "2", "S": "Offer"})
    assert [(one.source_id, one.fields) for one in mapped.rejects] == [("1", {"Id": "1", "S": {"hash": ""}})]
    assert mapped.accepted == ["2"]


def test_a_long_value_is_shortened_in_the_message(folder: Path) -> None:
    bench = Bench(one_field(folder, "amount_minor", "{money: A}"), "salesforce", "Thing")
    message = bench.map({"Id": "1", "A": "x" * 5000}).rejects[0].message
    assert len(message) < 100


def test_records_that_do_not_pass_keep_are_dropped_unless_the_field_is_hidden(folder: Path) -> None:
    text = "version: 1\nobjects: {Thing: {table: team, keep: {Kind: [a, b]}, fields: {name: N}}}\n"
    write(folder, "salesforce.yaml", text)
    bench = Bench(load(folder, "salesforce"), "salesforce", "Thing")
    rows: list[dict[str, Value]] = [{"Id": "1", "Kind": "a"}, {"Id": "2", "Kind": "c"}, {"Id": "3"}]
    mapped = bench.map(*rows)
    assert (mapped.accepted, mapped.dropped) == (["1"], ["2", "3"])
    hidden = bench.map(*rows, missing=("Kind",))
    assert (hidden.accepted, hidden.dropped) == (["1", "2", "3"], [])


def test_missing_fields_are_null(folder: Path) -> None:
    bench = Bench(load(None, "salesforce"), "salesforce", "Opportunity")
    row: dict[str, Value] = {"Id": "006", "Name": "Deal", "Amount": 5, "IsWon": True, "IsClosed": True}
    mapped = bench.map(row, missing=("CurrencyIsoCode", "Amount", "ForecastCategory"))
    found = rows_of(mapped)[0]
    assert (found["amount_minor"], found["currency"], found["forecast_category"]) == (None, "USD", None)
    assert found["status"] == "won"


#: values as adapters hand them over, NaN and the like left out: no wire format has them
USABLE = ANYTHING.filter(lambda value: not isinstance(value, Decimal) or value.is_finite())


@settings(max_examples=150, deadline=None)
@given(values=st.tuples(USABLE, USABLE, USABLE), which=st.sampled_from(LINES))
def test_a_record_maps_the_same_from_what_a_reject_keeps(
    tmp_path_factory: pytest.TempPathFactory, values: tuple[Value, ...], which: tuple[str, str]
) -> None:
    """Whatever op it is mended with, and through the JSON that the store keeps."""
    folder, (table, line) = tmp_path_factory.mktemp("m"), which
    extras = ["extra.a: A", "extra.b: B"] if "extra" in TARGETS[table] and "hash" not in line else []
    fields = "".join(f"      {one}\n" for one in dict.fromkeys([line, *extras]))
    write(folder, "salesforce.yaml", f"version: 1\nobjects:\n  Thing:\n    table: {table}\n    fields:\n{fields}")
    ctx = context(frame=frame(lookups={"cur": {"g1": {"code": "EUR"}}}, labels={("Thing", "B"): {1: "one"}}))
    bench = Bench(load(folder, "salesforce"), "salesforce", "Thing", ctx)
    row: dict[str, Value] = {"Id": "1", **dict(zip("ABC", values, strict=True))}
    fields = {
        name: keep_private(value, b"key") if name in bench.mapping.hashed else keep(value)
        for name, value in row.items()
    }
    kept = json.loads(msgspec.json.Encoder(decimal_format="number").encode(fields), parse_float=Decimal)
    first, again = bench.map(row), bench.map(restore(kept))
    assert again.rows == first.rows
    assert len(again.rejects) == len(first.rejects)
