"""The comparison finds every row that is missing, doubled, unknown or altered, and forgives nothing but spelling."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.environments import Client
from tests.conformance.running import judge
from tests.conformance.tables import DAYS_AS_INSTANTS, LINE_ENDS_FOLDED, NULLS_LEFT_OUT, TEXT, Table, differences

KINDS = {"Id": "text", "Name": "text", "Won": "boolean", "Amount": "number", "Day": "date", "At": "instant"}
AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
TRUE_ROW = {"Name": "Ada", "Won": False, "Amount": Decimal("12.50"), "Day": date(2026, 3, 1), "At": AT}
TRUTH = Table("Id", KINDS, {key: {"Id": key, **TRUE_ROW} for key in "abc"}, beside=frozenset({"attributes"}))
TOLD = {"Name": "Ada", "Won": False, "Amount": 12.5, "Day": "2026-03-01", "At": "2026-03-01T08:30:00.000+0000"}


def told(**changed: Any) -> list[dict[str, Any]]:
    """All three rows; the changes are made to the second."""
    rows = [{"Id": key, "attributes": {}, **TOLD} for key in "abc"]
    rows[1] |= changed
    return rows


def found(rows: list[dict[str, Any]], table: Table = TRUTH) -> list[str]:
    return list(differences(table, rows))


def test_whole_rows_are_no_difference_whatever_their_order() -> None:
    assert found(told()[::-1]) == []


def test_a_missing_row_is_found() -> None:
    assert found(told()[:2]) == ["c is missing"]


def test_a_doubled_row_is_found() -> None:
    assert found([*told(), told()[0]]) == ["a came twice"]


def test_an_unknown_row_is_found() -> None:
    assert found([*told(), {"Id": "d", **TOLD}]) == ["d came and is none of the rows"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Name", "ada"), ("Name", "Ada "), ("Name", ""), ("Name", None), ("Won", True), ("Won", None), ("Won", 0), ("Won", "false"),
        ("Amount", 12.51), ("Amount", "12.50"), ("Amount", None), ("Amount", True), ("Day", "2026-03-02"), ("Day", "2026-03-01T00:00:00Z"),
        ("At", "2026-03-01T08:30:01Z"), ("At", "2026-03-01T08:30:00"), ("At", "2026-03-01T08:30:00+01:00"), ("At", 1772353800000),
    ],
)  # fmt: skip
def test_an_altered_value_is_found(field: str, value: Any) -> None:
    sentences = found(told(**{field: value}))
    assert len(sentences) == 1
    assert sentences[0].startswith(f"b.{field} is ")


def test_an_absent_and_an_unknown_field_are_found() -> None:
    rows = told(Extra=1)
    del rows[0]["Day"]
    assert found(rows) == ["a came without Day", "b came with an unknown Extra"]


def test_of_csv_only_the_spelling_is_forgiven() -> None:
    table = replace(TRUTH, spelling=frozenset({TEXT}))
    text = {"Name": "Ada", "Won": "false", "Amount": "12.5", "Day": "2026-03-01", "At": "2026-03-01T08:30:00.000Z"}
    assert found([{"Id": key, **text} for key in "abc"], table) == []
    assert found([{"Id": key, **text, "Amount": ""} for key in "abc"], table) == [
        f"{key}.Amount is '', should be 12.50" for key in "abc"
    ]


def test_each_other_spelling_forgives_itself_only() -> None:
    days = replace(TRUTH, spelling=frozenset({DAYS_AS_INSTANTS}))
    assert found(told(Day="2026-03-01T00:00:00.000000Z"), days) == []
    assert len(found(told(Day="2026-03-01T01:00:00Z"), days)) == len(found(told(Day="2026-03-02T00:00:00Z"), days)) == 1
    nulls = replace(
        TRUTH, spelling=frozenset({NULLS_LEFT_OUT}), rows={**TRUTH.rows, "b": {**TRUTH.rows["b"], "Day": None}}
    )
    rows = told()
    del rows[0]["Day"], rows[1]["Day"]
    assert found(rows, nulls) == ["a.Day is None, should be 2026-03-01"]
    folded = replace(
        TRUTH,
        spelling=frozenset({LINE_ENDS_FOLDED}),
        rows={key: {**row, "Name": "a\r\nb\rc"} for key, row in TRUTH.rows.items()},
    )
    assert [each[:6] for each in found([row | {"Name": "a\nb\nc"} for row in told(Amount=1)], folded)] == ["b.Amou"]
    assert len(found([row | {"Name": "a b c"} for row in told()], folded)) == 3


def test_an_optional_row_may_stay_away_but_must_be_right() -> None:
    table = replace(TRUTH, optional=frozenset("b"))
    assert table.needed == ["a", "c"]
    rows = told(Won=True)
    assert found([rows[0], rows[2]], table) == []
    assert found(rows, table) == ["b.Won is True, should be False"]


@given(st.lists(st.sampled_from("abcd"), max_size=8))
def test_no_list_of_rows_but_the_whole_one_passes(keys: list[str]) -> None:
    passes = found([{"Id": key, **TOLD} for key in keys]) == []
    assert passes == (sorted(keys) == ["a", "b", "c"])


def test_an_object_that_never_came_fails_and_one_left_out_is_not_asked() -> None:
    client = Client("some-client", Path(), "salesforce", {}, leaves_out={"Task": "why", "Event.At": "why"})
    events = [{key: value for key, value in row.items() if key != "At"} for row in told()]
    truth = {"Lead": TRUTH, "Task": TRUTH, "Event": TRUTH}
    verdict = judge(client, "query", truth, {"Event": events, "Lamp": []})
    assert verdict.differences == ["Lead: never handed over", "Lamp: came and is no object of the truth"]
    assert (verdict.objects, verdict.expected, verdict.got) == (2, 6, 3)
    assert judge(client, "query", truth, {"Event": events, "Lead": told()}).passed


def test_who_falls_short_where_it_is_known_passes_and_who_no_longer_does_fails() -> None:
    client = Client("some-client", Path(), "dynamics", {}, falls_short={"batch/Lead": "why"})
    short = judge(client, "batch", {"Lead": TRUTH, "Task": TRUTH}, {"Lead": told()[1:], "Task": told()})
    assert (short.passed, short.short) == (True, ["Lead"])
    assert judge(client, "query", {"Lead": TRUTH}, {"Lead": told()[1:]}).differences == ["Lead: a is missing"]
    mended = judge(client, "batch", {"Lead": TRUTH}, {"Lead": told()})
    assert mended.differences == ["Lead: falls short no more; take it out of falls_short"]
