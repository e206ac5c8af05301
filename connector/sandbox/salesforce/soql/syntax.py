"""The syntax tree of a SOQL query. Knows no object and no field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Word


@dataclass(frozen=True)
class Path:
    """``Name`` or ``Account.Owner.Name``, and where it stands in the text."""

    text: str
    position: int

    @property
    def parts(self) -> list[str]:
        return self.text.split(".")


@dataclass(frozen=True)
class Call:
    """``COUNT()``, ``MAX(Amount) top``, ``FIELDS(ALL)``: a function with at most one argument."""

    function: str
    argument: Path | None
    alias: str | None
    position: int


@dataclass(frozen=True)
class Subquery:
    """A parent-to-child subquery in a SELECT list, or the right side of a semi-join."""

    query: Query
    position: int


@dataclass(frozen=True)
class TypeOf:
    """``TYPEOF What WHEN ... END``."""

    position: int


Kind = Word["string", "number", "boolean", "null", "date", "datetime", "range"]


@dataclass(frozen=True)
class Literal:
    """A value as written: unescaped text for strings, the name for date ranges (``LAST_N_DAYS:3``)."""

    kind: Kind
    text: str
    position: int


@dataclass(frozen=True)
class Comparison:
    """``path operator value``; IN, NOT IN, INCLUDES and EXCLUDES have several values or a subquery."""

    path: Path
    operator: str
    values: tuple[Literal, ...] = ()
    subquery: Subquery | None = None


@dataclass(frozen=True)
class Logic:
    """AND / OR over two or more conditions, NOT over one."""

    operator: Word["AND", "OR", "NOT"]
    conditions: tuple[Condition, ...]


Condition = Comparison | Logic


@dataclass(frozen=True)
class Ordering:
    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class Query:
    text: str
    selected: tuple[Path | Call | Subquery | TypeOf, ...]
    object: Path
    where: Condition | None = None
    group_by: tuple[Path, ...] = ()
    order_by: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int | None = None
