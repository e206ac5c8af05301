"""Values of one column, from how Dataverse writes them to their canonical form.

A value that does not look as its type promises is handed on as it is, a structure as its text: one odd record is
for the mapping to reject, never a reason to lose its page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from connector.adapters.dynamics.selection import Kind
from connector.instants import instant

#: digits beyond which a number is not spelled out: 1E+999999999 would fill the memory
_MOST_DIGITS = 4_000
_SCALARS = frozenset({str, int, bool, Decimal, type(None)})

Values = Sequence[Any]
Convert = Callable[[Values], Values]


def plain(values: Values) -> Values:
    """What needs no change."""
    if _SCALARS.issuperset(map(type, values)):
        return values
    return [value if type(value) in _SCALARS else str(value) for value in values]


def texts(values: Values) -> Values:
    """An empty text is null; NUL characters are dropped."""
    return [value.replace("\x00", "") or None if value.__class__ is str else value for value in plain(values)]


def flags(values: Values) -> Values:
    """Booleans."""
    return [value or None if value.__class__ is str else value for value in plain(values)]


def guids(values: Values) -> Values:
    """GUIDs in lower case."""
    return [value.lower() or None if value.__class__ is str else value for value in plain(values)]


def wholes(values: Values) -> Values:
    """Whole numbers, also where they come as 5.0."""
    return [value if value.__class__ is int or value is None else _whole(value) for value in plain(values)]


def numbers(values: Values) -> Values:
    """Exact numbers."""
    return [value if value.__class__ is Decimal or value is None else _number(value) for value in plain(values)]


def instants(values: Values) -> Values:
    """UserLocal: UTC on the wire, whatever the column's display format."""
    return [
        value if value is None or (len(value) == 20 and value[19] == "Z") else _instant(value)
        for value in _dates(values)
    ]


def wall_clocks(values: Values) -> Values:
    """TimeZoneIndependent: the Z on the wire means nothing."""
    return [value and value[:19] for value in _dates(values)]


def days(values: Values) -> Values:
    """DateOnly: never shifted; a time that an older value may still carry is cut."""
    return [value and value[:10] for value in _dates(values)]


CONVERTERS: dict[Kind, Convert] = {
    Kind.TEXT: texts,
    Kind.GUID: guids,
    Kind.PLAIN: flags,
    Kind.WHOLE: wholes,
    Kind.NUMBER: numbers,
    Kind.INSTANT: instants,
    Kind.WALL_CLOCK: wall_clocks,
    Kind.DAY: days,
    Kind.GONE: plain,
}


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value or None
    if isinstance(value, Decimal) and value.adjusted() <= _MOST_DIGITS and value == value.to_integral_value():
        return int(value)
    return value


def _number(value: Any) -> Any:
    if isinstance(value, str):
        return value or None
    return Decimal(value) if value.__class__ is int else value


def _instant(value: str) -> str:
    try:
        return instant(value)
    except ValueError:
        return value


def _dates(values: Values) -> list[str | None]:
    """Dates come as text; anything else is turned into text, so that the mapping can name it."""
    return [value or None if value.__class__ is str or value is None else str(value) for value in values]
