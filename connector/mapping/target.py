"""What mapping rules may fill: the tables and columns that the store declares, seen without knowing the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnKind:
    """How a column's values are spelt: ``table`` is where a ``ref`` leads, ``words`` what a ``status`` may say."""

    kind: str
    table: str | None = None
    words: tuple[str, ...] = ()


#: table -> column -> kind
Targets = Mapping[str, Mapping[str, ColumnKind]]
