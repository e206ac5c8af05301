"""Both roads of Salesforce, REST JSON and Bulk CSV, into the same canonical values, column by column.

The roads disagree on spelling: ``+0000`` against ``Z``, whole numbers as ``5.0``, null as empty text
(recordings; airbyte, singer and estuary sources work around the same). What does not fit its kind is handed on
as text, for the mapping to reject that one record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from operator import itemgetter
from typing import Any

from connector.adapters.base import Value
from connector.adapters.salesforce.fields import Kind
from connector.instants import instant

_ZERO = Decimal(0)
_SAMPLE = 40
#: what follows the seconds
_TAIL = itemgetter(slice(19, None))
_TAILS = (".000Z", ".000+0000")
_FLAGS: dict[str, Value] = {"true": True, "false": False, "": None}
#: among numbers one a line: an exponent or no number, zeros that say nothing
_UNUSUAL = re.compile(r"[^0-9.\n-]|\.[0-9]*0\n|\.\n|-0\n")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
#: digits before or behind the point beyond which a number is not spelled out: 1E+999999999 would fill the memory
_MOST_DIGITS = 4_000
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def csv_column(kind: Kind, values: Sequence[str]) -> Sequence[Value]:
    """A column as Bulk spells it; every value is text, empty where null."""
    if kind == "text":
        return [value or None for value in values] if "" in values else values
    if kind == "instant":
        return _csv_instants(values)
    if kind == "number":
        return _csv_numbers(values)
    if kind == "id":
        lengths = set(map(len, values))
        if lengths == {18}:
            return values
        if 15 not in lengths:
            return [value or None for value in values]
    return _by_distinct(_FROM_TEXT[kind], values)


def json_column(kind: Kind, values: Sequence[Any]) -> Sequence[Value]:
    """A column as REST spells it: typed JSON, null where null."""
    convert = _FROM_JSON[kind]
    return [None if value is None else convert(value) for value in values]


def leading(prefix: str | None, ids: Sequence[Value]) -> Sequence[Value]:
    """Ids of one object only, told by their first characters; all of them without a prefix."""
    if prefix is None:
        return ids
    return [value if isinstance(value, str) and value.startswith(prefix) else None for value in ids]


def exact(text: str) -> Value:
    """A number without idle zeros or exponent, so that ``10``, ``10.0`` and ``1.0E1`` are one value."""
    return _spelt_out(text) if _NUMBER.match(text) else text or None


def _spelt_out(text: str) -> Value:
    try:
        if text.endswith(".0"):
            text = text[:-2]
        elif "e" in text or "E" in text:
            number = Decimal(text)
            if abs(number.adjusted()) > _MOST_DIGITS:
                return number or _ZERO
            text = format(number, "f")
        if "." in text:
            text = text.rstrip("0").removesuffix(".")
        return Decimal(text) or _ZERO
    except InvalidOperation:
        return text


def whole(text: str) -> Value:
    """``5``, ``5.0`` -> 5"""
    number = exact(text)
    if not isinstance(number, Decimal) or number.adjusted() > _MOST_DIGITS or number != number.to_integral_value():
        return text or None
    return int(number)


def identity(text: str) -> str | None:
    """An id in its 18 characters: the 15 case-sensitive ones and three that tell their case.

    Salesforce docs: each character of the suffix tells, bit by bit, which of five characters are capitals.
    """
    if len(text) != 15 or not text.isascii() or not text.isalnum():
        return text or None
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place in range(5) if "A" <= text[start + place] <= "Z")
        suffix += _CHECK[bits]
    return text + suffix


def _csv_instants(values: Sequence[str]) -> Sequence[Value]:
    tails = set(map(_TAIL, values))
    if tails == {".000Z"}:
        return [value[:19] + "Z" for value in values]
    if tails == {".000Z", ""} and set(map(len, values)) == {24, 0}:
        return [value[:19] + "Z" if value else None for value in values]
    return _by_distinct(_instant, values)


def _csv_numbers(values: Sequence[str]) -> Sequence[Value]:
    """Amounts differ in each row: what is usual about all of them is told by one look at the column."""
    if _repeats(values):
        return _by_distinct(_FROM_TEXT["number"], values)
    present = [value for value in values if value] if "" in values else values
    lines = ("\n".join(present) + "\n").replace(".0\n", "\n")
    try:
        found = [] if _UNUSUAL.search(lines) else list(map(Decimal, lines.split("\n")[:-1]))
    except InvalidOperation:
        found = []
    if len(found) != len(present):
        return list(map(_FROM_TEXT["number"], values))
    if len(found) == len(values):
        return found
    numbers = iter(found)
    return [next(numbers) if value else None for value in values]


def _instant(text: str) -> Value:
    if not text:
        return None
    try:
        return instant(text)
    except ValueError:
        # no instant (a leap second, a day that is none): in one spelling by either road, for the mapping to reject
        return next((text.removesuffix(tail) + "Z" for tail in _TAILS if text.endswith(tail)), text)


def _repeats(values: Sequence[str]) -> bool:
    return len(set(values[:_SAMPLE])) <= _SAMPLE // 2


def _by_distinct(convert: Callable[[str], Value], values: Sequence[str]) -> Sequence[Value]:
    """Stages, probabilities, flags and days repeat: where they do, each distinct value is converted once."""
    if not _repeats(values):
        return list(map(convert, values))
    table = {value: convert(value) for value in set(values)}
    return list(map(table.__getitem__, values))


_FROM_TEXT: dict[str, Callable[[str], Value]] = {
    "id": identity,
    "flag": lambda text: _FLAGS.get(text.lower(), text),
    "whole": lambda text: whole(text) if text else None,
    "number": lambda text: exact(text) if text else None,
}


def _json_text(value: Any) -> Value:
    if isinstance(value, str):
        return (value.replace("\0", "") if "\0" in value else value) or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(exact(str(value))) if isinstance(value, int | Decimal) else str(value)


def _json_number(value: Any) -> Value:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _spelt_out(str(value))
    return exact(str(value))


_FROM_JSON: dict[str, Callable[[Any], Value]] = {
    "text": _json_text,
    "id": lambda value: identity(str(value)),
    "flag": lambda value: value if isinstance(value, bool) else _FLAGS.get(str(value).lower(), str(value)),
    "whole": lambda value: value if type(value) is int else whole(str(value)),
    "number": _json_number,
    "instant": lambda value: _instant(str(value)),
}
