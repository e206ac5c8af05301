"""A function of one value, applied to whole columns: equal values are asked about once. Knows no rule."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from types import NoneType
from typing import Any

from connector.adapters.base import Value
from connector.mapping import plain
from connector.mapping.batch import Batch, Column, Vector

_MOST_REMEMBERED = 50_000
TEXT_TYPES = frozenset({str, NoneType})


class Memo(dict[Any, Any]):
    """Answers of a function of one value, remembered. Keys that Python takes for equal must have equal answers."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, key: Hashable) -> Any:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        found = self[key] = self._answer(key)
        return found


def of_each(answer: Callable[[Value], Any], vector: Vector) -> Vector:
    """A vector with a function applied to each value, whose answers are remembered apart for each type of value."""
    memos: dict[type, Memo] = {}

    def run(batch: Batch) -> Column:
        values = vector(batch)
        types = set(map(type, values)) - {NoneType}
        for each in types - memos.keys():
            memos[each] = Memo(answer)
        if len(types) == 1:
            memo = memos[types.pop()]
            return [memo[value] for value in values]
        return [answer(None) if value is None else memos[type(value)][value] for value in values]

    return run


def texts(values: Column) -> Column:
    """Values as text; a column of sound texts is handed back as it is."""
    types = set(map(type, values))
    if types <= TEXT_TYPES:
        try:
            "".join(filter(None, values)).encode()
        except UnicodeEncodeError:
            pass
        else:
            return values
    if types <= {int, NoneType}:
        return [None if value is None else str(value) for value in values]
    return [plain.text(value) for value in values]
