"""The fields that are no unified columns, as one JSON object a row. Knows no rule.

Whole columns at a time: a structure whose empty members are left out is encoded several times faster than a
dictionary a row, and a column of plain numbers is told by one look at all of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from types import NoneType

import msgspec

from connector.adapters.base import Value
from connector.mapping import plain
from connector.mapping.batch import Column
from connector.mapping.each import TEXT_TYPES, texts

#: what JSON takes as a whole number of 64 bits
_LARGEST = 2**63 - 1
#: among numbers one a line: an exponent or no number, zeros that say nothing, more digits than are usable
_UNUSUAL = re.compile(r"[^0-9.\n-]|\.[0-9]*0\n|-0\n|[0-9]{50}")
_EMPTY = "{}"


class Extras:
    """Encodes columns of raw values under their names; NULL where all values of a row are empty."""

    def __init__(self, names: Sequence[str]) -> None:
        members = [f"m{place}" for place in range(len(names))]
        self._row = msgspec.defstruct(
            "ExtraRow",
            [(member, object, None) for member in members],
            rename=dict(zip(members, names, strict=True)),
            omit_defaults=True,
            gc=False,
        )
        self._encode_lines = msgspec.json.Encoder(decimal_format="number").encode_lines

    def encode(self, columns: Sequence[Column]) -> Column:
        """One text a row."""
        rows = list(map(self._row, *map(_json_values, columns)))
        lines = self._encode_lines(rows).decode().split("\n")
        lines.pop()
        return [None if line == _EMPTY else line for line in lines]


def _json_values(values: Column) -> Column:
    types = set(map(type, values))
    if types <= TEXT_TYPES:
        return texts(values)
    if types <= {bool, NoneType} or _are_usual_numbers(values, types):
        return values
    return [_json_value(value) for value in values]


def _are_usual_numbers(values: Column, types: set[type]) -> bool:
    present = [value for value in values if value is not None] if NoneType in types else values
    if types <= {int, NoneType}:
        return bool(min(present) >= -_LARGEST and max(present) <= _LARGEST)
    return types <= {Decimal, NoneType} and _UNUSUAL.search("\n".join(map(str, present)) + "\n") is None


def _json_value(value: Value) -> Value:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return Decimal(plain.plain_number(Decimal(value)))
    return plain.text(value)
