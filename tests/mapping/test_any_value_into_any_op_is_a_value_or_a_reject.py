"""Any JSON or CSV value, by any adapter's road, into any op: a value or a reject, alone as in company, never an exception."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.adapters.base import Row
from connector.mapping import Mapped, RowMapper
from connector.mapping.vocabulary import OPS
from tests.mapping.every_op import COLUMNS, LINES, mappers
from tests.mapping.wire_values import ROADS


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], RowMapper]:
    return mappers(tmp_path_factory.mktemp("mappings"))


CANONICAL = (str, int, bool, Decimal, type(None))


@st.composite
def columns(draw: Any) -> list[Any]:
    """Two values of one road, made canonical as one column, which must be what each would be by itself."""
    road = draw(st.sampled_from(sorted(ROADS)))
    convert, pairs = ROADS[road]
    wire = draw(pairs)
    column = list(convert(wire))
    alone = [convert([value])[0] for value in wire]
    assert column == alone and list(map(type, column)) == list(map(type, alone)), (road, wire, column, alone)
    assert all(type(value) in CANONICAL and value != "" for value in column), (road, wire, column)
    return column


@st.composite
def mapped_pages(draw: Any) -> tuple[tuple[str, str], list[Row]]:
    """A rule, and some rows with values in the fields that it reads; now and then the facts about a record are odd."""
    which = draw(st.sampled_from(LINES))
    read = [name for name in COLUMNS if name in re.findall(r"\b[ABC]\b", which[1])]
    if draw(st.integers(0, 20)) == 0:
        read = [draw(st.sampled_from(["Id", "Modified", "Gone"]))]
    page: dict[str, list[Any]] = {name: [None, None] for name in COLUMNS} | {"Id": ["r0", "r1"]}
    page |= {name: draw(columns()) for name in read}
    return which, list(zip(*page.values(), strict=True))


@settings(max_examples=10_000, deadline=None)
@given(page=mapped_pages())
def test_any_value_into_any_op(
    compiled: dict[tuple[str, str], RowMapper], page: tuple[tuple[str, str], list[Row]]
) -> None:
    which, rows = page
    together = compiled[which].map(rows)
    assert len(together.accepted) + len(together.rejects) + len(together.dropped) == len(rows)
    check(together)
    alone = [compiled[which].map([row]) for row in rows]
    assert together.rejects == [reject for one in alone for reject in one.rejects]
    assert together.accepted == [each for one in alone for each in one.accepted]
    for table, found in together.rows.items():
        assert found == [row for one in alone for row in one.rows[table]]


def check(mapped: Mapped) -> None:
    """What the store can hold: text that encodes, whole numbers of 64 bits, floats that are numbers, JSON that is read."""
    for output in mapped.outputs:
        for row in mapped.rows[output.table]:
            for column, value in zip(output.columns, row, strict=True):
                if column == "extra" and value is not None:
                    assert all(math.isfinite(number) for number in numbers_in(json.loads(str(value))))
                if isinstance(value, str):
                    value.encode()
                elif isinstance(value, float):
                    assert math.isfinite(value)
                elif value is not None:
                    assert type(value) is int and abs(value) < 2**63
    for reject in mapped.rejects:
        assert reject.rule and reject.message and len(reject.message) < 200
        assert "unexpected kind" not in reject.message, "nobody has thought of this one"
        reject.message.encode()
        json.dumps(reject.fields, default=str)


def numbers_in(extra: dict[str, Any]) -> list[float]:
    return [value for value in extra.values() if isinstance(value, float)]


def test_every_op_is_among_them() -> None:
    assert [op for op in OPS if op != "from" and not any(f"{op}: " in line for _, line in LINES)] == []
    assert any("from: " in line for _, line in LINES)


def test_every_kind_of_column_is_among_them(compiled: dict[tuple[str, str], RowMapper]) -> None:
    from tests.mapping.workbench import TARGETS

    filled = {TARGETS[table][line.partition(":")[0]].kind for table, line in LINES if not line.startswith("extra")}
    known = {kind.kind for columns in TARGETS.values() for name, kind in columns.items()}
    assert known - filled <= {"json"}, "json is extra, which is among them"
