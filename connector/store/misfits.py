"""Finds values that do not fit their column: SQLite takes any value anywhere, so what a person fills in may be odd.

A text among amounts would count as zero, a day written otherwise as in no window, and a deal ``Won`` as open. It must
not know who reads what.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from sqlalchemy import Column, Connection

from connector.errors import ValueUnusable
from connector.store.columns import KINDS
from connector.store.tables import COMPUTED, MAPPABLE, RECORDED, SUPERSEDED, kind_of, table

_WHOLE = ("integer",)
_NUMBER = ("integer", "real")
#: kind -> SQLite's own types that fit; of the others, text
_TYPES = {"minor": _WHOLE, "integer": _WHOLE, "flag": _WHOLE, "share": _NUMBER, "number": _NUMBER}
#: kind -> how texts look that are none of it; an instant that is merely odd is taken for unknown where it is read
_MISSHAPEN = {
    "day": "{0} NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'",
    "instant": "{0} GLOB '[0-9]*' AND {0} NOT GLOB '*[^0-9.]*'",
}
#: which rows may have come by hand, where the rows of a table do not say so themselves
_BY_HAND = {"stage_visit": "opportunity_id IN (SELECT id FROM opportunity WHERE source_object IS NULL)"}
_OF_NO_SOURCE = "source_object IS NULL"
_TOLD = 40
#: what a column of 64 bits holds, to either side
MOST = 2**63 - 1


def refuse_misfits(conn: Connection, *, by_hand: bool = False) -> None:
    """ValueUnusable with the first value that does not fit; ``by_hand`` looks only at rows that no sync has written.

    Where there are millions of rows, all of them take half a minute, and those put in by hand a second.
    """
    for name in (*MAPPABLE, *COMPUTED, *RECORDED, *SUPERSEDED):
        columns = {column.name: _misfit(column) for column in table(name).columns}
        among = "1"
        if by_hand:
            among = _BY_HAND.get(name, _OF_NO_SOURCE if "source_object" in columns else "1")
        if _first(conn, name, "1", f"{among} AND ({' OR '.join(columns.values())})") is not None:
            for column in table(name).columns:
                found = _first(conn, name, column.name, f"{among} AND ({columns[column.name]})")
                if found is not None:
                    raise _refused(column, columns[column.name], *found)


def refuse_sums(conn: Connection) -> NoReturn:
    """ValueUnusable that names the largest amount, where what was computed is beyond any number of the store."""
    largest = max(_largest_amounts(conn), key=lambda found: abs(found[2]), default=None)
    told = ""
    if largest is not None:
        column, own, amount = largest
        told = f" The largest amount is {amount:,} minor units: {column} of {own}."
    raise ValueUnusable(
        f"Amounts lead to figures beyond what 64 bits hold, {MOST:,} minor units.{told}",
        hint="Amounts are in minor units (cents): mend those that are too large, then run again.",
    )


def _largest_amounts(conn: Connection) -> Iterator[tuple[str, str, int]]:
    """The largest and the least amount of each column that holds any, with the id of its row."""
    for name in MAPPABLE:
        for column in (each.name for each in table(name).columns if kind_of(each) == "minor"):
            for order in ("", "DESC"):
                ordered = f"SELECT id, {column} FROM {name} WHERE {column} IS NOT NULL ORDER BY {column} {order}, id"
                for own, amount in conn.exec_driver_sql(f"{ordered} LIMIT 1"):
                    yield f"{name}.{column}", str(own), amount


def _misfit(column: Column[Any]) -> str:
    """The SQL condition on a column under which its value does not fit."""
    kind = kind_of(column)
    types = _TYPES.get(kind, ("text",))
    wrong = f"typeof({column.name}) NOT IN ({', '.join(map(repr, (*types, 'null')))})"
    if column.info.get("decisive"):
        return f"{wrong} OR {column.name} NOT IN ({', '.join(map(repr, column.info['words']))})"
    return f"{wrong} OR {_MISSHAPEN[kind].format(column.name)}" if kind in _MISSHAPEN else wrong


def _first(conn: Connection, name: str, what: str, where: str) -> tuple[Any, ...] | None:
    """The key of the first row for which something holds, and what is asked of it."""
    found = conn.exec_driver_sql(f"SELECT {_key(name)}, {what} FROM {name} WHERE {where} LIMIT 1").first()
    return None if found is None else tuple(found)


def _key(name: str) -> str:
    """The column by which people find a row again."""
    columns = table(name).columns
    return "id" if "id" in columns and name not in _BY_HAND else next(iter(table(name).primary_key.columns)).name


def _refused(column: Column[Any], misfit: str, own: object, value: object) -> ValueUnusable:
    name = column.table.name
    words = column.info.get("words")
    due = f"one of {', '.join(words)}" if words else KINDS[kind_of(column)]
    return ValueUnusable(
        f"{name}.{column.name} of {own} holds {_spelled(value)}; due there: {due}.",
        hint=f"Mend it in the store, then run again. All such rows: "
        f"SELECT {_key(name)}, {column.name} FROM {name} WHERE {misfit}",
    )


def _spelled(value: object) -> str:
    if isinstance(value, bytes):
        return f"the blob {value[:_TOLD]!r}"
    if isinstance(value, str):
        return f"the text {value[:_TOLD]!r}"
    return f"the number {value!r}"
