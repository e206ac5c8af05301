"""One record's values on their way in (neutral Python -> stored) and out (stored -> REST JSON or Bulk CSV).

REST and Bulk spell the same value differently (``+0000`` against ``Z``, whole numbers as ``5.0``, null as empty):
both spellings are here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from connector.sandbox.salesforce.fields import NUMBERS
from connector.sandbox.salesforce.soql.column import Column

Stored = str | int | None


def store(value: object) -> Stored:
    """A Python value as it is stored; empty text is null, as in the CRM."""
    if value is None:
        return None
    return _STORE[type(value)](value)


def number(value: Decimal | int) -> str:
    """A number as a double is written: at least one decimal, no exponent, no idle zeros."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if "." not in text:
        return text + ".0"
    text = text.rstrip("0")
    return text + "0" if text.endswith(".") else text


def rest_sql(column: Column) -> str:
    """The SQL that reads a column for REST."""
    if column.field.type == "datetime":
        return f"{column.sql} || '.000+0000'"
    return column.sql


def bulk_sql(column: Column) -> str:
    """The SQL that reads a column for Bulk: text, null where empty."""
    if column.field.type == "datetime":
        return f"{column.sql} || '.000Z'"
    if column.field.type == "boolean":
        return f"CASE {column.sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
    if column.field.type in ("int", "long"):
        return f"{column.sql} || '.0'"
    return column.sql


def rest_records(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    kind: str,
    base: str,
    parents: Sequence[tuple[tuple[str, ...], str]] = (),
) -> list[dict[str, Any]]:
    """Rows read by ``rest_sql`` as REST tells them: ``attributes`` first, parents nested, null where there is none.

    Each row begins with the record's id and the ids of its ``parents`` (path and object), asked for or not.
    """
    names = [column.path[-1] for column in columns]
    converts = [_CONVERT.get(column.field.type) for column in columns]
    flat = all(len(column.path) == 1 for column in columns)
    records = []
    for identity, *rest in rows:
        record: dict[str, Any] = {"attributes": _attributes(base, kind, identity)}
        told = [
            convert(value) if convert is not None and value is not None else value
            for convert, value in zip(converts, rest[len(parents) :], strict=True)
        ]
        if flat:
            record.update(zip(names, told, strict=True))
        else:
            for (path, parent), parent_id in zip(parents, rest, strict=False):
                inner = None if parent_id is None else {"attributes": _attributes(base, parent, parent_id)}
                _put(record, path, inner)
            for column, value in zip(columns, told, strict=True):
                _put(record, column.path, value)
        records.append(record)
    return records


def _attributes(base: str, kind: str, identity: str) -> dict[str, str]:
    return {"type": kind, "url": f"{base}/sobjects/{kind}/{identity}"}


def _put(record: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        inner = record.get(part)
        if inner is None:
            inner = record[part] = None if value is None else {}
            if inner is None:
                return
        record = inner
    record[path[-1]] = value


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "boolean": bool,
    "address": lambda text: msgspec.Raw(text.encode()),
    **dict.fromkeys(NUMBERS, lambda text: msgspec.Raw(text.encode())),
}


_STORE: dict[type, Callable[[Any], Stored]] = {
    str: lambda value: value or None,
    bool: int,
    int: int,
    datetime: lambda value: value.astimezone(UTC).isoformat()[:19],
    date: date.isoformat,
    Decimal: number,
    float: lambda value: number(Decimal(repr(value))),
}
