"""Values of one column, from how Dataverse writes them to their canonical form.

A value that does not look as its type promises is handed on as it is: one odd record is for the mapping to
reject, never a reason to lose its page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from connector.adapters.dynamics.selection import Kind
from connector.instants import instant

Values = Sequence[Any]
Convert = Callable[[Values], Values]


def plain(values: Values) -> Values:
    """Booleans and what needs no change."""
    return values


def texts(values: Values) -> Values:
    """An empty text is null; NUL characters are dropped."""
    return [_text(value) if value.__class__ is str else value for value in values]


def guids(values: Values) -> Values:
    """GUIDs in lower case."""
    return [value.lower() if value.__class__ is str else value for value in values]


def wholes(values: Values) -> Values:
    """Whole numbers, also where they come as 5.0."""
    return [value if value.__class__ is int or value is None else _whole(value) for value in values]


def numbers(values: Values) -> Values:
    """Exact numbers."""
    return [Decimal(value) if value.__class__ is int else value for value in values]


def instants(values: Values) -> Values:
    """UserLocal: UTC on the wire, whatever the column's display format."""
    return [
        value if value is None or (len(value) == 20 and value[19] == "Z") else _instant(value)
        for value in _texts_only(values)
    ]


def wall_clocks(values: Values) -> Values:
    """TimeZoneIndependent: the Z on the wire means nothing."""
    return [value and value[:19] for value in _texts_only(values)]


def days(values: Values) -> Values:
    """DateOnly: never shifted; a time that an older value may still carry is cut."""
    return [value and value[:10] for value in _texts_only(values)]


CONVERTERS: dict[Kind, Convert] = {
    Kind.TEXT: texts,
    Kind.GUID: guids,
    Kind.PLAIN: plain,
    Kind.WHOLE: wholes,
    Kind.NUMBER: numbers,
    Kind.INSTANT: instants,
    Kind.WALL_CLOCK: wall_clocks,
    Kind.DAY: days,
    Kind.GONE: plain,
}


def _text(value: str) -> str | None:
    return value.replace("\x00", "") or None


def _whole(value: Any) -> Any:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _instant(value: str) -> str:
    try:
        return instant(value)
    except ValueError:
        return value


def _texts_only(values: Values) -> Values:
    """Dates come as text; anything else is turned into text, so that the mapping can name it."""
    return [value if value.__class__ is str or value is None else str(value) for value in values]
