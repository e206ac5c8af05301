"""Whatever may stand where a value is due: JSON and CSV spellings, right, odd and absurd, and the columns made of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, get_args

from hypothesis import strategies as st

from connector.adapters.base import Value
from connector.adapters.dynamics.values import CONVERTERS
from connector.adapters.salesforce.canonical import csv_column, json_column
from connector.adapters.salesforce.fields import Kind
from connector.transport import decode_json

NUMBERS = [
    "0", "-0", "1", "5.0", "-0.0", "0.10", "1e2", "1E-2", "1e400", "-1E+400", "1e-400", "1E+999999", "1e-999999", "1E+999999999",
    "1E-999999999", "1e99999999999999999999", "-1e-99999999999999999999", "9" * 18, "9223372036854775808", "-9223372036854775809",
    "18446744073709551616", "9" * 30, "9" * 61,
    "12345678901234567890.123456789012345678901234567890", "0.005", "100.000000000000000000001",
]  # fmt: skip
NO_JSON_NUMBERS = [
    "NaN", "Infinity", "-Infinity", "sNaN", "nan", "+5", ".5", "5.", "1e", "0x10", "1_000", "012", "1,000.50", "1.000,50", "$5", "5 USD",
    "(5)", "1/3", "٣", "１２", "∞", "--5", "5-", "1 000",
]  # fmt: skip
DATES = [
    "2024-02-29", "2023-02-29", "2024-02-30", "0000-00-00", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "-0001-01-01",
    "2024-00-10", "2024-13-01", "2024-1-1", "20240101", "2024-W01-1", "2024-060", "12/31/2024", "31.12.2024", "2024-01-01T", "T00:00:00Z",
    "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000+0000", "2023-02-29T00:00:00Z", "0000-00-00T00:00:00Z", "10000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "2024-01-01T24:00:00Z",
    "2024-01-01T24:00:00.000+0000", "2024-01-01T24:00:01Z", "2016-12-31T23:59:60Z", "2016-12-31T23:59:60.000Z", "2024-01-01T23:60:00Z",
    "2024-01-01T00:00:00+14:00", "2024-01-01T00:00:00+25:00", "2024-01-01T00:00:00-24:00", "2024-01-01T00:00:00+00:60",
    "2024-01-01T00:00:00+99:99", "2024-01-01T00:00:00-00:00", "2024-01-01T00:00:00+0530", "2024-01-01T00:00:00.123456789Z",
    "2024-01-01T00:00:00.Z", "2024-01-01 00:00", "2024-01-01T00:00", "2024-01-01T00:00:00", "2024-01-01t00:00:00z", "2024-03-31T02:30:00",
    "２０２４-01-01", "2024-01-01\n", " 2024-01-01", "1704067200", "/Date(1704067200000)/", "now", "TODAY",
]  # fmt: skip
IDS = [
    "001A0000006Vm9u", "001A0000006Vm9uIAC", "001A0000006Vm9uiac", "0" * 15, "0" * 17, "000000000000000000000", "g1", "a:b", "acme:1",
    "60C4E274-0D87-E711-80E5-00155DB19E6D", "{60c4e274-0d87-e711-80e5-00155db19e6d}", "60c4e274", "", "a,b,,a", ",", ":", "é" * 15,
]  # fmt: skip
WORDS = [
    " ", "\t\n", "\0", "a\0b", "\ud800", "\udc00\ud800", "a\ufffdb", "\ufeff", "NULL", "null", "None", "true", "True", "FALSE", "0", "1", "yes",
    "open", "won", "x", "USD", "usd ", " eur", "US", "USDX", "U$D", "XXX", "ＵＳＤ", "https://www.a.test/x?y#z", "http://[::1", "http://",
    "www.", "a@b@c.test", "xn--a", "a..b", "localhost", "-a.test", "é.test", "İ", "ß", "ﬁ",
]  # fmt: skip
LONG = [
    "9" * 400, "9" * 3_999, "-" + "9" * 5_000, "0." + "0" * 5_000 + "1", "0.1" + "0" * 5_000, "a" * 300 + ".test", "x" * 5_000, " " * 5_000,
]  # fmt: skip


def one_of(known: Sequence[str]) -> st.SearchStrategy[str]:
    """By place: hypothesis would write out all that it may draw from."""
    return st.integers(0, len(known) - 1).map(known.__getitem__)


TEXT = one_of(WORDS + DATES + IDS + NUMBERS + NO_JSON_NUMBERS + LONG) | st.text(max_size=12)


def _json(text: str) -> Any:
    """What the transport makes of a JSON text; nothing where it would ask again instead."""
    try:
        return decode_json(f'{{"value":{text}}}'.encode("utf-8", "surrogatepass"))["value"]
    except ValueError:
        return None


_SCALARS = st.one_of(
    one_of(["null", "true", "false", *NUMBERS, *LONG]),
    TEXT.map(json.dumps),
    TEXT.map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    one_of(NO_JSON_NUMBERS),
)
_NESTED = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.dictionaries(TEXT.map(json.dumps), inner, max_size=3).map(
            lambda items: "{" + ",".join(f"{key}:{item}" for key, item in items.items()) + "}"
        )
    ),
    max_leaves=5,
)
#: values as a JSON answer brings them
JSON_VALUES = (_SCALARS | _SCALARS | _NESTED).map(_json)
#: values as a CSV answer brings them: half a surrogate pair is replaced, a NUL dropped before anybody looks
CSV_VALUES = TEXT.map(lambda text: text.encode("utf-8", "replace").decode().replace("\0", ""))

#: equal to Python and yet not the same, so that no memory of answers may take one for the other
_TWINS = [
    ("true", "1"),
    ("1", "true"),
    ("false", "0"),
    ("0", "false"),
    ("1", "1.0"),
    ("1.0", "true"),
    ('"1"', "1"),
    ("0", "-0.0"),
]
JSON_PAIRS = st.one_of(
    st.tuples(JSON_VALUES, JSON_VALUES),
    st.tuples(JSON_VALUES, JSON_VALUES),
    st.sampled_from(_TWINS).map(lambda pair: (_json(pair[0]), _json(pair[1]))),
)
CSV_PAIRS = st.tuples(CSV_VALUES, CSV_VALUES)

Convert = Callable[[Sequence[Any]], Sequence[Value]]


def _bound(column: Callable[[Any, Any], Sequence[Value]], kind: Any) -> Convert:
    return lambda values: column(kind, values)


#: every way in which an adapter makes a column canonical, with pairs of values that come to it
ROADS: dict[str, tuple[Convert, st.SearchStrategy[tuple[Any, Any]]]] = {
    **{f"salesforce REST {kind}": (_bound(json_column, kind), JSON_PAIRS) for kind in get_args(Kind)},
    **{f"salesforce Bulk {kind}": (_bound(csv_column, kind), CSV_PAIRS) for kind in get_args(Kind)},
    **{
        f"dynamics {kind.name.lower()}": (convert, JSON_PAIRS)
        for kind, convert in CONVERTERS.items()
        if kind.name != "GONE"
    },
}
