"""Whether a fixed value of a mapping file can stand in a column, told while the file is read."""

from __future__ import annotations

from connector import instants
from connector.mapping import plain
from connector.mapping.nodes import Plain
from connector.mapping.target import ColumnKind
from connector.suggestions import nearest


def fit_constant(value: Plain, kind: ColumnKind) -> str | None:
    """Why a value does not fit, to stand after the value in a sentence; None where it does."""
    if value is None:
        return None
    if kind.words:
        return (
            None if value in kind.words else f"is not one of {', '.join(kind.words)}{nearest(str(value), kind.words)}"
        )
    if kind.kind in ("ref", "minor"):
        return "cannot stand here; only null or a rule can"
    try:
        _FIT[kind.kind](value)
    except ValueError as problem:
        return f"does not fit: {problem}"
    return None


def _day(value: Plain) -> None:
    if not isinstance(value, str) or not plain.is_day(value):
        raise ValueError("a day is YYYY-MM-DD")


def _instant(value: Plain) -> None:
    if not isinstance(value, str):
        raise ValueError("an instant is YYYY-MM-DDTHH:MM:SSZ")
    instants.instant(value)


_FIT = {
    "": lambda _: None,
    "text": plain.text,
    "status": plain.text,
    "json": plain.text,
    "day": _day,
    "instant": _instant,
    "integer": plain.integer,
    "flag": plain.flag,
    "share": plain.share,
    "number": plain.real,
    "decimal": plain.decimal,
}
