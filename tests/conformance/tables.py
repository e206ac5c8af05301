"""What a client should have got, and every way in which what it got is different. Knows no CRM and no client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Kind = Literal["text", "boolean", "number", "date", "instant", "json"]
Row = Mapping[str, Any]


#: how a client, or the road it takes, spells values otherwise than JSON does:
#: any value may be its text, and empty text is null (CSV)
TEXT = "text"
#: a day is its midnight in UTC
DAYS_AS_INSTANTS = "days as instants"
#: a field that is null is not in the row
NULLS_LEFT_OUT = "nulls left out"
#: CR LF and CR within a text became LF
LINE_ENDS_FOLDED = "line ends folded"
SPELLINGS = frozenset({TEXT, DAYS_AS_INSTANTS, NULLS_LEFT_OUT, LINE_ENDS_FOLDED})


@dataclass(frozen=True)
class Table:
    """The rows of one object as they truly are.

    ``kinds`` has every field; ``rows`` holds them by the value of ``key`` (text). Values: text, bool, Decimal, date,
    aware datetime, JSON, or None. ``spelling`` is what is forgiven; ``beside`` are keys that a client may add to a row.
    ``optional`` are the keys of rows that a client may read once more or leave.
    """

    key: str
    kinds: Mapping[str, Kind]
    rows: Mapping[str, Row]
    spelling: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()

    @property
    def needed(self) -> list[str]:
        """The keys of the rows that have to come."""
        return [key for key in self.rows if key not in self.optional]

    def without(self, fields: Iterable[str]) -> Table:
        """The same rows with fewer fields."""
        gone = set(fields)
        kinds = {name: kind for name, kind in self.kinds.items() if name not in gone}
        return replace(self, kinds=kinds)


def differences(table: Table, got: Iterable[Row]) -> Iterator[str]:
    """One sentence for each row that is missing, doubled or unknown, and for each field that differs or is absent."""
    seen: set[str] = set()
    for row in got:
        key = str(row.get(table.key))
        expected = table.rows.get(key)
        if key in seen:
            yield f"{key} came twice"
        elif expected is None:
            yield f"{key} came and is none of the rows"
        else:
            yield from _altered(table, key, expected, row)
        seen.add(key)
    yield from (f"{key} is missing" for key in table.needed if key not in seen)


def _altered(table: Table, key: str, expected: Row, row: Row) -> Iterator[str]:
    for name, kind in table.kinds.items():
        if name not in row and NULLS_LEFT_OUT not in table.spelling:
            yield f"{key} came without {name}"
        elif value_of(kind, row.get(name), table) != _spelled(expected[name], table):
            yield f"{key}.{name} is {_short(row.get(name))}, should be {_short(expected[name])}"
    yield from (f"{key} came with an unknown {name}" for name in row if name not in table.kinds | _none(table.beside))


def value_of(kind: Kind, told: Any, table: Table) -> Any:
    """A value that a client gave as the value that it means; what is of another kind equals nothing.

    Instants and days may be spelled in any ISO 8601 way, and other kinds as ``table`` allows.
    """
    if told is None or (told == "" and TEXT in table.spelling):
        return None
    if kind == "json":
        return told
    try:
        if isinstance(told, str):
            return _of_text(kind, told, table)
        if kind == "boolean" and isinstance(told, bool):
            return told
        if kind == "number" and isinstance(told, int | float) and not isinstance(told, bool):
            return Decimal(repr(told))
    except (ValueError, InvalidOperation):
        pass
    return _Unreadable(told)


def _of_text(kind: Kind, told: str, table: Table) -> Any:
    if kind == "instant":
        moment = datetime.fromisoformat(told)
        return moment.astimezone(UTC) if moment.tzinfo else told
    if kind == "date":
        moment = datetime.fromisoformat(told) if DAYS_AS_INSTANTS in table.spelling else None
        midnight = moment is not None and moment == datetime.combine(moment, time(), UTC)
        return moment.date() if moment and midnight else date.fromisoformat(told)
    if TEXT in table.spelling and kind == "number":
        return Decimal(told)
    if TEXT in table.spelling and kind == "boolean":
        return {"true": True, "false": False}.get(told.lower(), told)
    return told


def _spelled(expected: Any, table: Table) -> Any:
    if isinstance(expected, str) and LINE_ENDS_FOLDED in table.spelling:
        return expected.replace("\r\n", "\n").replace("\r", "\n")
    return expected


@dataclass(frozen=True)
class _Unreadable:
    """Equal to no value of a table: ``0`` must not pass for false."""

    told: Any


def _none(names: Iterable[str]) -> dict[str, Kind]:
    return dict.fromkeys(names, "json")


def _short(value: Any) -> str:
    text = str(value) if isinstance(value, Decimal | date) else repr(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"
