"""Rows turned into columns, and parts of them picked out lazily. Knows no rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connector.adapters.base import Row

#: raw or spelt values of one column
Column = Sequence[Any]


class Batch:
    """Some rows by column. ``items`` and ``places`` are there where rows were made from parts of a list."""

    __slots__ = ("_columns", "_indexes", "_parent", "items", "places", "size")

    def __init__(self, columns: dict[int, Column], size: int) -> None:
        self._columns = columns
        self._parent: Batch | None = None
        self._indexes: Sequence[int] = ()
        self.size = size
        self.items: Column | None = None
        self.places: Column | None = None

    @classmethod
    def of_rows(cls, rows: Sequence[Row], width: int) -> Batch:
        """All columns of some rows, each of ``width`` values."""
        columns: dict[int, Column] = dict(enumerate(zip(*rows, strict=True)))
        if rows and len(columns) != width:
            raise ValueError(f"a row has {len(columns)} values, {width} were announced")
        return cls(columns, len(rows))

    def column(self, at: int) -> Column:
        """One column; of a part, only these rows' values."""
        found = self._columns.get(at)
        if found is None:
            if self._parent is None:
                return [None] * self.size
            whole = self._parent.column(at)
            found = self._columns[at] = [whole[index] for index in self._indexes]
        return found

    def take(self, indexes: Sequence[int]) -> Batch:
        """The rows at these places, in this order; a place may come several times."""
        part = Batch({}, len(indexes))
        part._parent = self
        part._indexes = indexes
        if self.items is not None and self.places is not None:
            items, places = self.items, self.places
            part.items = [items[index] for index in indexes]
            part.places = [places[index] for index in indexes]
        return part


#: computes one column of a batch
Vector = Callable[[Batch], Column]
