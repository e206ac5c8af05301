"""Numbers, ids and instants of both spellings become one exact value; what does not fit stays text for the mapping."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.adapters.salesforce.canonical import csv_column, exact, identity, json_column, whole
from connector.transport import decode_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", "10"),
        ("10.0", "10"),
        ("1.0E7", "10000000"),
        ("1.5e-3", "0.0015"),
        ("-0.0", "0"),
        ("0.10", "0.1"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        ("100", "100"),
        ("1000.00", "1000"),
        ("1E+999999999", "1E+999999999"),
        ("1E-999999999", "1E-999999999"),
    ],
)
def test_numbers_have_one_spelling(text: str, value: str) -> None:
    assert str(exact(text)) == value
    assert [str(found) for found in json_column("number", [decode_json(text.encode())])] == [value]
    assert [str(found) for found in csv_column("number", [text])] == [value]


@settings(max_examples=200, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_no_number_changes(number: Decimal) -> None:
    assert exact(format(number, "f")) == number


@pytest.mark.parametrize(("text", "value"), [("5", 5), ("5.0", 5), ("-3.0", -3), ("1.0E3", 1000), ("", None)])
def test_whole_numbers(text: str, value: int | None) -> None:
    assert csv_column("whole", [text]) == [value]


@pytest.mark.parametrize("text", ["N/A", "12,5", "1.5.2", "NaN", "Infinity", "1_000", "１２", " 5"])
def test_what_is_no_number_stays_text(text: str) -> None:
    assert exact(text) == text and whole(text) == text
    assert csv_column("flag", ["maybe"]) == ["maybe"] and csv_column("instant", ["soon"]) == ["soon"]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("001A0000006Vm9u", "001A0000006Vm9uIAC"),
        ("006D000000CSSsA", "006D000000CSSsAIAX"),
        ("500300000000000", "500300000000000AAA"),
    ],
)
def test_short_ids_are_completed(short: str, long: str) -> None:
    assert identity(short) == long and identity(long) == long
    assert csv_column("id", [short, "", long]) == [long, None, long] == json_column("id", [short, None, long])


@pytest.mark.parametrize(
    "text", ["2024-04-25T15:50:37.000Z", "2024-04-25T15:50:37.000+0000", "2024-04-25T17:50:37.250+02:00"]
)
def test_instants_have_one_spelling(text: str) -> None:
    assert csv_column("instant", [text, ""]) == ["2024-04-25T15:50:37Z", None]
    assert json_column("instant", [text, None]) == ["2024-04-25T15:50:37Z", None]


def test_empty_text_is_null_and_na_is_text() -> None:
    assert csv_column("text", ["", "N/A", "NULL", "null", " "]) == [None, "N/A", "NULL", "null", " "]
    assert json_column("text", ["", None, "a\0b", True, 5]) == [None, None, "ab", "true", "5"]


@pytest.mark.parametrize("second", ["2016-12-31T23:59:60", "2024-02-30T00:00:00", "10000-01-01T00:00:00"])
def test_what_is_no_instant_has_one_spelling_too(second: str) -> None:
    assert (
        csv_column("instant", [f"{second}.000Z"]) == [f"{second}Z"] == csv_column("instant", [f"{second}.000Z", ""])[:1]
    )
    assert json_column("instant", [f"{second}.000+0000", "0001-01-01T00:00:00+14:00"]) == [
        f"{second}Z",
        "0001-01-01T00:00:00+14:00",
    ]
